//! Command lines → what they ask for.

use lexopt::prelude::{Long, Short, ValueExt};
use lexopt::{Arg, Error, Parser};
use paywelcome::{Argument, CancelRequest, ClientOptions, Field, PartialCancelRequest};

/// What a command line asks for.
pub(crate) enum Command {
    Help,
    Refund(Box<Refund>),
    Sign(Box<Sign>),
    Doctor(Box<Doctor>),
}

/// A cancel of either kind.
#[derive(Default)]
pub(crate) struct Refund {
    pub(crate) options: ClientOptions,
    pub(crate) request: Request,
    pub(crate) yes: bool,
    pub(crate) json: bool,
}

pub(crate) enum Request {
    Cancel(CancelRequest),
    PartialCancel(PartialCancelRequest),
}

impl Default for Request {
    fn default() -> Self {
        Self::Cancel(CancelRequest::default())
    }
}

/// A signature to show.
#[derive(Default)]
pub(crate) struct Sign {
    pub(crate) options: ClientOptions,
    /// Milliseconds since 1970.
    pub(crate) at: Option<u64>,
    pub(crate) json: bool,
}

/// A look at the machine.
#[derive(Default)]
pub(crate) struct Doctor {
    pub(crate) options: ClientOptions,
    /// The file of a rehearsal to compare with.
    pub(crate) rehearsal: Option<String>,
    pub(crate) json: bool,
}

/// A field's name as it is written on a command line.
pub(crate) fn option_of(field: Field) -> &'static str {
    match field.snake() {
        "pay_type" => "--pay-type",
        "tid" => "--tid",
        "price" => "--price",
        "cancel_price" => "--cancel-price",
        "confirm_price" => "--confirm-price",
        "currency" => "--currency",
        "cancel_type" => "--cancel-type",
        "tax" => "--tax",
        "taxfree" => "--taxfree",
        "timeout" => "--timeout",
        "mid" => "--mid",
        "environment" => "--environment",
        "base_url" => "--base-url",
        "signature_format" => "--signature-format",
        "timestamp_format" => "--timestamp-format",
        "required_echoes" => "--required-echoes",
        "proxy" => "--proxy",
        "ca_bundle" => "--ca-bundle",
        "sign_key" => "PAYWELCOME_SIGN_KEY",
        "mkey" => "PAYWELCOME_MKEY",
        other => other,
    }
}

/// What is wrong with a command line, without what was typed as a value: that may be a key or a password.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::UnexpectedValue { option, .. } => format!("{} takes no value", option_name(option)),
        Error::UnexpectedOption(option) => format!("there is no option {}", option_name(option)),
        Error::NonUnicodeValue(_) => "a value is not a Unicode text".to_owned(),
        other => other.to_string(),
    }
}

/// An option's name as far as it looks like one: what was joined to it by mistake is not repeated.
fn option_name(option: &str) -> &str {
    let end = option.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(option.len());
    &option[..end]
}

pub(crate) fn cancel(mut parser: Parser) -> Result<Command, Error> {
    let mut refund = Refund::default();
    let mut request = CancelRequest::default();
    while let Some(argument) = parser.next()? {
        let Some(name) = long(&argument)? else { return Ok(Command::Help) };
        match name.as_str() {
            "tid" => request.tid = text(&mut parser)?,
            "price" => request.price = text(&mut parser)?,
            "pay-type" => request.pay_type = text(&mut parser)?,
            "currency" => request.currency = text(&mut parser)?,
            "cancel-type" => request.cancel_type = text(&mut parser)?,
            "yes" => refund.yes = true,
            "json" => refund.json = true,
            _ => setting(&name, &mut parser, &mut refund.options, true)?,
        }
    }
    refund.request = Request::Cancel(request);
    Ok(Command::Refund(Box::new(refund)))
}

