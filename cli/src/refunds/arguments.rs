//! Command lines of `refunds` → what they ask for.

use lexopt::prelude::{Long, Short, Value as Positional, ValueExt};
use lexopt::{Arg, Error, Parser};
use paywelcome::ClientOptions;
use serde_json::{Map, Value};

use crate::arguments::setting;
use crate::refunds::{help, help_of_batches};

/// What a command line asks for.
pub(crate) enum Asked {
    Help,
    Line(Box<Line>),
}

/// A command line that was read.
pub(crate) struct Line {
    pub(crate) verb: &'static Verb,
    /// What stands without an option's name.
    pub(crate) words: Vec<String>,
    /// What is this verb's own, by its name in snake case.
    pub(crate) own: Map<String, Value>,
    pub(crate) options: ClientOptions,
    pub(crate) store: Option<String>,
    /// `confirm_price_enforced`, `rehearsal` and `quiet`.
    pub(crate) policy: Map<String, Value>,
    pub(crate) json: bool,
}

impl Line {
    /// The two words of each time that an option was given.
    pub(crate) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let given = self.own.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        given.filter_map(|pair| pair.split_once('=')).map(|(one, other)| (one.to_owned(), other.to_owned())).collect()
    }

    /// Whether a flag of the verb's own was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }
}

/// A command of `refunds`.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// What stands without an option's name, and how much of it must.
    words: &'static [&'static str],
    needed: usize,
    options: &'static [(&'static str, Kind)],
}

/// What an option is given.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    /// A number from one to another, as the second text says.
    Within(f64, f64, &'static str),
    Whole,
    /// A whole number from one to another.
    Between(u32, u32),
    Flag,
    Time,
    /// Two words with `=` between them, as often as one likes.
    Pairs,
    OneOf(&'static [&'static str]),
}

const LANG: (&str, Kind) = ("lang", Kind::OneOf(&["ko", "en"]));

