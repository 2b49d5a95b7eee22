//! Command lines of a person who is made up, against a sandbox.
#![allow(unreachable_pub)]

use paywelcome_cli::{Interrupts, Program, run};
use paywelcome_sandbox::Sandbox;

use crate::scripted::Scripted;

impl Scripted {
    /// Someone whose environment holds what `sandbox` needs.
    pub fn at(sandbox: &Sandbox) -> Self {
        let mut terminal = Self::default();
        for (name, value) in [
            ("PAYWELCOME_MID", sandbox.mid()),
            ("PAYWELCOME_SIGN_KEY", sandbox.sign_key()),
            ("PAYWELCOME_BASE_URL", &sandbox.url()),
        ] {
            terminal.variables.insert(name.to_owned(), value.to_owned());
        }
        terminal
    }

    /// Runs a line, and gives the exit code.
    pub fn run(&mut self, line: &str) -> i32 {
        let mut words = line.split(' ').map(str::to_owned);
        let command = words.next().unwrap_or_default();
        let program = Program { name: "paywelcome", host: "a test", interrupts: &Interrupts::default() };
        run(program, &command, words.collect(), self).expect("there is such a command")
    }
}
