//! Finished calls → promises: one queue and one wake-up for each JavaScript thread.
//!
//! The library's thread puts what is settled into a queue and rings once a batch; the JavaScript thread then collects
//! the batch. No JavaScript value ever leaves its thread. The event loop is held open exactly while calls are under way.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use napi::bindgen_prelude::{Either, Function, Object};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi::{Env, Error, JsString, Result, Status};
use napi_derive::napi;
use paywelcome::{Call, Outcome};

use crate::client::NativeClient;
use crate::report::{self, Ended, Failure, Finding, GivenUp, Receipt, Settled};
use crate::request::Request;

/// Calls JavaScript from any thread; weak, so that it does not hold the event loop open by itself.
type Bell = ThreadsafeFunction<(), UnknownReturnValue, (), Status, false, true>;

/// Everything that is under way for one JavaScript thread.
#[napi]
pub struct Hub {
    mailbox: Arc<Mailbox>,
    calls: HashMap<u32, UnderWay>,
    held: bool,
    last: u32,
}

/// A call, and whether somebody wants to see its attempts.
struct UnderWay {
    call: Call,
    observed: bool,
}

impl UnderWay {
    fn attempts(&self) -> Option<Vec<Ended>> {
        self.observed.then(|| self.call.attempts().into_iter().map(Ended::from).collect())
    }
}

struct Mailbox(Mutex<Mail>);

struct Mail {
    settled: Vec<Settled>,
    bell: Bell,
}

#[napi]
impl Hub {
    /// Makes a hub that calls `ring` when there is something to collect.
    #[napi(constructor)]
    pub fn new(ring: Function<'_, (), UnknownReturnValue>) -> Result<Self> {
        let bell = ring.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build()?;
        let mail = Mail { settled: Vec::new(), bell };
        Ok(Self { mailbox: Arc::new(Mailbox(Mutex::new(mail))), calls: HashMap::new(), held: false, last: 0 })
    }

    /// Starts a call and gives its number, unless an argument is wrong or TypeScript found something wrong.
    #[napi]
    pub fn start(
        &mut self,
        env: Env,
        client: &NativeClient,
        operation: String,
        values: Either<String, Object>,
        findings: Option<Vec<Finding>>,
        observed: bool,
    ) -> Result<Either<u32, Failure>> {
        let request = Request::read(&operation, &values)?;
        let operation = request.operation();
        if let Some(findings) = findings {
            let found = request.form(&client.client, SystemTime::now()).err();
            return Ok(Either::B(Failure::refused(found, Some(operation), findings)));
        }
        // A number is never used again soon, so that what comes late of a call can't be taken for another's.
        self.last = self.last.wrapping_add(1);
        let (id, mailbox) = (self.last, Arc::clone(&self.mailbox));
        Ok(match request.start(&client.client, move |result| mailbox.put(id, result)) {
            Ok(call) => {
                self.calls.insert(id, UnderWay { call, observed });
                self.hold(env);
                Either::A(id)
            }
            Err(error) => Either::B(error.into()),
        })
    }

    /// Gives up the wait for a call. `not_sent` means that nothing left, nothing will, and nothing will be collected.
    #[napi]
    pub fn give_up(&mut self, env: Env, id: u32) -> GivenUp {
        let outcome = self.calls.get(&id).map_or(Outcome::Unknown, |under_way| under_way.call.give_up());
        let mut attempts = None;
        if outcome == Outcome::NotSent {
            attempts = self.calls.remove(&id).and_then(|under_way| under_way.attempts());
            self.hold(env);
        }
        GivenUp { outcome: outcome.as_str(), attempts }
    }

    /// Takes what was settled since the last time, without what was withdrawn: as one JSON text, since that is read far
    /// faster than objects are made from here.
    #[napi]
    pub fn collect<'env>(&mut self, env: &'env Env) -> Result<JsString<'env>> {
        let mut settled = mem::take(&mut self.mailbox.open().settled);
        settled.retain_mut(|settled| match self.calls.remove(&settled.id) {
            Some(under_way) => {
                settled.attempts = under_way.attempts();
                true
            }
            None => false,
        });
        self.hold(*env);
        let batch = report::batch(&settled).map_err(|error| Error::from_reason(error.to_string()))?;
        report::written(env, &batch)
    }

    /// Holds the event loop open if something is under way, and lets it go if nothing is.
    // The deprecation points to cloning, which cannot do this.
    #[allow(deprecated)]
    fn hold(&mut self, env: Env) {
        if self.held != self.calls.is_empty() {
            return;
        }
        self.held = !self.held;
        let bell = &mut self.mailbox.open().bell;
        // It fails only where the JavaScript thread ends; a call must then not look as if it had never started.
        let _ = if self.held { bell.refer(&env) } else { bell.unref(&env) };
    }
}

impl Drop for Hub {
    /// The JavaScript thread ends: what has not left is not sent; what has goes on.
    fn drop(&mut self) {
        for under_way in self.calls.values() {
            under_way.call.give_up();
        }
    }
}

impl Mailbox {
    fn open(&self) -> MutexGuard<'_, Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, id: u32, result: std::result::Result<Option<Receipt>, Failure>) {
        let mut mail = self.open();
        mail.settled.push(Settled { id, result, attempts: None });
        if mail.settled.len() == 1 {
            // It fails only where the JavaScript thread has ended, and then nobody is left to be told.
            mail.bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
