//! Everything that can be asked of a sandbox or done to it, by name and JSON: one surface for every language and for HTTP.

mod caller;
mod look;
mod set;

use serde_json::{Value, json};

use crate::arguments::{Arguments, CommandError, CommandErrorKind};
use crate::gateway::Gateway;

pub(crate) use caller::Caller;
pub(crate) use look::changes;

/// A command, and what it is for.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// Whether it changes nothing.
    pub(crate) reads: bool,
    arguments: &'static str,
    summary: &'static str,
}

const fn reads(name: &'static str, arguments: &'static str, summary: &'static str) -> Command {
    Command { name, reads: true, arguments, summary }
}

const fn writes(name: &'static str, arguments: &'static str, summary: &'static str) -> Command {
    Command { name, reads: false, arguments, summary }
}

/// Every command there is.
#[rustfmt::skip]
// Made by sandbox/surface/make.py: commands
pub(crate) const COMMANDS: &[Command] = &[
    reads("info", "", "its address, merchant and rehearsal"),
    reads("commands", "", "this list"),
    writes("approve", "price, pay_type?, currency?, moid?, mid?, tid?, approved_at?, partially_cancellable?, deposited?, escrow?", "makes a payment"),
    reads("payment", "tid", "one payment"),
    reads("payments", "after?, before?, limit?, mid?, find?", "payments, page by page"),
    reads("requests", "since?, latest?, limit?, tid?, bytes?", "the newest requests"),
    reads("request", "number", "one request, with the bytes of both sides"),
    reads("events", "since?, limit?, timeout_ms?", "the changes; waits for one if there is none"),
    reads("rules", "", "the rules"),
    writes("set_rules", "…", "changes some rules and leaves the others"),
    reads("clock", "", "the sandbox's time, in KST"),
    writes("set_clock", "at?, mode?, advance_seconds?", "sets the clock"),
    reads("merchants", "", "the merchants"),
    writes("add_merchant", "mid, sign_key?", "adds a merchant, or gives one a new key"),
    reads("balances", "", "the settlement balances that are limited"),
    writes("set_balance", "amount?, mid?, currency?, credit?, credit_at?", "limits a merchant's settlement balance"),
    reads("faults", "", "the armed faults"),
    writes("arm", "kind, when?, late_ms?, tid?, endpoint?, nth?, times?, probability?, seed?, …", "arms a fault"),
    writes("disarm", "id?", "takes one fault away, or all"),
    reads("tls", "", "the certificate authority, and how handshakes go"),
    writes("set_tls", "mode", "changes how handshakes go"),
    reads("stats", "", "the counts"),
    writes("seed", "clock?, rules?, merchants?, balances?, payments?, faults?", "sets up many things at once"),
    writes("reset", "", "goes back to the start"),
];
// End of commands

/// Carries out a command.
pub(crate) fn run(gateway: &Gateway, caller: Caller, name: &str, arguments: Value) -> Result<Value, CommandError> {
    if !COMMANDS.iter().any(|command| command.name == name) {
        let text = format!("there is no command {name}; the command commands lists them");
        return Err(CommandError::new(CommandErrorKind::UnknownCommand, None, text));
    }
    let arguments = Arguments::new(name, arguments)?;
    Ok(match name {
        "info" => alone(arguments, || look::info(gateway))?,
        "commands" => alone(arguments, commands)?,
        "approve" => set::approve(gateway, arguments)?,
        "payment" => look::payment(gateway, arguments)?,
        "payments" => look::payments(gateway, arguments)?,
        "requests" => look::requests(gateway, arguments)?,
        "request" => look::request(gateway, arguments)?,
        "events" => look::events(gateway, arguments)?,
        "rules" => alone(arguments, || look::rules(&gateway.state()))?,
        "set_rules" => set::rules(gateway, &arguments)?,
        "clock" => alone(arguments, || look::clock(&gateway.state()))?,
        "set_clock" => set::clock(gateway, arguments)?,
        "merchants" => alone(arguments, || look::merchants(&gateway.state()))?,
        "add_merchant" => set::merchant(gateway, arguments)?,
        "balances" => alone(arguments, || look::balances(&gateway.state()))?,
        "set_balance" => set::balance(gateway, arguments)?,
        "faults" => alone(arguments, || look::faults(&gateway.state()))?,
        "arm" => set::arm(gateway, caller, arguments)?,
        "disarm" => set::disarm(gateway, arguments)?,
        "tls" => alone(arguments, || look::tls(gateway))?,
        "set_tls" => set::tls(gateway, arguments)?,
        "stats" => alone(arguments, || look::stats(gateway))?,
        "seed" => set::seed(arguments, |name, value| run(gateway, caller, name, value))?,
        _ => alone(arguments, || set::reset(gateway))?,
    })
}

/// A command that has no arguments.
fn alone(arguments: Arguments, run: impl FnOnce() -> Value) -> Result<Value, CommandError> {
    arguments.finish()?;
    Ok(run())
}

fn commands() -> Value {
    let list = COMMANDS.iter().map(|command| {
        json!({
            "name": command.name,
            "reads": command.reads,
            "arguments": command.arguments,
            "summary": command.summary,
        })
    });
    json!({ "commands": list.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests;
