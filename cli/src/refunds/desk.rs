//! A command at work: its settings are read and checked, then the host opens what they name.

use std::path::Path;

use paywelcome::{Argument, Client, ClientOptions, Error, List};
use paywelcome_refunds::{Arguments, Ledger};
use serde_json::{Map, Value};

use crate::exit;
use crate::language::language;
use crate::refund::{BASE_URL, fill, refused};
use crate::refunds::arguments::Line;
use crate::refunds::host::{Failed, Given, Host};
use crate::refunds::store::{FORMS, Store};
use crate::refunds::written::object;
use crate::terminal::Terminal;

const STORE: &str = "PAYWELCOME_STORE";

/// Whether a verb sends by itself, or has others send.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sends {
    Itself,
    Later,
    Nothing,
}

/// Whether money moves at the gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Money {
    Real,
    Unreal,
    /// No gateway was named: that of the workers may be a real one.
    Unknown,
}

/// What a command works with.
pub(crate) struct Desk {
    pub(crate) host: Host,
    pub(crate) terminal: Box<dyn Terminal + Send>,
    /// What stands before a command, such as `npx paywelcome refunds`.
    pub(crate) program: String,
    pub(crate) line: Line,
    /// `ko` or `en`: the language that a person is told in.
    pub(crate) lang: &'static str,
    /// Where refunds are kept, without a password.
    pub(crate) kept_in: String,
    pub(crate) mid: String,
    /// The gateway's.
    address: String,
    pub(crate) money: Money,
    /// Whether a person is to be asked before real money moves.
    pub(crate) asks: bool,
    /// Seconds that a call takes at most.
    pub(crate) limit: f64,
    /// Whether something may have left.
    pub(crate) began: bool,
}

impl Desk {
    /// Reads the settings, and has the host open what they name; or tells what is wrong, and gives the exit code.
    pub(crate) async fn open(
        host: Host,
        program: String,
        line: Line,
        given: Option<Given>,
        mut terminal: Box<dyn Terminal + Send>,
    ) -> Result<Self, i32> {
        let to = &mut *terminal;
        let sends = match (line.verb.name, line.words.get(1).map(String::as_str)) {
            ("run" | "process", _) => Sends::Itself,
            ("resolve", Some("retry" | "resend")) => Sends::Later,
            _ => Sends::Nothing,
        };
        let (verb, lang) = (line.verb.name, language(line.own.get("lang").and_then(Value::as_str), to));
        let (client, settings, store, kept_in) = if let Some(given) = given {
            (given.client, Map::new(), Value::Null, given.kept_in)
        } else {
            let store = store(&line, to).map_err(|wrong| told("--store", &wrong, &program, &line, to))?;
            let (client, settings) =
                client(line.options.clone(), verb, sends, to).map_err(|error| refused(&error, line.json, to))?;
            (client, settings, store.to_json(), store.name())
        };
        let money = match settings.get("environment") {
            Some(_) if line.options.environment.is_absent() => Money::Unknown,
            _ if client.is_test() => Money::Unreal,
            _ => Money::Real,
        };
        let is_real = money != Money::Unreal;
        let asks = match verb {
            "process" | "resolve" => is_real && sends != Sends::Nothing,
            "resume" => is_real,
            "void-unsent" => true,
            _ => false,
        };
        let asks = asks && !line.has("yes");
        if asks && !to.is_there() {
            to.complain("There is nobody to ask: pass --yes. Nothing was sent.\n");
            return Err(exit::WRONG);
        }
        let (mid, address) = (client.mid().to_owned(), client.base_url().to_owned());
        let limit = client.time_limit().as_secs_f64().ceil();
        let forgets = !line.options.environment.is_absent() && line.options.base_url.is_absent();
        let policy = policy(&line, &client, to).map_err(|wrong| told("--rehearsal", &wrong, &program, &line, to))?;
        let mut desk =
            Self { host, terminal, program, line, lang, kept_in, mid, address, money, asks, limit, began: false };
        if verb == "run" {
            let gateway = desk.gateway("en");
            desk.terminal.complain(&format!(
                "Processing the refunds of {} at {gateway}; they are kept in {}.\n",
                desk.mid, desk.kept_in
            ));
        }
        let opened = desk.host.open(settings, forgets.then_some(BASE_URL), store, policy).await;
        match opened {
            Ok(()) => Ok(desk),
            Err(failed) => Err(desk.failed(&failed)),
        }
    }

    /// Carries a verb of the ledger to its end, and gives its result.
    pub(crate) async fn verb(&mut self, name: &str, arguments: Vec<(&str, Value)>) -> Result<Value, Failed> {
        let given = arguments.into_iter().filter(|(_, value)| !value.is_null());
        self.host.verb(name, given.map(|(name, value)| (name.to_owned(), value)).collect()).await
    }

    /// The gateway, and whether money moves there.
    pub(crate) fn gateway(&self, lang: &str) -> String {
        let address = &self.address;
        match (lang == "ko", self.money) {
            (false, Money::Real) => format!("{address}, with real money"),
            (false, Money::Unreal) => format!("{address}, with no real money"),
            (false, Money::Unknown) => "the gateway of the workers, with real money".to_owned(),
            (true, Money::Real) => format!("{address}, 실제 금액"),
            (true, Money::Unreal) => format!("{address}, 실제 금액 아님"),
            (true, Money::Unknown) => "워커의 PG사, 실제 금액".to_owned(),
        }
    }

