//! What a command line asks for → what its host is to do, as JSON.

use std::path::Path;

use paywelcome::{Argument, Client, ClientOptions, Error, List};
use serde_json::{Map, Value};

use crate::exit;
use crate::refund::{BASE_URL, fill, refused};
use crate::refunds::arguments::Line;
use crate::refunds::store::{FORMS, Store};
use crate::refunds::written::object;
use crate::terminal::Terminal;

const STORE: &str = "PAYWELCOME_STORE";
/// How many due refunds are counted at most.
pub(crate) const MOST_DUE: usize = 1_000;

/// Whether a verb sends by itself, or has others send.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sends {
    Itself,
    Later,
    Nothing,
}

/// Makes what the host is to do; or tells what is wrong, and gives the exit code.
pub(crate) fn make(program: &str, is_javascript: bool, line: Line, terminal: &mut dyn Terminal) -> Result<Value, i32> {
    let store = store(&line, terminal).map_err(|wrong| told(&wrong, program, &line, terminal))?;
    let sends = match (line.verb.name, line.words.get(1).map(String::as_str)) {
        ("run" | "process", _) => Sends::Itself,
        ("resolve", Some("retry" | "resend")) => Sends::Later,
        _ => Sends::Nothing,
    };
    let (verb, json, lang) = (line.verb.name, line.json, language(&line, terminal));
    let (client, settings) =
        client(line.options.clone(), verb, sends, terminal).map_err(|error| refused(&error, json, terminal))?;
    let is_real = !client.is_test();
    let asks = is_real && matches!(verb, "process" | "resolve") && sends != Sends::Nothing && !line.has("yes");
    if asks && !terminal.is_there() {
        terminal.complain("Nobody is there to ask: pass --yes. Nothing was sent.\n");
        return Err(exit::WRONG);
    }
    let gateway = format!("{}, with {} money", client.base_url(), if is_real { "real" } else { "no real" });
    let limit = client.time_limit().as_secs_f64().ceil();
    let waiting = match verb {
        "run" => {
            terminal.complain(&format!(
                "Processing the refunds of {} at {gateway}; they are kept in {}.\n",
                client.mid(),
                store.name()
            ));
            format!("\nNothing new is begun. What is under way ends within {limit} seconds.\n")
        }
        _ => format!(
            "\nThe request may have left, and can't be taken back. Its answer is waited for, {limit} seconds at most.\n"
        ),
    };
    let written = |fields: Map<String, Value>| if is_javascript { javascript(fields) } else { fields };
    let (action, looks) = work(&line);
    let forgets = !line.options.environment.is_absent() && line.options.base_url.is_absent();
    let action =
        action.map(|(name, arguments)| object(vec![("name", name.into()), ("arguments", written(arguments).into())]));
    Ok(object(vec![
        // For the host.
        ("client", written(settings).into()),
        ("forget", forgets.then_some(BASE_URL).into_iter().collect()),
        ("store", store.to_json()),
        ("policy", written(line.policy).into()),
        ("action", action.into()),
        ("looks", looks),
        ("asks", asks.into()),
        ("waiting", matches!(verb, "run" | "process").then_some(waiting).into()),
        // For what tells the end.
        ("program", program.into()),
        ("verb", verb.into()),
        ("words", line.words.into()),
        ("json", json.into()),
        ("lang", lang.into()),
        ("kept_in", store.name().into()),
        ("mid", client.mid().into()),
        ("gateway", gateway.into()),
    ]))
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
        return Err(format!("{name} names a file that is not there; refunds init makes it"));
    }
    Ok(store)
}

fn told(wrong: &str, program: &str, line: &Line, terminal: &mut dyn Terminal) -> i32 {
    if line.json {
        let found = object(vec![("field", "--store".into()), ("message", wrong.into())]);
        let told = object(vec![
            ("outcome", "not_sent".into()),
            ("kind", "configuration".into()),
            ("message", wrong.into()),
            ("errors", Value::Array(vec![found])),
        ]);
        terminal.say(&format!("{told}\n"));
    } else {
        let verb = line.verb.name;
        terminal.complain(&format!("{program} refunds {verb}: {wrong}\nTry {program} refunds {verb} --help.\n"));
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

type Action = (&'static str, Map<String, Value>);

/// What is to be done, and what is then looked at: of each look its name, its verb and its arguments.
fn work(line: &Line) -> (Option<Action>, Value) {
    let needed: &[&str] = match line.verb.name {
        "request" => &["tid", "amount", "paid", "pay_type"],
        "resolve" => &["by"],
        _ => &[],
    };
    // What is missing is named by the ledger, together with what is wrong.
    let mut arguments: Map<_, _> = needed.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    arguments.extend(line.own.clone());
    for name in ["yes", "lang"] {
        arguments.remove(name);
    }
    let key = line.words.first();
    if let Some(key) = key {
        arguments.insert("key".to_owned(), key.clone().into());
    }
    if let Some(ruling) = line.words.get(1) {
        arguments.insert("ruling".to_owned(), ruling.clone().into());
    }
    // Of each its name, its verb and an argument.
    let key = key.map_or(Value::Null, |key| key.clone().into());
    let looks: &[(&str, &str, &str, Value)] = match line.verb.name {
        "init" => &[("tables", "check", "", Value::Null)],
        "run" | "restored" => &[("counts", "counts", "", Value::Null)],
        "request" | "process" | "resolve" => &[("refund", "get", "key", key)],
        "review" => &[("review", "in_review", "limit", arguments.get("limit").cloned().unwrap_or_default())],
        _ if !key.is_null() => &[("refund", "get", "key", key.clone()), ("journal", "attempts", "key", key)],
        _ => &[
            ("counts", "counts", "", Value::Null),
            ("oldest", "in_review", "limit", 1.into()),
            ("due", "due", "limit", MOST_DUE.into()),
        ],
    };
    let looks = looks.iter().map(|(name, verb, argument, value)| {
        let given = if value.is_null() { Vec::new() } else { vec![(*argument, value.clone())] };
        (*name, Value::Array(vec![(*verb).into(), object(given)]))
    });
    let action = !matches!(line.verb.name, "review" | "status");
    (action.then_some((line.verb.name, arguments)), object(looks.collect()))
}

/// The language that a person is told in.
fn language(line: &Line, terminal: &dyn Terminal) -> &'static str {
    if let Some(named) = line.own.get("lang").and_then(Value::as_str) {
        return if named == "ko" { "ko" } else { "en" };
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().map(|name| terminal.variable(name).unwrap_or_default());
    let first = set.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    if first.to_ascii_lowercase().starts_with("ko") { "ko" } else { "en" }
}

/// Names as JavaScript writes them, where seconds are milliseconds.
fn javascript(fields: Map<String, Value>) -> Map<String, Value> {
    let written = fields.into_iter().map(|(name, value)| match (name.as_str(), value.as_f64()) {
        ("quiet" | "timeout", Some(seconds)) => (name + "Ms", (seconds * 1_000.0).into()),
        _ => (camel(&name), value),
    });
    written.collect()
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
