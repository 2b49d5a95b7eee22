//! What a statement says is held against what is recorded: what it shows is closed, what it contradicts goes to a person.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::arguments::{Arguments, Findings};
use crate::event::Event;
use crate::kst;
use crate::ledger::{Ledger, draw};
use crate::listed::{self, Listed};
use crate::matched::{self, Verdict};
use crate::matching::{Finding, compare, is_open, not_shown};
use crate::moved::Action;
use crate::process;
use crate::record::{Heard, Record};
use crate::refund::State;
use crate::refused::Refused;
use crate::sql;
use crate::statement::text;
use crate::told;
use crate::tries::Tries;
use crate::work::Io;

/// How many payments are read at once.
const PAGE: usize = 500;
const LISTS: [&str; 5] = ["closed", "contradicted", "unknown", "ambiguous", "missing"];

/// A statement: its cancels, and between which times it lists all of them.
pub(crate) struct Asked {
    rows: Vec<Listed>,
    covers: Option<(u64, u64)>,
}

impl Asked {
    pub(crate) fn check(ledger: &Ledger, given: &Arguments) -> Result<Self, Refused> {
        let mut findings = Findings::of(given);
        let rows = findings.take("rows", listed::rows).unwrap_or_default();
        let mut some =
            |name: &str| findings.take(name, |at| if at.is_absent() { Ok(None) } else { listed::span(at).map(Some) });
        let (since, until) = (some("since").flatten(), some("until").flatten());
        match (since, until) {
            (Some(_), None) => findings.note("until", "is missing; pass both times, or none"),
            (None, Some(_)) => findings.note("since", "is missing; pass both times, or none"),
            (Some((since, _)), Some((_, until))) if since > until => findings.note("until", "is before since"),
            _ => {}
        }
        let mut errors = findings.errors;
        let rows = listed::read(&rows).map_err(|wrong| errors.extend(wrong)).unwrap_or_default();
        if !errors.is_empty() {
            return Err(ledger.refused(errors));
        }
        let covers = since.zip(until).map(|((since, _), (_, until))| (since, until));
        Ok(Self { rows, covers })
    }
}

/// What is found, as it is told.
#[derive(Default)]
struct Found {
    agreed: u64,
    under_way: u64,
    lists: HashMap<&'static str, Vec<Json>>,
    /// The refunds that were written, for those who tell of it.
    moved: Vec<Json>,
}

impl Found {
    fn add(&mut self, finding: &Finding, rows: &[Listed], records: &[Record]) {
        let of: Vec<_> = finding.of.iter().filter_map(|at| records.get(*at)).collect();
        let row = finding.row.and_then(|row| rows.get(row));
        match finding.verdict.list() {
            Some(list) => {
                let told = matched::told(finding.verdict, row, &of, records.first());
                self.lists.entry(list).or_default().push(told);
            }
            None if finding.verdict == Verdict::UnderWay => self.under_way += 1,
            None => self.agreed += 1,
        }
    }

    fn told(mut self) -> String {
        let mut all = Map::new();
        all.insert("agreed".to_owned(), self.agreed.into());
        all.insert("under_way".to_owned(), self.under_way.into());
        all.insert("moved".to_owned(), self.moved.into());
        for name in LISTS {
            let mut list = self.lists.remove(name).unwrap_or_default();
            list.sort_by_key(|finding| finding["row"].as_u64());
            all.insert(name.to_owned(), list.into());
        }
        Json::Object(all).to_string()
    }
}

pub(crate) async fn reconcile(ledger: Ledger, io: Io, asked: Asked, seed: u64) -> Result<String, Refused> {
    let Asked { rows, covers } = asked;
    let mut payments: HashMap<String, Vec<Listed>> = HashMap::new();
    for row in rows {
        payments.entry(row.tid.clone()).or_default().push(row);
    }
    let mut tids: Vec<_> = payments.keys().cloned().collect();
    tids.sort_unstable();
    let (mut found, mut errors, mut to_write) = (Found::default(), Vec::new(), Vec::new());
    for page in tids.chunks(PAGE) {
        let mut known = load(&ledger, &io, page).await?;
        for tid in page {
            let (records, rows) = (known.remove(tid).unwrap_or_default(), &payments[tid]);
            errors.extend(above(&records, rows));
            let findings = compare(&records, rows, covers);
            if findings.iter().any(|finding| changes(finding, &records).is_some()) {
                to_write.push(tid);
                continue;
            }
            for finding in &findings {
                found.add(finding, rows, &records);
            }
        }
    }
    if !errors.is_empty() {
        // Nothing was written yet.
        return Err(ledger.refused(errors));
    }
    for (place, tid) in to_write.into_iter().enumerate() {
        write(&ledger, &io, tid, &payments[tid], covers, draw(seed, place as u64), &mut found).await?;
    }
    if let Some(covers) = covers {
        absent(&ledger, &io, &payments, covers, &mut found).await?;
    }
    Ok(found.told())
}

async fn load(ledger: &Ledger, io: &Io, tids: &[String]) -> Result<HashMap<String, Vec<Record>>, Refused> {
    let given: Vec<_> = tids.iter().map(|tid| json!({ "tid": tid })).collect();
    let rows =
        io.query(vec![sql::of_payments(ledger.dialect, &ledger.mid, text(Json::Array(given).to_string()))]).await?;
    let mut known: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let record = Record::read(row)?;
        known.entry(record.tid.clone()).or_default().push(record);
    }
    Ok(known)
}

