//! Which cancel of a statement is which refund of a payment. It never guesses: what fits more than one explanation goes to a
//! person.

use crate::listed::Listed;
use crate::matched::Verdict;
use crate::record::Record;
use crate::refund::{Note, State};

/// How far the clocks of a gateway and of a database are apart at most, in milliseconds.
const SKEW: u64 = 300_000;

/// What is found: a row, the refunds that it may be, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    /// A place among the rows.
    pub(crate) row: Option<usize>,
    /// Places among the refunds.
    pub(crate) of: Vec<usize>,
}

/// Whether a refund may have moved money, and nobody knows.
pub(crate) fn is_open(record: &Record) -> bool {
    stand(record) == Stand::Open
}

/// What a refund may be, seen from a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Done,
    /// It may have moved money.
    Open,
    /// It was sent, and it is recorded that nothing moved.
    Unmoved,
    /// Nothing of it has ever left.
    Unsent,
}

fn stand(record: &Record) -> Stand {
    match record.refund.state {
        State::Done => Stand::Done,
        // A person is asked already why the statement shows it.
        State::Review if record.refund.note == Some(Note::Statement) => Stand::Unmoved,
        State::Review if record.refund.maybe_sent == 0 => Stand::Unsent,
        State::Sending | State::Unknown | State::Review => Stand::Open,
        _ if record.refund.attempts > 0 => Stand::Unmoved,
        _ => Stand::Unsent,
    }
}

/// Until when the cancel of a refund that is done was made.
fn last(record: &Record) -> u64 {
    let ended = record.ended_at.unwrap_or(record.updated_at);
    if record.refund.note == Some(Note::LateSuccess) { ended.max(record.refund.quiet_over) } else { ended }
}

struct Matching<'a> {
    records: &'a [Record],
    rows: &'a [Listed],
    /// Of each row its finding.
    found: Vec<Option<Finding>>,
    /// Of each refund whether a row may be its.
    is_taken: Vec<bool>,
    /// What the ledger knows to have gone back by other hands, as far as no row was found to be it.
    outside: u64,
}

/// Compares the rows of one payment with its refunds, which are all that the ledger has of it. `covers` are the times between
/// which the statement lists every cancel.
pub(crate) fn compare(records: &[Record], rows: &[Listed], covers: Option<(u64, u64)>) -> Vec<Finding> {
    let done: u64 =
        records.iter().filter(|record| stand(record) == Stand::Done).map(|record| record.refund.amount).sum();
    let outside = records
        .first()
        .map_or(0, |record| record.payment.paid.saturating_sub(record.payment.remaining).saturating_sub(done));
    let (found, is_taken) = (vec![None; rows.len()], vec![false; records.len()]);
    let mut matching = Matching { records, rows, found, is_taken, outside };
    matching.by_cancel_tid();
    matching.by_remaining();
    matching.outside_unmoved();
    matching.by_amount();
    matching.outside();
    let missing = matching.missing(covers);
    matching.found.into_iter().flatten().chain(missing).collect()
}

