//! The command `refunds`, whose store and client are JavaScript's.

use std::sync::{Arc, Mutex, PoisonError};

use napi::Result;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi_derive::napi;
use paywelcome_cli::Streams;
use paywelcome_cli::refunds::{Called, Session};
use paywelcome_refunds::Source;

/// A command line of `refunds` under way, on the process's own streams.
#[napi]
pub struct RefundsSession(Arc<Mutex<Session>>);

impl RefundsSession {
    /// The refunds that are asked to be recorded.
    pub(crate) fn source(&self) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).source()
    }
}

#[napi]
impl RefundsSession {
    /// Reads what follows `refunds` on a command line.
    #[napi(constructor)]
    pub fn new(program: String, arguments: Vec<String>) -> Self {
        let called = Called { program: &program, is_javascript: true };
        Self(Arc::new(Mutex::new(Session::new(called, arguments, Box::new(Streams)))))
    }

    /// Gives what came of the last ask, and tells the next one; both are JSON. It may take as long as a person does, and is
    /// done in a thread of its own, so that connections and Ctrl-C are looked after meanwhile.
    #[napi]
    pub fn next(&self, given: Option<String>, asked: Function<'_, String, UnknownReturnValue>) -> Result<()> {
        let asked = asked.build_threadsafe_function::<String>().callee_handled::<false>().build()?;
        let session = Arc::clone(&self.0);
        std::thread::spawn(move || {
            let ask = session.lock().unwrap_or_else(PoisonError::into_inner).next(given.as_deref());
            asked.call(ask, ThreadsafeFunctionCallMode::NonBlocking);
        });
        Ok(())
    }
}
