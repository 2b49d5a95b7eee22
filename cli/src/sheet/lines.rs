//! A text → its lines of fields. It is strict about quotes: a reader that forgives a stray one swallows the lines up to the
//! next, and nobody would be told.

use std::fs::File;
use std::io;

use super::charset::{Charset, Stopped, Text};

/// The longest line, in bytes: what is longer begins with a quote that nobody closed.
const LONGEST: usize = 64 * 1024;

/// A line of fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the file, from 1; of a line that continues behind breaks in quotes, that of its beginning.
    pub(crate) number: u64,
    pub(crate) fields: Vec<String>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The number of the line.
    pub(crate) number: u64,
    /// What it is, and what to do.
    pub(crate) message: String,
    /// Whether what follows can't be read.
    pub(crate) is_last: bool,
}

/// Where in a line the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    Bare,
    /// Of a field such as `="0012"`, by which spreadsheets are told to keep zeros.
    Formula,
    Quoted,
    Closed,
}

/// A file's lines.
pub(crate) struct Sheet {
    text: Text,
    /// What was read of the text, and is not yet told.
    piece: String,
    at: usize,
    separator: u8,
    number: u64,
    is_over: bool,
}

impl Sheet {
    /// Opens a file of this charset, and finds what separates its fields.
    pub(crate) fn open(file: File, charset: Charset) -> io::Result<Self> {
        let text = Text::new(file, charset)?;
        let mut sheet = Self { text, piece: String::new(), at: 0, separator: b',', number: 1, is_over: false };
        match sheet.text.more(&mut sheet.piece) {
            Ok(_) => {}
            Err(Stopped::Io(error)) => return Err(error),
            // It is told when the line is reached.
            Err(Stopped::Malformed) => sheet.text_ends(),
        }
        let skipped = sheet.piece.len() - sheet.piece.trim_start_matches(['\r', '\n']).len();
        let first = sheet.piece[skipped..].split(['\r', '\n']).next().unwrap_or_default();
        // Excel's own word for what separates.
        if let [b's', b'e', b'p', b'=', separator] = first.to_ascii_lowercase().as_bytes() {
            sheet.separator = *separator;
            sheet.number += sheet.piece[..skipped].bytes().filter(|byte| *byte == b'\n').count() as u64;
            sheet.at = skipped + first.len();
        } else {
            sheet.separator = separator(first);
        }
        Ok(sheet)
    }

    /// Bytes that are not a character stand where the piece ends.
    fn text_ends(&mut self) {
        self.piece.push('\u{fffd}');
        self.is_over = true;
    }

    /// A number of all the bytes that were read.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.text.fingerprint()
    }

    /// The next byte, which stays where it is.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.piece.len() {
            self.piece.clear();
            self.at = 0;
            while self.piece.is_empty() && !self.is_over {
                match self.text.more(&mut self.piece) {
                    Ok(true) => {}
                    Ok(false) => self.is_over = true,
                    Err(Stopped::Io(error)) => return Err(error),
                    Err(Stopped::Malformed) => self.text_ends(),
                }
            }
        }
        Ok(self.piece.as_bytes().get(self.at).copied())
    }

    /// The next line that is not empty; nothing at the end of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<Line, Wrong>>> {
        loop {
            let Some(line) = self.line()? else { return Ok(None) };
            if !matches!(&line, Ok(line) if line.fields.iter().all(|field| field.trim().is_empty())) {
                return Ok(Some(line));
            }
        }
    }

    fn line(&mut self) -> io::Result<Option<Result<Line, Wrong>>> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let mut line = Line { number: self.number, fields: Vec::new() };
        let (mut field, mut at, mut length) = (Vec::new(), At::Start, 0_usize);
        let mut wrong: Option<&str> = None;
        loop {
            let byte = self.peek()?;
            self.at += usize::from(byte.is_some());
            length += 1;
            if length > LONGEST {
                return Ok(Some(Err(
                    self.ends(line.number, "is longer than 64 KiB; close the quote that it begins with")
                )));
            }
            match (at, byte) {
                (At::Quoted, None) => {
                    return Ok(Some(Err(self.ends(line.number, "has a quote that is not closed; close it"))));
                }
                (At::Quoted, Some(b'"')) => at = At::Closed,
                (At::Closed, Some(b'"')) => {
                    field.push(b'"');
                    at = At::Quoted;
                }
                (At::Start, Some(b'"')) => at = At::Quoted,
                (At::Start, Some(b' ' | b'\t')) if byte != Some(self.separator) => {}
                (At::Start, Some(b'=')) => {
                    field.push(b'=');
                    at = At::Formula;
                }
                (At::Quoted, Some(byte)) => {
                    self.number += u64::from(byte == b'\n');
                    field.push(byte);
                }
                (_, Some(byte)) if byte == self.separator => {
                    line.fields.push(read(&mut field, &mut wrong));
                    at = At::Start;
                }
                (_, None | Some(b'\n' | b'\r')) => {
                    line.fields.push(read(&mut field, &mut wrong));
                    if byte == Some(b'\r') && self.peek()? == Some(b'\n') {
                        self.at += 1;
                    }
                    self.number += u64::from(byte.is_some());
                    let number = line.number;
                    let told = wrong.map(|message| Wrong {
                        number,
                        message: message.to_owned(),
                        is_last: self.is_over && message == CHARACTER,
                    });
                    return Ok(Some(told.map_or(Ok(line), Err)));
                }
                (At::Closed, Some(b' ')) => {}
                (At::Closed, Some(_)) => {
                    wrong = wrong.or(Some("continues after a closing quote; write a quote within quotes twice"));
                    at = At::Bare;
                }
                (At::Bare, Some(b'"')) => {
                    wrong = wrong
                        .or(Some("has a quote within a field; put the field into quotes, and write its quotes twice"));
                }
                (At::Bare | At::Start, Some(byte)) => {
                    field.push(byte);
                    at = At::Bare;
                }
                (At::Formula, Some(byte)) => field.push(byte),
            }
        }
    }

    fn ends(&mut self, number: u64, message: &str) -> Wrong {
        self.is_over = true;
        self.piece.clear();
        self.at = 0;
        Wrong { number, message: message.to_owned(), is_last: true }
    }
}

const CHARACTER: &str =
    "holds bytes that are not a character; say what the file is written in by --encoding utf-8 or euc-kr";

fn read(field: &mut Vec<u8>, wrong: &mut Option<&str>) -> String {
    let text = String::from_utf8(std::mem::take(field)).unwrap_or_default();
    if text.contains('\u{fffd}') {
        *wrong = Some(CHARACTER);
    }
    text
}

/// What separates the fields of a header: what is there most often outside of quotes.
fn separator(header: &str) -> u8 {
    let mut is_quoted = false;
    let mut counted = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counted {
            *count += u32::from(!is_quoted && byte == *separator);
        }
    }
    // Of those that are there as often, the first.
    counted.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

#[cfg(test)]
mod tests;
