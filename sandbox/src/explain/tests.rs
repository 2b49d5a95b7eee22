use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Evidence, explain, explain_mid};
use crate::signature::{SignatureFormat, merchant_key};

const MID: &str = "shop01";
const KEY: &str = "U1RBUlQ+a2V5/w==";
const STAMP: &str = "20190906110100";
const OTHER: (&str, &str) = ("shop02", "another+key/of+another");

fn sum(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn signed(mid: &str, key: &str, stamp: &str) -> String {
    sum(&format!("mid={mid}&mkey={key}&timestamp={stamp}"))
}

fn names(format: SignatureFormat, timestamp: &str, signature: &str) -> Option<Vec<&'static str>> {
    let evidence = Evidence { format, mid: MID, sign_key: KEY, others: &[OTHER], timestamp, signature };
    let explanation = explain(&evidence)?;
    let message = explanation.message();
    assert!(message.chars().count() <= 100, "{message}");
    let told = format!("{explanation:?}{message}");
    assert!(!told.contains(KEY) && !told.contains(&merchant_key(KEY)), "{told}");
    Some(explanation.mistakes)
}

#[test]
fn names_every_single_mistake() {
    let key = merchant_key(KEY);
    let of_key = |text: &str| signed(MID, &merchant_key(text), STAMP);
    let of_text = |text: String| sum(&text);
    let cases = [
        (signed(MID, KEY, STAMP), "sign_key_not_hashed"),
        (signed(MID, &merchant_key(&key), STAMP), "key_hashed_twice"),
        (signed(MID, &key.to_uppercase(), STAMP), "mkey_upper_case"),
        (of_key(&format!("{KEY}\n")), "key_white_space"),
        (of_key(&format!("{KEY}\r\n")), "key_white_space"),
        (of_key(&format!(" {KEY}")), "key_white_space"),
        (of_key(&format!("\"{KEY}\"")), "key_quoted"),
        (of_key(&KEY.replace('+', " ")), "key_form_decoded"),
        (of_key("U1RBUlQ%2Ba2V5%2Fw%3D%3D"), "key_form_encoded"),
        (of_key(&KEY.to_lowercase()), "key_letter_case"),
        (of_key(""), "key_empty"),
        (of_key("undefined"), "key_undefined"),
        (of_key(OTHER.1), "other_merchants_key"),
        (of_text(format!("mid={MID}&mKey={key}&timestamp={STAMP}")), "mkey_spelling"),
        (of_text(format!("mid={MID}&mkey={key}&timeStamp={STAMP}")), "timestamp_spelling"),
        (of_text(format!("mid={MID}&signKey={key}&timestamp={STAMP}")), "sign_key_name"),
        (of_text(format!("mid={MID}&mkey={key}&timestamp={STAMP}&")), "trailing_ampersand"),
        (of_text(format!("&mid={MID}&mkey={key}&timestamp={STAMP}")), "leading_mark"),
        (of_text(format!("{MID}{key}{STAMP}")), "bare_concatenation"),
        (of_text(format!("mid={MID}&timestamp={STAMP}&mkey={key}")), "field_order"),
        (of_text(format!("mid={MID}&amp;mkey={key}&amp;timestamp={STAMP}")), "text_escaped"),
        (of_text(format!("mid={MID}&mkey={key}&timestamp={STAMP}\n")), "text_white_space"),
        (signed("SHOP01", &key, STAMP), "mid_letter_case"),
        (signed("shop01 ", &key, STAMP), "mid_white_space"),
        (signed("shop02", &key, STAMP), "other_mid"),
        (signed(MID, &key, "20190906110101"), "timestamp_not_the_posted"),
        (signed(MID, &key, "20190906105900"), "timestamp_not_the_posted"),
        (signed(MID, &key, "1567735260000"), "timestamp_form"),
        (signed(MID, &key, "1567735260123"), "timestamp_form"),
        (signed(MID, &key, "2019-09-06 11:01:00"), "timestamp_form"),
        (signed(MID, &key, "20190906020100"), "local_time_utc"),
        (signed(MID, &key, "20190906020059"), "local_time_utc"),
        (signed(MID, &key, "20190905190100"), "local_time"),
        (signed(MID, &key, "20190906074600"), "local_time"),
        (signed(MID, &key, "20190906200100"), "local_time_posted"),
        (signed(MID, &key, "20190907000100"), "local_time_posted"),
        (signed(MID, &key, ""), "timestamp_empty"),
        (signed(MID, &key, STAMP).to_uppercase(), "upper_case_hex"),
        (format!("{}\n", signed(MID, &key, STAMP)), "signature_white_space"),
        ("d41d8cd98f00b204e9800998ecf8427e".to_owned(), "md5"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709".to_owned(), "sha1"),
        ("0".repeat(128), "sha512"),
        (signed(MID, &key, STAMP)[..63].to_owned(), "cut_off"),
        ("(none)".to_owned(), "not_hex"),
        (STANDARD.encode(Sha256::digest(format!("mid={MID}&mkey={key}&timestamp={STAMP}"))), "base64_digest"),
        (
            signed(MID, &hex::encode(Sha256::digest(STANDARD.decode(KEY).unwrap_or_default())), STAMP),
            "key_base64_decoded",
        ),
    ];
    for (signature, name) in cases {
        assert_eq!(names(SignatureFormat::NameValue, STAMP, &signature), Some(vec![name]), "{signature}");
    }
}

#[test]
fn names_what_is_wrong_where_the_other_layout_or_timestamp_is_the_rule() {
    let key = merchant_key(KEY);
    let bare = |key: &str, stamp: &str| sum(&format!("{MID}{key}{stamp}"));
    let millis = "1567735260123";
    for (timestamp, signature, name) in [
        (STAMP, signed(MID, &key, STAMP), "name_value"),
        (STAMP, bare(KEY, STAMP), "sign_key_not_hashed"),
        (STAMP, sum(&format!("{key}{MID}{STAMP}")), "field_order"),
        (millis, bare(&key, "1567735260124"), "timestamp_not_the_posted"),
        (millis, bare(&key, "1567735260000"), "timestamp_not_the_posted"),
        (millis, bare(&key, STAMP), "timestamp_form"),
        (millis, bare(&key, "20190906020100"), "local_time_utc"),
        (millis, bare(&key, "20190905190100"), "local_time"),
    ] {
        assert_eq!(names(SignatureFormat::Concatenated, timestamp, &signature), Some(vec![name]), "{name}");
    }
}

#[test]
fn names_two_mistakes_at_once() {
    let key = merchant_key(KEY);
    let format = SignatureFormat::NameValue;
    for (signature, expected) in [
        (sum(&format!("{MID}{KEY}{STAMP}")), ["sign_key_not_hashed", "bare_concatenation"]),
        (sum(&format!("mid={MID}&mKey={KEY}&timestamp={STAMP}")), ["sign_key_not_hashed", "mkey_spelling"]),
        (signed("SHOP01", KEY, STAMP), ["mid_letter_case", "sign_key_not_hashed"]),
        (signed("shop02", &merchant_key(OTHER.1), STAMP), ["other_mid", "other_merchants_key"]),
        (signed(MID, KEY, "20190906020100"), ["sign_key_not_hashed", "local_time_utc"]),
        (sum(&format!("{MID}{key}20190906110101")), ["bare_concatenation", "timestamp_not_the_posted"]),
        (signed(MID, KEY, STAMP).to_uppercase(), ["sign_key_not_hashed", "upper_case_hex"]),
    ] {
        assert_eq!(names(format, STAMP, &signature), Some(expected.to_vec()));
    }
}

#[test]
fn says_nothing_that_was_not_computed() {
    let key = merchant_key(KEY);
    let format = SignatureFormat::NameValue;
    assert_eq!(names(format, STAMP, &sum("anything")), None);
    assert_eq!(names(format, STAMP, &signed(MID, &merchant_key("a wrong key"), STAMP)), None);
    assert_eq!(names(format, STAMP, &signed(MID, &key, "20190906130723")), None);
    // The right one is not a mistake.
    assert_eq!(names(format, STAMP, &signed(MID, &key, STAMP)), None);
}

#[test]
fn names_what_is_wrong_with_a_mid() {
    let known = ["shop01", "a+b"];
    let name = |posted: &str| explain_mid(posted, &known).map(super::Mistake::name);
    for (posted, expected) in [
        ("shop01 ", Some("mid_white_space")),
        ("\tshop01\n", Some("mid_white_space")),
        ("Shop01", Some("mid_letter_case")),
        ("a b", Some("mid_form_coded_twice")),
        ("a%2Bb", Some("mid_form_coded_twice")),
        ("shop1", None),
        ("", None),
    ] {
        assert_eq!(name(posted), expected, "{posted:?}");
    }
}
