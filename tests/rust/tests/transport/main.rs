//! What happens on the wire, judged by what a scripted server saw and never by what the client says of itself.

mod attempts;
mod crowd;
mod deadline;
mod environment;
mod evidence;
mod fresh;
mod giving_up;
#[cfg(target_os = "linux")]
mod names;
mod not_sent;
mod panics;
mod reuse;
mod secrets;
mod tls;
mod unknown;
mod waits;
mod warm;
mod wire;

use std::future::Future;
use std::time::Duration;

use paywelcome::{Error, ErrorKind, Outcome};

/// A time limit that runs out soon, and is long enough for a loopback connection on a busy machine.
const SOON: f64 = 0.4;
/// The most that a call with such a limit may take; far more than it should, and far less than any other limit.
const LATE: Duration = Duration::from_secs(10);

/// Waits for a call with such a limit: one that outlives it by far fails its test, and is not waited for.
async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(LATE, call).await.expect("the call ends in time")
}

/// Makes sure that a call failed with `outcome` and `kind`.
#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T, Error>, outcome: Outcome, kind: ErrorKind) -> Error {
    let error = result.expect_err("the call fails");
    assert_eq!((error.outcome(), error.kind()), (outcome, kind), "{error:?}");
    assert_eq!(error.safe_to_resend(), outcome == Outcome::NotSent);
    error
}
