//! `refunds review` at a terminal: one case after the other.
#![allow(missing_docs)]

#[path = "scripted/hosted.rs"]
mod hosted;
mod scripted;

use hosted::{Ended, LOCAL, in_review, person, refund, run_with};
use serde_json::{Value, json};

/// A store with cases that a ruling ends; `early` says which ruling is too early.
struct Store {
    waiting: Vec<Value>,
    early: Option<&'static str>,
}

impl Store {
    fn of(keys: &[&str]) -> Self {
        Self { waiting: keys.iter().map(|key| in_review(key)).collect(), early: None }
    }

    fn find(&mut self, verb: &str, arguments: &Value) -> Value {
        let of_key = |refund: &&mut Value| refund["key"] == arguments["key"];
        match verb {
            "in_review" => self.waiting.clone().into(),
            "attempts" => json!([{ "what": "sent", "state": "sending", "at": 1_767_193_200_000_u64 }]),
            "get" => self.waiting.iter_mut().find(of_key).map_or(Value::Null, |refund| refund.clone()),
            "resolve" if self.early.is_some_and(|early| arguments["ruling"] == early) => {
                json!({ "error": { "kind": "ruling", "message": "too early", "until": 1_767_193_200_000_u64 } })
            }
            "resolve" => {
                let ruled = self.waiting.iter_mut().find(of_key).expect("it was shown");
                *ruled = refund("done");
                ruled["key"] = arguments["key"].clone();
                ruled["ruled_by"] = arguments["by"].clone();
                ruled.clone()
            }
            _ => Value::Null,
        }
    }
}

