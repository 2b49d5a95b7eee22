//! An answer that a gateway gave, with gaps for what differs from request to request.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An answer to be given again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its HTTP status.
    pub status: u16,
    /// Its headers, their names in lower case, without those that belong to one exchange: `date`, `content-length`,
    /// `content-encoding`, `transfer-encoding`, `connection` and `keep-alive`.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Its body, decompressed.
    #[serde(default)]
    pub body: Vec<Piece>,
}

/// A piece of a body: `{"text": "…"}`, `{"base64": "…"}` where the bytes are not UTF-8, or a value such as
/// `{"value": "cancel_tid", "length": 40, "like": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub enum Piece {
    /// Bytes that are the same in every answer.
    Literal(Vec<u8>),
    /// What differs.
    Value {
        /// What it says.
        value: What,
        /// How many characters it had.
        length: usize,
        /// How it is written: an amount's `digits`, `commas` or `padded` (zeros in front, up to `length`); of `date`, `time` and
        /// `datetime` a pattern such as `YYYYMMDD` or `hh:mm:ss`.
        form: Option<String>,
        /// Of an id, the one that was seen: see [`numbered`].
        like: Option<String>,
    },
}

/// What a value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The payment's transaction id, as asked.
    Tid,
    /// The merchant id, as asked.
    Mid,
    /// The merchant's order number of the payment.
    Moid,
    /// The amount that is asked for.
    Price,
    /// What remains: after a cancel that is done, and now where it is declined.
    Remaining,
    /// What remained before a cancel that is done.
    Before,
    /// What would remain after this cancel, where it is declined: what `confirmPrice` had to be.
    Expected,
    /// What goes back, where that is neither what is asked for nor what was paid.
    Returned,
    /// The `confirmPrice` that is asked with, where that is not what remains.
    Confirm,
    /// What was paid.
    Paid,
    /// The cancel's own id.
    CancelTid,
    /// The day, in Korean time.
    Date,
    /// The time of the day, in Korean time.
    Time,
    /// Both.
    Datetime,
    /// The timestamp, as posted.
    Timestamp,
}

/// What an answer is filled in with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// The payment's transaction id, as asked.
    pub tid: &'a str,
    /// The merchant id, as asked.
    pub mid: &'a str,
    /// The merchant's order number of the payment.
    pub moid: &'a str,
    /// The amount that is asked for.
    pub price: u128,
    /// What remains after this cancel, or now where it is declined.
    pub remaining: u128,
    /// The `confirmPrice` that is asked with.
    pub confirm: u128,
    /// What was paid.
    pub paid: u128,
    /// What remained before this cancel.
    pub before: u128,
    /// What goes back; nothing where it is declined.
    pub returned: u128,
    /// Which cancel this is, so that each has an id of its own.
    pub number: u64,
    /// Now in Korean time, `YYYYMMDDhhmmss`.
    pub now: &'a str,
    /// The timestamp, as posted.
    pub timestamp: &'a str,
}

impl Template {
    /// Refuses what no gateway could send.
    ///
    /// # Errors
    ///
    /// Names the part that is wrong, and says what it must be.
    pub fn check(&self) -> Result<(), (String, &'static str)> {
        if !(200..=599).contains(&self.status) {
            return Err(("status".to_owned(), "must be from 200 to 599"));
        }
        let token = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        let fits = |(name, value): &(String, String)| token(name) && !value.contains(char::is_control);
        match self.headers.iter().position(|header| !fits(header)) {
            Some(at) => Err((format!("headers[{at}]"), "must be a name and a value of one line")),
            None => Ok(()),
        }
    }

