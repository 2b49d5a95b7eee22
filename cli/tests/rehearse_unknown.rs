//! `rehearse` that is cut short, or whose answers are lost: what it says of the money is true, and nothing is sent twice.
#![allow(missing_docs)]

mod rehearsing;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use paywelcome_rehearsal::{Cost, Outcome, Rehearsal, State, Step};
use paywelcome_sandbox::{Options, Sandbox};
use rehearsing::{Merchant, PAID, Scripted, approve, went_back};
use serde_json::{Value, json};

/// The questions that are asked about, in their order.
const MONEY: [&str; 12] = [
    "wrong_remainder_high",
    "wrong_remainder_low",
    "partial",
    "same_again",
    "at_once",
    "more_than_remains",
    "full_after_partial",
    "rest",
    "partial_after_all",
    "full_after_all",
    "full_price",
    "full",
];

struct Scene {
    sandbox: Sandbox,
    merchant: Merchant,
    tid: String,
    full: String,
}

impl Scene {
    /// A rehearsal whose person said yes so often, and then no.
    fn after(answers: usize, rules: &Value) -> Self {
        let sandbox = Sandbox::start(Options::default()).expect("a sandbox starts");
        sandbox.command("set_rules", rules.clone()).expect("there are such rules");
        let merchant = Merchant::of(&sandbox);
        let (tid, full) = (approve(&sandbox), approve(&sandbox));
        let line = format!("--tid {tid} --price {PAID} --pay-type card --full-tid {full} --full-price {PAID}");
        let said: Vec<_> = std::iter::once("no").chain(std::iter::repeat_n("yes", answers)).collect();
        let (code, terminal) = merchant.rehearse(&line, &said);
        assert_eq!(code, 1, "{}", terminal.err);
        Self { sandbox, merchant, tid, full }
    }

    fn posted(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.method == "POST").count()
    }

    /// What is recorded of the cost holds what the ledger says, and is within what was said before.
    fn judge(&self, context: &str) {
        let file = self.merchant.file();
        for (is_full, tid) in [(false, &self.tid), (true, &self.full)] {
            let of = file
                .steps
                .iter()
                .filter(|step| ["full_price", "full", "second_full"].contains(&step.step.as_str()) == is_full);
            let (least, most) = of.fold((0, 0), |all, step| (all.0 + step.cost.least, all.1 + step.cost.most));
            let went_back = went_back(&self.sandbox, tid);
            assert!(least <= went_back && went_back <= most, "{context}: {least} {went_back} {most}");
        }
        // Where an answer tells of more than was asked for, that may be what went back.
        let tells_more =
            |step: &&Step| step.exchanges.iter().any(|exchange| exchange.kind.as_deref() == Some("mismatch"));
        for step in file.steps.iter().filter(|step| !tells_more(step)) {
            assert!(step.cost.most <= step.could_cost, "{context}: {}", step.step);
        }
    }

    /// Continues to the end, where a person looks up what remains.
    fn finish(&self, context: &str) {
        self.merchant.to_the_end(&self.sandbox, &self.tid, &self.full, "");
        self.judge(context);
        let file = self.merchant.file();
        assert!(file.finished_at.is_some(), "{context}");
        let exchanges: usize = file.steps.iter().map(|step| step.exchanges.len()).sum();
        let lost = file.steps.iter().filter(|step| step.state == State::Unknown && step.exchanges.is_empty());
        let lost: usize = lost.map(|step| if step.step == "at_once" { 5 } else { 1 }).sum();
        let posted = self.posted();
        assert!(
            (exchanges..=exchanges + lost).contains(&posted),
            "{context}: {posted} were sent, {exchanges} are kept"
        );
    }
}

/// Plays `scene` with all numbers below `count`, several at once.
fn all(count: usize, scene: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    scene(number);
                }
            });
        }
    });
}

/// Has the last question that was asked be cut short: its request has left, and nothing more was written.
fn cut_short(file: &mut Rehearsal, name: &str) {
    let step = file.steps.iter_mut().find(|step| step.step == name).expect("it was asked");
    step.state = State::Asked;
    step.cost = Cost { least: 0, most: step.could_cost };
    step.exchanges.clear();
    file.finished_at = None;
}