/// Runs it with what a person types, in order.
fn typed(line: &str, words: &[&'static str], store: &mut Store) -> Ended {
    typed_with(&LOCAL, line, words, |verb, arguments| store.find(verb, arguments))
}

fn typed_with(
    variables: &[(&str, &str)],
    line: &str,
    words: &[&'static str],
    find: impl FnMut(&str, &Value) -> Value,
) -> Ended {
    let mut person = person(variables);
    person.answers = words.iter().rev().copied().collect();
    person.is_shown = true;
    run_with(person, line, false, find)
}

/// The rulings that were recorded.
fn rulings(ended: &Ended) -> Vec<Value> {
    ended.asked.iter().filter(|ask| ask[1] == "resolve").map(|ask| ask[2].clone()).collect()
}

#[test]
fn a_person_rules_on_one_case_after_the_other() {
    let mut store = Store::of(&["a", "b", "c"]);
    let words = ["", "Kim", "s", "d", "it is there", "9,000", "y", "b", "?", "i", "void", "", "", "Y", "q"];
    let ended = typed("review", &words, &mut store);
    let expected = [
        json!({ "key": "b", "ruling": "done", "by": "Kim", "note": "it is there", "remaining": "9,000" }),
        json!({ "key": "a", "ruling": "void", "by": "Kim" }),
    ];
    assert_eq!(rulings(&ended), expected, "{}{}", ended.person.out, ended.person.err);
    let said = ended.person.out;
    for words in [
        "3 refunds wait for a person",
        "── 1 / 3 ── a ──\n3,000 won · tid-1 · waiting since 2026-01-01 00:00:00 KST\nNo answer came.\n  - Open tid tid-1.\n",
        "  2026-01-01 00:00:00 KST sent → sending\n",
        "  d  done    It is there.\n  v  void    Give it up.\n  s skip",
        "── 2 / 3 ── b ──",
        "b: done · 9,000 won remain\n",
        // What was skipped comes again by going back.
        "── 1 / 2 ── a ──",
        "── 1 / 1 ── c ──",
        "  tid: tid-1\n",
        "ruled: 2 · still waiting: 1\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let asked = ended.person.err;
    assert!(asked.contains("b: done · 3,000 won · tid-1\n  It is there.\nRecord this? y or n: "), "{asked}");
    assert!(ended.code == 0 && ended.person.answers.is_empty());
}

#[test]
fn nothing_is_written_down_without_a_yes() {
    let mut store = Store::of(&["a"]);
    for words in [
        &["d", "", "", "n", "q"][..],
        &["d", "", "", "", "q"],
        &["d", "", ""],
        &["d"],
        &[],
        // Not offered.
        &["r", "e", "resend", "x", "q"],
    ] {
        let mut typed_words = vec!["Kim"];
        typed_words.extend(words);
        let ended = typed("review", &typed_words, &mut store);
        assert_eq!((ended.code, rulings(&ended).len()), (0, 0), "{words:?}");
        assert!(ended.person.out.ends_with("ruled: 0 · still waiting: 1\n"), "{}", ended.person.out);
    }
    // A refund whose store was restored needs what remains.
    store.waiting[0]["review"]["needs_remaining"] = true.into();
    let ended = typed("review --by Lee", &["d", "", "", "", "9000", "y"], &mut store);
    assert_eq!(rulings(&ended), [json!({ "key": "a", "ruling": "done", "by": "Lee", "remaining": "9000" })]);
    assert_eq!(ended.person.out.matches("It is required here").count(), 2);
}

#[test]
fn a_ruling_that_is_refused_leaves_the_case() {
    let mut store = Store::of(&["a"]);
    store.early = Some("void");
    let ended = typed("review --by Kim", &["v", "", "", "y", "d", "", "", "y"], &mut store);
    let said = ended.person.out;
    assert!(
        said.contains("Not recorded. This ruling is possible after 2026-01-01 00:00:00 KST. Check again then.\n"),
        "{said}"
    );
    assert_eq!(said.matches("── 1 / 1 ── a ──").count(), 2);
    assert!(said.ends_with("ruled: 1 · still waiting: 0\n"), "{said}");
}

#[test]
fn what_somebody_else_has_ruled_is_said() {
    let by_lee = |key: &str| {
        let mut ruled = refund("void");
        for (name, value) in [("key", key), ("ruled_by", "Lee"), ("ruling", "void")] {
            ruled[name] = value.into();
        }
        ruled["updated_at"] = 1_767_193_260_000_u64.into();
        ruled
    };
    // Before it is shown.
    let mut store = Store::of(&["a", "b"]);
    let found = |verb: &str, arguments: &Value| match (verb, arguments["key"].as_str()) {
        ("get", Some("a")) => by_lee("a"),
        _ => store.find(verb, arguments),
    };
    let ended = typed_with(&LOCAL, "review --by Kim", &["q"], found);
    let said = ended.person.out;
    assert!(said.contains("a: void · 9,000 won remain · void Lee (2026-01-01 00:01:00 KST)\n"), "{said}");
    assert!(said.contains("── 1 / 1 ── b ──") && said.ends_with("still waiting: 1\n"), "{said}");
    // While this person types.
    let (mut store, mut looks) = (Store::of(&["a"]), 0);
    let found = |verb: &str, arguments: &Value| {
        looks += usize::from(verb == "get");
        if verb == "get" && looks == 2 { by_lee("a") } else { store.find(verb, arguments) }
    };
    let ended = typed_with(&LOCAL, "review --by Kim", &["d", "", "", "y"], found);
    assert_eq!(rulings(&ended).len(), 0);
    assert!(
        ended.person.out.contains("It has changed in the meantime; nothing was recorded.\na: void"),
        "{}",
        ended.person.out
    );
}

#[test]
fn real_money_is_sent_by_a_worker_only_after_a_yes() {
    let with_retry = || {
        let mut store = Store::of(&["a"]);
        store.waiting[0]["review"]["en"]["rulings"]["retry"] = "Send it anew.".into();
        store
    };
    let real = [LOCAL[0], LOCAL[3], ("PAYWELCOME_ENVIRONMENT", "production")];
    let unknown = [LOCAL[0], LOCAL[3]];
    for (variables, words) in [(&real[..], "at"), (&unknown, "with real money.")] {
        for (answer, rules) in [("y", false), ("yes", true)] {
            let mut store = with_retry();
            let ended = typed_with(variables, "review --by Kim", &["r", "", "", answer, "q"], |v, a| store.find(v, a));
            assert_eq!(rulings(&ended).len(), usize::from(rules), "{words}: {answer}");
            let asked = ended.person.err;
            assert!(asked.contains("with real money") && asked.contains("Type yes to continue: "), "{asked}");
        }
    }
    let ended = typed("review --by Kim", &["r", "", "", "y"], &mut with_retry());
    assert_eq!(rulings(&ended).len(), 1);
    assert!(ended.person.err.contains("with no real money"), "{}", ended.person.err);
}

#[test]
fn a_person_is_asked_in_korean_and_may_type_so() {
    let mut store = Store::of(&["a"]);
    let ended = typed("review --lang ko", &["김", "ㅍ", "없음", "12000", "ㅛ"], &mut store);
    let expected = json!({ "key": "a", "ruling": "void", "by": "김", "note": "없음", "remaining": "12000" });
    assert_eq!(rulings(&ended), [expected]);
    let said = ended.person.out;
    for words in [
        "확인이 필요한 환불 1건",
        "응답이 없습니다.",
        "3,000원 · tid-1",
        "  v  void    포기합니다.",
        "결정한 건 1, 남은 건 0",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn the_list_is_printed_where_no_person_reads_or_asks_for_it() {
    let list = |line: &str, is_shown: bool, answers: Vec<&'static str>| {
        let mut person = person(&LOCAL);
        (person.answers, person.is_shown) = (answers, is_shown);
        let mut store = Store::of(&["a"]);
        run_with(person, line, false, |verb, arguments| store.find(verb, arguments))
    };
    for (line, is_shown, answers) in
        [("review", true, vec![]), ("review", false, vec!["Kim"]), ("review --list", true, vec!["Kim"])]
    {
        let ended = list(line, is_shown, answers);
        assert!(ended.person.out.contains("refunds resolve --by NAME a done"), "{line}: {}", ended.person.out);
        assert_eq!(ended.asked.len(), 3, "{line}");
    }
    assert_eq!(list("review --json", true, vec!["Kim"]).person.json()["review"][0]["key"], json!("a"));
    let mut nothing = Store::of(&[]);
    assert_eq!(typed("review", &["Kim"], &mut nothing).person.out, "No refund waits for a person.\n");
}
