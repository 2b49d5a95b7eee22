//! The lines of a file → refunds that are asked for.

use paywelcome::Argument;
use paywelcome_refunds::{Arguments, Errors, Line, Source, check};

use crate::refunds::file::{Faults, Lines, Named};
use crate::refunds::together::{Read, Seen};
use crate::sheet::{self, Column, Columns};

/// How many lines are handed over at once.
const CHUNK: usize = 1_000;

pub(crate) const COLUMNS: Columns = &[
    Column {
        name: "key",
        known: &["key", "refundkey", "refundid", "refundno", "환불번호", "환불키", "환불요청번호", "취소요청번호"],
        is_needed: true,
    },
    Column {
        name: "tid",
        known: &["tid", "transactionid", "거래id", "거래번호", "거래아이디", "승인거래id", "원거래id"],
        is_needed: true,
    },
    Column {
        name: "amount",
        known: &[
            "amount",
            "refundamount",
            "cancelamount",
            "cancelprice",
            "취소금액",
            "환불금액",
            "취소요청금액",
            "환불요청금액",
            "부분취소금액",
        ],
        is_needed: true,
    },
    Column {
        name: "paid",
        known: &["paid", "paidamount", "결제금액", "승인금액", "거래금액", "원거래금액"],
        is_needed: true,
    },
    Column {
        name: "pay_type", known: &["paytype", "paymethod", "결제수단", "지불수단", "결제방법"], is_needed: true
    },
    Column {
        name: "remaining", known: &["remaining", "취소가능금액", "취소전남은금액"], is_needed: false
    },
    Column { name: "currency", known: &["currency", "통화"], is_needed: false },
    Column { name: "tax", known: &["tax", "부가세"], is_needed: false },
    Column { name: "taxfree", known: &["taxfree", "비과세", "비과세금액"], is_needed: false },
    Column { name: "reference", known: &["reference", "참조"], is_needed: false },
];