/// What no statement can say: that more went back than was paid.
fn above(records: &[Record], rows: &[Listed]) -> Vec<(String, String)> {
    let Some(paid) = records.first().map(|record| record.payment.paid) else { return Vec::new() };
    let mut wrong = Vec::new();
    let mut sum = 0_u64;
    for row in rows {
        sum = sum.saturating_add(row.amount);
        let name = |name: &str| format!("rows[{}].{name}", row.place);
        if sum > paid {
            wrong.push((
                name("amount"),
                format!("is above what was paid, {paid}, together with the rows of this payment before it"),
            ));
            break;
        }
        if row.remaining.is_some_and(|remaining| remaining > paid - row.amount) {
            wrong.push((
                name("remaining"),
                format!("is above what can remain, {}: {paid} were paid", paid - row.amount),
            ));
        }
    }
    wrong
}

/// What a finding changes: the event, and the refund that it happens to.
pub(crate) fn changes(finding: &Finding, records: &[Record]) -> Option<(Event, usize)> {
    let (event, at) = match finding.verdict {
        Verdict::Closes | Verdict::Moved => (Event::Shown, *finding.of.first()?),
        // It is recorded with the latest refund of the payment.
        Verdict::Amount | Verdict::Unknown => (Event::Foreign, records.len().checked_sub(1)?),
        // It went back, though not by a refund that holds the payment.
        Verdict::Ambiguous if !finding.of.iter().any(|at| is_open(&records[*at])) => {
            (Event::Foreign, records.len().checked_sub(1)?)
        }
        _ => return None,
    };
    let Record { payment, refund, now, .. } = &records[at];
    let moved = crate::step(*payment, *refund, event, *now, &UNUSED).ok()?;
    (moved.action != Action::Nothing).then_some((event, at))
}

/// Statements are heard alike whatever a merchant has stated.
const UNUSED: crate::Policy = crate::Policy { confirm_price_enforced: false, lease: 0, quiet: 0, pause: 0, sends: 0 };

/// Records what a statement changes of a payment: one write after the other, each decided on what is there.
async fn write(
    ledger: &Ledger,
    io: &Io,
    tid: &String,
    rows: &[Listed],
    covers: Option<(u64, u64)>,
    seed: u64,
    found: &mut Found,
) -> Result<(), Refused> {
    let mut tries = Tries::new(seed);
    let mut is_told = vec![false; rows.len()];
    loop {
        let records = load(ledger, io, std::slice::from_ref(tid)).await?.remove(tid).unwrap_or_default();
        let findings = compare(&records, rows, covers);
        let next = findings.iter().find_map(|finding| Some((finding, changes(finding, &records)?)));
        let Some((finding, (event, at))) = next else {
            // What was written in this run is told as it was before.
            let left = findings.iter().filter(|finding| finding.row.is_none_or(|row| !is_told[row]));
            left.for_each(|finding| found.add(finding, rows, &records));
            return Ok(());
        };
        let Some((place, row)) = finding.row.and_then(|place| Some((place, rows.get(place)?))) else { return Ok(()) };
        let before = &records[at];
        let moved = process::decide(ledger, before, event, before.now)?;
        let mut after = before.moved(&moved, before.now);
        let mut entry = sql::Entry { what: "statement", remaining: row.remaining, ..sql::Entry::default() };
        // Of a day no time is recorded.
        let at = (row.at.1 - row.at.0 < 60_000)
            .then(|| kst::written(row.at.0).replacen(' ', "T", 1).replace(" KST", "+09:00"));
        entry.heard = Heard { cancel_tid: row.cancel_tid.clone(), cancelled_at: at, ..Heard::default() };
        if event == Event::Foreign {
            entry.heard.message =
                Some(format!("the statement shows a cancel of {}, which is not recorded", row.amount));
        } else {
            after.evidence = (after.refund.state == State::Done).then(|| "statement".to_owned());
            if after.refund.state == State::Done {
                after.heard.cancel_tid = after.heard.cancel_tid.or(row.cancel_tid.clone());
                after.heard.cancelled_at = after.heard.cancelled_at.or(entry.heard.cancelled_at.clone());
            }
        }
        if process::write(ledger, io, before, &after, &entry, tries.writer()).await? {
            if event == Event::Shown {
                found.add(finding, rows, &records);
                let from = before.refund.state;
                if after.refund.state != from {
                    let mut moved = told::refund(ledger, &after);
                    moved["from"] = from.as_str().into();
                    found.moved.push(moved);
                }
                is_told[place] = true;
            }
            tries = Tries::new(draw(seed, u64::MAX / 2 - place as u64));
        } else {
            tries.again(io, tid).await?;
        }
    }
}

/// What the statement would have to show of payments that it does not name.
async fn absent(
    ledger: &Ledger,
    io: &Io,
    payments: &HashMap<String, Vec<Listed>>,
    covers: (u64, u64),
    found: &mut Found,
) -> Result<(), Refused> {
    let mut after = String::new();
    loop {
        let page = io.query(vec![sql::sent(ledger.dialect, &ledger.mid, &after, covers, PAGE as u64)]).await?;
        let mut records = Vec::with_capacity(page.len());
        for row in page {
            records.push(Record::read(row)?);
        }
        let Some(last) = records.last() else { return Ok(()) };
        after.clone_from(&last.key);
        for record in records.into_iter().filter(|record| !payments.contains_key(&record.tid)) {
            if let Some(verdict) = not_shown(&record, covers) {
                found.add(&Finding { verdict, row: None, of: vec![0] }, &[], &[record]);
            }
        }
    }
}
