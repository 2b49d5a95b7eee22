//! The attempts of one call: the only place that sleeps and the only one that sends again.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

use crate::attempt::{Attempt, Trail};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::Flight;
use crate::reply::{self, Answer, Answered, Asked};
use crate::signature;
use crate::timestamp::TimestampFormat;
use crate::transport::{Failure, Form, Transport};

/// The pause before the first re-send; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A signature that leaves is no older than this: an attempt may take long to connect.
const FRESH: Duration = Duration::from_secs(1);

/// A form as it is posted, and the timestamp it was signed with.
///
/// The signature is kept besides, to be redacted wherever the answer repeats it.
#[derive(Debug)]
pub(crate) struct Signed {
    at: SystemTime,
    timestamp: String,
    signature: String,
    pub(crate) form: String,
}

/// Signs `operation` as of `at`.
pub(crate) fn signed<O: Answered>(operation: &O, config: &Config, at: SystemTime) -> Result<Signed, Error> {
    let timestamp = timestamp(config, at)?;
    let signature = signature::sign(&config.credentials, &timestamp, config.signature_format);
    let form = operation.form(config.credentials.mid(), &timestamp, &signature);
    Ok(Signed { at, timestamp, signature, form })
}

/// Writes the timestamp of an attempt at the instant `at`.
pub(crate) fn timestamp(config: &Config, at: SystemTime) -> Result<String, Error> {
    timestamp_of(config.timestamp_format, at)
}

/// Writes the instant `at` as a timestamp.
pub(crate) fn timestamp_of(format: TimestampFormat, at: SystemTime) -> Result<String, Error> {
    format.write(at).ok_or_else(|| {
        let detail = "this machine's clock is not of this age, so the gateway would refuse the timestamp";
        Error::new(Outcome::NotSent, ErrorKind::Internal, detail)
    })
}

/// The form of one attempt: signed when it begins, and again if it leaves much later.
struct Letter<O> {
    operation: Arc<O>,
    config: Arc<Config>,
    length: usize,
    signed: Mutex<Signed>,
}

impl<O: Answered> Letter<O> {
    fn new(operation: &Arc<O>, config: &Arc<Config>, at: SystemTime) -> Result<Self, Error> {
        let signed = signed(&**operation, config, at)?;
        let (operation, config, length) = (Arc::clone(operation), Arc::clone(config), signed.form.len());
        Ok(Self { operation, config, length, signed: Mutex::new(signed) })
    }

    fn signed(&self) -> MutexGuard<'_, Signed> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timestamp(&self) -> String {
        self.signed().timestamp.clone()
    }
}

impl<O: Answered> Form for Letter<O> {
    fn length(&self) -> usize {
        self.length
    }

    fn take(&self, at: SystemTime) -> String {
        let mut signed = self.signed();
        // Also where the clock was set back.
        let stale = at.duration_since(signed.at).map_or(true, |age| age >= FRESH);
        if stale && let Ok(afresh) = self::signed(&*self.operation, &self.config, at) {
            // The head has promised a length; timestamps of one format have all the same.
            if afresh.form.len() == self.length {
                *signed = afresh;
            }
        }
        mem::take(&mut signed.form)
    }
}