/// The refunds of a file.
pub(crate) struct Rows {
    lines: Lines,
    /// What holds for each line that says nothing else.
    all: Vec<(&'static str, String)>,
    /// The fields of the latest line.
    fields: Vec<String>,
}

impl Rows {
    /// Opens a file; `all` are values for each line.
    pub(crate) fn open(file: &Named, all: Vec<(&'static str, String)>) -> Result<Self, Vec<String>> {
        let elsewhere: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        Ok(Self { lines: file.open(COLUMNS, &elsewhere)?, all, fields: Vec::new() })
    }

    /// The next line's number, and its refund or what is wrong with it.
    pub(crate) fn next(&mut self) -> Option<Line> {
        let (number, fields) = self.lines.next()?;
        let fields = fields.map_err(|message| vec![(String::new(), message)]);
        let row = fields.and_then(|fields| {
            self.fields = fields;
            self.read(&self.fields)
        });
        Some((number, row))
    }

    /// What the latest line says in a column.
    fn value(&self, column: &str) -> &str {
        self.lines.mapped.field(&self.fields, column)
    }

    fn read(&self, fields: &[String]) -> Result<Arguments, Errors> {
        let (mut arguments, mut errors) = (Arguments::with_capacity(COLUMNS.len()), Errors::new());
        for (name, value) in &self.all {
            arguments.insert((*name).to_owned(), Argument::Text(value.clone()));
        }
        for Column { name, .. } in COLUMNS {
            let field = self.lines.mapped.field(fields, name);
            if field.is_empty() {
                continue;
            }
            let value = match *name {
                "key" | "tid" | "reference" => sheet::text(field).map(str::to_owned),
                "pay_type" => sheet::pay_type(field),
                "currency" => sheet::text(field).map(|text| if text == "KRW" { "WON" } else { text }.to_owned()),
                _ => sheet::amount(field).map(str::to_owned),
            };
            match value {
                Ok(value) => drop(arguments.insert((*name).to_owned(), Argument::Text(value))),
                Err(message) => errors.push(((*name).to_owned(), message)),
            }
        }
        // What is wrong in another way is named, too; of what can't be read here nothing more is said.
        if !errors.is_empty() {
            let found = check(&arguments).err().unwrap_or_default();
            errors.extend(found.into_iter().filter(|(name, _)| self.lines.mapped.field(fields, name).is_empty()));
            return Err(errors);
        }
        Ok(arguments)
    }

    /// Hands them over, and refuses a file that has been changed since it had this fingerprint.
    pub(crate) fn source(mut self, fingerprint: u64) -> Source {
        let mut is_over = false;
        let next = move || {
            if is_over {
                return None;
            }
            let mut chunk: Vec<_> = std::iter::from_fn(|| self.next()).take(CHUNK).collect();
            is_over = chunk.len() < CHUNK;
            if is_over && self.lines.fingerprint() != fingerprint {
                let message = "the file was changed while it was read; do it again".to_owned();
                chunk.push((0, Err(vec![(String::new(), message)])));
            }
            Some(chunk)
        };
        Source { named: |number| format!("line {number}"), next: Box::new(next) }
    }
}

/// What is in a file.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    pub(crate) refunds: u64,
    /// How much they are, in won and in cents.
    pub(crate) won: u64,
    pub(crate) cents: u64,
    pub(crate) faults: Faults,
    pub(crate) fingerprint: u64,
    pub(crate) charset: &'static str,
}

/// Looks at each line: of most of them two numbers are kept. What is there twice is looked at again, and of payments what their
/// lines say together, where `has_payments` asks for it: what is known of a refund already, only the ledger can tell.
pub(crate) fn look(file: &Named, all: &[(&'static str, String)], has_payments: bool) -> Result<Looked, Vec<String>> {
    let mut rows = Rows::open(file, all.to_vec())?;
    let mut looked = Looked { charset: rows.lines.charset(), ..Looked::default() };
    let mut seen = Seen::default();
    while let Some((number, row)) = rows.next() {
        let checked = row.and_then(|arguments| {
            let (amount, currency) = check(&arguments)?;
            Ok((arguments, amount, currency))
        });
        match checked {
            Ok((arguments, amount, currency)) => {
                looked.refunds += 1;
                let sum = if currency == "USD" { &mut looked.cents } else { &mut looked.won };
                *sum = sum.saturating_add(amount);
                seen.note(&arguments, has_payments);
            }
            Err(errors) => {
                for (column, message) in errors {
                    looked.faults.add(number, &column, rows.value(&column), message);
                }
            }
        }
    }
    looked.fingerprint = rows.lines.fingerprint();
    if let Some(mut twice) = seen.twice() {
        let mut rows = Rows::open(file, all.to_vec())?;
        while let Some((line, row)) = rows.next() {
            let Ok(arguments) = row else { continue };
            let Ok((amount, currency)) = check(&arguments) else { continue };
            let read = Read { line, arguments: &arguments, amount, is_cents: currency == "USD" };
            for (column, message) in twice.look(&read) {
                looked.faults.add(line, column, rows.value(column), message);
            }
        }
    }
    looked.faults.first.sort_by_key(|fault| fault.line);
    Ok(looked)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Rows, look};
    use crate::refunds::arguments::{Asked, parse, verb};
    use crate::refunds::file::Named;

    #[test]
    fn a_file_that_is_changed_between_the_look_and_the_writing_is_refused() {
        let path = std::env::temp_dir().join(format!("paywelcome-rows-{}.csv", std::process::id()));
        let write = |amount: u32| {
            let line = format!("key,tid,amount,paid,pay_type\nr-1,T1,{amount},12000,card\n");
            fs::write(&path, line).expect("a file is written");
        };
        write(3_000);
        let words = [path.display().to_string(), "--batch".to_owned(), "b".to_owned()];
        let Ok(Asked::Line(line)) = parse(verb("import"), &words, false) else { panic!("the line is right") };
        let file = Named::of(&line).expect("the options are right");
        let looked = look(&file, &[], false).expect("the file is right");
        assert_eq!((looked.refunds, looked.won), (1, 3_000));
        let mut ends = [3_000, 9_000].map(|amount| {
            write(amount);
            let mut source = Rows::open(&file, Vec::new()).expect("the file is right").source(looked.fingerprint);
            let lines = (source.next)().expect("there are lines");
            assert!((source.next)().is_none());
            lines.into_iter().filter_map(|(_, row)| row.err()).flatten().map(|(_, message)| message).collect::<Vec<_>>()
        });
        let _ = fs::remove_file(&path);
        assert_eq!(ends[0], Vec::<String>::new());
        assert!(ends[1].pop().is_some_and(|told| told.contains("was changed while it was read")));
    }
}
