//! `doctor --rehearsal FILE`: the settings beside what was found.
#![allow(missing_docs, clippy::expect_used)]

#[path = "scripted/commanded.rs"]
mod commanded;
mod scripted;

use paywelcome_sandbox::{Options, Sandbox};
use scripted::Scripted;
use serde_json::{Value, json};

struct File(std::path::PathBuf);

impl File {
    fn of(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("paywelcome-doctor-{name}-{}.json", std::process::id()));
        std::fs::write(&path, content).expect("it can be written");
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Nobody misses it.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn rehearsal(sandbox: &Sandbox) -> Value {
    let form = |signature: &str, timestamp: &str, accepted: Option<bool>| json!({ "signature_format": signature, "timestamp_format": timestamp, "accepted": accepted });
    json!({
        "format": "paywelcome-rehearsal", "version": 1, "mid": sandbox.mid(),
        "gateway": { "base_url": sandbox.url(), "kind": "loopback" },
        "payment": { "tid": "t", "price": 1000, "pay_type": "card" },
        "finished_at": "2026-11-29T14:20:00+09:00",
        "findings": {
            "signature": { "checked": true, "forms": [
                form("name_value", "kst", Some(true)),
                form("name_value", "epoch_ms", Some(false)),
                form("concatenated", "kst", None),
            ] },
            "confirm_price": { "enforced": true },
            "required_echoes": ["price", "remaining_price"],
            "success": { "partial": {} },
        },
    })
}

/// The exit code, and what is said of what: whether it is right, whether it is doubtful, the detail and the advice.
fn examined(sandbox: &Sandbox, name: &str, content: &str, line: &str) -> (i32, impl Fn(&str) -> (bool, bool, String)) {
    let file = File::of(name, content);
    let mut terminal = Scripted::at(sandbox);
    let path = file.0.to_str().expect("it is UTF-8");
    let code = terminal.run(format!("doctor --json --rehearsal {path} {line}").trim_end());
    let told = terminal.json();
    let said = move |about: &str| {
        let checks = told["checks"].as_array().cloned().unwrap_or_default();
        let found =
            checks.into_iter().find(|check| check["about"] == about).unwrap_or_else(|| panic!("{about}: {told}"));
        let is = |name: &str| found[name].as_bool().expect("it is a flag");
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        (is("ok"), is("doubtful"), format!("{} → {}", text("detail"), text("advice")))
    };
    (code, said)
}

#[test]
fn settings_that_agree_are_well() {
    let sandbox = Sandbox::start(Options::default()).expect("it starts");
    let content = rehearsal(&sandbox).to_string();
    let (code, said) = examined(&sandbox, "well", &content, "--required-echoes price,remaining_price");
    assert_eq!(code, 0);
    for (about, words) in [
        ("rehearsal", "2026-11-29T14:20:00+09:00"),
        ("signature", "name_value with kst was accepted"),
        ("required_echoes", "price,remaining_price, as successes repeated"),
        ("confirm_price_enforced", "proven, for card: "),
    ] {
        let (ok, doubtful, text) = said(about);
        assert!(ok && !doubtful && text.contains(words), "{about}: {text}");
    }
}

#[test]
fn settings_that_were_refused_are_wrong() {
    let sandbox = Sandbox::start(Options::default()).expect("it starts");
    let content = rehearsal(&sandbox).to_string();
    let (code, said) = examined(&sandbox, "wrong", &content, "--timestamp-format epoch_ms");
    assert_eq!(code, 2);
    for (about, words) in [
        (
            "signature",
            "name_value with epoch_ms was refused; name_value with kst was accepted → set signature_format to name_value and timestamp_format to kst",
        ),
        (
            "required_echoes",
            "did not repeat tid: each would be unknown → set required_echoes to price,remaining_price;",
        ),
    ] {
        let (ok, _, text) = said(about);
        assert!(!ok && text.contains(words), "{about}: {text}");
    }
    let (code, said) = examined(&sandbox, "less", &content, "--required-echoes price --signature-format concatenated");
    assert_eq!(code, 0);
    let (_, doubtful, text) = said("required_echoes");
    assert!(doubtful && text.contains("successes repeated remaining_price, too"), "{text}");
    let (_, doubtful, text) = said("signature");
    assert!(!doubtful && text.contains("not known"), "{text}");
}

#[test]
fn what_was_found_elsewhere_or_in_part_is_a_doubt() {
    let sandbox = Sandbox::start(Options::default()).expect("it starts");
    let of = |change: &dyn Fn(&mut Value)| {
        let mut changed = rehearsal(&sandbox);
        change(&mut changed);
        changed.to_string()
    };
    let elsewhere = of(&|changed| {
        changed["gateway"] = json!({ "base_url": "https://tpayapi.paywelcome.co.kr", "kind": "test" });
    });
    let (code, said) = examined(&sandbox, "elsewhere", &elsewhere, "--timestamp-format epoch_ms");
    assert_eq!(code, 0);
    for (about, words) in [
        ("rehearsal", "the test host does proves nothing for another"),
        ("signature", "was refused"),
        ("required_echoes", "did not repeat tid"),
    ] {
        let (ok, doubtful, text) = said(about);
        assert!(ok && doubtful && text.contains(words), "{about}: {text}");
    }
    let (_, _, text) = said("confirm_price_enforced");
    assert!(text.starts_with("not proven: the rehearsal was with the test host"), "{text}");
    for (content, about, words) in [
        (of(&|changed| changed["mid"] = "another".into()), "rehearsal", "rehearse with this merchant id"),
        (of(&|changed| changed["finished_at"] = Value::Null), "rehearsal", "not finished"),
        (
            of(&|changed| changed["findings"]["required_echoes"] = Value::Null),
            "required_echoes",
            "no choice makes done",
        ),
    ] {
        let (code, said) = examined(&sandbox, "part", &content, "--required-echoes price,remaining_price");
        let (ok, doubtful, text) = said(about);
        assert!(code == 0 && ok && doubtful && text.contains(words), "{about}: {text}");
    }
    let file = File::of("keyless", &rehearsal(&sandbox).to_string());
    let mut keyless = Scripted::default();
    let path = file.0.to_str().expect("it is UTF-8");
    keyless.run(&format!("doctor --base-url {} --rehearsal {path}", sandbox.url()));
    assert!(keyless.out.contains("proven, for card") && !keyless.out.contains("the settings name"), "{}", keyless.out);
    let unseen = of(&|changed| changed["findings"] = json!({}));
    let (code, said) = examined(&sandbox, "unseen", &unseen, "");
    assert_eq!(code, 0);
    assert!(said("required_echoes").2.contains("saw no success") && said("signature").2.contains("not known"));
    let unchecked = of(&|changed| changed["findings"]["signature"] = json!({ "checked": false }));
    assert!(examined(&sandbox, "unchecked", &unchecked, "").1("signature").2.contains("did not check it"));
}

#[test]
fn a_file_that_is_wrong_is_told_by_its_place() {
    let sandbox = Sandbox::start(Options::default()).expect("it starts");
    for (content, words) in [("{}", "format: "), ("PLANTED", "is not JSON")] {
        let (code, said) = examined(&sandbox, "torn", content, "");
        let (ok, _, text) = said("rehearsal");
        assert!(code == 2 && !ok && text.contains(words) && !text.contains("PLANTED"), "{text}");
        assert!(said("connection").0, "the rest is looked at all the same");
    }
    let mut terminal = Scripted::at(&sandbox);
    assert_eq!(terminal.run("doctor --rehearsal /nowhere/rehearsal.json"), 2);
    assert!(terminal.out.contains("✗  rehearsal") && terminal.out.contains("can't be read"), "{}", terminal.out);
}
