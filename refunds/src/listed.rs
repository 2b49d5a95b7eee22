//! The cancels that a statement lists, checked: settlement files and exports of the merchant admin have one a row.

use std::collections::HashMap;

use paywelcome::{Argument, checks};
use serde_json::Value as Json;

use crate::arguments::{Arguments, Findings, above_zero, some_amount};
use crate::kst;

/// The longest transaction id, in characters (guide, payapi01).
const TID_LONGEST: usize = 40;

/// A cancel, as a statement lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its place among the rows, from 0.
    pub(crate) place: usize,
    pub(crate) tid: String,
    pub(crate) amount: u64,
    /// What remained of the payment afterwards.
    pub(crate) remaining: Option<u64>,
    pub(crate) cancel_tid: Option<String>,
    /// The first and the last millisecond at which it may have been: a day where the statement has no time of day.
    pub(crate) at: (u64, u64),
}

impl Listed {
    fn check(place: usize, given: &Arguments) -> Result<Self, Vec<(String, String)>> {
        let mut findings = Findings::of(given);
        let tid = findings.take("tid", |argument| checks::identifier(argument, TID_LONGEST));
        let amount = findings.take("amount", above_zero);
        let remaining = findings.take("remaining", some_amount);
        let cancel_tid = findings.take("cancel_tid", |argument| {
            if argument.is_absent() { Ok(None) } else { checks::identifier(argument, TID_LONGEST).map(Some) }
        });
        let at = findings.take("cancelled_at", span);
        let complete = || {
            Some(Self { place, tid: tid?, amount: amount?, remaining: remaining?, cancel_tid: cancel_tid?, at: at? })
        };
        complete().ok_or(findings.errors)
    }

    /// Whether a row says the same of the same cancel.
    fn repeats(&self, other: &Self) -> bool {
        (&self.tid, self.amount, self.remaining, self.at) == (&other.tid, other.amount, other.remaining, other.at)
    }
}

/// An instant of milliseconds since 1970, or a text as merchant admins write it; its first and last millisecond.
pub(crate) fn span(argument: &Argument) -> Result<(u64, u64), String> {
    const WANTED: &str = "a time such as \"2026-03-01 14:05:09\" or a day such as \"2026-03-01\", in Korea";
    match argument {
        Argument::Integer(at) => {
            let at = u64::try_from(*at).map_err(|_| "is before 1970".to_owned())?;
            // Where the gateway tells it, it is in whole seconds.
            Ok((at / 1_000 * 1_000, at / 1_000 * 1_000 + 999))
        }
        other => kst::span(other.text(WANTED)?).ok_or_else(|| format!("is not a time; pass {WANTED}")),
    }
}

/// Checks all rows, and what they say together; a cancel that is listed twice is given once. Errors are named as
/// `rows[3].amount`.
pub(crate) fn read(rows: &[Arguments]) -> Result<Vec<Listed>, Vec<(String, String)>> {
    let (mut listed, mut errors) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut wrong = |place: usize, name: &str, message: String| errors.push((format!("rows[{place}].{name}"), message));
    let (mut cancels, mut left) = (HashMap::new(), HashMap::new());
    for (place, given) in rows.iter().enumerate() {
        let row = match Listed::check(place, given) {
            Ok(row) => row,
            Err(found) => {
                for (name, message) in found {
                    wrong(place, &name, message);
                }
                continue;
            }
        };
        if let Some(cancel_tid) = &row.cancel_tid {
            let at = *cancels.entry(cancel_tid.clone()).or_insert(listed.len());
            if let Some(first) = listed.get(at) {
                if !row.repeats(first) {
                    let first: &Listed = first;
                    wrong(
                        place,
                        "cancel_tid",
                        format!(
                            "is that of rows[{}], too, which says something else; a cancel has one of its own",
                            first.place
                        ),
                    );
                }
                continue;
            }
        }
        if let Some(remaining) = row.remaining {
            let at = *left.entry((row.tid.clone(), remaining)).or_insert(listed.len());
            if let Some(first) = listed.get(at) {
                let first: &Listed = first;
                if !row.repeats(first) || row.cancel_tid != first.cancel_tid {
                    wrong(
                        place,
                        "remaining",
                        format!("is that of rows[{}], too; with each cancel of a payment less remains", first.place),
                    );
                }
                continue;
            }
        }
        listed.push(row);
    }
    if errors.is_empty() { Ok(listed) } else { Err(errors) }
}

/// Rows of arguments, out of JSON.
pub(crate) fn rows(argument: &Argument) -> Result<Vec<Arguments>, String> {
    const WANTED: &str = "a JSON array of objects";
    let rows: Vec<serde_json::Map<String, Json>> =
        serde_json::from_str(argument.text(WANTED)?).map_err(|_| format!("must be {WANTED}"))?;
    let value = |value| match value {
        Json::Null => Argument::Absent,
        Json::String(text) => Argument::Text(text),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Argument::Other("is not a whole number".to_owned()), Argument::from)
        }
        _ => Argument::Other("is neither a text nor a number".to_owned()),
    };
    Ok(rows.into_iter().map(|row| row.into_iter().map(|(name, given)| (name, value(given))).collect()).collect())
}
