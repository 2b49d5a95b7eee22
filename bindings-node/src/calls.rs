//! The calls of one JavaScript thread, and the inbox that their ends come to.
//!
//! The library's thread puts the ends of calls into the inbox and rings once for all that are there; the JavaScript thread
//! then collects them. No JavaScript value ever leaves its thread. The event loop is held open exactly while a call or an
//! alarm is under way.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use napi::bindgen_prelude::{Either, Function, Object};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi::{Env, JsString, Result, Status};
use napi_derive::napi;
use paywelcome::{Call, Outcome};

use crate::batch::{Batch, End, written};
use crate::client::NativeClient;
use crate::moment;
use crate::report::{self, Attempted, Failure};
use crate::request::Request;

/// Calls JavaScript from any thread; weak, so that it does not hold the event loop open by itself.
type Bell = ThreadsafeFunction<(), UnknownReturnValue, (), Status, false, true>;

/// How many bytes of ends are collected at once, about: a text of all that came while JavaScript was busy might be longer
/// than a text of JavaScript's can be.
const BATCH: usize = 1 << 20;

/// Everything that is under way for one JavaScript thread.
#[napi]
pub struct Calls {
    inbox: Arc<Inbox>,
    under_way: HashMap<u32, Started>,
    /// Each with what calls it off.
    alarms: HashMap<u32, Sender<()>>,
    /// What was taken out of the inbox and not collected yet.
    taken: VecDeque<End>,
    held: bool,
}

/// A call, and whether somebody wants to see its attempts.
struct Started {
    call: Call,
    observed: bool,
}

impl Started {
    fn attempts(&self) -> Option<Vec<Attempted>> {
        self.observed.then(|| self.call.attempts().into_iter().map(Attempted::from).collect())
    }
}

/// Where the ends of calls wait until they are collected.
struct Inbox(Mutex<Ends>);

struct Ends {
    ends: Vec<End>,
    /// Nothing once JavaScript has let go of it.
    bell: Option<Bell>,
}

#[napi]
impl Calls {
    /// Makes an inbox that calls `ring` when there is something to collect.
    #[napi(constructor)]
    pub fn new(ring: Function<'_, (), UnknownReturnValue>) -> Result<Self> {
        let bell = ring.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build()?;
        Ok(Self {
            inbox: Arc::new(Inbox(Mutex::new(Ends { ends: Vec::new(), bell: Some(bell) }))),
            under_way: HashMap::new(),
            alarms: HashMap::new(),
            taken: VecDeque::new(),
            held: false,
        })
    }

    /// Starts a call under a number of JavaScript's, unless an argument is wrong: then it gives the failure as JSON. Its time
    /// limit counts from `began`, an instant that `moment` gave, or from now.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "an object that holds them takes far longer to read")]
    pub fn start(
        &mut self,
        env: Env,
        id: u32,
        client: &NativeClient,
        operation: String,
        values: Either<String, Object>,
        observed: bool,
        began: Option<f64>,
    ) -> Result<Option<String>> {
        let request = Request::read(&operation, &values)?;
        let began = began.map(moment::read).transpose()?;
        let client = began.map_or_else(|| client.client.clone(), |began| client.client.since(began));
        let inbox = Arc::clone(&self.inbox);
        match request.start(&client, move |result| inbox.put(End::new(id, result))) {
            Ok(call) => {
                let inbox = Arc::clone(&self.inbox);
                call.when_wait_is_over(move |pending| inbox.put(End::pending(id, pending.into())));
                self.under_way.insert(id, Started { call, observed });
                self.hold(env);
                Ok(None)
            }
            Err(error) => report::json(&Failure::from(error)).map(Some),
        }
    }

