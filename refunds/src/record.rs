//! A payment and one of its refunds as they stand in the store: the columns, in the order in which they are read.

use crate::dialect::Dialect;
use crate::moved::{Moved, Operation};
use crate::payment::{Holder, Payment};
use crate::refund::{Note, Refund, State};
use crate::refused::Refused;
use crate::statement::{Value, number, text};
use crate::work::Row;

const PAYMENT: &str = "pay_type currency paid remaining asked open_refund suspect version";
const REFUND: &str = "refund_key tid amount tax taxfree reference batch state operation confirm_price attempts in_a_row \
                      token maybe_sent awaited sent_at lease_over quiet_over due_at pauses note evidence ruling ruled_by \
                      ruling_note requested_at updated_at ended_at";
/// What was heard of the latest attempt of which something was heard.
const HEARD: &str = "outcome kind message result_code result_msg http_status signed_timestamp cancel_tid cancelled_at raw \
                     body_excerpt";

/// What of its batch matters to a refund. Nothing is joined: what reads for an update would lock the batch, too.
const BATCH: &str = "state gap_us next_at_us";

/// The columns that a record is read from, of a payment `p` and its refund `r`.
pub(crate) fn columns(dialect: Dialect) -> String {
    let read = |table: &'static str, names: &'static str| {
        let as_read = dialect.read_as();
        names.split_whitespace().map(move |name| format!("CAST({table}.{name} AS {as_read}) AS {table}_{name}"))
    };
    let now = format!("CAST({} AS {}) AS now", dialect.now(), dialect.read_as());
    let of_batch = BATCH.split_whitespace().map(|name| {
        let value = format!("SELECT b.{name} FROM paywelcome_batch b WHERE b.mid = r.mid AND b.batch = r.batch");
        format!("CAST(({value}) AS {}) AS b_{name}", dialect.read_as())
    });
    let all = std::iter::once(now).chain(read("p", PAYMENT)).chain(read("r", REFUND)).chain(read("r", HEARD));
    all.chain(of_batch).collect::<Vec<_>>().join(", ")
}

/// What was told of an attempt: the words of the client's receipt or error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) outcome: Value,
    pub(crate) kind: Value,
    pub(crate) message: Value,
    pub(crate) result_code: Value,
    pub(crate) result_msg: Value,
    pub(crate) http_status: Value,
    pub(crate) signed_timestamp: Value,
    pub(crate) cancel_tid: Value,
    pub(crate) cancelled_at: Value,
    pub(crate) raw: Value,
    pub(crate) body_excerpt: Value,
}

impl Heard {
    /// Its columns, and what is written into them.
    pub(crate) fn written(&self) -> Vec<(&'static str, &'static str, Value)> {
        let values = [
            &self.outcome,
            &self.kind,
            &self.message,
            &self.result_code,
            &self.result_msg,
            &self.http_status,
            &self.signed_timestamp,
            &self.cancel_tid,
            &self.cancelled_at,
            &self.raw,
            &self.body_excerpt,
        ];
        let names = HEARD.split_whitespace();
        names.zip(values).map(|(name, value)| (name, kind_of(name), value.clone())).collect()
    }
}

/// Whether a column holds a whole number or a text.
const fn kind_of(name: &str) -> &'static str {
    // The only number among what was heard.
    if matches!(name.as_bytes(), b"http_status") { "{i}" } else { "{t}" }
}

/// What a person decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ruled {
    pub(crate) ruling: Value,
    pub(crate) by: Value,
    pub(crate) note: Value,
}

/// A payment and one of its refunds, with the store's time when they were read.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) now: u64,
    pub(crate) pay_type: String,
    pub(crate) currency: String,
    pub(crate) version: u64,
    /// The key of the refund that has the payment.
    pub(crate) open_refund: Value,
    pub(crate) payment: Payment,
    pub(crate) key: String,
    pub(crate) tid: String,
    pub(crate) tax: Option<u64>,
    pub(crate) taxfree: Option<u64>,
    pub(crate) reference: Value,
    pub(crate) batch: Value,
    pub(crate) operation: Option<Operation>,
    pub(crate) sent_at: Option<u64>,
    pub(crate) evidence: Value,
    pub(crate) ruled: Ruled,
    pub(crate) requested_at: u64,
    pub(crate) updated_at: u64,
    pub(crate) ended_at: Option<u64>,
    pub(crate) refund: Refund,
    pub(crate) heard: Heard,
    pub(crate) hold: Hold,
}