impl Matching<'_> {
    fn find(&mut self, verdict: Verdict, row: usize, of: Vec<usize>) {
        for at in &of {
            self.is_taken[*at] = true;
        }
        self.found[row] = Some(Finding { verdict, row: Some(row), of });
    }

    /// What it means that a row is a refund's.
    fn means(&self, at: usize) -> Verdict {
        let Record { refund, now, .. } = &self.records[at];
        match stand(&self.records[at]) {
            Stand::Done => Verdict::Agrees,
            Stand::Open if refund.state == State::Sending && refund.lease_over > *now => Verdict::UnderWay,
            Stand::Open => Verdict::Closes,
            Stand::Unmoved | Stand::Unsent => Verdict::Moved,
        }
    }

    fn rows_left(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|row| self.found[*row].is_none()).collect()
    }

    /// Whether a row may be a refund's, as far as amounts, times and names tell.
    fn may_be(&self, row: usize, at: usize) -> bool {
        let (row, record) = (&self.rows[row], &self.records[at]);
        let same_name = match (&row.cancel_tid, &record.heard.cancel_tid) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let stand = stand(record);
        // Of a refund that was sent anew, only the journal knows when it was sent first.
        let sent_at = record.sent_at.filter(|_| stand != Stand::Unmoved);
        let began = sent_at.unwrap_or(record.requested_at);
        let in_time = row.at.1.saturating_add(SKEW) >= began
            && (stand != Stand::Done || row.at.0 <= last(record).saturating_add(SKEW));
        !self.is_taken[at] && stand != Stand::Unsent && record.refund.amount == row.amount && same_name && in_time
    }

    /// The gateway's own name of a cancel is known from its answer.
    fn by_cancel_tid(&mut self) {
        for row in 0..self.rows.len() {
            let Some(name) = &self.rows[row].cancel_tid else { continue };
            let named =
                |record: &Record| record.heard.cancel_tid.as_ref() == Some(name) && stand(record) != Stand::Unsent;
            let Some(at) = self.records.iter().position(named) else { continue };
            let same = self.records[at].refund.amount == self.rows[row].amount;
            let verdict = if same { self.means(at) } else { Verdict::Amount };
            self.find(verdict, row, vec![at]);
        }
    }

    /// What remains falls with each cancel, so that it names one.
    fn by_remaining(&mut self) {
        for wanted in [Stand::Done, Stand::Open] {
            for row in self.rows_left() {
                let all: Vec<_> = (0..self.records.len()).filter(|at| self.may_be(row, *at)).collect();
                let is = |at: &usize, wanted: Stand| stand(&self.records[*at]) == wanted;
                let Some(at) = all.iter().copied().find(|at| is(at, wanted) && self.has_pair(row, *at)) else {
                    continue;
                };
                // It may have remained after another cancel of this amount, where the gateway does not check it.
                let others = all.iter().copied().filter(|other| wanted == Stand::Open && is(other, Stand::Done));
                match others.chain([at]).collect::<Vec<_>>() {
                    only if only.len() == 1 => self.find(self.means(at), row, only),
                    several => self.find(Verdict::Ambiguous, row, several),
                }
            }
        }
    }

    /// What went back by other hands, and was recorded so by a person, may look like a refund that was given up.
    fn outside_unmoved(&mut self) {
        for row in self.rows_left() {
            let all: Vec<_> = (0..self.records.len()).filter(|at| self.may_be(row, *at)).collect();
            if !all.is_empty()
                && all.iter().all(|at| stand(&self.records[*at]) == Stand::Unmoved)
                && self.is_outside(row)
            {
                self.outside -= self.rows[row].amount;
                self.find(Verdict::Agrees, row, Vec::new());
            }
        }
    }

    /// Where nothing else tells, the amount does, if there is only one of it.
    fn by_amount(&mut self) {
        let mut amounts: Vec<_> = self.rows_left().into_iter().map(|row| self.rows[row].amount).collect();
        amounts.sort_unstable();
        amounts.dedup();
        for amount in amounts {
            let rows: Vec<_> = self.rows_left().into_iter().filter(|row| self.rows[*row].amount == amount).collect();
            let all: Vec<_> =
                (0..self.records.len()).filter(|at| rows.iter().any(|row| self.may_be(*row, *at))).collect();
            // A row that says that something else remained is not one of a refund whose pair is known.
            let (rows, others): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|row| all.iter().any(|at| self.is_one(*row, *at)));
            for row in others {
                let fits = |at: &usize| is_open(&self.records[*at]) && self.may_be(row, *at);
                let open: Vec<_> = all.iter().copied().filter(fits).collect();
                if !open.is_empty() {
                    self.find(Verdict::Ambiguous, row, open);
                }
            }
            let all: Vec<_> = all.into_iter().filter(|at| rows.iter().any(|row| self.is_one(*row, *at))).collect();
            self.equals(&rows, &all);
        }
    }

    /// Whether a row may be a refund's, as far as what remained tells, too.
    fn is_one(&self, row: usize, at: usize) -> bool {
        let pair = self.rows[row].remaining.zip(self.records[at].refund.confirm);
        self.may_be(row, at) && pair.is_none_or(|(shown, confirm)| shown == confirm)
    }

    fn has_pair(&self, row: usize, at: usize) -> bool {
        self.rows[row].remaining.is_some() && self.rows[row].remaining == self.records[at].refund.confirm
    }

    /// Rows and refunds of one amount.
    fn equals(&mut self, rows: &[usize], all: &[usize]) {
        let count = |wanted: Stand| all.iter().filter(|at| stand(&self.records[**at]) == wanted).count();
        let (done, open) = (count(Stand::Done), count(Stand::Open));
        if let ([row], [at]) = (rows, all) {
            // Another hand's cancel of this amount is known, too; or one may be forgotten.
            let is_forgetful = self.records[*at].payment.suspect && !self.has_pair(*row, *at);
            let is_clear = open == 0 || self.outside < self.rows[*row].amount && !is_forgetful;
            let verdict = if is_clear { self.means(*at) } else { Verdict::Ambiguous };
            self.find(verdict, *row, vec![*at]);
        } else if open == 0 && (rows.len() <= done || done == all.len()) {
            // Which is which does not matter: all of them are done. The nearest in time is taken.
            for row in rows {
                let time = |at: &usize| last(&self.records[*at]).abs_diff(self.rows[*row].at.0);
                let is_left = |at: &&usize| !self.is_taken[**at] && stand(&self.records[**at]) == Stand::Done;
                if let Some(at) = all.iter().filter(is_left).min_by_key(|at| time(at)).copied() {
                    self.find(Verdict::Agrees, *row, vec![at]);
                }
            }
        } else {
            for row in rows {
                self.find(Verdict::Ambiguous, *row, all.to_vec());
            }
        }
    }

    /// Whether the ledger knows already that as much went back by other hands.
    fn is_outside(&self, row: usize) -> bool {
        let row = &self.rows[row];
        let Some(record) = self.records.first() else { return false };
        let known = self.records.iter().map(|record| record.updated_at).max().unwrap_or_default();
        row.amount <= self.outside
            && row.remaining.is_none_or(|remaining| remaining >= record.payment.remaining)
            && row.at.0 <= known.saturating_add(SKEW)
    }

    fn outside(&mut self) {
        let mut left = self.rows_left();
        left.sort_by_key(|row| self.rows[*row].at);
        for row in left {
            let is_known = self.is_outside(row);
            if is_known {
                self.outside -= self.rows[row].amount;
            }
            self.find(if is_known { Verdict::Agrees } else { Verdict::Unknown }, row, Vec::new());
        }
    }

    /// What the statement would have to show, since it lists all of that time.
    fn missing(&self, covers: Option<(u64, u64)>) -> Vec<Finding> {
        let Some(covers) = covers else { return Vec::new() };
        let missing = (0..self.records.len()).filter(|at| !self.is_taken[*at]);
        missing
            .filter_map(|at| {
                let verdict = not_shown(&self.records[at], covers)?;
                Some(Finding { verdict, row: None, of: vec![at] })
            })
            .collect()
    }
}

/// What it means that a statement which lists all between two times does not show a refund; nothing where it need not.
pub(crate) fn not_shown(record: &Record, (since, until): (u64, u64)) -> Option<Verdict> {
    let (verdict, until_when) = match stand(record) {
        Stand::Done => (Verdict::NotShown, last(record)),
        Stand::Open if record.refund.state != State::Sending => (Verdict::OpenNotShown, record.refund.quiet_over),
        _ => return None,
    };
    let is_covered = record.sent_at? >= since.saturating_add(SKEW) && until_when.saturating_add(SKEW) <= until;
    is_covered.then_some(verdict)
}

#[cfg(test)]
mod lives;
#[cfg(test)]
mod tests;
