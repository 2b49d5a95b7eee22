//! The client: settings that hold together, and calls that run by themselves.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::address::Address;
use crate::argument::Argument;
use crate::attempt::Trail;
use crate::call::{Call, Done, Wait};
use crate::config::{self, ClientOptions, Config};
use crate::deadline::Deadline;
use crate::echoes::Echo;
use crate::engine;
use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::Flight;
use crate::guard;
use crate::moment::Moment;
use crate::posting::{self, Posted, Posting};
use crate::probe::Probe;
use crate::process::{PerProcess, Process};
use crate::receipt::{CancelReceipt, PartialCancelReceipt};
use crate::reply::Answered;
use crate::request::{CancelRequest, PartialCancelRequest, Times};
use crate::sending;
use crate::signature::{SignatureFormat, Signing};
use crate::timestamp::TimestampFormat;
use crate::transport::{Reached, Seen, Transport};
use crate::warm::{self, WARM_UP};

/// Cancels payments of one merchant.
///
/// A client is cheap to clone, and may be shared by threads and used after a fork: each process has its own
/// connections. Calls run on a runtime of the library's own, so they need none of their callers'.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    began: Option<Moment>,
}

struct Inner {
    config: Arc<Config>,
    address: Option<Address>,
    transport: PerProcess<Transport>,
    closed: AtomicBool,
}

