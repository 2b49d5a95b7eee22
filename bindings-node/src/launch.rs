//! The command line `paywelcome sandbox`: everything but the process's own signals and streams.

use napi::bindgen_prelude::Either;
use napi_derive::napi;
use paywelcome_sandbox::{Launch, LaunchError, Sandbox};

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

/// Starts what a command line asks for.
#[napi]
pub fn launch(arguments: Vec<String>) -> Either<Launched, NotLaunched> {
    match Launch::parse(arguments).and_then(Launch::start) {
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
    /// The line of JSON that says where it listens, with its newline.
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
