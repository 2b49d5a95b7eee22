//! `refunds`: what a person, or a service, does with the refunds of a store. The store's driver belongs to the host: it is
//! told what to do, and what came of it is told in the same words in every language.
//!
//! [`prepare`] → the host asks [`confirm`] where the command says so, and does what it says → [`finish`].

mod arguments;
mod command;
mod help;
mod store;
mod told;
mod words;
mod written;

use serde_json::Value;

use crate::exit;
use crate::terminal::Terminal;
use arguments::{Asked, parse, verb};

/// What is to become of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// To be done by the host, as JSON.
    ///
    /// - `client`, `policy`: the settings of its `Client` and its `Refunds`, beside the variables of the environment but for
    ///   those in `forget`;
    /// - `store`: what it opens, by its `dialect`;
    /// - `asks`: whether [`confirm`] is to be asked, with the looks as they are before;
    /// - `waiting`: what to say to one who interrupts, where that ends nothing at once;
    /// - `action`: a method's `name` and `arguments`, or nothing;
    /// - `looks`: by its name, each a verb of the ledger and its arguments, to be looked at after that.
    Command(String),
    /// It is over, with this exit code.
    Over(i32),
}

/// Reads what follows `refunds` on the command line of `program`.
pub fn prepare(program: &str, is_javascript: bool, arguments: &[String], terminal: &mut dyn Terminal) -> Prepared {
    let (name, rest) = match arguments {
        [name, rest @ ..] if !name.starts_with('-') => (name.as_str(), rest),
        rest => ("", rest),
    };
    let verb = verb(name);
    let called = if verb.name.is_empty() { "refunds".to_owned() } else { format!("refunds {}", verb.name) };
    // What was typed may be a key, so it is not repeated.
    let wrong = |told: &str, terminal: &mut dyn Terminal| {
        terminal.complain(&format!("{program} {called}: {told}\nTry {program} {called} --help.\n"));
        Prepared::Over(exit::WRONG)
    };
    if verb.name != name {
        return wrong("there is no such command", terminal);
    }
    match parse(verb, rest) {
        Ok(Asked::Line(line)) if verb.name == "schema" => match line.own.get("dialect").and_then(Value::as_str) {
            Some(dialect) => {
                terminal.say(paywelcome_refunds::Dialect::parse(dialect).map_or("", paywelcome_refunds::schema::sql));
                Prepared::Over(exit::DONE)
            }
            None => wrong("--dialect is missing: sqlite, postgres or mysql", terminal),
        },
        Ok(Asked::Line(line)) if !verb.name.is_empty() => {
            match command::make(program, is_javascript, *line, terminal) {
                Ok(command) => Prepared::Command(command.to_string()),
                Err(code) => Prepared::Over(code),
            }
        }
        Ok(_) => {
            terminal.say(&format!("usage: {program} {called} {}", verb.help));
            Prepared::Over(exit::DONE)
        }
        Err(error) => wrong(&crate::arguments::told(&error), terminal),
    }
}

/// Asks before real money moves, and gives the exit code where the person says no. `looked` is JSON: `looks` as they were
/// found, or an `error`.
pub fn confirm(command: &str, looked: &str, terminal: &mut dyn Terminal) -> Option<i32> {
    told::ask(&read(command), &read(looked), terminal)
}

/// Tells what came of a command, and gives the exit code. `result` is JSON: what the `action` gave if it is a number, `looks`
/// as they were found, or an `error` with its `kind`, `message`, `errors` (each a `field` and a `message`), `until` in milliseconds,
/// and whether the action `began`. Without a kind it is the driver's own.
pub fn finish(command: &str, result: &str, terminal: &mut dyn Terminal) -> i32 {
    told::finish(&read(command), &read(result), terminal)
}

/// A host gives JSON.
fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}
