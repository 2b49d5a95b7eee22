//! The command line `paywelcome`: of `sandbox`, everything but the process's own signals and streams.

use std::sync::LazyLock;

use napi::Result;
use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi_derive::napi;
use paywelcome_cli::{Interrupts, Program, Streams, run};
use paywelcome_sandbox::{Launch, LaunchError, Sandbox};

static INTERRUPTS: LazyLock<Interrupts> = LazyLock::new(Interrupts::default);

/// Runs a command of the command line on the process's own streams, in a thread of its own, and then tells the exit code;
/// nothing if there is no command of this name.
#[napi]
pub fn command_line(
    name: String,
    host: String,
    command: String,
    arguments: Vec<String>,
    ended: Function<'_, Option<i32>, UnknownReturnValue>,
) -> Result<()> {
    let ended = ended.build_threadsafe_function::<Option<i32>>().callee_handled::<false>().build()?;
    std::thread::spawn(move || {
        let program = Program { name: &name, host: &host, interrupts: &INTERRUPTS };
        let code = run(program, &command, arguments, &mut Streams);
        ended.call(code, ThreadsafeFunctionCallMode::NonBlocking);
    });
    Ok(())
}

/// Tells the command that runs of Ctrl-C; false where it does not listen.
#[napi]
pub fn interrupt() -> bool {
    INTERRUPTS.interrupt()
}

/// A sandbox that was started by a command line.
#[napi]
pub struct Launched {
    sandbox: Sandbox,
    ready: String,
}

/// Why a command line started nothing.
#[napi(object, object_from_js = false)]
pub struct NotLaunched {
    /// The exit code: 0 where help was asked for, 2 where an argument is wrong, else 1.
    pub exit_code: i32,
    /// What to say.
    pub text: String,
}

/// Starts what a command line asks for; `terminal` says that a person reads what is printed.
#[napi]
pub fn launch(arguments: Vec<String>, terminal: bool) -> Either<Launched, NotLaunched> {
    match Launch::parse(arguments).and_then(|launch| launch.for_terminal(terminal).start()) {
        Ok((sandbox, ready)) => Either::A(Launched { sandbox, ready }),
        Err(error) => Either::B(NotLaunched {
            exit_code: error.exit_code(),
            text: match error {
                LaunchError::Help(text) => text.to_owned(),
                LaunchError::Usage(text) | LaunchError::Start(text) => text,
                other => other.to_string(),
            },
        }),
    }
}

#[napi]
impl Launched {
    /// The line of JSON that says where it listens, with its newline; for a terminal, more lines follow.
    #[napi(getter)]
    pub fn ready(&self) -> &str {
        &self.ready
    }

    /// Stops it.
    #[napi]
    pub fn stop(&self) {
        self.sandbox.stop();
    }
}
