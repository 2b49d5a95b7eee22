//! A terminal whose person is made up.
#![allow(unreachable_pub)]

use std::collections::HashMap;
use std::env::VarError;
use std::io;

use paywelcome_cli::Terminal;
use serde_json::Value;

/// A terminal whose person gives `answers`, the last one first.
#[derive(Default)]
pub struct Scripted {
    pub out: String,
    pub err: String,
    pub answers: Vec<&'static str>,
    pub is_shown: bool,
    pub variables: HashMap<String, String>,
    pub input: Vec<u8>,
}

impl Terminal for Scripted {
    fn say(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn complain(&mut self, text: &str) {
        self.err.push_str(text);
    }

    fn is_there(&self) -> bool {
        !self.answers.is_empty()
    }

    fn is_shown(&self) -> bool {
        self.is_shown
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.err.push_str(question);
        self.answers.pop().map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        self.ask(question)
    }

    fn input(&mut self) -> io::Result<Vec<u8>> {
        Ok(std::mem::take(&mut self.input))
    }

    fn variable(&self, name: &str) -> Result<String, VarError> {
        self.variables.get(name).cloned().ok_or(VarError::NotPresent)
    }
}

impl Scripted {
    pub fn json(&self) -> Value {
        serde_json::from_str(self.out.trim()).expect("one line of JSON was said")
    }
}
