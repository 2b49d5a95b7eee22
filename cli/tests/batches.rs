//! Commands of batches: what their host is asked for, what a person is asked, and what is drawn.
#![allow(missing_docs)]

#[path = "scripted/hosted.rs"]
mod hosted;
mod scripted;

use hosted::{Ended, LOCAL, person, run, run_with};
use serde_json::{Value, json};

fn progress(requested: u64, done: u64) -> Value {
    json!({
        "batch": "concert-17", "state": "running", "pace": null, "rate": 600.0, "left": 5.0, "why": null, "paused_at": null,
        "counts": {
            "requested": { "refunds": requested, "amount": 12_000 * requested }, "done": { "refunds": done, "amount": 12_000 * done },
        },
        "total": { "refunds": requested + done, "amount": 12_000 * (requested + done) },
    })
}

/// Runs a line whose host has a batch that comes further at each look.
fn watched(line: &str, columns: u64, is_shown: bool) -> Ended {
    let mut person = person(&LOCAL);
    person.is_shown = is_shown;
    let mut looks = 0;
    run_with(person, line, false, |name, _| match name {
        "progress" => {
            looks += 1;
            match looks {
                2 => json!({ "error": { "message": "the server closed the connection" } }),
                _ => progress(u64::from(looks < 4) * 3, 7),
            }
        }
        "columns" => columns.into(),
        _ => Value::Null,
    })
}

#[test]
fn at_a_terminal_a_batch_is_drawn_over_until_it_has_ended() {
    let Ended { code, asked, person } = watched("progress concert-17", 80, true);
    assert_eq!(code, 0);
    let names: Vec<_> =
        asked.iter().skip(2).map(|ask| if ask[0] == "verb" { ask[1].clone() } else { ask[0].clone() }).collect();
    let expected =
        ["progress", "columns", "pause", "progress", "pause", "progress", "columns", "pause", "progress", "columns"];
    assert_eq!(names, expected);
    assert_eq!(asked[4], json!(["pause", 1.0]));
    let drawn: Vec<_> = person.out.split("concert-17: ").collect();
    assert_eq!(drawn.len(), 4, "{}", person.out);
    assert!(
        drawn[1].starts_with("running\n[############################............] 70.0 %  7 of 10\n"),
        "{}",
        drawn[1]
    );
    // What failed stands in the place of what was drawn, and is not drawn over.
    assert_eq!(person.err, "\r\u{1b}[6A\u{1b}[Jthe server closed the connection\n");
    assert!(!drawn[1].contains('\u{1b}') && drawn[2].ends_with("\r\u{1b}[6A\u{1b}[J"), "{:?}", drawn[2]);
    assert!(drawn[3].starts_with("ended\n") && !drawn[3].contains('\u{1b}'), "{}", drawn[3]);
    // Lines that are broken take more rows.
    let narrow = watched("progress concert-17", 20, true);
    assert!(narrow.person.out.contains("\r\u{1b}[14A"), "{:?}", narrow.person.out);
}

#[test]
fn elsewhere_a_batch_is_told_once_or_in_lines() {
    let Ended { code, asked, person } = watched("progress concert-17", 80, false);
    assert_eq!((code, asked.len()), (0, 3));
    assert!(person.out.starts_with("concert-17: running\n[###") && !person.out.contains('\u{1b}'), "{}", person.out);
    let lines = watched("progress concert-17 --every 2.5", 80, false).person.out;
    assert!(lines.lines().count() == 3 && lines.starts_with("concert-17: running · 7/10 (70.0 %) · "), "{lines}");
    assert_eq!(watched("progress concert-17 --once", 80, true).asked.len(), 4);
    let Ended { asked, person, .. } = watched("progress concert-17 --json", 80, true);
    assert_eq!((asked.len(), &person.json()["progress"]["total"]["refunds"]), (3, &json!(10)));
    let all = run(hosted::person(&LOCAL), "progress", false, &json!({ "batches": [progress(1, 2), progress(0, 0)] }));
    assert_eq!(all.person.out.lines().count(), 2, "{}", all.person.out);
    let none = run(hosted::person(&LOCAL), "progress --lang ko", false, &json!({ "batches": [] }));
    assert_eq!(none.person.out, "일괄 환불이 없습니다.\n");
    let missing = json!({ "progress": { "error": { "kind": "not_found", "message": "there is no batch \"x\"" } } });
    assert_eq!(run(hosted::person(&LOCAL), "progress x", false, &missing).code, 2);
}

