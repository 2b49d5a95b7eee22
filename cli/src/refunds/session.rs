//! A command line under way: it says what it needs next of its host, and is given what came of that.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use paywelcome_refunds::Source;
use serde_json::Value;

use crate::exit;
use crate::refunds::dispatch::dispatch;
use crate::refunds::host::{Both, Exchange, Given, Host};
use crate::refunds::written::object;
use crate::terminal::Terminal;

/// Who runs a command line of `refunds`.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// How it was called, such as `npx paywelcome`.
    pub program: &'a str,
    /// Whether its host takes names as JavaScript writes them.
    pub is_javascript: bool,
}

type Running = Pin<Box<dyn Future<Output = i32> + Send>>;

/// A command line of `refunds` under way. It talks to its terminal by itself, and asks its host for everything else.
pub struct Session {
    exchange: Exchange,
    running: Option<Running>,
    code: i32,
}

impl Session {
    /// Reads what follows `refunds` on a command line.
    pub fn new(called: Called<'_>, arguments: Vec<String>, terminal: Box<dyn Terminal + Send>) -> Self {
        let program = format!("{} refunds", called.program);
        Self::begin(program, called.is_javascript, arguments, None, terminal)
    }

    /// Reads a command line of a host that has its client and its store already. It is asked to open nothing (`null`), and
    /// what would name them is refused; `called.program` is all that stands before a command.
    pub fn within(
        called: Called<'_>,
        arguments: Vec<String>,
        given: Given,
        terminal: Box<dyn Terminal + Send>,
    ) -> Self {
        Self::begin(called.program.to_owned(), called.is_javascript, arguments, Some(given), terminal)
    }

    fn begin(
        program: String,
        is_javascript: bool,
        arguments: Vec<String>,
        given: Option<Given>,
        terminal: Box<dyn Terminal + Send>,
    ) -> Self {
        let exchange = Exchange::default();
        let host = Host { exchange: exchange.clone(), is_javascript };
        let running: Running = Box::pin(dispatch(host, program, arguments, given, terminal));
        Self { exchange, running: Some(running), code: exit::STOPPED }
    }

    /// Returns the refunds that are asked to be recorded by `"lines"`, once.
    pub fn source(&mut self) -> Option<Source> {
        self.exchange.with(|both| both.source.take())
    }

    /// Gives what came of the last ask, and gets the next one. It may take as long as a person does.
    ///
    /// Both are JSON. An ask is an array:
    ///
    /// | ask | what the host does, and the value that it gives |
    /// | --- | --- |
    /// | `"open"`, settings | opens a `Client` with `client`, beside the variables of the environment but for those in `forget`; a `store` by its `dialect`; and `Refunds` with `policy` |
    /// | `"verb"`, name, arguments | carries a verb of the ledger to its end: its result |
    /// | `"within"`, name, arguments | the same in one transaction |
    /// | `"lines"`, verbs | writes [`Session::source`] down in one transaction, and then carries verbs in it, each a name and its arguments: what became of the source |
    /// | `"process"`, key, text | processes a refund; to one who interrupts it says the text |
    /// | `"run"`, arguments, text | processes what is due, until one who interrupts ends it, or it ends by itself: how many |
    /// | `"pause"`, seconds | waits |
    /// | `"columns"` | tells how many columns its terminal has |
    /// | `"over"`, exit code | closes what it has opened |
    ///
    /// What is given is nothing to begin, then `{"value": …}`, or `{"error": …}` with the error's `kind`, `message`, `errors` (each
    /// a `field` and a `message`) and `until` in milliseconds. An error that is the driver's own has no kind.
    pub fn next(&mut self, given: Option<&str>) -> String {
        if let Some(running) = self.running.as_mut() {
            let given = given.map_or(Value::Null, |given| serde_json::from_str(given).unwrap_or_else(unreadable));
            self.exchange.with(|both| *both = Both { asked: None, given: Some(given), source: None });
            match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {
                    if let Some(asked) = self.exchange.with(|both| both.asked.take()) {
                        return asked.to_string();
                    }
                }
                Poll::Ready(code) => self.code = code,
            }
            self.running = None;
        }
        Value::from_iter([Value::from("over"), self.code.into()]).to_string()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("is_over", &self.running.is_none()).finish_non_exhaustive()
    }
}

/// What no JSON tells did not go well.
#[allow(clippy::needless_pass_by_value, reason = "it is what reading gives")]
fn unreadable(error: serde_json::Error) -> Value {
    object(vec![("error", object(vec![("message", format!("what came of it can't be read: {error}").into())]))])
}