#[test]
fn a_question_that_was_cut_short_is_unknown_and_is_never_asked_again() {
    // Of a gateway that gives back whatever it is asked for, and of one that does not.
    let rules = [json!({}), json!({ "confirm_price": "ignored", "full_price": "ignored" })];
    all(MONEY.len() * 2, |number| {
        let (question, has_left) = (number / 2, number % 2 == 0);
        // Where the price of full cancels is ignored, there is no question of the right one.
        let rules = &rules[if MONEY[question] == "full" { 0 } else { (question + number) % 2 }];
        let scene = Scene::after(question + 1, rules);
        let context = format!("{} {has_left} {rules}", MONEY[question]);
        let mut file = scene.merchant.file();
        cut_short(&mut file, MONEY[question]);
        let scene = if has_left {
            scene
        } else {
            // The same, with payments that the request never reached.
            let other = Scene::after(question, rules);
            let step = file.steps.iter().find(|step| step.step == MONEY[question]).cloned().expect("it is there");
            file = other.merchant.file();
            file.steps.push(step);
            other
        };
        file.write(&scene.merchant.path()).expect("there is room");
        let before = scene.posted();
        let (code, terminal) = scene.merchant.rehearse("--yes", &[]);
        let moves = file.steps.iter().any(|step| step.state == State::Asked && step.could_cost > 0);
        assert_eq!(code, if moves { 5 } else { 0 }, "{context}: {}", terminal.err);
        assert!(terminal.err.starts_with(MONEY[question]), "{context}: {}", terminal.err);
        if moves && question < 10 {
            let full = scene
                .sandbox
                .requests()
                .iter()
                .filter(|request| request.fields.iter().any(|field| field.1 == scene.full))
                .count();
            assert_eq!(scene.posted() - before, full, "{context}: nothing more was asked about this payment");
        }
        scene.judge(&context);
        let written = scene.merchant.file();
        let step = written.steps.iter().find(|step| step.step == MONEY[question]).expect("it is there");
        assert_eq!((step.state, step.exchanges.len()), (State::Unknown, 0), "{context}");
        scene.finish(&context);
    });
}

#[test]
fn a_lost_answer_is_unknown_until_a_person_has_looked() {
    let faults = [
        json!({ "kind": "close", "when": "after_applying" }),
        json!({ "kind": "reset", "when": "before_applying" }),
        json!({ "kind": "status", "when": "after_applying" }),
        json!({ "kind": "empty_body", "when": "after_applying" }),
        json!({ "kind": "result_code" }),
        json!({ "kind": "wrong_remaining" }),
        json!({ "kind": "wrong_amount" }),
    ];
    let rules = [json!({}), json!({ "confirm_price": "ignored"})];
    // Each question meets three of them, each of them several questions, and each pair both gateways by turns.
    all(MONEY.len() * 3, |number| {
        let (question, fault) = (number / 3, &faults[number % faults.len()]);
        let rules = &rules[number % 2];
        let scene = Scene::after(question, rules);
        let context = format!("{} {fault} {rules}", MONEY[question]);
        scene.sandbox.command("arm", fault.clone()).expect("it is armed");
        let (code, _) = scene.merchant.rehearse("--yes", &[]);
        assert!([0, 5].contains(&code), "{context}: {code}");
        scene.judge(&context);
        scene.finish(&context);
    });
}

