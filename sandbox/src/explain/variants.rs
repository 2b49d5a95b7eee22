//! What a merchant may have signed instead of the right mid, key, timestamp and layout; the first of each is right.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha2::{Digest, Sha256, Sha512};

use super::evidence::Evidence;
use super::mistake::Mistake;
use crate::clock::{Kst, millis_of, unix_of};
use crate::signature::{SignatureFormat, merchant_key};

/// Korea is so many seconds ahead of UTC.
const KST_AHEAD: i64 = 9 * 3_600;

/// A way to do it, and what is wrong with it.
pub(super) struct Variant<T> {
    pub(super) value: T,
    pub(super) mistake: Option<Mistake>,
}

/// Joins mid, key and timestamp.
pub(super) type Join = fn(&str, &str, &str) -> String;

fn right<T>(value: T) -> Variant<T> {
    Variant { value, mistake: None }
}

fn wrong<T>(value: T, mistake: Mistake) -> Variant<T> {
    Variant { value, mistake: Some(mistake) }
}

/// What may stand where the merchant key belongs.
pub(super) fn keys(evidence: &Evidence<'_>) -> Vec<Variant<String>> {
    let sign_key = evidence.sign_key;
    let key = merchant_key(sign_key);
    let mut keys = vec![
        right(key.clone()),
        wrong(sign_key.to_owned(), Mistake::SignKeyNotHashed),
        wrong(key.to_uppercase(), Mistake::KeyUpperCase),
        wrong(merchant_key(&key), Mistake::KeyHashedTwice),
        wrong(hex::encode(Sha512::digest(sign_key.as_bytes())), Mistake::KeyOtherHash),
        wrong(merchant_key(""), Mistake::KeyEmpty),
        wrong(String::new(), Mistake::KeyEmpty),
        wrong(STANDARD.encode(Sha256::digest(sign_key.as_bytes())), Mistake::Base64Digest),
    ];
    let hashed = |text: &str, mistake| wrong(merchant_key(text), mistake);
    for text in ["null", "None", "undefined"] {
        keys.extend([hashed(text, Mistake::KeyHidden), wrong(text.to_owned(), Mistake::KeyHidden)]);
    }
    for (before, after) in
        [("", "\n"), ("", "\r\n"), ("", " "), (" ", ""), (" ", " "), ("", "\r"), ("\t", ""), ("", "\t")]
    {
        let spaced = format!("{before}{sign_key}{after}");
        keys.extend([hashed(&spaced, Mistake::KeyWhiteSpace), wrong(spaced, Mistake::KeyWhiteSpace)]);
    }
    keys.push(hashed(sign_key.trim(), Mistake::KeyWhiteSpace));
    for quote in ["\"", "'"] {
        keys.push(hashed(&format!("{quote}{sign_key}{quote}"), Mistake::KeyQuoted));
    }
    for engine in [&STANDARD, &URL_SAFE] {
        if let Ok(bytes) = engine.decode(sign_key) {
            keys.push(wrong(hex::encode(Sha256::digest(bytes)), Mistake::KeyBase64Decoded));
        }
    }
    if let Some(decoded) = form_decoded(sign_key) {
        keys.extend([hashed(&decoded, Mistake::KeyFormDecoded), wrong(decoded, Mistake::KeyFormDecoded)]);
    }
    let encoded = form_encoded(sign_key);
    keys.extend([hashed(&encoded, Mistake::KeyFormEncoded), wrong(encoded, Mistake::KeyFormEncoded)]);
    for cased in [sign_key.to_lowercase(), sign_key.to_uppercase()] {
        keys.push(hashed(&cased, Mistake::KeyLetterCase));
    }
    for (_, other) in evidence.others {
        keys.extend([hashed(other, Mistake::OtherMerchant), wrong((*other).to_owned(), Mistake::OtherMerchant)]);
    }
    keys
}

