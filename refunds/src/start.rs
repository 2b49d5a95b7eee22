//! What may be asked of the refunds, by the names that faces use.

use crate::arguments::{Arguments, Findings, amount_of_any_size, flag, limit, name, names, some_amount, some_name};
use crate::ledger::{Ledger, draw};
use crate::many::Source;
use crate::refused::Refused;
use crate::work::{Io, Work};
use crate::{due, health, look, many, process, reconcile, request, resolve, restored, schema};

impl Ledger {
    /// Arguments that are amounts of money.
    pub const AMOUNTS: [&'static str; 5] = ["amount", "paid", "remaining", "tax", "taxfree"];

    /// Starts what `verb` names. `seed` is a number at random that nobody else has: attempts and writes are known by it.
    ///
    /// | verb | arguments | gives |
    /// | --- | --- | --- |
    /// | `request` | `key`, `tid`, `pay_type`, `amount`, `paid`, `remaining`, `currency`, `tax`, `taxfree`, `reference`, `batch` | the refund |
    /// | `process` | `key`, `has_turn` (whether the pace of its batch has let it start already) | the refund; where it was moved on also `from`, its state before, and `paused_batch`, the batch that has paused over that |
    /// | `get` | `key` | the refund |
    /// | `settle` | `key`, `token`, `answer` (what came of a send, as JSON) | the refund |
    /// | `attempts` | `key` | its journal |
    /// | `due` | `limit`, `batch`, `without` (batches to leave alone, as a JSON array) | keys |
    /// | `due_by_payment` | the same | keys, with the tid, and the batch where it has a pace |
    /// | `next_due` | `batch`, `without` | milliseconds, or nothing |
    /// | `in_review` | `limit` | refunds |
    /// | `counts` | | refunds and amounts by state |
    /// | `health` | | what is open, the oldest in review, and for how long something has been due |
    /// | `resolve` | `key`, `ruling`, `by`, `note`, `remaining` | the refund |
    /// | `restored` | `since` (milliseconds since 1970) | how many refunds and payments are doubted |
    /// | `reconcile` | `rows` (a JSON array of cancels: `tid`, `amount`, `remaining`, `cancel_tid`, `cancelled_at`), `since`, `until` | what agrees and what does not |
    /// | `progress` | `batch` | how far the batch has come |
    /// | `batches` | | the same of each batch |
    /// | `turns` | `batch`, `many` | `taken`, and `wait_ms` until there are some |
    /// | `set_batch` | `batch`, `pace` (refunds a second), `most_in_a_row`, `most_percent`; each false for none | its progress |
    /// | `pause`, `resume` | `batch`, `by`, `note` | its progress |
    /// | `void_unsent` | `batch`, `by`, `note` | how many refunds, and how much |
    /// | `check`, `install` | | nothing |
    ///
    /// # Errors
    ///
    /// An argument is wrong: each is named.
    pub fn start(&self, verb: &str, arguments: Arguments, seed: u64) -> Result<Work, Refused> {
        let own = self.clone();
        let mut findings = Findings::of(&arguments);
        Ok(match verb {
            "request" => Work::new(|io| request::one(own, io, arguments, draw(seed, 0))),
            "process" => {
                let key = findings.take("key", name);
                let has_turn = findings.take("has_turn", flag);
                let (key, has_turn) = self.all(key.zip(has_turn), findings)?;
                Work::new(move |io| process::process(own, io, key, has_turn, seed)).claiming(draw(seed, 0))
            }
            "settle" => {
                let key = findings.take("key", name);
                let token = findings.take("token", amount_of_any_size);
                let answer = findings.take("answer", |answer| answer.text("JSON").map(str::to_owned));
                let complete = key.zip(token).zip(answer);
                let ((key, token), answer) = self.all(complete, findings)?;
                Work::new(|io| process::settle(own, io, key, token, answer, seed))
            }
            "get" | "attempts" => {
                let key = self.all(findings.take("key", name), findings)?;
                if verb == "get" {
                    Work::new(|io| look::get(own, io, key))
                } else {
                    Work::new(|io| look::attempts(own, io, key))
                }
            }
            "due" | "due_by_payment" | "next_due" => {
                let limit = findings.take("limit", limit);
                let batch = findings.take("batch", some_name);
                let without = findings.take("without", names);
                let complete = || Some(due::Look { limit: limit?, batch: batch?, without: without? });
                let look = self.all(complete(), findings)?;
                match verb {
                    "due" => Work::new(|io| due::keys(own, io, look)),
                    "due_by_payment" => Work::new(|io| due::by_payment(own, io, look)),
                    _ => Work::new(|io| due::next(own, io, look)),
                }
            }
            "in_review" => {
                let limit = self.all(findings.take("limit", limit), findings)?;
                Work::new(|io| look::in_review(own, io, limit))
            }
            "counts" => Work::new(|io| look::counts(own, io)),
            "health" => Work::new(|io| health::health(own, io)),
            "resolve" => {
                let key = findings.take("key", name);
                let ruling = findings.take("ruling", resolve::ruling);
                let by = findings.take("by", name);
                let note = findings.take("note", resolve::note);
                let remaining = findings.take("remaining", some_amount);
                let complete =
                    || Some(resolve::Asked { key: key?, ruling: ruling?, by: by?, note: note?, remaining: remaining? });
                let asked = self.all(complete(), findings)?;
                Work::new(|io| resolve::resolve(own, io, asked, seed))
            }
            "restored" => {
                let since = self.all(findings.take("since", amount_of_any_size), findings)?;
                Work::new(|io| restored::restored(own, io, since, seed))
            }
            "reconcile" => {
                let asked = reconcile::Asked::check(self, &arguments)?;
                Work::new(|io| reconcile::reconcile(own, io, asked, seed))
            }
            "check" => Work::new(|io| schema::check(own, io)),
            "install" => Work::new(|io| schema::install(own, io)),
            _ => return self.start_of_batch(verb, &arguments, seed),
        })
    }

    /// Starts to write many refunds down, each with the arguments of `request`; gives how many are new, and how many were known.
    ///
    /// All that it asks for is to be run within one transaction, which is taken back where it refuses.
    pub fn start_many(&self, rows: Vec<Arguments>, seed: u64) -> Work {
        self.start_source(Source::of(rows), seed)
    }

    /// Starts to record what a source gives, such as a file: as [`start_many`](Self::start_many), in flat memory.
    pub fn start_source(&self, source: Source, seed: u64) -> Work {
        let own = self.clone();
        Work::new(|io: Io| many::many(own, io, source, seed))
    }

    #[allow(clippy::needless_pass_by_value, reason = "what was found is over")]
    pub(crate) fn all<T>(&self, complete: Option<T>, findings: Findings<'_>) -> Result<T, Refused> {
        complete.ok_or_else(|| self.refused(findings.errors))
    }
}
