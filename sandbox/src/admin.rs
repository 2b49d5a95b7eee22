//! The commands over HTTP, the live stream, and the web page; only for who is on this machine, or was let in.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncWriteExt, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::answer::JSON;
use crate::arguments::{CommandError, CommandErrorKind};
use crate::command::{COMMANDS, Caller, changes, run};
use crate::connection::{Connection, Wire};
use crate::form;
use crate::gateway::Gateway;
use crate::http::{Head, Reply};
use crate::inspector;
use crate::options::Options;
use crate::route::{ROOT, path};

/// How often a follower hears that the sandbox is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many changes are told in one piece.
const BATCH: usize = 200;

/// Below the root, the certificate of the authority that clients have to trust.
const AUTHORITY: &str = "ca.pem";

/// What is to be done for an admin request.
pub(crate) enum Served {
    Reply(Reply),
    /// A stream of changes, until the follower goes.
    Follow {
        head: Vec<u8>,
        since: u64,
    },
}

/// Whether a request is for what a client needs before it can speak https.
pub(crate) fn is_for_authority(head: &Head) -> bool {
    let reads = head.method == "GET" || head.method == "HEAD";
    reads && path(head).strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/')) == Some(AUTHORITY)
}

/// Answers an admin request.
pub(crate) async fn serve(gateway: &Arc<Gateway>, head: &Head, body: &[u8], here: SocketAddr, secure: bool) -> Served {
    let mut reply = match refuse(head, here, secure, &gateway.options) {
        Some(text) => failure(403, "forbidden", None, text),
        None => match route(head, body, gateway) {
            Route::Reply(reply) => reply,
            Route::Follow(since) => {
                let mut reply = Reply::new(200, "text/event-stream; charset=utf-8", "");
                protect(&mut reply);
                return Served::Follow { head: reply.head(None, true), since };
            }
            Route::Command(name, arguments) => {
                let gateway = Arc::clone(gateway);
                let carried_out = spawn_blocking(move || run(&gateway, Caller::Port, name, arguments)).await;
                match carried_out {
                    Ok(Ok(value)) => Reply::new(200, JSON, value.to_string()),
                    Ok(Err(error)) => failure_of(&error),
                    Err(_) => failure(500, "failed", None, "the command failed"),
                }
            }
        },
    };
    protect(&mut reply);
    Served::Reply(reply)
}

enum Route {
    Reply(Reply),
    Follow(u64),
    Command(&'static str, Value),
}

fn route(head: &Head, body: &[u8], gateway: &Gateway) -> Route {
    let rest = path(head).strip_prefix(ROOT).unwrap_or_default();
    let reads = head.method == "GET" || head.method == "HEAD";
    let Some(rest) = rest.strip_prefix('/') else {
        let mut reply = Reply::new(308, "text/plain; charset=utf-8", "");
        reply.headers.push(("Location", format!("{ROOT}/")));
        return Route::Reply(reply);
    };
    let Some(name) = rest.strip_prefix("api/") else {
        return match (rest, reads) {
            ("events", true) => match since(head, gateway) {
                Ok(since) => Route::Follow(since),
                Err(error) => Route::Reply(failure_of(&error)),
            },
            (AUTHORITY, true) => Route::Reply(authority(gateway)),
            (_, true) => Route::Reply(
                inspector::file(rest).unwrap_or_else(|| failure(404, "not_found", None, "there is nothing here")),
            ),
            _ => Route::Reply(not_allowed("GET")),
        };
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let text = "there is no such command; GET /_sandbox/api/commands lists them";
        return Route::Reply(failure(404, "unknown_command", None, text));
    };
    let arguments = match head.method.as_str() {
        "GET" | "HEAD" if command.reads => query(head),
        "POST" if !head.content_type.as_deref().is_some_and(is_json) => {
            return Route::Reply(failure(415, "not_json", None, "the content type must be application/json"));
        }
        "POST" if body.is_empty() => Ok(Value::Null),
        "POST" => serde_json::from_slice(body)
            .map_err(|error| CommandError::new(CommandErrorKind::InvalidArgument, None, format!("no JSON: {error}"))),
        _ => return Route::Reply(not_allowed(if command.reads { "GET, POST" } else { "POST" })),
    };
    match arguments {
        Ok(arguments) => Route::Command(command.name, arguments),
        Err(error) => Route::Reply(failure_of(&error)),
    }
}

/// The certificate of the authority to trust, which is no secret.
fn authority(gateway: &Gateway) -> Reply {
    match &gateway.tls {
        Some(tls) => Reply::new(200, "application/x-pem-file", tls.ca_pem()),
        None => failure(404, "not_found", None, "there is no certificate: the sandbox was started without TLS"),
    }
}

/// The change a follower has seen last: said by the browser when it comes again, or by the query, or none.
fn since(head: &Head, gateway: &Gateway) -> std::result::Result<u64, CommandError> {
    let wrong = || CommandError::invalid("since", "since must be a whole number");
    let asked = query(head)?.get("since").and_then(Value::as_str).map(str::to_owned);
    match head.last_event_id.clone().or(asked) {
        Some(number) => number.parse().map_err(|_| wrong()),
        None => Ok(gateway.state().events.last()),
    }
}

fn query(head: &Head) -> std::result::Result<Value, CommandError> {
    let text = head.target.split_once('?').map_or("", |(_, query)| query);
    let fields = form::decode(text.as_bytes())
        .map_err(|_| CommandError::new(CommandErrorKind::InvalidArgument, None, "the query is malformed"))?;
    let fields = fields.into_iter().map(|(name, value)| (name, Value::String(value)));
    Ok(Value::Object(fields.collect::<Map<_, _>>()))
}

/// Why a request is kept away: it comes by a name that may be somebody else's, or from another site's page.
fn refuse(head: &Head, here: SocketAddr, secure: bool, options: &Options) -> Option<&'static str> {
    let host = head.host.as_deref().unwrap_or_default();
    if !is_own(host, here, options) {
        return Some("the Host must be this machine: localhost, a loopback address, what it listens on, or a --name");
    }
    let scheme = if secure { "https" } else { "http" };
    if head.origin.as_ref().is_some_and(|origin| *origin != format!("{scheme}://{host}")) {
        return Some("pages of other sites are not let in");
    }
    if head.fetch_site.as_deref().is_some_and(|site| site != "same-origin" && site != "none") {
        return Some("pages of other sites are not let in");
    }
    None
}

