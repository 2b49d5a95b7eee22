//! The process's one runtime thread, which every call of every client runs on.

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Outcome};
use crate::process::PerProcess;

static ENGINE: PerProcess<Engine> = PerProcess::empty();

/// A thread with a runtime of its own, so that a call needs no runtime of its caller's and outlives its caller's wait.
#[derive(Debug)]
struct Engine {
    handle: Handle,
    _running: oneshot::Sender<()>,
}

impl Engine {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Names are looked up on these; an outage must not pile up threads.
            .max_blocking_threads(32)
            .build()?;
        let handle = runtime.handle().clone();
        let (running, stopped) = oneshot::channel();
        std::thread::Builder::new().name("paywelcome".to_owned()).spawn(move || {
            // Ends when the engine is dropped, which happens only to the later of two that were started at once.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { handle, _running: running })
    }
}

/// Gives this process's runtime thread, which starts with the first call.
pub(crate) fn runtime() -> Result<Handle, Error> {
    let engine: Arc<Engine> = ENGINE.get(Engine::start).map_err(|error| {
        Error::new(Outcome::NotSent, ErrorKind::Internal, format!("the runtime thread could not start: {error}"))
    })?;
    Ok(engine.handle.clone())
}