/// Sends `operation` by `deadline`: again, signed afresh, only where the attempt before provably never left.
pub(crate) async fn run<O: Answered>(
    operation: O,
    config: &Arc<Config>,
    transport: &Transport,
    flight: &Flight,
    trail: &Trail,
    deadline: Deadline,
) -> Result<O::Receipt, Error> {
    let operation = Arc::new(operation);
    let (mut attempts, mut timestamp) = (0, String::new());
    loop {
        let of_call = |error: Error| error.of_call(O::NAME, operation.tid(), &timestamp, attempts);
        // Before anything is signed, since this may take long.
        let place = transport.place(deadline).await;
        let place = place.map_err(|failure| of_call(verdict(flight.withdraw(), failure)))?;
        let (at, started) = (SystemTime::now(), Instant::now());
        let letter = Arc::new(Letter::new(&operation, config, at).map_err(of_call)?);
        timestamp = letter.timestamp();
        let Some(ticket) = flight.board(deadline) else {
            let gave_up = Failure { kind: ErrorKind::Aborted, detail: "the caller gave up".to_owned(), refused: true };
            let error = verdict(flight.withdraw(), gave_up);
            return Err(error.of_call(O::NAME, operation.tid(), &timestamp, attempts));
        };
        attempts += 1;
        let ended = |kind, http_status, pause| {
            trail.add(Attempt { number: attempts, began: at, took: started.elapsed(), kind, http_status, pause });
        };
        let posted = transport.post(O::PATH, Arc::clone(&letter), ticket, flight, deadline).await;
        drop(place);
        timestamp = letter.timestamp();
        let of_call = |error: Error| error.of_call(O::NAME, operation.tid(), &timestamp, attempts);
        let failure = match posted {
            Ok(came) => {
                let answer = Answer::from(came);
                ended(None, Some(answer.status), None);
                let (credentials, signed) = (&config.credentials, letter.signed());
                let secrets = [signed.signature.as_str(), credentials.mkey(), credentials.searched_key()];
                let asked = Asked { mid: credentials.mid(), secrets: &secrets, required: config.required_echoes };
                return reply::read(&*operation, asked, answer).map_err(of_call);
            }
            Err(failure) => failure,
        };
        let left = flight.has_left();
        // What was too late to leave failed for that, whatever it then looked like.
        let failure = if !left && deadline.is_over() { Failure::time_ran_out() } else { failure };
        let retries = if failure.refused { 0 } else { config.connect_retries };
        let now = Instant::now();
        let Some(until) = pause_before_resend(left, attempts, retries, failure.kind, now, deadline.timer()) else {
            // Only a withdrawal that succeeds proves that nothing left and nothing will.
            let error = verdict(flight.withdraw(), failure);
            ended(Some(error.kind()), None, None);
            return Err(of_call(error));
        };
        ended(Some(before_leaving(failure.kind)), None, Some(until - now));
        sleep_until(until).await;
    }
}

/// Decides whether another attempt is made, and when.
fn pause_before_resend(
    left: bool,
    attempts: u32,
    retries: u32,
    kind: ErrorKind,
    now: Instant,
    deadline: Instant,
) -> Option<Instant> {
    let until = now + FIRST_PAUSE * 2_u32.saturating_pow(attempts.saturating_sub(1)).min(16);
    (!left && attempts <= retries && kind != ErrorKind::Internal && until < deadline).then_some(until)
}

/// Names a failure before anything left: a connection that was lost then was not a connection.
fn before_leaving(kind: ErrorKind) -> ErrorKind {
    if kind == ErrorKind::ConnectionLost { ErrorKind::Connect } else { kind }
}

/// What a failure means for the money.
pub(crate) fn verdict(withdrawn: bool, Failure { kind, detail, .. }: Failure) -> Error {
    if withdrawn {
        return Error::new(Outcome::NotSent, before_leaving(kind), detail);
    }
    // After the request left, whatever names an early failure is a connection that was lost.
    let kind = match kind {
        ErrorKind::Timeout | ErrorKind::Malformed => kind,
        _ => ErrorKind::ConnectionLost,
    };
    let detail = match kind {
        ErrorKind::Timeout => "no answer came in time".to_owned(),
        ErrorKind::Malformed => format!("the answer is not HTTP: {detail}"),
        _ => format!("the connection was lost before the answer: {detail}"),
    };
    Error::new(Outcome::Unknown, kind, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_left_is_sent_again_within_the_limits() {
        let now = Instant::now();
        let far = now + Duration::from_secs(10);
        let again = |left, attempts, retries, kind, deadline| {
            pause_before_resend(left, attempts, retries, kind, now, deadline).map(|until| until - now)
        };
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(again(false, 1, 2, ErrorKind::Connect, far), ms(100));
        assert_eq!(again(false, 2, 2, ErrorKind::Tls, far), ms(200));
        assert_eq!(again(false, 10, 10, ErrorKind::Dns, far), ms(1_600));
        assert_eq!(again(false, 3, 2, ErrorKind::Connect, far), None);
        assert_eq!(again(false, 1, 0, ErrorKind::Connect, far), None);
        assert_eq!(again(false, 1, 2, ErrorKind::Connect, now + Duration::from_millis(50)), None);
        for kind in [ErrorKind::Connect, ErrorKind::ConnectionLost, ErrorKind::Timeout, ErrorKind::Malformed] {
            assert_eq!(again(true, 1, 2, kind, far), None, "{kind} after the request left");
        }
    }

    #[test]
    fn the_outcome_follows_what_left_and_not_the_failure() {
        for kind in [ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Tls, ErrorKind::ConnectionLost] {
            let failure = || Failure { kind, detail: String::new(), refused: false };
            assert_eq!(verdict(true, failure()).outcome(), Outcome::NotSent);
            assert_eq!(verdict(false, failure()).outcome(), Outcome::Unknown);
        }
    }
}
