//! The process's runtime, which every call of every client runs on, and who drives it.

use std::future::Future;
use std::io;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Outcome};
use crate::process::PerProcess;

static ENGINE: PerProcess<Arc<Engine>> = PerProcess::empty();

/// How long the thread stays aside after the last call that was attended: longer than connections are kept, which only a
/// runtime that is driven closes.
const ASIDE: Duration = Duration::from_millis(1_200);
/// So many calls, one after the other and each alone, send the thread aside: many callers at once would call it back at once.
const ALONE: u32 = 4;

/// A runtime of the library's own, so that a call needs none of its caller's and outlives its caller's wait.
///
/// A thread of the library's own drives it. Where callers wait for one call after the other it stands aside, and the
/// caller's thread drives: nobody needs to be woken for the request, nor for the answer.
#[derive(Debug)]
pub(crate) struct Engine {
    runtime: Runtime,
    duty: Mutex<Duty>,
    /// Calls the library's thread back.
    called: Condvar,
    /// Sends it aside.
    relieved: Notify,
}

#[derive(Debug, Default)]
struct Duty {
    under_way: usize,
    /// How many calls in a row had no other beside them.
    alone: u32,
    thread: Thread,
    /// A caller waits for a call that the library's thread drives, and would rather have driven it.
    wished: bool,
    /// A caller's thread drives, or will at once.
    attended: bool,
    attendances: u64,
}

/// What the library's thread does.
#[derive(Debug, Default, PartialEq, Eq)]
enum Thread {
    #[default]
    Drives,
    Aside,
    /// It is aside, but was called and will drive at once.
    Called,
}

/// A call, as the engine took it.
pub(crate) enum Started {
    Spawned(JoinHandle<()>),
    Held(Held),
}

/// A call that its caller has to drive, or to leave to the library's thread.
pub(crate) struct Held {
    engine: Arc<Engine>,
    work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Held {
    /// Gives it back in the process that started it; in a forked child it is the parent's, and nothing is done to it.
    pub(crate) fn own(self) -> Option<Self> {
        if peek().is_some_and(|engine| Arc::ptr_eq(&engine, &self.engine)) {
            return Some(self);
        }
        mem::forget(self);
        None
    }

    /// Drives the runtime until the call ends, at most for `longest`; gives what has not ended, which goes on by itself.
    pub(crate) fn attend(mut self, longest: Duration) -> Option<JoinHandle<()>> {
        let drive = || self.engine.runtime.block_on(async { timeout(longest, &mut self.work).await.is_ok() });
        // A panic is the call's own, as it is in a task.
        let ended = panic::catch_unwind(AssertUnwindSafe(drive)).unwrap_or(true);
        if !ended {
            return Some(self.leave());
        }
        drop(self.work);
        self.engine.leave(true);
        None
    }

    /// Leaves it to the library's thread.
    pub(crate) fn leave(self) -> JoinHandle<()> {
        let task = self.engine.runtime.spawn(self.work);
        self.engine.leave(false);
        task
    }
}

/// Gives this process's engine, which starts with the first call.
pub(crate) fn engine() -> Result<Arc<Engine>, Error> {
    /// The process in which a thread starts the engine, if one does; a forked child's is another.
    static STARTING: AtomicU32 = AtomicU32::new(0);

    loop {
        if let Some(engine) = peek() {
            return Ok(engine);
        }
        let own = std::process::id();
        let starting = STARTING.load(Ordering::Acquire);
        let taken = starting == own;
        if taken || STARTING.compare_exchange(starting, own, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
            continue;
        }
        let started = ENGINE.get(Engine::start);
        STARTING.store(0, Ordering::Release);
        return started.map(|engine| Arc::clone(&*engine)).map_err(|error| {
            let detail = format!("the runtime thread could not start: {error}");
            Error::new(Outcome::NotSent, ErrorKind::Internal, detail)
        });
    }
}

/// Gives this process's engine, if there is one.
pub(crate) fn peek() -> Option<Arc<Engine>> {
    ENGINE.peek().map(|engine| Arc::clone(&*engine))
}

/// Has the library's thread drive this process's engine again, if there is one.
pub(crate) fn want() {
    if let Some(engine) = peek() {
        engine.duty().call(&engine.called);
    }
}

/// Notes that a caller waits for a call that the library's thread drives.
pub(crate) fn wish() {
    if let Some(engine) = peek() {
        engine.duty().wished = true;
    }
}

impl Engine {
    fn start() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Names are looked up on these; an outage must not pile up threads.
            .max_blocking_threads(32)
            .build()?;
        let engine = Self { runtime, duty: Mutex::default(), called: Condvar::new(), relieved: Notify::new() };
        let engine = Arc::new(engine);
        let of_thread = Arc::clone(&engine);
        std::thread::Builder::new().name("paywelcome".to_owned()).spawn(move || of_thread.drive())?;
        Ok(engine)
    }