#[test]
fn a_person_at_the_terminal_may_tell_at_once_what_remains() {
    let scene = Scene::after(2, &json!({}));
    scene.sandbox.command("arm", json!({ "kind": "close", "when": "after_applying" })).expect("it is armed");
    // The partial cancel is lost; a wrong amount is asked for again, and the rest is asked as always.
    let mut answers = vec!["yes"; 12];
    answers.extend(["898", "1200", "many", "yes"]);
    let (code, terminal) = scene.merchant.rehearse("--lang en", &answers);
    assert!(
        terminal.err.contains("what remains of") && terminal.err.contains("between 898 and 1000"),
        "{}",
        terminal.err
    );
    assert_eq!(code, 0, "{}", terminal.err);
    let file = scene.merchant.file();
    let step = file.steps.iter().find(|step| step.step == "partial").expect("it is there");
    assert_eq!((step.state, step.ruled, step.cost.least, step.cost.most), (State::Unknown, Some(898), 102, 102));
    let confirm = &file.findings.confirm_price;
    assert_eq!((confirm.same_again, confirm.enforced), (Some(Outcome::Declined), Some(true)), "the rest was done");
    scene.judge("told at once");
}

/// Rehearses, and presses Ctrl-C as soon as the next request is there.
fn interrupted(scene: &Scene, options: &str) -> (i32, Scripted) {
    let interrupts = scene.merchant.interrupts.clone();
    let before = scene.posted();
    thread::scope(|scope| {
        scope.spawn(|| {
            while scene.posted() == before {
                thread::yield_now();
            }
            while !interrupts.interrupt() {
                thread::yield_now();
            }
        });
        scene.merchant.rehearse(options, &[])
    })
}

#[test]
fn what_is_lost_after_ctrl_c_is_to_be_looked_up() {
    let scene = Scene::after(2, &json!({}));
    scene.sandbox.command("arm", json!({ "kind": "stall" })).expect("it is armed");
    let (code, terminal) = interrupted(&scene, "--yes --timeout 2 --lang en");
    assert_eq!(code, 5, "{}", terminal.err);
    assert!(terminal.err.contains("can't be called back") && terminal.err.contains("--remaining"), "{}", terminal.err);
    scene.judge("lost after Ctrl-C");
}

#[test]
fn ctrl_c_lets_an_answer_come_and_stops_before_the_next_question() {
    let scene = Scene::after(2, &json!({}));
    let _ = scene.sandbox.command("arm", json!({ "kind": "stall", "ms": 1_500 })).expect("it is armed");
    let before = scene.posted();
    let (code, terminal) = interrupted(&scene, "--yes --lang en");
    assert_eq!(code, 1, "{}", terminal.err);
    assert!(terminal.err.contains("can't be called back"), "{}", terminal.err);
    assert_eq!(scene.posted(), before + 1);
    assert_eq!(went_back(&scene.sandbox, &scene.tid), 102);
    scene.judge("Ctrl-C");
    scene.finish("Ctrl-C");
}

#[test]
fn a_success_that_may_be_told_for_one_whose_answer_was_lost_is_looked_up() {
    let scene = Scene::after(2, &json!({ "same_again": "replayed" }));
    scene.sandbox.command("arm", json!({ "kind": "close" })).expect("it is armed");
    assert_eq!(scene.merchant.rehearse("--yes", &[]).0, 5);
    let (code, terminal) = scene.merchant.rehearse("--yes --remaining 898 --lang en", &[]);
    assert_eq!(code, 5, "{}", terminal.out);
    assert!(terminal.err.contains("between 796 and 898 won"), "{}", terminal.err);
    scene.judge("replayed");
    scene.finish("replayed");
    let confirm = scene.merchant.file().findings.confirm_price;
    assert_eq!((confirm.compared, confirm.enforced), (Some(true), Some(false)));
}

#[test]
fn a_request_that_never_got_there_shows_nothing_of_the_rules() {
    let scene = Scene::after(0, &json!({ "confirm_price": "ignored" }));
    scene.sandbox.command("arm", json!({ "kind": "close", "when": "before_applying" })).expect("it is armed");
    let (code, _) = scene.merchant.rehearse("--yes", &[]);
    assert_eq!(code, 5);
    scene.finish("never got there");
    let confirm = scene.merchant.file().findings.confirm_price;
    assert_eq!((confirm.too_high, confirm.too_low), (Some(Outcome::Unknown), Some(Outcome::Done)));
    assert_eq!((confirm.compared, confirm.equality, confirm.enforced), (None, Some(false), Some(false)));
}