pub(crate) const VERBS: [Verb; 18] = [
    Verb { name: "", help: help::OVERVIEW, words: &[], needed: 0, options: &[] },
    Verb {
        name: "schema",
        help: help::SCHEMA,
        words: &[],
        needed: 0,
        options: &[("dialect", Kind::OneOf(&["sqlite", "postgres", "mysql"]))],
    },
    Verb { name: "init", help: help::INIT, words: &[], needed: 0, options: &[] },
    Verb {
        name: "request",
        help: help::REQUEST,
        words: &["KEY"],
        needed: 1,
        options: &[
            ("tid", Kind::Text),
            ("amount", Kind::Text),
            ("paid", Kind::Text),
            ("pay-type", Kind::Text),
            ("remaining", Kind::Text),
            ("currency", Kind::Text),
            ("tax", Kind::Text),
            ("taxfree", Kind::Text),
            ("reference", Kind::Text),
            ("batch", Kind::Text),
        ],
    },
    Verb {
        name: "import",
        help: help::IMPORT,
        words: &["FILE"],
        needed: 1,
        options: &[
            ("batch", Kind::Text),
            ("column", Kind::Pairs),
            ("only", Kind::Pairs),
            ("encoding", Kind::Text),
            ("pay-type", Kind::Text),
            ("currency", Kind::Text),
            ("pace", Kind::Number),
            ("most-in-a-row", Kind::Whole),
            ("most-percent", Kind::Whole),
            ("paused", Kind::Flag),
            ("by", Kind::Text),
            ("check", Kind::Flag),
            ("yes", Kind::Flag),
        ],
    },
    Verb {
        name: "run",
        help: help::RUN,
        words: &[],
        needed: 0,
        options: &[
            ("pace", Kind::Number),
            ("concurrency", Kind::Whole),
            ("batch", Kind::Text),
            ("until-idle", Kind::Flag),
            LANG,
        ],
    },
    Verb { name: "process", help: help::PROCESS, words: &["KEY"], needed: 1, options: &[("yes", Kind::Flag)] },
    Verb { name: "status", help: help::STATUS, words: &["KEY"], needed: 0, options: &[LANG] },
    Verb {
        name: "review",
        help: help::REVIEW,
        words: &[],
        needed: 0,
        options: &[LANG, ("limit", Kind::Whole), ("list", Kind::Flag), ("by", Kind::Text)],
    },
    Verb {
        name: "page",
        help: help::PAGE,
        words: &[],
        needed: 0,
        options: &[
            LANG,
            ("limit", Kind::Between(1, 100_000)),
            ("by", Kind::Text),
            ("port", Kind::Between(0, 65_535)),
            ("host", Kind::OneOf(&["127.0.0.1", "::1"])),
        ],
    },
    Verb {
        name: "resolve",
        help: help::RESOLVE,
        words: &["KEY", "RULING"],
        needed: 2,
        options: &[("by", Kind::Text), ("note", Kind::Text), ("remaining", Kind::Text), ("yes", Kind::Flag)],
    },
    Verb {
        name: "reconcile",
        help: help::RECONCILE,
        words: &["FILE"],
        needed: 1,
        options: &[
            ("column", Kind::Pairs),
            ("only", Kind::Pairs),
            ("encoding", Kind::Text),
            ("since", Kind::Text),
            ("until", Kind::Text),
            LANG,
        ],
    },
    Verb {
        name: "progress",
        help: help_of_batches::PROGRESS,
        words: &["NAME"],
        needed: 0,
        options: &[LANG, ("once", Kind::Flag), ("every", Kind::Within(0.1, 86_400.0, "seconds, from 0.1 to 86,400"))],
    },
    Verb {
        name: "pause",
        help: help_of_batches::PAUSE,
        words: &["NAME"],
        needed: 1,
        options: &[LANG, ("by", Kind::Text), ("note", Kind::Text)],
    },
    Verb {
        name: "resume",
        help: help_of_batches::RESUME,
        words: &["NAME"],
        needed: 1,
        options: &[LANG, ("by", Kind::Text), ("yes", Kind::Flag)],
    },
    Verb {
        name: "void-unsent",
        help: help_of_batches::VOID_UNSENT,
        words: &["NAME"],
        needed: 1,
        options: &[LANG, ("by", Kind::Text), ("note", Kind::Text), ("yes", Kind::Flag)],
    },
    Verb { name: "pace", help: help_of_batches::PACE, words: &["NAME", "N"], needed: 2, options: &[LANG] },
    Verb { name: "restored", help: help::RESTORED, words: &[], needed: 0, options: &[("since", Kind::Time)] },
];

/// The verb of a name; the first one where there is none.
pub(crate) fn verb(name: &str) -> &'static Verb {
    VERBS.iter().find(|verb| verb.name == name).unwrap_or(&VERBS[0])
}

