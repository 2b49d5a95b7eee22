//! Reaching the gateway ahead of the first call, without moving money.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::argument::Argument;
use crate::check::{self, Findings};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Outcome};
use crate::reply;
use crate::request::TIMEOUT;
use crate::reuse::PROBATION;
use crate::transport::{Failure, Reached, Seen, Transport};

/// The name of reaching the gateway in every language.
pub(crate) const WARM_UP: &str = "warm_up";

/// Checks a time limit; `limit` is the client's.
pub(crate) fn time_limit(timeout: &Argument, limit: Duration) -> Result<Duration, Error> {
    let mut findings = Findings::default();
    let limit = findings.take(TIMEOUT, check::time_limit(timeout, limit));
    limit.ok_or_else(|| Error::invalid_request(WARM_UP, findings.into_errors()))
}

/// Asks for the front page's head by `deadline`.
///
/// A second time after a probation, if the gateway has not yet shown whether it keeps its connections: if it does, calls
/// share connections from the first on.
pub(crate) async fn run(transport: &Transport, deadline: Deadline) -> Result<Reached, Error> {
    let reached = transport.reach(deadline).await.map_err(not_reached)?;
    let over = Instant::now() + PROBATION;
    if transport.is_probing() && over < deadline.timer() {
        sleep_until(over).await;
        // What a connection that was lost meanwhile means for later calls was noted.
        let _ = transport.reach(deadline).await;
    }
    Ok(reached)
}

/// Asks for a page below the front page by `deadline`.
pub(crate) async fn look(
    transport: &Transport,
    page: &'static str,
    config: &Config,
    deadline: Deadline,
) -> Result<Seen, Error> {
    let answer = transport.look(page, deadline).await.map_err(not_reached)?;
    let secrets = [config.credentials.mkey(), config.credentials.searched_key()];
    Ok(Seen { http_status: answer.status, words: reply::words_of(answer, &secrets) })
}

fn not_reached(Failure { kind, detail, .. }: Failure) -> Error {
    let kind = if kind == ErrorKind::ConnectionLost { ErrorKind::Connect } else { kind };
    Error::new(Outcome::NotSent, kind, format!("the gateway was not reached: {detail}")).of_call(WARM_UP, "", "", 1)
}
