//! Who commands.

/// Who gives a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The process that the sandbox runs in.
    Process,
    /// Somebody at its port.
    Port,
}