/// Reads a command line; one for what `is_open` already names neither a store nor a client.
pub(crate) fn parse(verb: &'static Verb, arguments: &[String], is_open: bool) -> Result<Asked, Error> {
    let mut parser = Parser::from_args(arguments);
    let mut line = Line {
        verb,
        words: Vec::new(),
        own: Map::new(),
        options: ClientOptions::default(),
        store: None,
        policy: Map::new(),
        json: false,
    };
    let has_store = !matches!(verb.name, "" | "schema");
    let opens = has_store && !is_open;
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long(name) => name.to_owned(),
            Positional(word) if line.words.len() < verb.words.len() => {
                line.words.push(word.string()?);
                continue;
            }
            // What was typed may be a key, so it is not repeated.
            Short(_) | Positional(_) => return Err("got a word too many, or a one-letter option".into()),
        };
        if let Some((name, kind)) = verb.options.iter().find(|(own, _)| *own == name) {
            let (own, value) = (name.replace('-', "_"), value(name, *kind, &mut parser)?);
            match (kind, line.own.get_mut(&own)) {
                (Kind::Pairs, Some(Value::Array(pairs))) => pairs.push(value),
                (Kind::Pairs, _) => drop(line.own.insert(own, Value::Array(vec![value]))),
                _ => drop(line.own.insert(own, value)),
            }
            continue;
        }
        match name.as_str() {
            "store" if opens => line.store = Some(parser.value()?.string()?),
            "json" if has_store => line.json = true,
            "confirm-price-enforced" if opens => {
                line.policy.insert("confirm_price_enforced".to_owned(), true.into());
            }
            "rehearsal" if opens => {
                line.policy.insert("rehearsal".to_owned(), parser.value()?.string()?.into());
            }
            "quiet" if opens => {
                line.policy.insert("quiet".to_owned(), value("quiet", Kind::Number, &mut parser)?);
            }
            _ if opens => setting(&name, &mut parser, &mut line.options, true)?,
            _ => return Err(Arg::Long(&name).unexpected()),
        }
    }
    if line.policy.contains_key("rehearsal") && line.policy.contains_key("confirm_price_enforced") {
        return Err("pass either --confirm-price-enforced or --rehearsal, not both".into());
    }
    if verb.name == "restored" && !line.has("since") {
        return Err("--since is missing: the time of the latest write that surely survived".into());
    }
    if let Some(missing) = verb.words[..verb.needed].get(line.words.len()) {
        let what = match *missing {
            "KEY" => "KEY is missing: your own name of the refund, such as refund-17",
            "NAME" => "NAME is missing: the batch, such as concert-17",
            "FILE" => "FILE is missing: a file of comma-separated values, such as refunds.csv",
            "N" => "N is missing: how many refunds a second, such as 40, or none",
            _ => "the ruling is missing: done, void, retry or resend",
        };
        return Err(what.into());
    }
    Ok(Asked::Line(Box::new(line)))
}

fn value(name: &str, kind: Kind, parser: &mut Parser) -> Result<Value, Error> {
    let number = |what: &str| format!("--{name} is not a {what}; pass one, such as 5");
    Ok(match kind {
        Kind::Flag => true.into(),
        Kind::Pairs => {
            let pair = parser.value()?.string()?;
            if pair.split_once('=').is_none_or(|(name, value)| name.trim().is_empty() || value.is_empty()) {
                let such = if name == "only" { "거래구분=취소" } else { "key=환불번호" };
                return Err(format!("--{name} needs two words with = between them, such as --{name} {such}").into());
            }
            pair.into()
        }
        Kind::Text => parser.value()?.string()?.into(),
        Kind::Number => {
            let read = parser.value()?.string()?.parse().ok().filter(|read: &f64| read.is_finite());
            read.ok_or_else(|| number("number"))?.into()
        }
        Kind::Within(least, most, wanted) => {
            let read = parser.value()?.string()?.parse().ok().filter(|read| (least..=most).contains(read));
            read.ok_or_else(|| format!("--{name} must be a number of {wanted}"))?.into()
        }
        Kind::Between(least, most) => {
            let read = parser.value()?.string()?.parse().ok().filter(|read| (least..=most).contains(read));
            read.ok_or_else(|| format!("--{name} must be a whole number from {least} to {most}"))?.into()
        }
        Kind::Whole => parser.value()?.string()?.parse::<u32>().map_err(|_| number("whole number"))?.into(),
        Kind::Time => {
            let read = paywelcome_refunds::kst::read(&parser.value()?.string()?);
            read.ok_or_else(|| format!("--{name} is not a time; pass one such as 2026-03-01T14:05+09:00"))?.into()
        }
        Kind::OneOf(words) => {
            let word = parser.value()?.string()?;
            if !words.contains(&word.as_str()) {
                return Err(format!("--{name} must be {}", words.join(" or ")).into());
            }
            word.into()
        }
    })
}
