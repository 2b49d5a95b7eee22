//! A file that a command names: its lines, by the columns that are looked for, and what is wrong with them.

use std::fs::File;

use crate::refunds::arguments::Line;
use crate::refunds::written::one_line;
use crate::sheet::{Charset, Columns, Mapped, Sheet};

/// How a file is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) path: String,
    charset: Option<Charset>,
    /// Columns and their headers, as options name them.
    columns: Vec<(String, String)>,
    /// Headers and what they have to say, for a line to be read.
    only: Vec<(String, String)>,
}

impl Named {
    /// Reads what a command line says of its file.
    pub(crate) fn of(line: &Line) -> Result<Self, String> {
        let charset = match line.own.get("encoding").and_then(serde_json::Value::as_str) {
            Some(name) => Some(Charset::named(name).ok_or("--encoding must be utf-8, euc-kr, cp949 or utf-16")?),
            None => None,
        };
        let path = line.words.first().cloned().unwrap_or_default();
        Ok(Self { path, charset, columns: line.pairs("column"), only: line.pairs("only") })
    }

    /// Opens the file and reads its header. `elsewhere` are columns whose value is given for all lines.
    pub(crate) fn open(&self, columns: Columns, elsewhere: &[&str]) -> Result<Lines, Vec<String>> {
        let unreadable = |error: std::io::Error| vec![format!("{}: {error}", one_line(&self.path))];
        let mut file = File::open(&self.path).map_err(unreadable)?;
        if file.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(vec![format!("{} is not a file that can be read twice; pass a file", one_line(&self.path))]);
        }
        let charset = Charset::of(&mut file, self.charset).map_err(unreadable)?;
        let mut sheet = Sheet::open(file, charset).map_err(unreadable)?;
        let header = match sheet.next().map_err(unreadable)? {
            None => return Err(vec![format!("{} is empty", one_line(&self.path))]),
            Some(Err(wrong)) => return Err(vec![format!("line {}: {}", wrong.number, wrong.message)]),
            Some(Ok(line)) => line.fields,
        };
        let mapped = Mapped::read(columns, &header, &self.columns, elsewhere)?;
        let only = self.only.iter().map(|(name, value)| {
            let place = header.iter().position(|header| header.trim() == name.trim());
            place
                .map(|at| (at, value.trim().to_owned()))
                .ok_or_else(|| vec![format!("--only {name}=…: the file has no such header")])
        });
        let only = only.collect::<Result<_, _>>()?;
        Ok(Lines { sheet, mapped, only, charset, is_over: false })
    }
}

/// The lines of a file behind its header.
pub(crate) struct Lines {
    sheet: Sheet,
    pub(crate) mapped: Mapped,
    only: Vec<(usize, String)>,
    charset: Charset,
    is_over: bool,
}

impl Lines {
    /// The next line's number, and its fields or what is wrong with it.
    pub(crate) fn next(&mut self) -> Option<(u64, Result<Vec<String>, String>)> {
        while !self.is_over {
            let line = match self.sheet.next() {
                Ok(Some(Ok(line))) => line,
                Ok(Some(Err(wrong))) => {
                    self.is_over = wrong.is_last;
                    return Some((wrong.number, Err(wrong.message)));
                }
                Ok(None) => {
                    self.is_over = true;
                    return None;
                }
                Err(error) => {
                    self.is_over = true;
                    return Some((0, Err(format!("can't be read: {error}"))));
                }
            };
            if let Some(misfit) = self.mapped.misfit(&line.fields) {
                return Some((line.number, Err(misfit)));
            }
            let is = |(at, value): &(usize, String)| line.fields.get(*at).is_some_and(|field| field.trim() == value);
            if self.only.iter().all(is) {
                return Some((line.number, Ok(line.fields)));
            }
        }
        None
    }

    /// What its characters are written in.
    pub(crate) fn charset(&self) -> &'static str {
        self.charset.name()
    }

    /// A number of all the bytes that were read.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.sheet.fingerprint()
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    /// The column; empty where it is the line as a whole.
    pub(crate) column: String,
    /// What the line says there, as far as it is known.
    pub(crate) value: String,
    pub(crate) message: String,
}

/// What is wrong with lines: as many as are of use, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) first: Vec<Fault>,
    pub(crate) more: usize,
}

impl Faults {
    /// How many are told one by one.
    const MOST: usize = 100;
    /// How much of a value is shown, in characters.
    const LONGEST_VALUE: usize = 40;

    pub(crate) fn add(&mut self, line: u64, column: &str, value: &str, message: String) {
        if self.first.len() < Self::MOST {
            let value = value.chars().take(Self::LONGEST_VALUE).collect();
            self.first.push(Fault { line, column: column.to_owned(), value, message });
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Reads what the ledger has found, whose fields are such as `line 17.amount`, or `rows[3].amount` with the line of each row.
    pub(crate) fn of(error: &serde_json::Value, lines: &[u64]) -> Option<Self> {
        let mut faults = Self::default();
        for wrong in error["errors"].as_array()? {
            let field = wrong["field"].as_str()?;
            let (row, column) = field.split_once('.').unwrap_or((field, ""));
            let line = if let Some(number) = row.strip_prefix("line ") {
                number.parse().ok()?
            } else {
                let place = row.strip_prefix("rows[")?.strip_suffix(']')?.parse::<usize>().ok()?;
                *lines.get(place)?
            };
            // In JavaScript names are written in another way.
            let column: String = column
                .chars()
                .flat_map(|letter| {
                    if letter.is_ascii_uppercase() { vec!['_', letter.to_ascii_lowercase()] } else { vec![letter] }
                })
                .collect();
            faults.add(line, &column, "", named_lines(wrong["message"].as_str()?, lines));
        }
        (!faults.is_empty()).then_some(faults)
    }
}

/// `rows[3]` → `line 17`.
fn named_lines(message: &str, lines: &[u64]) -> String {
    let Some((before, rest)) = message.split_once("rows[") else { return message.to_owned() };
    let Some((place, after)) = rest.split_once(']') else { return message.to_owned() };
    match place.parse::<usize>().ok().and_then(|place| lines.get(place)) {
        Some(line) => format!("{before}line {line}{after}"),
        None => message.to_owned(),
    }
}
