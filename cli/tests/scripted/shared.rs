//! The person at the terminal of a session, which takes it.
#![allow(unreachable_pub)]

use std::env::VarError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use paywelcome_cli::Terminal;

use super::scripted::Scripted;

/// The same person, for what takes the terminal.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Scripted>>);

impl Shared {
    pub fn new(person: Scripted) -> Self {
        Self(Arc::new(Mutex::new(person)))
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Scripted) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Terminal for Shared {
    fn say(&mut self, text: &str) {
        self.with(|person| person.say(text));
    }

    fn complain(&mut self, text: &str) {
        self.with(|person| person.complain(text));
    }

    fn is_there(&self) -> bool {
        self.with(|person| person.is_there())
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.with(|person| person.ask(question))
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        self.with(|person| person.ask_hidden(question))
    }

    fn input(&mut self) -> io::Result<Vec<u8>> {
        self.with(Scripted::input)
    }

    fn variable(&self, name: &str) -> Result<String, VarError> {
        self.with(|person| person.variable(name))
    }
}
