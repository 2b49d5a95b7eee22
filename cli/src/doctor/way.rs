//! What stands between this machine and the gateway: TLS that does not fit, or a block.

use std::io::ErrorKind as Io;
use std::sync::mpsc;
use std::time::Duration;

use paywelcome::probe::{Answer, Greeted, Probe, Tried};
use paywelcome::{Argument, Client, Error, ErrorKind};

use paywelcome_rehearsal::Rehearsal;
use url::Url;

use super::findings::Findings;
use super::rehearsed;
use crate::arguments::option_of;

/// For one handshake.
const LIMIT: Duration = Duration::from_secs(5);
/// A page that nobody has, so that only a block of everything answers it with 403.
const NOWHERE: &str = "paywelcome-doctor";
/// Numbers of alerts of TLS.
const ACCESS_DENIED: u8 = 49;
const UNKNOWN_NAME: u8 = 112;
/// What this library can speak.
const OURS: &str = "TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20-Poly1305";
const OPEN: &str = "The gateway blocks addresses outside of Korea until it opens them; a firewall of your own looks the same. Ask \
                    your network's administrator whether this machine may go out to";
const WHICH: &str = "Then ask the gateway to open the address that this machine has on the internet: which one that is can't be \
                     known from here, only by who runs your network (NAT, VPN or proxy).";

fn opened(client: &Client) -> String {
    format!("{OPEN} {}. {WHICH}", target(client))
}

/// The gateway's host and port.
fn target(client: &Client) -> String {
    let port = Url::parse(client.base_url()).ok().and_then(|url| url.port_or_known_default()).unwrap_or(443);
    let suffix = format!(":{port}");
    format!("{}, port {port}", client.host().strip_suffix(&suffix).unwrap_or(client.host()))
}

/// Returns which versions and ciphers the host offers of those that this library has. `false` where there is none.
pub(crate) fn tls(client: &Client, then: Option<&Rehearsal>, found: &mut Findings) -> bool {
    let Some(probe) = client.probe() else { return true };
    if !probe.is_secure() {
        found.well("tls", "none: plain http, which stays on this machine");
        return true;
    }
    let tried = probe.ciphers(LIMIT);
    let offers = |version: &str| {
        let agreed = tried.iter().filter(|tried| tried.version == version && tried.answer == Answer::Agrees);
        let names: Vec<_> = agreed.map(|Tried { cipher, .. }| cipher.trim_start_matches("TLS_")).collect();
        if names.is_empty() { format!("{version}: not offered") } else { format!("{version}: {}", names.join(", ")) }
    };
    if tried.iter().any(|tried| tried.answer == Answer::Agrees) {
        found.well("tls", format!("{}; {}", offers("TLS 1.3"), offers("TLS 1.2")));
        if let Some(then) = then {
            rehearsed::tls(then, &tried, found);
        }
        return true;
    }
    not_agreed(client, &probe, &tried, found);
    false
}

/// Returns why no handshake came to an end.
fn not_agreed(client: &Client, probe: &Probe, tried: &[Tried], found: &mut Findings) {
    let ask = format!(
        "Ask the gateway to offer one of {OURS}. Until then a proxy of your own that ends TLS on both sides can stand in \
                       between: give its address as the base URL."
    );
    match probe.greet(LIMIT) {
        Greeted::Chooses(version, cipher) => {
            let has = format!("this library has {OURS}; no CBC and no plain RSA");
            found.wrong("tls", format!("the host speaks TLS, but chooses {version} with {cipher}; {has}"), ask);
        }
        Greeted::Refuses(ACCESS_DENIED, _) => blocked(client, "the host answers that access is denied", found),
        Greeted::Refuses(UNKNOWN_NAME, _) => {
            let advice = "Check the address: the host that answers there has another name.";
            found.wrong("tls", format!("the host speaks TLS, and does not know the name {}", client.host()), advice);
        }
        Greeted::Refuses(_, alert) => {
            found.wrong("tls", format!("the host speaks TLS, and refuses all that was offered: {alert}"), ask);
        }
        Greeted::NoTls => {
            let advice =
                "Check the port and the address: something else answers there, such as a proxy's page or plain http.";
            found.wrong("tls", "the host answers, but not in TLS", advice);
        }
        Greeted::Closes => blocked(client, "the connection is made, but closed at the first message of TLS", found),
        Greeted::Silent => blocked(client, "the connection is made, but nothing is answered", found),
        Greeted::NotReached(kind) => not_connected(client, kind, found),
    }
    let answers = tried.iter().filter(|tried| tried.answer == Answer::Refuses).count();
    if answers > 0 && answers < tried.len() {
        found.well(
            "tls",
            format!("{answers} of {} handshakes were refused in words, the others broke off", tried.len()),
        );
    }
}

