//! What follows `refunds` on a command line → the command that it names.

use serde_json::Value;

use crate::exit;
use crate::refunds::arguments::{Asked, Line, parse, verb};
use crate::refunds::commands;
use crate::refunds::desk::Desk;
use crate::refunds::help;
use crate::refunds::host::{Given, Host};
use crate::refunds::import::Import;
use crate::terminal::Terminal;

/// Does what follows `program` on a command line, and gives the exit code.
pub(crate) async fn dispatch(
    host: Host,
    program: String,
    arguments: Vec<String>,
    given: Option<Given>,
    mut terminal: Box<dyn Terminal + Send>,
) -> i32 {
    let line = match read(&program, &arguments, given.is_some(), &mut *terminal) {
        Ok(line) => line,
        Err(code) => return code,
    };
    // What is wrong with a file is told before a store is opened.
    let import = match line.verb.name {
        "import" => match Import::read(&program, &line, &mut *terminal) {
            Ok(import) => Some(import),
            Err(code) => return code,
        },
        _ => None,
    };
    let mut desk = match Desk::open(host, program, line, given, terminal).await {
        Ok(desk) => desk,
        Err(code) => return code,
    };
    match commands::work(&mut desk, import).await {
        Ok(code) => code,
        Err(failed) => desk.failed(&failed),
    }
}

/// Reads a command line; gives the exit code where nothing is left to be done.
fn read(program: &str, arguments: &[String], is_open: bool, terminal: &mut dyn Terminal) -> Result<Line, i32> {
    let (name, rest) = match arguments {
        [name, rest @ ..] if !name.starts_with('-') => (name.as_str(), rest),
        rest => ("", rest),
    };
    let verb = verb(name);
    let called = if verb.name.is_empty() { program.to_owned() } else { format!("{program} {}", verb.name) };
    // What was typed may be a key, so it is not repeated.
    let wrong = |told: &str, terminal: &mut dyn Terminal| {
        terminal.complain(&format!("{called}: {told}\nTry {called} --help.\n"));
        Err(exit::WRONG)
    };
    if verb.name != name {
        return wrong("there is no such command", terminal);
    }
    match parse(verb, rest, is_open) {
        Ok(Asked::Line(line)) if verb.name == "schema" => match line.own.get("dialect").and_then(Value::as_str) {
            Some(dialect) => {
                terminal.say(paywelcome_refunds::Dialect::parse(dialect).map_or("", paywelcome_refunds::schema::sql));
                Err(exit::DONE)
            }
            None => wrong("--dialect is missing: sqlite, postgres or mysql", terminal),
        },
        Ok(Asked::Line(line)) if !verb.name.is_empty() => Ok(*line),
        Ok(_) => {
            terminal.say(&format!("usage: {called} {}", help::text(verb.help, is_open)));
            Err(exit::DONE)
        }
        Err(error) => wrong(&crate::arguments::told(&error), terminal),
    }
}
