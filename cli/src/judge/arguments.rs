//! The command line of `judge` → an answer to look at, and what was asked.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Arg, Error, Parser};
use paywelcome::{Argument, List};

/// An answer to judge.
#[derive(Default)]
pub(crate) struct Judge {
    /// Where it is; standard input where that is absent.
    pub(crate) file: Option<String>,
    pub(crate) asked: Asked,
    /// The HTTP status of a body that stands alone.
    pub(crate) status: Option<u16>,
    pub(crate) required_echoes: List,
    pub(crate) lang: Option<String>,
    pub(crate) json: bool,
}

/// What was asked of the gateway, as far as that is known.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    /// Whether a part was to go back.
    pub(crate) is_partial: Option<bool>,
    pub(crate) tid: Argument,
    pub(crate) price: Argument,
    pub(crate) confirm_price: Argument,
}

impl Asked {
    pub(crate) fn is_partial(&self) -> bool {
        self.is_partial.unwrap_or(!self.confirm_price.is_absent())
    }

    /// Takes from `other` what is absent.
    pub(crate) fn fill_from(&mut self, other: Self) {
        self.is_partial = self.is_partial.or(other.is_partial);
        let pairs = [
            (&mut self.tid, other.tid),
            (&mut self.price, other.price),
            (&mut self.confirm_price, other.confirm_price),
        ];
        for (mine, theirs) in pairs {
            if mine.is_absent() {
                *mine = theirs;
            }
        }
    }
}

/// Reads a command line; nothing where help is asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Box<Judge>>, Error> {
    let mut judge = Judge::default();
    let text = |parser: &mut Parser| parser.value()?.string();
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long(name) => name.to_owned(),
            Value(file) if judge.file.is_none() => {
                judge.file = Some(file.string()?);
                continue;
            }
            Value(_) => return Err("takes one file; nothing, or -, is standard input".into()),
            Short(_) => return Err("takes a file and options such as --tid TID".into()),
        };
        match name.as_str() {
            "operation" => {
                judge.asked.is_partial = Some(match text(&mut parser)?.as_str() {
                    "cancel" => false,
                    "partial_cancel" | "partial-cancel" => true,
                    _ => return Err("--operation must be cancel or partial_cancel".into()),
                });
            }
            "tid" => judge.asked.tid = text(&mut parser)?.into(),
            "price" | "cancel-price" => judge.asked.price = text(&mut parser)?.into(),
            "confirm-price" => judge.asked.confirm_price = text(&mut parser)?.into(),
            "status" => {
                let status = text(&mut parser)?.parse().ok().filter(|status| (100..=599).contains(status));
                judge.status = Some(status.ok_or("--status needs an HTTP status, such as 200")?);
            }
            "required-echoes" => {
                let names = text(&mut parser)?;
                judge.required_echoes = names.split(',').filter(|name| !name.is_empty()).collect::<Vec<_>>().into();
            }
            "lang" => match text(&mut parser)?.as_str() {
                lang @ ("ko" | "en") => judge.lang = Some(lang.to_owned()),
                _ => return Err("--lang must be ko or en".into()),
            },
            "json" => judge.json = true,
            _ => return Err(Arg::Long(&name).unexpected()),
        }
    }
    if judge.asked.is_partial == Some(false) && !judge.asked.confirm_price.is_absent() {
        return Err("--confirm-price is for a partial cancel: pass --operation partial_cancel, or leave it out".into());
    }
    Ok(Some(Box::new(judge)))
}
