//! `rehearse` against a sandbox: what it records is what that gateway does.
#![allow(missing_docs)]

mod rehearsing;

use paywelcome_rehearsal::{Outcome, Proof, Situation, State};
use paywelcome_sandbox::{Options, Sandbox};
use rehearsing::{Merchant, PAID, approve, found, step, went_back};
use serde_json::json;

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).expect("a sandbox starts")
}

#[test]
fn everything_that_the_guide_leaves_open_is_found_out_in_one_run() {
    let sandbox = sandbox();
    let merchant = Merchant::of(&sandbox);
    let (tid, full) = (approve(&sandbox), approve(&sandbox));
    let line = format!("--tid {tid} --price {PAID} --pay-type card --full-tid {full} --full-price {PAID} --yes");
    let (code, terminal) = merchant.rehearse(&line, &[]);
    assert_eq!(code, 0, "{}{}", terminal.out, terminal.err);
    let file = merchant.file();
    let findings = found(&file);
    let codes = json!({
        "partial_done": "00", "full_done": "00", "bad_signature": "ERR206", "unknown_tid": "SBX301",
        "confirm_price": "SBX405", "more_than_remains": "SBX404", "full_after_partial": "SBX402",
        "partial_after_all": "SBX401", "full_after_all": "SBX401", "full_price": "SBX403", "second_full": "SBX401",
    });
    assert_eq!(findings["codes"], codes);
    let at_once = &findings["confirm_price"]["at_once"];
    assert_eq!((&at_once["sent"], &at_once["done"], &at_once["declined"]), (&json!(5), &json!(1), &json!(4)));
    let confirm = &file.findings.confirm_price;
    assert_eq!(
        (confirm.compared, confirm.equality, confirm.atomic, confirm.enforced),
        (Some(true), Some(true), Some(true), Some(true))
    );
    assert_eq!(findings["required_echoes"], json!(["tid", "price", "remaining_price"]));
    assert_eq!(
        (&findings["signature"]["format"], &findings["signature"]["timestamp"]),
        (&json!("name_value"), &json!("kst"))
    );
    let accepted = file.findings.signature.forms.iter().map(|form| (form.accepted, form.proof));
    let refused = (Some(false), None);
    let expected = [(Some(true), Some(Proof::Done)), (Some(true), Some(Proof::ToldApart)), refused, refused];
    assert_eq!(accepted.collect::<Vec<_>>(), expected);
    assert_eq!(file.findings.outcomes[&Situation::FullAfterPartial], Outcome::Declined);
    assert_eq!(file.findings.connections_kept, Some(true));
    assert_eq!((went_back(&sandbox, &tid), went_back(&sandbox, &full)), (PAID, PAID));
    assert!(file.steps.iter().all(|step| step.cost.least == step.cost.most && step.cost.most <= step.could_cost));
    assert_eq!(step(&file, "forms_by_success").state, State::Skipped);
    // The key is a text, and mkey and signatures are 64 hex digits.
    let text = merchant.text();
    assert!(!text.contains(sandbox.sign_key()));
    assert!(text.split(|c: char| !c.is_ascii_hexdigit()).all(|word| word.len() < 64));
    let mut posted = file.steps.iter().flat_map(|step| &step.exchanges).flat_map(|exchange| &exchange.fields);
    assert!(posted.all(|(name, _)| name != "signature"));
}