/// How its batch holds a refund back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Whether the batch is paused.
    pub(crate) is_paused: bool,
    /// When the pace of the batch lets the next one start, in milliseconds; nothing where it has no pace.
    pub(crate) next_at: Option<u64>,
}

impl Hold {
    fn read(row: &mut Columns) -> Result<Self, Refused> {
        let is_paused = row.value().is_some_and(|state| state == "paused");
        let (gap, next_at) = (row.some_number("gap_us")?, row.some_number("next_at_us")?);
        Ok(Self { is_paused, next_at: gap.map(|_| next_at.unwrap_or_default().div_ceil(1_000)) })
    }
}

impl Record {
    /// Reads a row of [`columns`].
    pub(crate) fn read(row: Row) -> Result<Self, Refused> {
        let mut row = Columns(row.into_iter());
        let now = row.number("now")?;
        let pay_type = row.text("pay_type")?;
        let currency = row.text("currency")?;
        let (paid, remaining, asked) = (row.number("paid")?, row.number("remaining")?, row.number("asked")?);
        let (open_refund, suspect, version) = (row.value(), row.flag("suspect")?, row.number("version")?);
        let key = row.text("refund_key")?;
        let holder = match &open_refund {
            None => Holder::Nobody,
            Some(open) if *open == key => Holder::This,
            Some(_) => Holder::Other,
        };
        let tid = row.text("tid")?;
        let amount = row.number("amount")?;
        let (tax, taxfree) = (row.some_number("tax")?, row.some_number("taxfree")?);
        let (reference, batch) = (row.value(), row.value());
        let state = row.word("state", State::parse)?;
        let operation = row.some_word("operation", Operation::parse)?;
        let confirm = row.some_number("confirm_price")?;
        let (attempts, in_a_row) = (row.count("attempts")?, row.count("in_a_row")?);
        let (token, maybe_sent, awaited) = (row.number("token")?, row.count("maybe_sent")?, row.flag("awaited")?);
        let sent_at = row.some_number("sent_at")?;
        let (lease_over, quiet_over) = (row.number("lease_over")?, row.number("quiet_over")?);
        let (due, pauses) = (row.some_number("due_at")?, row.count("pauses")?);
        let note = row.some_word("note", Note::parse)?;
        let evidence = row.value();
        let ruled = Ruled { ruling: row.value(), by: row.value(), note: row.value() };
        let (requested_at, updated_at) = (row.number("requested_at")?, row.number("updated_at")?);
        let ended_at = row.some_number("ended_at")?;
        let heard = Heard {
            outcome: row.value(),
            kind: row.value(),
            message: row.value(),
            result_code: row.value(),
            result_msg: row.value(),
            http_status: row.value(),
            signed_timestamp: row.value(),
            cancel_tid: row.value(),
            cancelled_at: row.value(),
            raw: row.value(),
            body_excerpt: row.value(),
        };
        let hold = Hold::read(&mut row)?;
        let payment = Payment { paid, remaining, asked, holder, suspect };
        let refund = Refund {
            amount,
            state,
            confirm,
            attempts,
            in_a_row,
            token,
            maybe_sent,
            awaited,
            lease_over,
            quiet_over,
            due,
            pauses,
            note,
        };
        Ok(Self {
            now,
            pay_type,
            currency,
            version,
            open_refund,
            payment,
            key,
            tid,
            tax,
            taxfree,
            reference,
            batch,
            operation,
            sent_at,
            evidence,
            ruled,
            requested_at,
            updated_at,
            ended_at,
            refund,
            heard,
            hold,
        })
    }

    /// What it becomes by a decision: not yet recorded.
    pub(crate) fn moved(&self, moved: &Moved, now: u64) -> Self {
        let open_refund = match moved.payment.holder {
            Holder::Nobody => None,
            Holder::This => Some(self.key.clone()),
            Holder::Other => self.open_refund.clone(),
        };
        let ended = moved.refund.state.is_ended();
        Self {
            now,
            payment: moved.payment,
            refund: moved.refund,
            open_refund,
            version: self.version + 1,
            updated_at: now,
            ended_at: ended.then(|| self.ended_at.filter(|_| self.refund.state.is_ended()).unwrap_or(now)),
            // Of what surely was not sent, no time of sending is left.
            sent_at: self.sent_at.filter(|_| moved.refund.confirm.is_some() || ended),
            ..self.clone()
        }
    }

