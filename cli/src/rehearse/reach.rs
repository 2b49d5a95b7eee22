//! The way to the gateway: TLS, clock and connections. It cancels nothing.

use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use paywelcome::probe::{Answer, Tried};
use paywelcome::{Argument, Client, Error};
use paywelcome_rehearsal::{Findings, Tls};

/// For one handshake.
const LIMIT: Duration = Duration::from_secs(5);

/// Reaches the gateway, and records what is found on the way; nothing where its end was lost.
pub(crate) fn reach(client: &Client, timeout: &Argument, findings: &mut Findings) -> Option<Result<u16, Error>> {
    let (done, end) = mpsc::channel();
    let started = client.start_warm_up(timeout, move |reached| drop(done.send(reached)));
    let reached = match started.map(|_| end.recv().ok()) {
        Ok(Some(Ok(reached))) => reached,
        Ok(Some(Err(error))) | Err(error) => return Some(Err(error)),
        Ok(None) => return None,
    };
    let theirs = reached.date.as_deref().and_then(|date| httpdate::parse_http_date(date).ok());
    findings.clock_difference_seconds = theirs.map(ahead);
    findings.connections_kept = client.keeps_connections();
    findings.tls = client.probe().filter(paywelcome::probe::Probe::is_secure).map(|probe| {
        let (version, cipher) = probe.agreed(LIMIT).unwrap_or_default();
        let agrees = |tried: &Tried| tried.answer == Answer::Agrees;
        let offers = probe.ciphers(LIMIT).into_iter().filter(agrees);
        Tls { version, cipher, offers: offers.map(|tried| format!("{} {}", tried.version, tried.cipher)).collect() }
    });
    Some(Ok(reached.http_status))
}

/// By how many seconds another clock is ahead of this one; it is told by the second, so that one less is none.
fn ahead(theirs: SystemTime) -> i64 {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match theirs.duration_since(SystemTime::now()) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration().saturating_sub(Duration::from_secs(1))),
    }
}
