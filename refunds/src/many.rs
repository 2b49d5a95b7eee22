//! Writing many refunds down, all or none. Rows come in chunks, so that no number of them fills the memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use serde_json::{Value as Json, json};

use crate::arguments::Arguments;
use crate::ledger::{Ledger, draw};
use crate::refused::Refused;
use crate::request::Wanted;
use crate::requested;
use crate::statement::text;
use crate::work::Io;

/// Checks the arguments of one `request`, as far as that needs no store; gives the amount and its currency.
///
/// # Errors
///
/// Each argument that is wrong, with what to pass instead.
pub fn check(given: &Arguments) -> Result<(u64, &'static str), Errors> {
    Wanted::check(given).map(|wanted| (wanted.amount, wanted.currency))
}

/// How many rows are written by one statement.
const CHUNK: usize = 1_000;
/// How many errors are told one by one.
const MOST_ERRORS: usize = 1_000;

/// What is wrong with a row: names of arguments, or nothing for the row as a whole, each with what to pass instead.
pub type Errors = Vec<(String, String)>;

/// A row: its number, and the arguments of `request`, or what its reader found wrong with it.
pub type Line = (u64, Result<Arguments, Errors>);

/// Where the rows of many refunds come from.
pub struct Source {
    /// What an error names a row by its number, such as `rows[3]` or `line 17`.
    pub named: fn(u64) -> String,
    /// Returns the next rows, best a thousand at once; nothing where all were given.
    pub next: Box<dyn FnMut() -> Option<Vec<Line>> + Send>,
}

impl Source {
    /// Rows that are in the memory already, and are named by their places.
    pub(crate) fn of(rows: Vec<Arguments>) -> Self {
        let mut lines = Some((0..).zip(rows.into_iter().map(Ok)).collect());
        Self { named: |place| format!("rows[{place}]"), next: Box::new(move || lines.take()) }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// What was found wrong: the first errors, and how many more there are.
struct Found {
    named: fn(u64) -> String,
    errors: Errors,
    more: usize,
}

impl Found {
    fn note(&mut self, row: u64, wrong: Errors) {
        for (name, message) in wrong {
            if self.errors.len() < MOST_ERRORS {
                let row = (self.named)(row);
                self.errors.push((if name.is_empty() { row } else { format!("{row}.{name}") }, message));
            } else {
                self.more += 1;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    fn refused(self, ledger: &Ledger) -> Refused {
        let more = self.more;
        let mut refused = ledger.refused(self.errors);
        if more > 0 {
            let all = MOST_ERRORS + more;
            refused.message = format!("{} ({all} errors; the first {MOST_ERRORS} are named)", refused.message);
        }
        refused
    }
}

/// Writes many refunds down, and tells how many of them are new.
///
/// Of each key only a number of 64 bits is kept, made with a seed at random: two keys of a million that are taken for the same
/// are met once in 40 million times, and are refused.
pub(crate) async fn many(ledger: Ledger, io: Io, mut source: Source, seed: u64) -> Result<String, Refused> {
    let (hasher, mut rows) = (RandomState::new(), HashMap::new());
    let mut found = Found { named: source.named, errors: Vec::new(), more: 0 };
    let mut is_readable = true;
    let (mut total, mut known, mut elsewhere, mut chunk) = (0, 0, 0, 0);
    while let Some(lines) = (source.next)() {
        let mut wanted = Vec::with_capacity(lines.len());
        let mut left = HashMap::new();
        for (row, given) in lines {
            match given.and_then(|given| Wanted::check(&given)) {
                Ok(checked) => {
                    if let Some(first) = rows.insert(hasher.hash_one(&checked.key), row) {
                        let first = (source.named)(first);
                        found.note(row, vec![("key".to_owned(), format!("is the key of {first}, too"))]);
                        is_readable = false;
                    }
                    // Of several that are recorded together, none is the first request of the payment.
                    if let Some(remaining) = checked.remaining {
                        let (first, known) = *left.entry(checked.tid.clone()).or_insert((row, remaining));
                        if known != remaining {
                            let first = (source.named)(first);
                            let message = format!(
                                "is not what {first} says of this payment, {known}; pass what remained before all of them"
                            );
                            found.note(row, vec![("remaining".to_owned(), message)]);
                            is_readable = false;
                        }
                    }
                    wanted.push((row, checked));
                }
                Err(wrong) => {
                    found.note(row, wrong);
                    is_readable = false;
                }
            }
        }
        // Nothing will be kept, but all that can't be read is named.
        if !is_readable {
            continue;
        }
        for some in wanted.chunks(CHUNK) {
            total += some.len();
            let (of_it, of_others) = write(&ledger, &io, some, &mut found, draw(seed, chunk)).await?;
            known += of_it;
            elsewhere += of_others;
            chunk += 1;
        }
    }
    if !found.is_empty() {
        return Err(found.refused(&ledger));
    }
    Ok(json!({ "requested": total - known, "known": known, "elsewhere": elsewhere }).to_string())
}

/// Writes some down; gives how many of them were known before, and how many of these are not of the batch that is asked for.
async fn write(
    ledger: &Ledger,
    io: &Io,
    some: &[(u64, Wanted)],
    found: &mut Found,
    writer: u64,
) -> Result<(usize, usize), Refused> {
    let rows: Vec<_> = some.iter().enumerate().map(|(place, (_, wanted))| wanted.to_json(place)).collect();
    let rows = text(Json::Array(rows).to_string());
    if requested::write(ledger, io, &rows, writer).await? == Some(some.len()) {
        return Ok((0, 0));
    }
    let (mut known, mut elsewhere) = (0, 0);
    for row in io.query(vec![requested::explain(ledger, &rows, Some(writer))]).await? {
        let (place, there) = requested::read(row)?;
        let Some((row, wanted)) = some.get(place) else { continue };
        let wrong = match there {
            Ok(record) => {
                elsewhere += usize::from(wanted.batch != record.batch);
                wanted.contradicted(&record)
            }
            Err(payment) => wanted.refused(&payment),
        };
        known += usize::from(wrong.is_empty());
        found.note(*row, wrong);
    }
    Ok((known, elsewhere))
}