    /// Gives the bytes of the body, filled in with `values`.
    pub fn render(&self, values: &Values<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in &self.body {
            match piece {
                Piece::Literal(literal) => bytes.extend_from_slice(literal),
                Piece::Value { value, length, form, like } => {
                    let text = value.text(values, *length, form.as_deref(), like.as_deref());
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
        }
        bytes
    }
}

impl What {
    fn text(self, values: &Values<'_>, length: usize, form: Option<&str>, like: Option<&str>) -> String {
        let amount = |amount: u128| written(amount, length, form);
        match self {
            Self::Tid => escaped(values.tid),
            Self::Mid => values.mid.to_owned(),
            Self::Moid => escaped(values.moid),
            Self::Price => amount(values.price),
            Self::Remaining => amount(values.remaining),
            Self::Returned => amount(values.returned),
            Self::Before => amount(values.before),
            Self::Expected => amount(values.remaining.saturating_sub(values.price)),
            Self::Confirm => amount(values.confirm),
            Self::Paid => amount(values.paid),
            Self::CancelTid => numbered(like.unwrap_or(&"0".repeat(length)), values.number),
            Self::Date => patterned(form.unwrap_or("YYYYMMDD"), values.now),
            Self::Time => patterned(form.unwrap_or("hhmmss"), values.now),
            Self::Datetime => patterned(form.unwrap_or("YYYYMMDDhhmmss"), values.now),
            Self::Timestamp => values.timestamp.to_owned(),
        }
    }
}

/// Gives an id of the shape of `like` that is another for each number: its last digits are replaced by those of the number, or its
/// last characters where it has too few digits.
pub fn numbered(like: &str, number: u64) -> String {
    let digits = number.to_string().into_bytes();
    let mut id: Vec<char> = like.chars().collect();
    let has_room = id.iter().filter(|c| c.is_ascii_digit()).count() >= digits.len();
    let places: Vec<usize> = (0..id.len()).rev().filter(|at| !has_room || id[*at].is_ascii_digit()).collect();
    let mut rest = digits.iter().rev();
    for at in places {
        match rest.next() {
            Some(digit) => id[at] = char::from(*digit),
            // Zeros lead it up to the next character that is none, so that no shorter number gives the same id.
            None if has_room && id[at].is_ascii_digit() && id[at..].iter().all(char::is_ascii_digit) => id[at] = '0',
            None => break,
        }
    }
    id.into_iter().collect()
}

fn written(amount: u128, length: usize, form: Option<&str>) -> String {
    let digits = amount.to_string();
    match form {
        Some("padded") => format!("{digits:0>length$}"),
        Some("commas") => {
            let mut text = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        _ => digits,
    }
}

/// Fills a pattern of `Y`, `M`, `D`, `h`, `m` and `s` with the digits of `now`, the last ones of each where it has fewer.
fn patterned(pattern: &str, now: &str) -> String {
    let parts = [('Y', 0..4), ('M', 4..6), ('D', 6..8), ('h', 8..10), ('m', 10..12), ('s', 12..14)];
    let mut left: Vec<(char, Vec<char>)> = parts
        .into_iter()
        .map(|(letter, range)| {
            let digits = now.get(range).unwrap_or_default();
            let wanted = pattern.chars().filter(|c| *c == letter).count();
            let skipped = digits.len().saturating_sub(wanted);
            (letter, digits.chars().skip(skipped).collect())
        })
        .collect();
    for (_, digits) in &mut left {
        digits.reverse();
    }
    let mut fill = |c: char| {
        let digits = left.iter_mut().find(|(letter, _)| *letter == c);
        digits.and_then(|(_, digits)| digits.pop()).unwrap_or(c)
    };
    pattern.chars().map(&mut fill).collect()
}

/// As it stands within quotes in JSON.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A piece as it is in the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<What>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    like: Option<String>,
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfPiece)
    }
}

/// Reads a piece from within its object, so that what is wrong is told at this one of its list.
struct OfPiece;

impl<'de> Visitor<'de> for OfPiece {
    type Value = Piece;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one of text, base64 and value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Piece, A::Error> {
        Piece::try_from(Written::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
    }
}

impl TryFrom<Written> for Piece {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written { text: Some(text), base64: None, value: None, .. } => Ok(Self::Literal(text.into_bytes())),
            Written { text: None, base64: Some(base64), value: None, .. } => {
                STANDARD.decode(base64).map(Self::Literal).map_err(|error| format!("base64 is wrong: {error}"))
            }
            Written { text: None, base64: None, value: Some(value), length, form, like } => {
                Ok(Self::Value { value, length: length.unwrap_or_default(), form, like })
            }
            _ => Err("a piece needs one of text, base64 and value".to_owned()),
        }
    }
}

impl From<Piece> for Written {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Literal(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Self { text: Some(text), ..Self::default() },
                Err(error) => Self { base64: Some(STANDARD.encode(error.as_bytes())), ..Self::default() },
            },
            Piece::Value { value, length, form, like } => {
                Self { value: Some(value), length: Some(length), form, like, ..Self::default() }
            }
        }
    }
}