    /// Gives up the wait for a call, and gives what is known of it then and its attempts, as JSON. `not_sent` means that
    /// nothing left, nothing will, and nothing will be collected.
    #[napi]
    pub fn give_up(&mut self, env: Env, id: u32) -> Result<String> {
        let outcome = self.under_way.get(&id).map_or(Outcome::Unknown, |started| started.call.give_up());
        let mut attempts = None;
        if outcome == Outcome::NotSent {
            attempts = self.under_way.remove(&id).and_then(|started| started.attempts());
            self.hold(env);
        }
        report::json(&(outcome.as_str(), attempts))
    }

    /// Takes what has ended since the last time, without what was withdrawn: as one JSON text, since that is read far
    /// faster than objects are made from here. It says whether there is more.
    #[napi]
    pub fn collect<'env>(&mut self, env: &'env Env) -> Result<JsString<'env>> {
        let ends = mem::take(&mut self.inbox.open().ends);
        self.taken.extend(ends);
        let mut batch = Batch::default();
        while batch.len() < BATCH
            && let Some(end) = self.taken.pop_front()
        {
            if end.goes_on {
                // Whoever comes late for it finds the end itself.
                let ends = !self.under_way.contains_key(&end.id) || self.taken.iter().any(|later| later.id == end.id);
                if !ends {
                    batch.add(&end, None)?;
                }
            } else if let Some(started) = self.under_way.remove(&end.id) {
                batch.add(&end, started.attempts())?;
            } else if self.alarms.remove(&end.id).is_some() {
                batch.add(&end, None)?;
            }
        }
        self.hold(*env);
        written(env, &batch.close(!self.taken.is_empty()))
    }

    /// Has an end of no call put into the inbox after so many milliseconds: a clock that nobody in JavaScript can have
    /// stopped, and at 0 a turn of the event loop.
    #[napi]
    pub fn alarm(&mut self, env: Env, id: u32, milliseconds: u32) {
        let (off, called_off) = channel();
        self.alarms.insert(id, off);
        self.hold(env);
        let inbox = Arc::clone(&self.inbox);
        let limit = Duration::from_millis(milliseconds.into());
        let wait = move || {
            if called_off.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                inbox.put(End::alarm(id));
            }
        };
        let waits = milliseconds > 0 && thread::Builder::new().name("paywelcome-alarm".to_owned()).spawn(wait).is_ok();
        if !waits {
            self.inbox.put(End::alarm(id));
        }
    }

    /// Calls an alarm off.
    #[napi]
    pub fn call_off(&mut self, env: Env, id: u32) {
        self.alarms.remove(&id);
        self.hold(env);
    }

    /// Lets go of what JavaScript is rung by, unless something is under way, and tells whether it has: nothing can be started
    /// here any more then.
    #[napi]
    pub fn release(&mut self) -> bool {
        let idle = self.is_idle();
        if idle {
            self.inbox.open().bell = None;
        }
        idle
    }

    fn is_idle(&self) -> bool {
        self.under_way.is_empty() && self.alarms.is_empty()
    }

    /// Holds the event loop open if something is under way, and lets it go if nothing is.
    // The deprecation points to cloning, which cannot do this.
    #[allow(deprecated)]
    fn hold(&mut self, env: Env) {
        if self.held != self.is_idle() {
            return;
        }
        self.held = !self.held;
        if let Some(bell) = &mut self.inbox.open().bell {
            // It fails only where the JavaScript thread ends; a call must then not look as if it had never started.
            let _ = if self.held { bell.refer(&env) } else { bell.unref(&env) };
        }
    }
}

impl Drop for Calls {
    /// The JavaScript thread ends: what has not left is not sent; what has continues.
    fn drop(&mut self) {
        for started in self.under_way.values() {
            started.call.give_up();
        }
    }
}

impl Inbox {
    fn open(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, end: End) {
        let mut inbox = self.open();
        inbox.ends.push(end);
        if inbox.ends.len() == 1
            && let Some(bell) = &inbox.bell
        {
            // It fails only where the JavaScript thread has ended, and then nobody is left to be told.
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
