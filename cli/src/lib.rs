//! The command line of paywelcome, the same from Python and from Node.js: `cancel`, `partial-cancel`, `sign`, `doctor`, `judge`,
//! `rehearse` and [`refunds`].
//!
//! A key is never an argument: it would be in the shell's history and in the list of processes.
#![forbid(unsafe_code)]

mod arguments;
mod doctor;
mod exit;
mod help;
mod judge;
mod language;
mod refund;
pub mod refunds;
mod rehearse;
mod sheet;
mod sign;
mod terminal;

use arguments::Command;
pub use terminal::{Interrupts, Streams, Terminal};

/// Who runs the command line.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// How it was called, such as `npx paywelcome`.
    pub name: &'a str,
    /// What runs it, such as `Node.js 20.20.2`.
    pub host: &'a str,
    /// How it tells of Ctrl-C.
    pub interrupts: &'a Interrupts,
}

/// Runs `command` with its arguments, and gives the exit code; `None` where there is no such command.
pub fn run(program: Program<'_>, command: &str, arguments: Vec<String>, terminal: &mut dyn Terminal) -> Option<i32> {
    let (parse, help): (fn(lexopt::Parser) -> _, _) = match command {
        "cancel" => (arguments::cancel, help::CANCEL),
        "partial-cancel" => (arguments::partial_cancel, help::PARTIAL_CANCEL),
        "sign" => (arguments::sign, help::SIGN),
        "doctor" => (arguments::doctor, help::DOCTOR),
        "judge" => return Some(judge::command(program.name, arguments, terminal)),
        "rehearse" => return Some(rehearse::command(program.name, arguments, program.interrupts, terminal)),
        _ => return None,
    };
    Some(match parse(lexopt::Parser::from_args(arguments)) {
        Ok(Command::Help) => {
            terminal.say(&format!("usage: {} {command} {help}", program.name));
            exit::DONE
        }
        Ok(Command::Refund(refund)) => refund::run(*refund, program.interrupts, terminal),
        Ok(Command::Sign(sign)) => sign::run(*sign, terminal),
        Ok(Command::Doctor(doctor)) => doctor::run(*doctor, program.host, terminal),
        Err(error) => {
            let told = arguments::told(&error);
            terminal
                .complain(&format!("{name} {command}: {told}\nTry {name} {command} --help.\n", name = program.name));
            exit::WRONG
        }
    })
}
