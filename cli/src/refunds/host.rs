//! The host of a command: what it is asked for, and what it gives.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use paywelcome::Client;
use paywelcome_refunds::Source;
use serde_json::{Map, Value};

use crate::refunds::written::object;

/// What a host has opened already, such as by the settings of a web framework, and what a command line therefore names nothing of.
#[derive(Clone, Debug)]
pub struct Given {
    /// The client that sends.
    pub client: Client,
    /// Where refunds are kept, in words.
    pub kept_in: String,
}

/// What a command is told that could not be done: an object with its `kind`, `message`, `errors` (each a `field` and a
/// `message`) and `until` in milliseconds. Without a kind it is the driver's own.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) Value);

/// The command's own end: it asks its host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) exchange: Exchange,
    pub(crate) is_javascript: bool,
}

/// What is asked, and what is given for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange(Arc<Mutex<Both>>);

#[derive(Debug, Default)]
pub(crate) struct Both {
    pub(crate) asked: Option<Value>,
    pub(crate) given: Option<Value>,
    /// Where refunds come from that are asked to be recorded.
    pub(crate) source: Option<Source>,
}

impl Exchange {
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Both) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host {
    async fn ask(&self, what: &str, more: Vec<Value>) -> Result<Value, Failed> {
        let asked = [what.into()].into_iter().chain(more).collect();
        // What was given to begin is for nobody.
        self.hand(Both { asked: Some(asked), given: None, source: None }).await
    }

    async fn hand(&self, asked: Both) -> Result<Value, Failed> {
        self.exchange.with(|both| *both = asked);
        let taken = || self.exchange.with(|both| both.given.take());
        let mut given = poll_fn(|_| taken().map_or(Poll::Pending, Poll::Ready)).await;
        match given["error"].take() {
            Value::Null => Ok(given["value"].take()),
            error => Err(Failed(error)),
        }
    }

    /// Opens the client, the store, and the refunds of both.
    pub(crate) async fn open(
        &self,
        client: Map<String, Value>,
        forget: Option<&str>,
        store: Value,
        policy: Map<String, Value>,
    ) -> Result<(), Failed> {
        let opened = object(vec![
            ("client", self.named(client)),
            ("forget", forget.into_iter().collect()),
            ("store", store),
            ("policy", self.named(policy)),
        ]);
        self.ask("open", vec![opened]).await.map(drop)
    }

    /// Carries a verb of the ledger to its end, and gives its result.
    pub(crate) async fn verb(&self, name: &str, arguments: Map<String, Value>) -> Result<Value, Failed> {
        self.ask("verb", vec![name.into(), self.named(arguments)]).await
    }

    /// Carries a verb that writes to its end within one transaction, and gives its result.
    pub(crate) async fn within(&self, name: &str, arguments: Map<String, Value>) -> Result<Value, Failed> {
        self.ask("within", vec![name.into(), self.named(arguments)]).await
    }

    /// Writes the refunds of a source down within one transaction, and then carries verbs to their ends in it; gives what
    /// became of the refunds.
    pub(crate) async fn lines(&self, source: Source, then: Vec<(&str, Map<String, Value>)>) -> Result<Value, Failed> {
        let verbs = then.into_iter().map(|(name, arguments)| Value::Array(vec![name.into(), self.named(arguments)]));
        let asked = Value::Array(vec!["lines".into(), verbs.collect()]);
        self.hand(Both { asked: Some(asked), given: None, source: Some(source) }).await
    }

    /// Processes a refund; says `waiting` to one who interrupts, since that ends nothing at once.
    pub(crate) async fn process(&self, key: &str, waiting: String) -> Result<(), Failed> {
        self.ask("process", vec![key.into(), waiting.into()]).await.map(drop)
    }

    /// Processes what is due until its end, and gives how many that were; says `waiting` to one who interrupts.
    pub(crate) async fn run(&self, arguments: Map<String, Value>, waiting: String) -> Result<Value, Failed> {
        self.ask("run", vec![self.named(arguments), waiting.into()]).await
    }

    /// Waits for so many seconds.
    pub(crate) async fn pause(&self, seconds: f64) -> Result<(), Failed> {
        self.ask("pause", vec![seconds.into()]).await.map(drop)
    }

    /// Returns how many columns the terminal has.
    pub(crate) async fn columns(&self) -> Result<Value, Failed> {
        self.ask("columns", Vec::new()).await
    }

    /// Names as the host writes them: in JavaScript seconds are milliseconds.
    fn named(&self, fields: Map<String, Value>) -> Value {
        if !self.is_javascript {
            return fields.into();
        }
        let named = fields.into_iter().map(|(name, value)| match (name.as_str(), value.as_f64()) {
            ("quiet" | "timeout", Some(seconds)) => (name + "Ms", (seconds * 1_000.0).into()),
            _ => (camel(&name), value),
        });
        Value::Object(named.collect())
    }
}

/// `pay_type` → `payType`.
fn camel(name: &str) -> String {
    let mut named = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else {
            named.push(if upper { letter.to_ascii_uppercase() } else { letter });
            upper = false;
        }
    }
    named
}
