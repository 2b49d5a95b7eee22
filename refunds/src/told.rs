//! What callers are told of a refund: JSON, in the words of its columns.

use serde_json::{Map, Value as Json, json};

use crate::ledger::Ledger;
use crate::record::{Heard, Record};
use crate::refund::State;
use crate::work::Row;
use crate::{review, sql};

pub(crate) const STATES: [State; 7] =
    [State::Requested, State::Sending, State::Unknown, State::Review, State::Done, State::Declined, State::Void];

/// A refund. Amounts are won, or cents for USD; times are milliseconds since 1970.
pub(crate) fn refund(ledger: &Ledger, record: &Record) -> Json {
    let Record { payment, refund, heard, ruled, .. } = record;
    let mut told = json!({
        "key": record.key,
        "mid": ledger.mid,
        "tid": record.tid,
        "state": refund.state.as_str(),
        "pay_type": record.pay_type,
        "currency": record.currency,
        "amount": refund.amount,
        "tax": record.tax,
        "taxfree": record.taxfree,
        "paid": payment.paid,
        "remaining": payment.remaining,
        "operation": record.operation.map(crate::Operation::as_str),
        "confirm_price": refund.confirm,
        "reference": record.reference,
        "batch": record.batch,
        "attempts": refund.attempts,
        "note": refund.note.map(crate::Note::as_str),
        "evidence": record.evidence,
        "ruling": ruled.ruling,
        "ruled_by": ruled.by,
        "ruling_note": ruled.note,
        "requested_at": record.requested_at,
        "sent_at": record.sent_at,
        "lease_over_at": (refund.lease_over > 0).then_some(refund.lease_over),
        "quiet_over_at": (refund.quiet_over > 0).then_some(refund.quiet_over),
        "due_at": refund.due,
        "due_in_ms": record.due_in(),
        "updated_at": record.updated_at,
        "ended_at": record.ended_at,
        "review": (refund.state == State::Review).then(|| review::told(record, &ledger.policy_of(record))),
    });
    if let Json::Object(told) = &mut told {
        words(heard, told);
    }
    told
}

/// A refund that was written just now. Besides, `from` is its state before, and `paused_batch` the batch that has paused over
/// that: for observers of transitions.
pub(crate) fn moved(ledger: &Ledger, before: &Record, after: &Record, paused: Option<Json>) -> String {
    let mut told = refund(ledger, after);
    told["from"] = before.refund.state.as_str().into();
    told["paused_batch"] = paused.into();
    told.to_string()
}

fn words(heard: &Heard, told: &mut Map<String, Json>) {
    for (name, _, value) in heard.written() {
        let value = if name == "http_status" {
            value.and_then(|status| status.parse::<u16>().ok()).into()
        } else {
            value.into()
        };
        told.insert(name.to_owned(), value);
    }
}

/// An entry of a refund's journal.
pub(crate) fn entry(row: Row) -> Json {
    const NUMBERS: [&str; 6] = ["entry", "amount", "confirm_price", "remaining", "at", "http_status"];
    let mut told = Map::new();
    for (name, value) in sql::ENTRY.split_whitespace().zip(row) {
        let value = match value {
            Some(number) if NUMBERS.contains(&name) => number.parse::<u64>().ok().into(),
            // More than a JavaScript number holds.
            value => value.into(),
        };
        told.insert(name.to_owned(), value);
    }
    Json::Object(told)
}