#[test]
fn what_is_changed_is_told_to_the_host() {
    let found = json!({
        "progress": progress(3, 7), "pause": progress(3, 7), "resume": progress(3, 7), "set_batch": progress(3, 7),
        "void_unsent": { "refunds": 3, "amount": 36_000 },
    });
    let asked = |line: &str| run(person(&LOCAL), line, false, &found).asked;
    assert_eq!(
        asked("pause concert-17 --by kim --lang ko")[2],
        json!(["verb", "pause", { "batch": "concert-17", "by": "kim" }])
    );
    assert_eq!(
        asked("resume concert-17 --by kim")[2],
        json!(["verb", "resume", { "batch": "concert-17", "by": "kim" }])
    );
    assert_eq!(
        asked("void-unsent concert-17 --by kim --note x --yes")[2][2],
        json!({ "batch": "concert-17", "by": "kim", "note": "x" })
    );
    for (pace, given) in [("40", json!(40.0)), ("none", json!(false)), ("fast", json!("fast"))] {
        let asked = asked(&format!("pace concert-17 {pace}"));
        assert_eq!(asked[2], json!(["verb", "set_batch", { "batch": "concert-17", "pace": given }]));
    }
    // Who it is, is asked where a person is there, and otherwise named by the ledger.
    assert_eq!(asked("pause concert-17")[2][2]["by"], Value::Null);
    let mut there = person(&LOCAL);
    there.answers = vec!["kim"];
    assert_eq!(run(there, "pause concert-17", false, &found).asked[2][2]["by"], "kim");
    for (line, words) in
        [("pause --by kim", "NAME is missing"), ("pace concert-17", "N is missing"), ("pace a b c", "a word too many")]
    {
        let ended = run(person(&LOCAL), line, false, &found);
        assert!(ended.code == 2 && ended.person.err.contains(words), "{line}: {}", ended.person.err);
    }
}

#[test]
fn what_can_not_be_taken_back_is_asked_for() {
    let found = json!({ "progress": progress(3, 7), "resume": progress(3, 7), "void_unsent": { "refunds": 3, "amount": 36_000 } });
    let mut production = LOCAL;
    production[2] = ("PAYWELCOME_ENVIRONMENT", "production");
    for (line, verb, at_home) in
        [("resume concert-17 --by kim", "resume", false), ("void-unsent concert-17 --by kim", "void_unsent", true)]
    {
        let does = |ended: &Ended| ended.asked.iter().any(|ask| ask[1] == verb);
        let nobody = run(person(&production), line, false, &found);
        assert_eq!((nobody.code, does(&nobody)), (2, false), "{line}");
        assert!(nobody.person.err.contains("--yes"), "{}", nobody.person.err);
        for (answer, agrees) in [("yes", true), ("y", false)] {
            let mut there = person(&production);
            there.answers = vec![answer];
            let ended = run(there, line, false, &found);
            assert_eq!((does(&ended), ended.code == 0), (agrees, agrees), "{line}: {answer}");
            assert!(ended.person.err.contains("3 refunds, 36,000 won"), "{}", ended.person.err);
        }
        assert!(does(&run(person(&production), &format!("{line} --yes"), false, &found)), "{line}");
        // On this machine no money moves, but what is given up is given up.
        assert_eq!(does(&run(person(&LOCAL), line, false, &found)), !at_home, "{line}");
    }
    let given_up = run(person(&LOCAL), "void-unsent concert-17 --by kim --yes", false, &found).person.out;
    assert!(given_up.starts_with("given up: 3 refunds, 36,000 won (USD: cents)\nconcert-17: running\n"), "{given_up}");
}

#[test]
fn a_run_says_what_it_is_about_to_do_with_a_batch_and_how_far_it_came() {
    let counts = json!({});
    let ended = run(
        person(&LOCAL),
        "run --batch concert-17 --until-idle --lang en",
        false,
        &json!({ "progress": progress(3, 7), "run": 3, "counts": counts }),
    );
    assert_eq!(ended.asked[3][1], json!({ "batch": "concert-17", "until_idle": true }));
    assert!(ended.person.err.contains("concert-17: running\n[####"), "{}", ended.person.err);
    assert!(ended.person.out.starts_with("processed: 3\nconcert-17: "), "{}", ended.person.out);
    let missing = json!({ "error": { "kind": "not_found", "message": "there is no batch" } });
    let early = run(
        person(&LOCAL),
        "run --batch concert-17",
        false,
        &json!({ "progress": missing, "run": 0, "counts": counts }),
    );
    assert_eq!((early.code, early.person.out.as_str()), (0, "processed: 0\n"));
    assert!(early.person.err.contains("concert-17: no refunds yet.\n"), "{}", early.person.err);
}