    /// In how many milliseconds a worker can do something more with it; nothing where none can by itself.
    pub(crate) fn due_in(&self) -> Option<u64> {
        if self.hold.is_paused || self.payment.holder == Holder::Other {
            return None;
        }
        let due = self.refund.due?;
        Some(due.max(self.hold.next_at.unwrap_or_default()).saturating_sub(self.now))
    }

    /// The payment's columns that change, and what is written into them.
    pub(crate) fn payment_written(&self) -> Vec<(&'static str, &'static str, Value)> {
        vec![
            ("remaining", "{i}", number(self.payment.remaining)),
            ("asked", "{i}", number(self.payment.asked)),
            ("open_refund", "{t}", self.open_refund.clone()),
            ("suspect", "{i}", number(u64::from(self.payment.suspect))),
            ("version", "{i}", number(self.version)),
            ("updated_at", "{i}", number(self.updated_at)),
        ]
    }

    /// The refund's columns that change, and what is written into them.
    pub(crate) fn refund_written(&self) -> Vec<(&'static str, &'static str, Value)> {
        let Refund { state, confirm, attempts, in_a_row, token, maybe_sent, awaited, .. } = self.refund;
        let Refund { lease_over, quiet_over, due, pauses, note, .. } = self.refund;
        let mut written = vec![
            ("state", "{t}", text(state.as_str())),
            ("operation", "{t}", self.operation.map(|operation| operation.as_str().to_owned())),
            ("confirm_price", "{i}", confirm.and_then(number)),
            ("attempts", "{i}", number(attempts)),
            ("in_a_row", "{i}", number(in_a_row)),
            ("token", "{i}", number(token)),
            ("maybe_sent", "{i}", number(maybe_sent)),
            ("awaited", "{i}", number(u64::from(awaited))),
            ("sent_at", "{i}", self.sent_at.and_then(number)),
            ("lease_over", "{i}", number(lease_over)),
            ("quiet_over", "{i}", number(quiet_over)),
            ("due_at", "{i}", due.and_then(number)),
            ("pauses", "{i}", number(pauses)),
            ("note", "{t}", note.map(|note| note.as_str().to_owned())),
            ("evidence", "{t}", self.evidence.clone()),
            ("ruling", "{t}", self.ruled.ruling.clone()),
            ("ruled_by", "{t}", self.ruled.by.clone()),
            ("ruling_note", "{t}", self.ruled.note.clone()),
            ("updated_at", "{i}", number(self.updated_at)),
            ("ended_at", "{i}", self.ended_at.and_then(number)),
        ];
        written.extend(self.heard.written());
        written
    }
}

/// The columns of a row, one after the other.
pub(crate) struct Columns(pub(crate) std::vec::IntoIter<Value>);

impl Columns {
    pub(crate) fn value(&mut self) -> Value {
        self.0.next().flatten()
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, Refused> {
        self.value().ok_or_else(|| Refused::store(format!("the store gives no {name}")))
    }

    pub(crate) fn some_number(&mut self, name: &str) -> Result<Option<u64>, Refused> {
        let read =
            |text: String| text.parse().map_err(|_| Refused::store(format!("the store's {name} is not a number")));
        self.value().map(read).transpose()
    }

    pub(crate) fn number(&mut self, name: &str) -> Result<u64, Refused> {
        self.some_number(name)?.ok_or_else(|| Refused::store(format!("the store gives no {name}")))
    }

    fn count(&mut self, name: &str) -> Result<u32, Refused> {
        u32::try_from(self.number(name)?).map_err(|_| Refused::store(format!("the store's {name} is out of range")))
    }

    fn flag(&mut self, name: &str) -> Result<bool, Refused> {
        Ok(self.number(name)? != 0)
    }

    fn some_word<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
        let read = |word: String| parse(&word).ok_or_else(|| Refused::store(format!("the store's {name} is {word:?}")));
        self.value().map(read).transpose()
    }

    fn word<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Refused> {
        self.some_word(name, parse)?.ok_or_else(|| Refused::store(format!("the store gives no {name}")))
    }
}