impl Client {
    /// Makes a client; nothing is connected before its first call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`], which names every setting that is wrong.
    // Taken by value, so that the key it holds is wiped here.
    #[allow(clippy::needless_pass_by_value)]
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let config = Arc::new(Config::check(&options)?);
        let address = Address::of(&config.base_url);
        let inner = Inner { config, address, transport: PerProcess::empty(), closed: AtomicBool::new(false) };
        Ok(Self { inner: Arc::new(inner), began: None })
    }

    /// Returns this client for a call that began at `began`: its time limit counts from there, so that nothing of it leaves
    /// later than that, however long this process was stopped since. An instant that is still to come counts as now.
    #[must_use]
    pub fn since(&self, began: Moment) -> Self {
        Self { inner: Arc::clone(&self.inner), began: Some(began) }
    }

    /// Cancels a whole payment (전체 취소; guide, payapi01).
    ///
    /// Dropping the future ends the wait. A request that has not left is not sent. One that may have left continues.
    ///
    /// If the request's [`wait`](CancelRequest::wait) is over first, the call continues and is not withdrawn.
    /// [`start_cancel`](Self::start_cancel) receives its result.
    ///
    /// # Errors
    ///
    /// [`Error::outcome`] says what may have happened to the money: see [`Outcome`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use paywelcome::{CancelRequest, Client, Outcome};
    ///
    /// # async fn cancel(client: Client, tid: &str) {
    /// match client.cancel(&CancelRequest::new("card", tid, 12_000)).await {
    ///     Ok(receipt) => println!("{} won went back", receipt.price),
    ///     Err(error) if error.outcome() == Outcome::Unknown => println!("look before you send again: {error}"),
    ///     Err(error) => println!("nothing moved: {error}"),
    /// }
    /// # }
    /// ```
    pub async fn cancel(&self, request: &CancelRequest) -> Result<CancelReceipt, Error> {
        let (done, end) = oneshot::channel();
        let call = self.start_cancel(request, |result| drop(done.send(result)))?;
        Wait::new(call, end).await
    }

    /// Cancels a part of a payment (부분 취소; guide, payapi02); after a first one, also the rest.
    ///
    /// Dropping the future, or a [`wait`](PartialCancelRequest::wait) that is over, ends the wait as for
    /// [`cancel`](Self::cancel).
    ///
    /// # Errors
    ///
    /// [`Error::outcome`] says what may have happened to the money: see [`Outcome`].
    pub async fn partial_cancel(&self, request: &PartialCancelRequest) -> Result<PartialCancelReceipt, Error> {
        let (done, end) = oneshot::channel();
        let call = self.start_partial_cancel(request, |result| drop(done.send(result)))?;
        Wait::new(call, end).await
    }

    /// Starts a full cancel and calls `done` once, on the thread that drives the library, when it has ended.
    ///
    /// [`Call::wait_left`] and [`Call::when_wait_is_over`] report the request's [`wait`](CancelRequest::wait).
    ///
    /// # Errors
    ///
    /// Wrong arguments, or a closed client. `done` is then never called.
    pub fn start_cancel(
        &self,
        request: &CancelRequest,
        done: impl FnOnce(Result<CancelReceipt, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let checked = request.check(self.inner.config.timeout);
        let (operation, times) = checked.map_err(|error| self.named(error))?;
        self.start(operation, times, done)
    }

    /// Starts a partial cancel and calls `done` once, on the thread that drives the library, when it has ended.
    ///
    /// [`Call::wait_left`] and [`Call::when_wait_is_over`] report the request's [`wait`](PartialCancelRequest::wait).
    ///
    /// # Errors
    ///
    /// Wrong arguments, or a closed client. `done` is then never called.
    pub fn start_partial_cancel(
        &self,
        request: &PartialCancelRequest,
        done: impl FnOnce(Result<PartialCancelReceipt, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let checked = request.check(self.inner.config.timeout);
        let (operation, times) = checked.map_err(|error| self.named(error))?;
        self.start(operation, times, done)
    }

    fn start<O: Answered>(
        &self,
        operation: O,
        Times { limit, wait }: Times,
        done: impl FnOnce(Result<O::Receipt, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let (tid, reference) = (operation.tid().to_owned(), operation.reference().map(str::to_owned));
        let trail = Trail::default();
        let run = {
            let trail = trail.clone();
            move |inner: Arc<Inner>, transport: Arc<Transport>, flight: Flight, deadline| async move {
                sending::run(operation, &inner.config, &transport, &flight, &trail, deadline).await
            }
        };
        let told = reference.clone();
        let done = move |result: Result<_, Error>| done(result.map_err(|error| error.with_reference(told)));
        let until = wait.map(|wait| Instant::now() + wait);
        match self.spawn(O::NAME, &tid, limit, trail, run, done) {
            Ok(call) => Ok(match until {
                None => call,
                Some(until) => {
                    call.awaited_until(until, self.named(Error::pending(O::NAME, &tid)).with_reference(reference))
                }
            }),
            Err(error) => Err(error.with_reference(reference)),
        }
    }

    /// Runs something on the library's thread, on this process's connections.
    fn spawn<T: 'static, R: Future<Output = Result<T, Error>> + Send + 'static>(
        &self,
        operation: &'static str,
        tid: &str,
        limit: Duration,
        trail: Trail,
        run: impl FnOnce(Arc<Inner>, Arc<Transport>, Flight, Deadline) -> R,
        done: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        if let Some(error) = self.refusal() {
            return Err(self.named(error.of_call(operation, tid, "", 0)));
        }
        let process = Process::current();
        let deadline = self.began.map_or_else(|| Deadline::after(limit), |began| Deadline::since(began, limit));
        let of_call = |error: Error| self.named(error.of_call(operation, tid, "", 0));
        let inner = Arc::clone(&self.inner);
        let named = Self::clone(self);
        let done = move |result: Result<T, Error>| done(result.map_err(|error| named.named(error)));
        let transport = inner.transport.get(|| Transport::new(&inner.config)).map_err(of_call)?;
        // Looked at after the connections were taken: one that closes now still finds them to clear.
        if inner.closed.load(Ordering::Acquire) {
            inner.transport.clear();
            return Err(of_call(Error::new(Outcome::NotSent, ErrorKind::Closed, "the client is closed")));
        }
        let flight = Flight::default();
        let engine = engine::engine().map_err(of_call)?;
        let done = Done::new(done, operation, tid, &flight);
        // Boxed at once: it is large, and would be copied at each step of becoming a task.
        let run = Box::pin(run(inner, transport, flight.clone(), deadline));
        let task = engine.spawn(async move { done.end(run.await) });
        Ok(Call::new(process, flight, trail, task))
    }

    /// Does the DNS lookup, connection and TLS handshake before the first call; no money moves.
    ///
    /// It sends a HEAD request for the front page and ignores the answer. The connection stays open for a second. The
    /// TLS session can be resumed for longer.
    ///
    /// # Errors
    ///
    /// [`Outcome::NotSent`] in any case: the gateway can't be reached.
    pub async fn warm_up(&self) -> Result<Reached, Error> {
        let (done, end) = oneshot::channel();
        let call = self.start_warm_up(&Argument::Absent, |result| drop(done.send(result)))?;
        Wait::new(call, end).await
    }

    /// Starts to reach the gateway within `timeout` seconds, and calls `done` once, on the thread that drives the library.
    ///
    /// # Errors
    ///
    /// A wrong time limit, or a closed client. `done` is then never called.
    pub fn start_warm_up(
        &self,
        timeout: &Argument,
        done: impl FnOnce(Result<Reached, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let limit = self.warm_up_limit(timeout)?;
        let run = move |_: Arc<Inner>, transport: Arc<Transport>, _: Flight, deadline| async move {
            warm::run(&transport, deadline).await
        };
        self.spawn(WARM_UP, "", limit, Trail::default(), run, done)
    }

    /// Returns the time that a warm-up with `timeout` may take; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`], which names the time limit.
    pub fn warm_up_limit(&self, timeout: &Argument) -> Result<Duration, Error> {
        warm::time_limit(timeout, self.inner.config.timeout).map_err(|error| self.named(error))
    }

    /// The route to the gateway, to diagnose what blocks a call; not part of the API.
    #[doc(hidden)]
    pub fn probe(&self) -> Option<Probe> {
        Probe::new(&self.inner.config)
    }

    /// Starts a request for a page of the gateway's host that moves no money; not part of the API.
    ///
    /// # Errors
    ///
    /// A wrong time limit, or a closed client. `done` is then never called.
    #[doc(hidden)]
    pub fn start_look(
        &self,
        page: &'static str,
        timeout: &Argument,
        done: impl FnOnce(Result<Seen, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let limit = self.warm_up_limit(timeout)?;
        let run = move |inner: Arc<Inner>, transport: Arc<Transport>, _: Flight, deadline| async move {
            warm::look(&transport, page, &inner.config, deadline).await
        };
        self.spawn(WARM_UP, "", limit, Trail::default(), run, done)
    }

    /// Starts to post a form that is given whole, once and never again, and calls `done` with what came of it, on the thread that
    /// drives the library; no part of the API.
    ///
    /// # Errors
    ///
    /// A wrong time limit, a guard and a closed client are told here, and `done` is then never called.
    #[doc(hidden)]
    pub fn start_posting(
        &self,
        posting: Posting,
        timeout: &Argument,
        done: impl FnOnce(Result<Posted, Error>) + Send + 'static,
    ) -> Result<Call, Error> {
        let limit = self.warm_up_limit(timeout)?;
        let run = move |inner: Arc<Inner>, transport: Arc<Transport>, flight: Flight, deadline| async move {
            posting::run(posting, &inner.config, &transport, &flight, deadline).await
        };
        self.spawn(posting::POSTING, "", limit, Trail::default(), run, done)
    }

    /// Whether the gateway keeps its connections, as far as it has shown that to this client; no part of the API.
    #[doc(hidden)]
    pub fn keeps_connections(&self) -> Option<bool> {
        self.inner.transport.get(|| Err(())).ok().and_then(|transport| transport.keeps_connections())
    }

    /// The formats of signature and timestamp that calls are signed in; no part of the API.
    #[doc(hidden)]
    pub fn formats(&self) -> (SignatureFormat, TimestampFormat) {
        (self.inner.config.signature_format, self.inner.config.timestamp_format)
    }

    /// The setting `required_echoes`; no part of the API.
    #[doc(hidden)]
    pub fn required_echoes(&self) -> Vec<&'static str> {
        let required = self.inner.config.required_echoes;
        Echo::ALL.into_iter().filter(|echo| required.has(*echo)).map(|echo| echo.field().snake()).collect()
    }

    /// Refuses calls from now on and closes idle connections; calls in flight continue to their end.
    pub fn close(&self) {
        self.inner.closed.store(true, Ordering::Release);
        self.inner.transport.clear();
    }

    /// Adds the host and the merchant that a call was for, for an error that a binding makes of one of this client's.
    #[must_use]
    pub fn named(&self, error: Error) -> Error {
        error.of_client(self.inner.address.as_ref(), Some(self.mid()))
    }

    /// The gateway's host, with its port where that is not the scheme's own.
    pub fn host(&self) -> &str {
        self.inner.address.as_ref().map_or_else(|| self.base_url(), |address| &address.host)
    }

    /// The gateway's address, with no slash at its end.
    pub fn base_url(&self) -> &str {
        &self.inner.config.base_url
    }

    /// The merchant id (가맹점ID).
    pub fn mid(&self) -> &str {
        self.inner.config.credentials.mid()
    }

    /// Returns whether no real money can move: requests go to the gateway's test host, or to this machine.
    pub fn is_test(&self) -> bool {
        self.inner.config.loopback || self.inner.config.base_url == config::TEST
    }

    /// Returns whether the gateway is on this machine.
    pub fn is_local(&self) -> bool {
        self.inner.config.loopback
    }

    /// The time limit of a call that is given none of its own.
    pub fn time_limit(&self) -> Duration {
        self.inner.config.timeout
    }

    /// Returns why nothing is sent now, where a [`Guard`](crate::Guard) is up for another gateway.
    pub fn refusal(&self) -> Option<Error> {
        guard::refusal(self.base_url()).map(config::wrong_base_url)
    }

    /// The address of the proxy that requests go through, without its user and password, and the variable of the
    /// environment that it was taken from.
    pub fn proxy(&self) -> Option<(String, Option<&'static str>)> {
        self.inner.config.proxy.as_ref().map(|proxy| (proxy.url(), proxy.variable()))
    }

    /// What is worth a warning when the client was made: `PAYWELCOME_BASE_URL` leads it to this machine, in place of the
    /// environment that the code names.
    pub fn warning(&self) -> Option<&str> {
        self.inner.config.warning.as_deref()
    }

    /// Returns what a call at the instant `at` would sign, and its signature; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] where no timestamp can say this instant.
    pub fn signing(&self, at: SystemTime) -> Result<Signing, Error> {
        let config = &self.inner.config;
        Ok(Signing::new(&config.credentials, sending::timestamp(config, at)?, config.signature_format))
    }

    /// Returns the form that a full cancel would post at the instant `at`, signature included; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`], which names every argument that is wrong.
    pub fn cancel_form(&self, request: &CancelRequest, at: SystemTime) -> Result<String, Error> {
        let checked = request.check(self.inner.config.timeout);
        let form = checked.and_then(|(operation, _)| sending::signed(&operation, &self.inner.config, at));
        form.map(|signed| signed.form).map_err(|error| self.named(error))
    }

    /// Returns the form that a partial cancel would post at the instant `at`, signature included; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`], which names every argument that is wrong.
    pub fn partial_cancel_form(&self, request: &PartialCancelRequest, at: SystemTime) -> Result<String, Error> {
        let checked = request.check(self.inner.config.timeout);
        let form = checked.and_then(|(operation, _)| sending::signed(&operation, &self.inner.config, at));
        form.map(|signed| signed.form).map_err(|error| self.named(error))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.transport.clear();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.inner.config).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_client_keeps_no_connections() {
        let client = Client::new(ClientOptions {
            mid: "welcometst".into(),
            sign_key: "made-up".into(),
            environment: "test".into(),
            ..ClientOptions::default()
        });
        let client = client.expect("the settings are right");
        let inner = &client.inner;
        let keep = || inner.transport.get(|| Transport::new(&inner.config)).is_ok();
        let kept = || inner.transport.get(|| Err(())).is_ok();
        assert!(keep() && kept());
        client.close();
        assert!(!kept(), "closing leaves the connections");
        // A call that comes meanwhile takes new ones, is refused, and leaves none.
        assert!(keep());
        let late = client.start_cancel(&CancelRequest::new("card", "T1", 1), |_| {});
        assert!(late.is_err_and(|error| error.kind() == ErrorKind::Closed));
        assert!(!kept(), "a call that was refused leaves its connections");
    }
}