/// Whether a Host names this machine. Names that others give out can be made to point here, so that only those are
/// taken that nobody gives out, and those that it was given; addresses point where they say.
fn is_own(host: &str, here: SocketAddr, options: &Options) -> bool {
    let remote = options.allow_remote;
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    if let Ok(address) = name.parse::<IpAddr>() {
        let named = options.names.iter().any(|name| name.parse() == Ok(address));
        return named || address.is_loopback() || address == here.ip() || (remote && here.ip().is_unspecified());
    }
    let name = name.to_ascii_lowercase();
    let single = !name.is_empty() && !name.contains('.');
    let named = options.names.iter().any(|known| known.eq_ignore_ascii_case(&name));
    named || name == "localhost" || name.ends_with(".localhost") || (remote && single)
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn not_allowed(allowed: &str) -> Reply {
    let mut reply = failure(405, "method_not_allowed", None, "this method is not allowed here");
    reply.headers.push(("Allow", allowed.to_owned()));
    reply
}

fn failure_of(error: &CommandError) -> Reply {
    let status = match error.kind() {
        CommandErrorKind::UnknownCommand | CommandErrorKind::NotFound => 404,
        CommandErrorKind::InvalidArgument => 400,
        CommandErrorKind::Unavailable => 409,
    };
    failure(status, error.code(), error.argument(), &error.to_string())
}

fn failure(status: u16, code: &str, argument: Option<&str>, message: &str) -> Reply {
    let body = json!({ "error": { "code": code, "argument": argument, "message": message } });
    Reply::new(status, JSON, body.to_string())
}

/// Keeps a browser from taking anything for something else, or loading anything from elsewhere.
fn protect(reply: &mut Reply) {
    for (name, value) in [
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    ] {
        reply.headers.push((name, value.to_owned()));
    }
}

/// Sends every change as it comes, as server-sent events, until the follower goes.
pub(crate) async fn follow<S: Wire>(connection: &mut Connection<S>, gateway: &Gateway, head: &[u8], since: u64) {
    let mut bell = gateway.bell.tasks.subscribe();
    let mut seen = since;
    if connection.send(head).await.is_err() {
        return;
    }
    loop {
        bell.mark_unchanged();
        let (found, lost) = gateway.state().events.since(seen, BATCH);
        let mut text = String::new();
        if lost {
            text.push_str("event: lost\ndata: null\n\n");
        }
        for change in changes(gateway, &found) {
            let event = change["event"].as_str().unwrap_or_default();
            text.extend([format!("id: {}\nevent: {event}\ndata: {}\n\n", change["number"], change["data"])]);
        }
        if lost && found.is_empty() {
            seen = gateway.state().events.last();
        }
        seen = found.last().map_or(seen, |(number, _)| *number);
        if !text.is_empty() {
            if connection.send(text.as_bytes()).await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = sleep(HEARTBEAT) => {
                if connection.send(b": still here\n\n").await.is_err() {
                    return;
                }
            }
            _ = connection.gone() => return,
        }
    }
}

impl<S: Wire> Connection<S> {
    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::{Options, is_own};

    #[test]
    fn only_own_names_are_own() {
        let at = |ip: &str| ip.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 8080));
        let (Ok(loopback), Ok(any), Ok(lan)) = (at("127.0.0.1"), at("0.0.0.0"), at("192.168.0.5")) else {
            panic!("these are addresses");
        };
        let (alone, remote) = (Options::default(), Options { allow_remote: true, ..Options::default() });
        for host in ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:8080", "a.localhost:80"] {
            assert!(is_own(host, loopback, &alone), "{host}");
        }
        for host in
            ["", "evil.example", "127.0.0.1.nip.io", "192.168.0.5", "sandbox", "localhost.evil.example", "[::2]"]
        {
            assert!(!is_own(host, loopback, &alone), "{host}");
        }
        assert!(is_own("192.168.0.5:8080", lan, &remote) && is_own("sandbox:8080", lan, &remote));
        assert!(!is_own("192.168.0.6", lan, &remote) && !is_own("evil.example", lan, &remote));
        assert!(is_own("10.1.2.3", any, &remote) && !is_own("evil.example", any, &remote));
        let given = ["gateway.test", "10.0.0.5", "fd00::5"].map(str::to_owned).to_vec();
        for (options, here) in [(alone, loopback), (remote, lan)] {
            let named = Options { names: given.clone(), ..options };
            for host in ["gateway.test", "GATEWAY.test:8443", "10.0.0.5:1", "[fd00::5]:8443", "127.0.0.1"] {
                assert!(is_own(host, here, &named), "{host}");
            }
            for host in ["evil.example", "a.gateway.test", "gateway.test.evil.example", "test", "10.0.0.6", "[fd00::6]"]
            {
                assert!(!is_own(host, here, &named) || (named.allow_remote && host == "test"), "{host}");
            }
        }
    }
}
