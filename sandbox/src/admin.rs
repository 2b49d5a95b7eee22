//! The commands over HTTP, the live stream, and the web page; only for who is on this machine, or was let in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use paywelcome_loopback::form;
use paywelcome_loopback::http::{Head, Reply};
use paywelcome_loopback::visitor::{LetIn, protect, refuse};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncWriteExt, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::answer::JSON;
use crate::arguments::{CommandError, CommandErrorKind};
use crate::command::{COMMANDS, Caller, changes, run};
use crate::connection::{Connection, Wire};
use crate::gateway::Gateway;
use crate::inspector;
use crate::reply::reply;
use crate::route::ROOT;

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
    reads && head.path().strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/')) == Some(AUTHORITY)
}

/// Answers an admin request.
pub(crate) async fn serve(gateway: &Arc<Gateway>, head: &Head, body: &[u8], here: SocketAddr, secure: bool) -> Served {
    let let_in = LetIn { names: &gateway.options.names, remote: gateway.options.allow_remote };
    let mut reply = match refuse(head, here, secure, let_in) {
        Some(text) => failure(403, "forbidden", None, text),
        None => match route(head, body, gateway) {
            Route::Reply(reply) => reply,
            Route::Follow(since) => {
                let mut reply = reply(200, "text/event-stream; charset=utf-8", "");
                protect(&mut reply);
                return Served::Follow { head: reply.head(None, true), since };
            }
            Route::Command(name, arguments) => {
                let gateway = Arc::clone(gateway);
                let carried_out = spawn_blocking(move || run(&gateway, Caller::Port, name, arguments)).await;
                match carried_out {
                    Ok(Ok(value)) => reply(200, JSON, value.to_string()),
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
    let rest = head.path().strip_prefix(ROOT).unwrap_or_default();
    let reads = head.method == "GET" || head.method == "HEAD";
    let Some(rest) = rest.strip_prefix('/') else {
        let mut reply = reply(308, "text/plain; charset=utf-8", "");
        reply.header("Location", format!("{ROOT}/"));
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
            .map_err(|error| CommandError::new(CommandErrorKind::InvalidArgument, None, format!("not JSON: {error}"))),
        _ => return Route::Reply(not_allowed(if command.reads { "GET, POST" } else { "POST" })),
    };
    match arguments {
        Ok(arguments) => Route::Command(command.name, arguments),
        Err(error) => Route::Reply(failure_of(&error)),
    }
}

/// The certificate of the authority to trust, which is not a secret.
fn authority(gateway: &Gateway) -> Reply {
    match &gateway.tls {
        Some(tls) => reply(200, "application/x-pem-file", tls.ca_pem()),
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

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn not_allowed(allowed: &str) -> Reply {
    let mut reply = failure(405, "method_not_allowed", None, "this method is not allowed here");
    reply.header("Allow", allowed.to_owned());
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
    reply(status, JSON, body.to_string())
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