    /// The refund's key, where one was given.
    pub(crate) fn key(&self) -> Value {
        self.line.words.first().map_or(Value::Null, |key| key.clone().into())
    }

    /// What was given of the verb's own.
    pub(crate) fn own(&self, name: &str) -> Value {
        self.line.own.get(name).cloned().unwrap_or_default()
    }
}

fn store(line: &Line, terminal: &dyn Terminal) -> Result<Store, String> {
    let (name, text) = match &line.store {
        Some(text) => ("--store", text.clone()),
        None => (STORE, terminal.variable(STORE).unwrap_or_default()),
    };
    if text.is_empty() {
        return Err(format!("--store is missing: {FORMS}, or set {STORE}"));
    }
    let store = Store::read(&text).map_err(|wrong| format!("{name} {wrong}"))?;
    if let Store::Sqlite { file } = &store
        && line.verb.name != "init"
        && !Path::new(file).exists()
    {
        // A misspelt name would otherwise make a new file, and say that there are no refunds.
        return Err(format!("{name} names a file that does not exist; create it by refunds init"));
    }
    Ok(store)
}

/// How refunds are treated. A rehearsal is read here, so that all is right before the store is opened; where it proves nothing,
/// that is said, and the host is not given it.
fn policy(line: &Line, client: &Client, terminal: &mut dyn Terminal) -> Result<Map<String, Value>, String> {
    let mut policy = line.policy.clone();
    let Some(path) = policy.get("rehearsal").and_then(Value::as_str) else { return Ok(policy) };
    let settings = Arguments::from([("rehearsal".to_owned(), path.into())]);
    let ledger = Ledger::new(client, "sqlite", false, &settings).map_err(|refused| {
        let wrong = refused.fields.iter().map(|(_, wrong)| wrong.as_str());
        format!("--rehearsal {}", wrong.collect::<Vec<_>>().join("; "))
    })?;
    if let Some(warning) = ledger.warning {
        terminal.complain(&format!("{warning}\n"));
        policy.remove("rehearsal");
    }
    Ok(policy)
}

fn told(option: &str, wrong: &str, program: &str, line: &Line, terminal: &mut dyn Terminal) -> i32 {
    if line.json {
        let found = object(vec![("field", option.into()), ("message", wrong.into())]);
        let told = object(vec![
            ("outcome", "not_sent".into()),
            ("kind", "configuration".into()),
            ("message", wrong.into()),
            ("errors", Value::Array(vec![found])),
        ]);
        terminal.say(&format!("{told}\n"));
    } else {
        let verb = line.verb.name;
        terminal.complain(&format!("{program} {verb}: {wrong}\nTry {program} {verb} --help.\n"));
    }
    exit::WRONG
}
/// Checks the settings, as the host's client will, and gives them as it takes them. What sends nothing needs no key, and no
/// gateway.
fn client(
    mut options: ClientOptions,
    verb: &str,
    sends: Sends,
    terminal: &mut dyn Terminal,
) -> Result<(Client, Map<String, Value>), Error> {
    let mut settings = given(&options);
    fill(&mut options, terminal);
    let mut add = |name: &str, value: &str| {
        settings.insert(name.to_owned(), value.into());
        Argument::from(value)
    };
    if options.has_no_key() {
        if sends != Sends::Itself {
            options.mkey = add("mkey", &"0".repeat(64)).into();
        } else if terminal.is_there() {
            // An answer that does not come is as good as an empty one: the key is missing, and that will be told.
            let key = terminal.ask_hidden("Sign key (not shown): ").unwrap_or_default();
            if !key.is_empty() {
                options.sign_key = add("sign_key", &key).into();
            }
        }
    }
    if sends == Sends::Nothing && options.environment.is_absent() && options.base_url.is_absent() {
        options.environment = add("environment", "test");
    }
    if verb == "init" && options.mid.is_absent() {
        options.mid = add("mid", "init");
    }
    Ok((Client::new(options)?, settings))
}

/// What was given of the settings.
fn given(options: &ClientOptions) -> Map<String, Value> {
    let settings = [
        ("mid", &options.mid),
        ("environment", &options.environment),
        ("base_url", &options.base_url),
        ("timeout", &options.timeout),
        ("signature_format", &options.signature_format),
        ("timestamp_format", &options.timestamp_format),
        ("proxy", &options.proxy),
        ("ca_bundle", &options.ca_bundle),
    ];
    let mut given: Map<_, _> =
        settings.into_iter().filter_map(|(name, argument)| Some((name.to_owned(), plain(argument)?))).collect();
    if let List::Values(names) = &options.required_echoes {
        given.insert("required_echoes".to_owned(), names.iter().filter_map(plain).collect());
    }
    given
}

fn plain(argument: &Argument) -> Option<Value> {
    match argument {
        Argument::Text(text) => Some(text.clone().into()),
        Argument::Fraction(number) => Some((*number).into()),
        _ => None,
    }
}