fn blocked(client: &Client, what: &str, found: &mut Findings) {
    found.wrong("block", format!("{what}: this looks like a block"), opened(client));
}

fn not_connected(client: &Client, kind: Io, found: &mut Findings) {
    let what = match kind {
        Io::ConnectionRefused if client.is_local() => {
            let advice = "Check whether the sandbox, or whatever should answer, is running, and at which port.";
            return found.wrong(
                "block",
                "none: this machine itself refuses the connection, because nothing listens there",
                advice,
            );
        }
        Io::ConnectionRefused => "the connection is refused",
        Io::TimedOut => "no connection is made, and nothing is answered",
        Io::ConnectionReset | Io::ConnectionAborted | Io::UnexpectedEof | Io::BrokenPipe => {
            "the connection is closed as soon as it is made"
        }
        Io::NetworkUnreachable | Io::HostUnreachable => {
            let advice = "Check this machine's network: there is no route, or a firewall refuses it.";
            return found.wrong("block", "the network reports that it can't be reached", advice);
        }
        _ => "no connection is made",
    };
    blocked(client, what, found);
}

/// Returns what keeps the gateway from being reached, as far as that can be found out.
pub(crate) fn not_reached(client: &Client, error: &Error, found: &mut Findings) {
    let detail = error.message(option_of);
    let host = client.host();
    match error.kind() {
        ErrorKind::Dns => {
            let advice = format!(
                "Check whether this machine resolves any name, such as by nslookup {host}; within a container, at its \
                                  DNS settings; and whether a firewall answers for names."
            );
            return found.wrong("connection", detail, advice);
        }
        ErrorKind::Proxy => return behind_proxy(client, detail, found),
        _ => found.wrong("connection", detail, ""),
    }
    let Some(probe) = client.probe() else { return };
    let is_tls = error.kind() == ErrorKind::Tls;
    match probe.connect(LIMIT) {
        Err(error) => not_connected(client, error.kind(), found),
        Ok(()) if probe.is_secure() => {
            if tls(client, None, found) && is_tls {
                let advice = "Check who issued it. A proxy that opens TLS has a CA of its own: pass it as --ca-bundle.";
                found.wrong("certificate", "TLS is agreed on, but the certificate is not trusted", advice);
            }
        }
        Ok(()) => blocked(client, "the connection is made, but the answer is not HTTP", found),
    }
}

/// Returns which side of a proxy it is that keeps a connection from being made.
fn behind_proxy(client: &Client, detail: String, found: &mut Findings) {
    let ask = format!(
        "Ask who runs the proxy: it must allow CONNECT to {}. User and password go into its URL. What NO_PROXY \
                       names is reached without it.",
        target(client)
    );
    let probe = client.probe().filter(|probe| !probe.has_credentials());
    let Some(probe) = probe else { return found.wrong("connection", detail, ask) };
    match probe.connect(LIMIT) {
        Err(error) if error.kind() == Io::PermissionDenied => found.wrong("connection", detail, ask),
        Err(_) => found.wrong("connection", detail, format!("Check the proxy's address: it can't be reached. {ask}")),
        Ok(()) => {
            found.wrong(
                "connection",
                detail,
                "The proxy makes the connection, but it breaks behind the proxy: see below.",
            );
            tls(client, None, found);
        }
    }
}

/// Returns whether a status of the front page is that of a block.
pub(crate) fn page(client: &Client, status: u16, timeout: &Argument, found: &mut Findings) {
    if !matches!(status, 401 | 403 | 407 | 451) {
        return;
    }
    let (done, settled) = mpsc::channel();
    let started = client.start_look(NOWHERE, timeout, move |seen| drop(done.send(seen)));
    let Some(Ok(seen)) = started.ok().and_then(|_| settled.recv().ok()) else { return };
    if seen.http_status != status {
        let other = seen.http_status;
        return found
            .well("block", format!("none: the front page answers {status}, and a page that does not exist {other}"));
    }
    let says = if seen.words.is_empty() { String::new() } else { format!(", saying \"{}\"", short(&seen.words)) };
    let advice = format!(
        "{} A first cancel on the test host shows it for certain: an answer in JSON means that nothing is blocked.",
        opened(client)
    );
    found.wrong("block", format!("every page answers {status}{says}: this looks like a block"), advice);
}

fn short(words: &str) -> String {
    let short: String = words.chars().take(150).collect();
    if short.len() < words.len() { short + "…" } else { short }
}
