//! The process's runtime, which every call of every client runs on.

use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::error::{Error, ErrorKind, Outcome};
use crate::process::{PerProcess, Process};

static ENGINE: PerProcess<Engine> = PerProcess::empty();

/// A runtime of the library's own, so that a call needs none of its caller's and outlives its caller's wait.
///
/// One thread of the library drives it from the first call to the end of the process.
#[derive(Debug)]
pub(crate) struct Engine(Arc<Runtime>);

/// Returns this process's engine, which starts with the first call.
pub(crate) fn engine() -> Result<Arc<Engine>, Error> {
    /// The process in which a thread starts the engine, if one does; a forked child is another.
    static STARTING: AtomicU64 = AtomicU64::new(Process::NONE);

    loop {
        if let Some(engine) = ENGINE.peek() {
            return Ok(engine);
        }
        let own = Process::current().number();
        let starting = STARTING.load(Ordering::Acquire);
        let taken = starting == own;
        if taken || STARTING.compare_exchange(starting, own, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
            continue;
        }
        let started = ENGINE.get(Engine::start);
        STARTING.store(Process::NONE, Ordering::Release);
        return started.map_err(|error| {
            let detail = format!("the runtime thread could not start: {error}");
            Error::new(Outcome::NotSent, ErrorKind::Internal, detail)
        });
    }
}

impl Engine {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Names are looked up on these; an outage must not pile up threads.
            .max_blocking_threads(32)
            .build()?;
        let runtime = Arc::new(runtime);
        let driven = Arc::clone(&runtime);
        let drive = move || driven.block_on(pending::<()>());
        std::thread::Builder::new().name("paywelcome".to_owned()).spawn(drive)?;
        Ok(Self(runtime))
    }

    /// Starts a call.
    pub(crate) fn spawn(&self, call: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.0.spawn(call).abort_handle()
    }
}
