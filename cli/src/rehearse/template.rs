//! An answer → a template: what in it repeats the request, or differs from one to the next, becomes a gap.

use std::ops::Range;

use paywelcome_rehearsal::{Exchange, Outcome, Piece, Rehearsal, Situation, Template, What};

use super::exchange::{Members, asked, confirm, is_partial, plain, posted, readable};
use super::left::before;
use super::spelling::what;

/// Headers that belong to one exchange.
const OF_ONE: [&str; 7] =
    ["date", "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "set-cookie"];
/// A shorter number stands in a text by accident.
const SHORTEST: u64 = 10;

/// What a place of an answer may say, the likeliest first.
type Candidates = Vec<Piece>;

/// An answer in pieces: literal text, and places with what they may say.
struct Sample {
    literals: Vec<String>,
    places: Vec<Candidates>,
    is_utf_8: bool,
}

/// Makes a template of the first of these exchanges, which all met the same situation; the others tell what is ambiguous in it.
pub(crate) fn template(situation: Situation, exchanges: &[&Exchange], file: &Rehearsal) -> Option<Template> {
    let first = exchanges.first()?;
    let answer = first.answer.as_ref().filter(|answer| !answer.is_cut)?;
    let mut sample = sample(first, file);
    let is_alike = |other: &&&Exchange| other.outcome == first.outcome && situation != Situation::BadSignature;
    for other in exchanges.iter().skip(1).filter(is_alike).map(|other| self::sample(other, file)) {
        if other.literals != sample.literals {
            continue;
        }
        for (place, also) in sample.places.iter_mut().zip(other.places) {
            let both: Vec<_> =
                place.iter().filter(|piece| also.iter().any(|other| is_same(piece, other))).cloned().collect();
            if !both.is_empty() {
                *place = both;
            }
        }
    }
    let mut body = Vec::new();
    let mut places = sample.places.into_iter();
    for literal in sample.literals {
        if !literal.is_empty() {
            body.push(Piece::Literal(bytes(&literal, sample.is_utf_8)));
        }
        body.extend(places.next().and_then(|candidates| candidates.into_iter().next()));
    }
    let headers = answer.headers.iter().filter(|(name, _)| !OF_ONE.contains(&name.as_str())).cloned().collect();
    Some(Template { status: answer.status, headers, body })
}

fn is_same(one: &Piece, other: &Piece) -> bool {
    matches!((one, other), (Piece::Value { value: one, .. }, Piece::Value { value: other, .. }) if one == other)
}

/// A text as it was on the wire.
fn bytes(text: &str, is_utf_8: bool) -> Vec<u8> {
    if is_utf_8 {
        return text.as_bytes().to_vec();
    }
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn sample(exchange: &Exchange, file: &Rehearsal) -> Sample {
    let (text, is_utf_8) = readable(exchange);
    let known = Known::new(exchange, file);
    let mut places: Vec<(Range<usize>, Candidates)> = Vec::new();
    let mut fixed: Vec<Range<usize>> = Vec::new();
    if let Some(members) = Members::read(&text) {
        for (name, value) in &members.0 {
            let raw = value.get();
            let start = raw.as_ptr() as usize - text.as_ptr() as usize;
            let inner = if raw.starts_with('"') { start + 1..start + raw.len() - 1 } else { start..start + raw.len() };
            if plain(name).eq_ignore_ascii_case("ResultCode") {
                fixed.push(inner);
                continue;
            }
            let says = text.get(inner.clone()).unwrap_or_default();
            let candidates = known.of_member(exchange, name, says);
            if !candidates.is_empty() {
                places.push((inner, candidates));
            }
        }
    }
    let taken: Vec<Range<usize>> = places.iter().map(|(range, _)| range.clone()).chain(fixed).collect();
    places.extend(known.in_text(&text, &taken));
    places.sort_by_key(|(range, _)| range.start);
    let mut literals = Vec::new();
    let mut at = 0;
    for (range, _) in &places {
        literals.push(text[at..range.start].to_owned());
        at = range.end;
    }
    literals.push(text[at..].to_owned());
    Sample { literals, places: places.into_iter().map(|(_, candidates)| candidates).collect(), is_utf_8 }
}

/// What an answer may repeat or tell.
struct Known<'a> {
    tid: &'a str,
    mid: &'a str,
    timestamp: &'a str,
    amounts: Vec<(What, u64)>,
    /// The day in Korea, `YYYYMMDD`.
    day: String,
}

impl<'a> Known<'a> {
    fn new(exchange: &'a Exchange, file: &Rehearsal) -> Self {
        let mut amounts = vec![(What::Price, asked(exchange))];
        if let Some(left) = before(file, exchange) {
            let asked = asked(exchange);
            match exchange.outcome {
                Outcome::Done if is_partial(exchange) => {
                    amounts.extend(confirm(exchange).map(|confirm| (What::Remaining, confirm)));
                    amounts.push((What::Before, left.most));
                }
                Outcome::Done => amounts.push((What::Remaining, 0)),
                _ => {
                    amounts.push((What::Remaining, left.most));
                    amounts.push((What::Expected, left.most.saturating_sub(asked)));
                }
            }
        }
        amounts.extend(confirm(exchange).map(|confirm| (What::Confirm, confirm)));
        let payments = [&file.payment, &file.full_payment].into_iter().flatten();
        let paid = payments.filter(|payment| payment.tid == posted(exchange, "tid")).map(|payment| payment.price);
        amounts.extend(paid.map(|paid| (What::Paid, paid)));
        if exchange.outcome == Outcome::Done {
            // More than remains never goes back, and a full cancel asks for all that remains, whatever it says.
            let asked = if is_partial(exchange) { asked(exchange) } else { u64::MAX };
            amounts.extend(before(file, exchange).map(|left| (What::Returned, left.most.min(asked))));
        }
        let day = exchange.sent_at.get(..10).unwrap_or_default().replace('-', "");
        let timestamp = posted(exchange, "timestamp");
        Self { tid: posted(exchange, "tid"), mid: posted(exchange, "mid"), timestamp, amounts, day }
    }

    /// What a member of an answer may say.
    fn of_member(&self, exchange: &Exchange, name: &str, says: &str) -> Candidates {
        let piece = |value| vec![value_of(value, says, None)];
        match what(exchange, name, says) {
            Some("tid") => piece(What::Tid),
            Some("mid") if says == self.mid => piece(What::Mid),
            Some("moid") if !says.is_empty() => piece(What::Moid),
            Some("cancel_tid") => {
                vec![Piece::Value {
                    value: What::CancelTid,
                    length: says.chars().count(),
                    form: None,
                    like: Some(says.to_owned()),
                }]
            }
            Some("message" | "code") => Vec::new(),
            Some("remaining")
                if is_number(says) && exchange.outcome == Outcome::Done && self.amount(says).is_empty() =>
            {
                vec![amount_of(What::Remaining, says)]
            }
            _ if is_number(says) && !self.amount(says).is_empty() => self.amount(says),
            _ => self.time(name, says).into_iter().collect(),
        }
    }

    /// The amounts that a number may be.
    fn amount(&self, number: &str) -> Candidates {
        let Some(says) = super::exchange::amount(number) else { return Vec::new() };
        let is_it = |(_, amount): &&(What, u64)| *amount == says;
        self.amounts.iter().filter(is_it).map(|(value, _)| amount_of(*value, number)).collect()
    }

    /// A day, a time or both, where it is of this day.
    fn time(&self, name: &str, says: &str) -> Option<Piece> {
        let digits: String = says.chars().filter(char::is_ascii_digit).collect();
        let rest: String = says.chars().filter(|c| !c.is_ascii_digit()).collect();
        if !rest.chars().all(|c| "-/.: T".contains(c)) {
            return None;
        }
        let short = self.day.get(2..)?;
        let (value, letters) = match digits.len() {
            14 if digits.starts_with(&self.day) => (What::Datetime, "YYYYMMDDhhmmss"),
            12 if digits.starts_with(short) => (What::Datetime, "YYMMDDhhmmss"),
            8 if digits == self.day => (What::Date, "YYYYMMDD"),
            6 if digits == short => (What::Date, "YYMMDD"),
            6 if name.to_ascii_lowercase().contains("time") => (What::Time, "hhmmss"),
            _ => return None,
        };
        let mut letters = letters.chars();
        let form: String =
            says.chars().map(|c| if c.is_ascii_digit() { letters.next().unwrap_or(c) } else { c }).collect();
        Some(value_of(value, says, Some(form)))
    }

    /// What a text repeats, outside of what is `taken`.
    fn in_text(&self, text: &str, taken: &[Range<usize>]) -> Vec<(Range<usize>, Candidates)> {
        let mut found = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if let Some(range) = taken.iter().find(|range| range.contains(&at)) {
                at = range.end.max(at + 1);
                continue;
            }
            let is_begin = bytes[at].is_ascii_alphanumeric() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
            if !is_begin {
                at += 1;
                continue;
            }
            let end = word_end(bytes, at);
            let (range, candidates) = self.of_word(text, at, end);
            if candidates.is_empty() {
                at = end;
            } else {
                at = range.end;
                found.push((range, candidates));
            }
        }
        found
    }

    /// What begins at a word.
    fn of_word(&self, text: &str, at: usize, end: usize) -> (Range<usize>, Candidates) {
        if !self.tid.is_empty() && text[at..].starts_with(self.tid) && is_end(text.as_bytes(), at + self.tid.len()) {
            return (at..at + self.tid.len(), vec![value_of(What::Tid, self.tid, None)]);
        }
        let word = &text[at..end];
        if word == self.mid && word.len() > 2 {
            return (at..end, vec![value_of(What::Mid, word, None)]);
        }
        if word == self.timestamp {
            return (at..end, vec![value_of(What::Timestamp, word, None)]);
        }
        let number_end = number_end(text.as_bytes(), at);
        let number = &text[at..number_end];
        if is_number(number) && is_end(text.as_bytes(), number_end) {
            let is_long = super::exchange::amount(number).is_some_and(|amount| amount >= SHORTEST);
            let amounts = if is_long { self.amount(number) } else { Vec::new() };
            if !amounts.is_empty() {
                return (at..number_end, amounts);
            }
        }
        (at..end, self.time("", word).into_iter().collect())
    }
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| !byte.is_ascii_alphanumeric()).map_or(bytes.len(), |length| at + length)
}

fn is_end(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Where a number ends that may have commas between thousands.
fn number_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    while end > at
        && bytes.get(end) == Some(&b',')
        && bytes.get(end + 1..end + 4).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    {
        end += 4;
    }
    end
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == ',')
}

fn value_of(value: What, says: &str, form: Option<String>) -> Piece {
    Piece::Value { value, length: says.chars().count(), form, like: None }
}

/// An amount, with how it is written.
fn amount_of(value: What, says: &str) -> Piece {
    let form = if says.contains(',') {
        "commas"
    } else if says.len() > 1 && says.starts_with('0') {
        "padded"
    } else {
        "digits"
    };
    value_of(value, says, Some(form.to_owned()))
}
