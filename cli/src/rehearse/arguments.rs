//! The command line of `rehearse` → whom to ask, about which payment, and how.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Arg, Error, Parser};
use paywelcome::{Argument, ClientOptions, checks};

use crate::arguments::setting;

/// The longest transaction id, in characters.
const TID_LONGEST: usize = 40;
/// Where the file is, unless it is said.
const FILE: &str = "rehearsal.json";

/// A rehearsal to begin, to continue with, or to show.
#[derive(Default)]
pub(crate) struct Rehearse {
    pub(crate) options: ClientOptions,
    pub(crate) payment: Asked,
    pub(crate) full_payment: Asked,
    pub(crate) pay_type: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) out: PathBuf,
    pub(crate) yes: bool,
    pub(crate) only_free: bool,
    pub(crate) show: bool,
    pub(crate) lang: Option<String>,
}

/// A payment, as far as it was given.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) tid: Option<String>,
    pub(crate) price: Option<u64>,
    /// What a person read as remaining of it.
    pub(crate) remaining: Option<u64>,
}

/// Reads a command line; nothing where help is asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Box<Rehearse>>, Error> {
    let mut rehearse = Rehearse::default();
    let mut file = None;
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long(name) => name.to_owned(),
            Value(path) if file.is_none() => {
                file = Some(PathBuf::from(path));
                continue;
            }
            Value(_) => return Err("takes options such as --tid TID, and one file with --show".into()),
            Short(_) => return Err("takes options such as --tid TID".into()),
        };
        match name.as_str() {
            "tid" => rehearse.payment.tid = Some(tid(&name, &mut parser)?),
            "price" => rehearse.payment.price = Some(amount(&name, &mut parser, false)?),
            "remaining" => rehearse.payment.remaining = Some(amount(&name, &mut parser, true)?),
            "full-tid" => rehearse.full_payment.tid = Some(tid(&name, &mut parser)?),
            "full-price" => rehearse.full_payment.price = Some(amount(&name, &mut parser, false)?),
            "full-remaining" => rehearse.full_payment.remaining = Some(amount(&name, &mut parser, true)?),
            "pay-type" => {
                rehearse.pay_type = Some(checked(&name, checks::pay_type(&text(&mut parser)?))?);
            }
            "currency" => {
                let currency = checked(&name, checks::currency(&text(&mut parser)?))?;
                rehearse.currency = Some(currency.as_str().to_owned());
            }
            "out" => rehearse.out = PathBuf::from(parser.value()?),
            "yes" => rehearse.yes = true,
            "only-free" => rehearse.only_free = true,
            "show" => rehearse.show = true,
            "lang" => match parser.value()?.string()?.as_str() {
                lang @ ("ko" | "en") => rehearse.lang = Some(lang.to_owned()),
                _ => return Err("--lang must be ko or en".into()),
            },
            _ => setting(&name, &mut parser, &mut rehearse.options, true)?,
        }
    }
    match file {
        Some(_) if !rehearse.show => {
            return Err("takes a file only with --show; pass --out FILE to name where to write".into());
        }
        Some(_) if !rehearse.out.as_os_str().is_empty() => {
            return Err("takes either --out FILE or a file after --show".into());
        }
        Some(file) => rehearse.out = file,
        None if rehearse.out.as_os_str().is_empty() => rehearse.out = FILE.into(),
        None => {}
    }
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    if same(&rehearse.payment.tid, &rehearse.full_payment.tid) {
        return Err("--full-tid must be another payment than --tid".into());
    }
    Ok(Some(Box::new(rehearse)))
}

fn text(parser: &mut Parser) -> Result<Argument, Error> {
    Ok(parser.value()?.string()?.into())
}

fn checked<T>(name: &str, value: Result<T, String>) -> Result<T, Error> {
    value.map_err(|why| format!("--{name} {why}").into())
}

fn tid(name: &str, parser: &mut Parser) -> Result<String, Error> {
    checked(name, checks::identifier(&text(parser)?, TID_LONGEST))
}

fn amount(name: &str, parser: &mut Parser, may_be_zero: bool) -> Result<u64, Error> {
    let given = text(parser)?;
    let amount = if may_be_zero { checks::amount(&given) } else { checks::amount_above_zero(&given) };
    let amount = checked(name, amount)?.value();
    u64::try_from(amount).map_err(|_| Arg::Long(name).unexpected())
}