pub(crate) fn partial_cancel(mut parser: Parser) -> Result<Command, Error> {
    let mut refund = Refund::default();
    let mut request = PartialCancelRequest::default();
    while let Some(argument) = parser.next()? {
        let Some(name) = long(&argument)? else { return Ok(Command::Help) };
        match name.as_str() {
            "tid" => request.tid = text(&mut parser)?,
            "cancel-price" => request.cancel_price = text(&mut parser)?,
            "confirm-price" => request.confirm_price = text(&mut parser)?,
            "pay-type" => request.pay_type = text(&mut parser)?,
            "currency" => request.currency = text(&mut parser)?,
            "tax" => request.tax = text(&mut parser)?,
            "taxfree" => request.taxfree = text(&mut parser)?,
            "yes" => refund.yes = true,
            "json" => refund.json = true,
            _ => setting(&name, &mut parser, &mut refund.options, true)?,
        }
    }
    refund.request = Request::PartialCancel(request);
    Ok(Command::Refund(Box::new(refund)))
}

pub(crate) fn sign(mut parser: Parser) -> Result<Command, Error> {
    let mut sign = Sign::default();
    while let Some(argument) = parser.next()? {
        let Some(name) = long(&argument)? else { return Ok(Command::Help) };
        match name.as_str() {
            "at" => {
                let at = parser.value()?.string()?.parse();
                let at = at.ok().filter(|at: &u64| *at < 10_u64.pow(13));
                sign.at = Some(at.ok_or("--at needs milliseconds since 1970, such as 1767193200000; not 14 digits")?);
            }
            "json" => sign.json = true,
            _ => setting(&name, &mut parser, &mut sign.options, false)?,
        }
    }
    Ok(Command::Sign(Box::new(sign)))
}

pub(crate) fn doctor(mut parser: Parser) -> Result<Command, Error> {
    let mut doctor = Doctor::default();
    while let Some(argument) = parser.next()? {
        let Some(name) = long(&argument)? else { return Ok(Command::Help) };
        match name.as_str() {
            "json" => doctor.json = true,
            "rehearsal" => doctor.rehearsal = Some(parser.value()?.string()?),
            _ => setting(&name, &mut parser, &mut doctor.options, true)?,
        }
    }
    Ok(Command::Doctor(Box::new(doctor)))
}

/// The name of an option; `None` where help is asked for.
fn long(argument: &Arg<'_>) -> Result<Option<String>, Error> {
    match argument {
        Short('h') | Long("help") => Ok(None),
        Long(name) => Ok(Some((*name).to_owned())),
        // What was typed may be a key, so it is not repeated.
        Short(_) | Arg::Value(_) => Err("takes options only, such as --tid TID".into()),
    }
}

pub(crate) fn setting(
    name: &str,
    parser: &mut Parser,
    options: &mut ClientOptions,
    connects: bool,
) -> Result<(), Error> {
    match name {
        "mid" => options.mid = text(parser)?,
        "environment" => options.environment = text(parser)?,
        "base-url" => options.base_url = text(parser)?,
        "signature-format" => options.signature_format = text(parser)?,
        "timestamp-format" => options.timestamp_format = text(parser)?,
        "timeout" if connects => {
            let seconds = parser.value()?.string()?.parse();
            options.timeout = seconds
                .map_or_else(|_| Argument::Wrong("is not a number; pass seconds".to_owned()), Argument::Fraction);
        }
        "required-echoes" if connects => {
            let names = parser.value()?.string()?;
            options.required_echoes = names.split(',').filter(|name| !name.is_empty()).collect::<Vec<_>>().into();
        }
        "proxy" if connects => options.proxy = text(parser)?,
        "ca-bundle" if connects => options.ca_bundle = text(parser)?,
        "sign-key" | "key" | "mkey" => {
            let why = "a key is not an argument, since others on this machine could read it; \
                       set PAYWELCOME_SIGN_KEY or PAYWELCOME_MKEY, or wait to be asked";
            return Err(why.into());
        }
        _ => return Err(Arg::Long(name).unexpected()),
    }
    Ok(())
}

fn text(parser: &mut Parser) -> Result<Argument, Error> {
    Ok(parser.value()?.string()?.into())
}