/// How the three may be joined.
pub(super) fn layouts(format: SignatureFormat) -> Vec<Variant<Join>> {
    let pairs: Join = |mid, key, timestamp| format!("mid={mid}&mkey={key}&timestamp={timestamp}");
    let bare: Join = |mid, key, timestamp| format!("{mid}{key}{timestamp}");
    let shared: [(Join, Mistake); 4] = [
        (|mid, key, timestamp| format!("{mid}{timestamp}{key}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("{key}{mid}{timestamp}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("{mid}{key}{timestamp}\n"), Mistake::TextWhiteSpace),
        (|mid, key, timestamp| format!("{mid} {key} {timestamp}"), Mistake::TextWhiteSpace),
    ];
    let named: [(Join, Mistake); 22] = [
        (|mid, key, timestamp| format!("mid={mid}&mKey={key}&timestamp={timestamp}"), Mistake::MkeySpelling),
        (|mid, key, timestamp| format!("mid={mid}&MKEY={key}&timestamp={timestamp}"), Mistake::MkeySpelling),
        (|mid, key, timestamp| format!("mid={mid}&mKey={key}&timeStamp={timestamp}"), Mistake::MkeySpelling),
        (|mid, key, timestamp| format!("mid={mid}&signKey={key}&timestamp={timestamp}"), Mistake::SignKeyName),
        (|mid, key, timestamp| format!("mid={mid}&signkey={key}&timestamp={timestamp}"), Mistake::SignKeyName),
        (|mid, key, timestamp| format!("mid={mid}&mkey={key}&timeStamp={timestamp}"), Mistake::TimestampSpelling),
        (|mid, key, timestamp| format!("mid={mid}&mkey={key}&timestamp={timestamp}&"), Mistake::TrailingAmpersand),
        (|mid, key, timestamp| format!("mid={mid}&mKey={key}&timestamp={timestamp}&"), Mistake::TrailingAmpersand),
        (|mid, key, timestamp| format!("&mid={mid}&mkey={key}&timestamp={timestamp}"), Mistake::LeadingMark),
        (|mid, key, timestamp| format!("?mid={mid}&mkey={key}&timestamp={timestamp}"), Mistake::LeadingMark),
        (|mid, key, timestamp| format!("mid={mid}&timestamp={timestamp}&mkey={key}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("mkey={key}&mid={mid}&timestamp={timestamp}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("mkey={key}&timestamp={timestamp}&mid={mid}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("timestamp={timestamp}&mid={mid}&mkey={key}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("timestamp={timestamp}&mkey={key}&mid={mid}"), Mistake::FieldOrder),
        (|mid, key, timestamp| format!("mid={mid}&amp;mkey={key}&amp;timestamp={timestamp}"), Mistake::Escaped),
        (|mid, key, timestamp| format!("mid%3D{mid}%26mkey%3D{key}%26timestamp%3D{timestamp}"), Mistake::Escaped),
        (|mid, key, timestamp| format!("mid={mid}&mkey={key}&timestamp={timestamp}\n"), Mistake::TextWhiteSpace),
        (|mid, key, timestamp| format!("mid={mid}&mkey={key}&timestamp={timestamp} "), Mistake::TextWhiteSpace),
        (|mid, key, timestamp| format!("mid={mid} &mkey={key} &timestamp={timestamp}"), Mistake::TextWhiteSpace),
        (|mid, key, timestamp| format!("mid={mid}& mkey={key}& timestamp={timestamp}"), Mistake::TextWhiteSpace),
        (|mid, key, timestamp| format!("mid = {mid}&mkey = {key}&timestamp = {timestamp}"), Mistake::TextWhiteSpace),
    ];
    let (first, second) = match format {
        SignatureFormat::NameValue | SignatureFormat::Ignored => {
            (right(pairs), wrong(bare, Mistake::BareConcatenation))
        }
        SignatureFormat::Concatenated => (right(bare), wrong(pairs, Mistake::NameValue)),
        SignatureFormat::Both => (right(pairs), right(bare)),
    };
    let mut layouts = vec![first, second];
    layouts.extend(named.into_iter().chain(shared).map(|(join, mistake)| wrong(join, mistake)));
    layouts
}

/// Which mid may have been signed.
pub(super) fn mids(evidence: &Evidence<'_>) -> Vec<Variant<String>> {
    let mid = evidence.mid;
    let mut mids = vec![right(mid.to_owned())];
    for cased in [mid.to_uppercase(), mid.to_lowercase()] {
        mids.push(wrong(cased, Mistake::MidLetterCase));
    }
    for spaced in [format!("{mid} "), format!(" {mid}"), format!("{mid}\n"), format!("{mid}\r\n")] {
        mids.push(wrong(spaced, Mistake::MidWhiteSpace));
    }
    mids.push(wrong(form_encoded(mid), Mistake::MidForm));
    mids.extend(form_decoded(mid).map(|decoded| wrong(decoded, Mistake::MidForm)));
    mids.push(wrong(String::new(), Mistake::MidOther));
    for (other, _) in evidence.others {
        mids.push(wrong((*other).to_owned(), Mistake::MidOther));
    }
    mids.retain(|variant| variant.mistake.is_none() || variant.value != mid);
    mids
}

/// Which timestamp may have been signed: the common ones, tried with other mistakes too, and the rest.
pub(super) fn timestamps(posted: &str) -> (Vec<Variant<String>>, Vec<Variant<String>>) {
    let mut common = vec![right(posted.to_owned()), wrong(String::new(), Mistake::TimestampEmpty)];
    let mut rare = Vec::new();
    let kst = |second: i64| Kst::at_unix(second).as_str().to_owned();
    let (second, by_digits) = match (unix_of(posted), millis_of(posted)) {
        (Some(second), _) => (second, true),
        (None, Some(millis)) => (millis.div_euclid(1_000), false),
        (None, None) => return (common, rare),
    };
    common.push(wrong(second.to_string(), Mistake::TimestampForm));
    common.push(wrong(dashed(&kst(second)), Mistake::TimestampForm));
    if by_digits {
        for apart in [-2, -1, 1, 2] {
            common.push(wrong(kst(second + apart), Mistake::TimestampPosted));
        }
        for apart in (3..=120).flat_map(|apart| [apart, -apart]) {
            rare.push(wrong(kst(second + apart), Mistake::TimestampPosted));
        }
        common.push(wrong((second * 1_000).to_string(), Mistake::TimestampForm));
        rare.extend((1..1_000).map(|part| wrong((second * 1_000 + part).to_string(), Mistake::TimestampForm)));
    } else {
        let millis = millis_of(posted).unwrap_or_default();
        for apart in (1..=1_000).flat_map(|apart| [apart, -apart]) {
            rare.push(wrong((millis + apart).to_string(), Mistake::TimestampPosted));
        }
        for apart in [0, -1, 1] {
            common.push(wrong(kst(second + apart), Mistake::TimestampForm));
        }
    }
    for apart in [0, -1, 1] {
        common.push(wrong(kst(second - KST_AHEAD + apart), Mistake::TimestampUtc));
    }
    // Every zone there is, in quarters of an hour from UTC-12 to UTC+14.
    for zone in (-48..=56).map(|quarter| quarter * 900).filter(|zone| *zone != KST_AHEAD && *zone != 0) {
        for apart in [0, -1, 1] {
            rare.push(wrong(kst(second - KST_AHEAD + zone + apart), Mistake::TimestampLocal));
        }
    }
    // The other way round, as far west as no zone explains it from here: UTC and America.
    for zone in (-48..16).map(|quarter| quarter * 900) {
        for apart in [0, -1, 1] {
            rare.push(wrong(kst(second + KST_AHEAD - zone + apart), Mistake::TimestampPostedLocal));
        }
    }
    (common, rare)
}

/// `2019-09-06 11:01:00`, which nothing here signs.
fn dashed(digits: &str) -> String {
    let part = |from: usize, to: usize| &digits[from..to];
    format!("{}-{}-{} {}:{}:{}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14))
}

/// What a form decoder makes of a text that was never encoded, where that changes it.
fn form_decoded(text: &str) -> Option<String> {
    let decoded = paywelcome_loopback::form::text(text.as_bytes()).unwrap_or_else(|_| text.replace('+', " "));
    (decoded != text).then_some(decoded)
}

/// What a form encoder writes.
pub(crate) fn form_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => encoded.extend([format!("%{byte:02X}")]),
        }
        encoded
    })
}
