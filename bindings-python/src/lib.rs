//! The Python face of `paywelcome`: the module `paywelcome._native`, which only converts and waits.
#![forbid(unsafe_code)]

mod call;
mod client;
mod convert;
mod hub;
mod sandbox;

/// The native half of the package; use `paywelcome` instead.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::client::Core;
    #[pymodule_export]
    use crate::hub::Hub;
    #[pymodule_export]
    use crate::sandbox::Gateway;
}
