//! The handle of a sandbox gateway, for merchants' tests.

use std::io;
use std::sync::Arc;
use std::thread;

use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi::{Result, Status};
use napi_derive::napi;
use paywelcome_sandbox::{CommandError, Options, Rehearsal, Rules, Sandbox};
use serde_json::{Map, Value};

/// A running sandbox gateway; what it tells is JSON, in the sandbox's own names.
#[napi]
pub struct NativeSandbox {
    sandbox: Arc<Sandbox>,
}

/// Why a command was not carried out, or why no sandbox was started.
#[napi(object, object_from_js = false)]
pub struct Refusal {
    /// `invalid_argument`, `unknown_command`, `not_found` or `unavailable`.
    pub code: &'static str,
    /// The argument at fault, as the sandbox writes it.
    pub argument: Option<String>,
    /// One line for people.
    pub message: String,
}

/// A sandbox that clients of this process may call; where it guards, none may call another gateway.
#[napi]
pub struct Guard {
    guard: Option<paywelcome::Guard>,
}

#[napi]
impl Guard {
    /// Lasts until it is lifted, or this JavaScript thread ends.
    #[napi(constructor)]
    pub fn new(url: String, guards: bool) -> Self {
        Self { guard: Some(paywelcome::Guard::new(&url, guards)) }
    }

    /// Ends it.
    #[napi]
    pub fn lift(&mut self) {
        self.guard = None;
    }
}

/// What became of a command: its result as JSON, or why there is none.
type Told = Either<String, Refusal>;

/// Tells JavaScript, from any thread; as long as it is there, the event loop stays open.
type Teller = ThreadsafeFunction<Told, UnknownReturnValue, Told, Status, false>;

/// Starts a sandbox, which listens when this returns; `rules` is a JSON object of those that are no default, and `rehearsal` the text
/// of a file.
#[napi]
pub fn start_sandbox(
    port: u16,
    mid: Option<String>,
    sign_key: Option<String>,
    tls: bool,
    rules: String,
    rehearsal: Option<String>,
) -> Either<NativeSandbox, Refusal> {
    let defaults = Options::default();
    let mid = mid.unwrap_or(defaults.mid);
    let sign_key = sign_key.unwrap_or(defaults.sign_key);
    let mut options = Options { port, mid, sign_key, tls, ..Options::default() };
    if let Some(text) = rehearsal {
        options = match Rehearsal::read(&text) {
            Ok(rehearsal) => options.rehearsed(rehearsal),
            Err(error) => return Either::B(Refusal::invalid(Some("rehearsal"), format!("rehearsal: {error}"))),
        };
    }
    options.rules = match read_rules(&options.rules, &rules) {
        Ok(rules) => rules,
        Err(refusal) => return Either::B(refusal),
    };
    match Sandbox::start(options) {
        Ok(sandbox) => Either::A(NativeSandbox { sandbox: Arc::new(sandbox) }),
        Err(error) => Either::B(Refusal {
            code: if error.kind() == io::ErrorKind::InvalidInput { "invalid_argument" } else { "unavailable" },
            argument: None,
            message: error.to_string(),
        }),
    }
}

#[napi]
impl NativeSandbox {
    /// Where it listens.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.sandbox.url()
    }

    /// The merchant id it knows.
    #[napi(getter)]
    pub fn mid(&self) -> &str {
        self.sandbox.mid()
    }

    /// The merchant's sign key.
    #[napi(getter)]
    pub fn sign_key(&self) -> &str {
        self.sandbox.sign_key()
    }

    /// The certificate of its authority, in PEM; absent where it speaks plain http.
    #[napi(getter)]
    pub fn ca_pem(&self) -> Option<&str> {
        self.sandbox.ca_pem()
    }

    /// How many cancels moved money.
    #[napi(getter)]
    pub fn executions(&self) -> i64 {
        i64::try_from(self.sandbox.executions()).unwrap_or(i64::MAX)
    }

    /// How many requests arrived at the two endpoints.
    #[napi(getter)]
    pub fn request_count(&self) -> i64 {
        i64::try_from(self.sandbox.request_count()).unwrap_or(i64::MAX)
    }

    /// Carries out a command that does not wait; arguments and result are JSON.
    #[napi]
    pub fn command(&self, name: String, arguments: String) -> Told {
        carry_out(&self.sandbox, &name, &arguments)
    }

    /// Carries out a command that may wait, on a thread of its own, and tells `told` what became of it.
    #[napi]
    pub fn wait(&self, name: String, arguments: String, told: Function<'_, Told, UnknownReturnValue>) -> Result<()> {
        let teller: Teller = told.build_threadsafe_function().callee_handled::<false>().build()?;
        let sandbox = Arc::clone(&self.sandbox);
        thread::Builder::new().name("paywelcome-wait".to_owned()).spawn(move || {
            // It fails only where the JavaScript thread has ended, and then nobody is left to be told.
            teller.call(carry_out(&sandbox, &name, &arguments), ThreadsafeFunctionCallMode::NonBlocking);
        })?;
        Ok(())
    }

    /// Stops it.
    #[napi]
    pub fn stop(&self) {
        self.sandbox.stop();
    }
}

impl Drop for NativeSandbox {
    /// The JavaScript thread ends: a wait must not keep the sandbox running.
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}

fn carry_out(sandbox: &Sandbox, name: &str, arguments: &str) -> Told {
    let arguments = match serde_json::from_str(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return Either::B(Refusal::invalid(None, format!("not JSON: {error}"))),
    };
    match sandbox.command(name, arguments) {
        Ok(result) => Either::A(result.to_string()),
        Err(error) => Either::B(error.into()),
    }
}

fn read_rules(rules: &Rules, text: &str) -> std::result::Result<Rules, Refusal> {
    let given: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| Refusal::invalid(Some("rules"), format!("rules: {error}")))?;
    rules.changed(given).map_err(Refusal::from)
}

impl Refusal {
    fn invalid(argument: Option<&str>, message: String) -> Self {
        Self { code: "invalid_argument", argument: argument.map(str::to_owned), message }
    }
}

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        let argument = error.argument().map(str::to_owned);
        Self { code: error.code(), argument, message: error.to_string() }
    }
}