    /// Runs the call that `of` makes, or leaves it to its caller: only to one who `waits` for it at once.
    pub(crate) fn run<F>(self: &Arc<Self>, of: impl FnOnce(UnderWay) -> F, waits: bool) -> Started
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Within another runtime, a thread can't drive this one.
        let attended = self.begin(waits && Handle::try_current().is_err());
        let call = of(UnderWay(Arc::clone(self)));
        if attended {
            Started::Held(Held { engine: Arc::clone(self), work: Box::pin(call) })
        } else {
            Started::Spawned(self.runtime.spawn(call))
        }
    }

    fn duty(&self) -> MutexGuard<'_, Duty> {
        self.duty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the library's thread does.
    fn drive(&self) {
        loop {
            self.runtime.block_on(self.relieved.notified());
            let mut duty = self.duty();
            if duty.under_way == 0 {
                duty.thread = Thread::Aside;
                duty = self.rest(duty);
                duty.thread = Thread::Drives;
            }
        }
    }

    /// Waits until the library's thread is called, or nobody has needed it to stand aside for a while.
    fn rest<'a>(&self, mut duty: MutexGuard<'a, Duty>) -> MutexGuard<'a, Duty> {
        loop {
            let attendances = duty.attendances;
            let rested = self.called.wait_timeout_while(duty, ASIDE, |duty| duty.thread == Thread::Aside);
            let (then, _) = rested.unwrap_or_else(PoisonError::into_inner);
            duty = then;
            if duty.thread == Thread::Called || (duty.attendances == attendances && !duty.attended) {
                return duty;
            }
        }
    }

    /// Counts a call; tells whether its caller, who `waits`, has to drive it.
    fn begin(&self, waits: bool) -> bool {
        let mut duty = self.duty();
        duty.under_way += 1;
        if duty.under_way > 1 {
            duty.alone = 0;
        }
        let attended = waits && duty.thread == Thread::Aside && !duty.attended;
        if attended {
            duty.attended = true;
        } else {
            duty.call(&self.called);
        }
        attended
    }

    /// Notes that a caller drives no more; a call that has not `ended` is left to the library's thread.
    fn leave(&self, ended: bool) {
        let mut duty = self.duty();
        duty.attended = false;
        duty.attendances += 1;
        if !ended {
            duty.call(&self.called);
        }
    }
}

impl Duty {
    fn call(&mut self, called: &Condvar) {
        if self.thread == Thread::Aside {
            self.thread = Thread::Called;
            called.notify_one();
        }
    }
}

/// A call that is under way, until this is dropped: before its end is told, or the next one would not look alone.
pub(crate) struct UnderWay(Arc<Engine>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut duty = self.0.duty();
        duty.under_way -= 1;
        if duty.under_way == 0 && mem::take(&mut duty.wished) && duty.thread == Thread::Drives {
            duty.alone += 1;
            if duty.alone >= ALONE {
                duty.alone = 0;
                self.0.relieved.notify_one();
            }
        }
    }
}
