//! Why a signature is wrong: names the mistake that makes exactly the digest which arrived.
//!
//! Pure: a signed text has a mid, a key, a timestamp and a way they are joined. Every known mistake in one of these is
//! tried, then every pair of common ones; nothing is guessed that was not computed. No text of it holds a key.

mod evidence;
mod mistake;
mod variants;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::answer::MESSAGE_MAX;

pub(crate) use evidence::Evidence;
pub(crate) use mistake::Mistake;
pub(crate) use variants::form_encoded;
use variants::{Join, Variant, keys, layouts, mids, timestamps};

/// Why a signature is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The mistakes by name, such as `sign_key_not_hashed`.
    pub mistakes: Vec<&'static str>,
    /// In Korean.
    pub korean: String,
    /// In English.
    pub english: String,
}

type Sum = [u8; 32];

impl Explanation {
    fn of(mistakes: &[Mistake]) -> Self {
        let join = |words: fn(Mistake) -> &'static str| {
            mistakes.iter().map(|mistake| words(*mistake)).collect::<Vec<_>>().join("; ")
        };
        Self {
            mistakes: mistakes.iter().map(|mistake| mistake.name()).collect(),
            korean: join(Mistake::korean),
            english: join(Mistake::english),
        }
    }

    /// The `ResultMsg`: both languages where they fit, as they do for one mistake; else the mistakes' names.
    pub(crate) fn message(&self) -> String {
        let both = format!("검증값 오류: {} ({})", self.korean, self.english);
        if both.chars().count() <= MESSAGE_MAX {
            return both;
        }
        format!("검증값 오류: {} ({})", self.korean, self.mistakes.join("; "))
    }
}

/// The mistake that explains a wrong signature, or nothing where none does.
pub(crate) fn explain(evidence: &Evidence<'_>) -> Option<Explanation> {
    let (sum, mut mistakes) = match read(evidence.signature) {
        Ok(found) => found,
        Err(mistake) => return Some(Explanation::of(&[mistake])),
    };
    mistakes.splice(0..0, search(evidence, &sum)?);
    (!mistakes.is_empty()).then(|| Explanation::of(&mistakes))
}

/// The mistakes in the signed text that lead to this sum; none where it is the right text.
fn search(evidence: &Evidence<'_>, sum: &Sum) -> Option<Vec<Mistake>> {
    let keys = keys(evidence);
    let layouts = layouts(evidence.format);
    let mids = mids(evidence);
    let (common, rare) = timestamps(evidence.timestamp);
    let (mid, key, layout, timestamp) = (&mids[0], &keys[0], &layouts[0], &common[0]);
    let hits = |mid: &Variant<String>, key: &Variant<String>, layout: &Variant<Join>, timestamp: &Variant<String>| {
        let text = (layout.value)(&mid.value, &key.value, &timestamp.value);
        <Sum>::from(Sha256::digest(text.as_bytes())) == *sum
    };
    let named = |found: &[Option<Mistake>]| Some(found.iter().copied().flatten().collect());

    if hits(mid, key, layout, timestamp) {
        return Some(Vec::new());
    }
    if let Some(found) = keys.iter().find(|key| hits(mid, key, layout, timestamp)) {
        return named(&[found.mistake]);
    }
    if let Some(found) = layouts.iter().find(|layout| hits(mid, key, layout, timestamp)) {
        return named(&[found.mistake]);
    }
    if let Some(found) = mids.iter().find(|mid| hits(mid, key, layout, timestamp)) {
        return named(&[found.mistake]);
    }
    if let Some(found) = common.iter().chain(&rare).find(|timestamp| hits(mid, key, layout, timestamp)) {
        return named(&[found.mistake]);
    }
    // Two at once: a merchant who has to guess gets more than one thing wrong.
    for found in &keys[1..] {
        for layout in &layouts[1..] {
            if hits(mid, found, layout, timestamp) {
                return named(&[found.mistake, layout.mistake]);
            }
        }
        for timestamp in &common[1..] {
            if hits(mid, found, layout, timestamp) {
                return named(&[found.mistake, timestamp.mistake]);
            }
        }
        for mid in &mids[1..] {
            if hits(mid, found, layout, timestamp) {
                return named(&[mid.mistake, found.mistake]);
            }
        }
    }
    for found in &layouts[1..] {
        for timestamp in &common[1..] {
            if hits(mid, key, found, timestamp) {
                return named(&[found.mistake, timestamp.mistake]);
            }
        }
        for mid in &mids[1..] {
            if hits(mid, key, found, timestamp) {
                return named(&[mid.mistake, found.mistake]);
            }
        }
    }
    None
}

/// The sum in a signature's text, with what is wrong in how it is written.
fn read(signature: &str) -> Result<(Sum, Vec<Mistake>), Mistake> {
    let mut mistakes = Vec::new();
    let text = signature.trim();
    if text != signature {
        mistakes.push(Mistake::SignatureWhiteSpace);
    }
    let mut sum = [0; 32];
    if hex::decode_to_slice(text, &mut sum).is_ok() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            mistakes.push(Mistake::UpperCaseHex);
        }
        return Ok((sum, mistakes));
    }
    // A form decoder turns the plus signs of base64 into spaces.
    let base64 = STANDARD.decode(text.replace(' ', "+")).ok();
    if let Some(sum) = base64.and_then(|bytes| <Sum>::try_from(bytes).ok()) {
        mistakes.push(Mistake::Base64Digest);
        return Ok((sum, mistakes));
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Err(match text.len() {
        32 if digits => Mistake::Md5,
        40 if digits => Mistake::Sha1,
        128 if digits => Mistake::Sha512,
        1..64 if digits => Mistake::CutOff,
        _ => Mistake::NotHex,
    })
}

/// What may be wrong with a mid that nobody has.
pub(crate) fn explain_mid(posted: &str, known: &[&str]) -> Option<Mistake> {
    let is_known = |mid: &str| known.contains(&mid);
    if is_known(posted.trim()) {
        Some(Mistake::MidWhiteSpace)
    } else if known.iter().any(|mid| mid.eq_ignore_ascii_case(posted)) {
        Some(Mistake::MidLetterCase)
    } else if is_known(&posted.replace(' ', "+")) || known.iter().any(|mid| form_encoded(mid) == posted) {
        Some(Mistake::MidForm)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
