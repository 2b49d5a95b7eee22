use paywelcome_loopback::http::{Framing, Head};
use serde_json::{Map, Value};

use super::asked::SUCCESS_MESSAGE;
use super::{Exchange, Gateway};
use crate::clock::Clock;
use crate::options::Options;
use crate::payment::Approval;
use crate::rules::Check;
use crate::signature::SignatureFormat;
use crate::terms::Terms;

const STAMP: &str = "20190906110100";
/// Of mid `welcometst`, sign key `made-up` and the timestamp above; made with another tool.
const SIGNATURE: &str = "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f";
const CONCATENATED: &str = "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const TID: &str = "(the payment's)";

/// A reply as a client reads it.
struct Reply {
    status: u16,
    content_type: String,
    body: String,
}

fn gateway(format: SignatureFormat) -> Gateway {
    let options = Options {
        mid: "welcometst".into(),
        sign_key: "made-up".into(),
        signature_format: format,
        ..Options::default()
    };
    let gateway = Gateway::new(options, None);
    gateway.state().clock = Clock::Fixed(1_567_735_260);
    gateway
}

fn approve(gateway: &Gateway, approval: Approval) -> String {
    let made = gateway.state().approve(approval, Terms::default());
    made.unwrap_or_default()
}

fn head(target: &str) -> Head {
    Head {
        method: "POST".to_owned(),
        target: target.to_owned(),
        host: Some("x".to_owned()),
        content_type: Some(FORM.to_owned()),
        origin: None,
        fetch_site: None,
        last_event_id: None,
        cookie: None,
        framing: Framing::Length(0),
        expects_continue: false,
        close: false,
    }
}

type Pairs<'text> = Vec<(&'text str, &'text str)>;

fn full<'text>(tid: &'text str, price: &'text str) -> Pairs<'text> {
    vec![
        ("payType", "card"),
        ("mid", "welcometst"),
        ("tid", tid),
        ("price", price),
        ("currency", "WON"),
        ("timestamp", STAMP),
        ("signature", SIGNATURE),
    ]
}

fn part<'text>(tid: &'text str, amount: &'text str, confirm: &'text str) -> Pairs<'text> {
    vec![
        ("payType", "card"),
        ("mid", "welcometst"),
        ("tid", tid),
        ("cancelPrice", amount),
        ("confirmPrice", confirm),
        ("currency", "WON"),
        ("timestamp", STAMP),
        ("signature", SIGNATURE),
    ]
}

fn with<'text>(mut form: Pairs<'text>, name: &'text str, value: &'text str) -> Pairs<'text> {
    form.retain(|(field, _)| *field != name);
    form.push((name, value));
    form
}

fn encode(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn post(gateway: &Gateway, path: &str, form: &[(&str, &str)]) -> Reply {
    answer(gateway, &head(path), encode(form).as_bytes())
}

fn answer(gateway: &Gateway, head: &Head, body: &[u8]) -> Reply {
    let head_bytes = format!("{} {} HTTP/1.1\r\nHost: x\r\n\r\n", head.method, head.target).into_bytes();
    let answered = gateway.answer(&Exchange { head, head_bytes: &head_bytes, body, peer: "peer", seen: None });
    let text = String::from_utf8_lossy(answered.delivery.transcript().bytes()).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let content_type = head.lines().find_map(|line| line.strip_prefix("Content-Type: "));
    Reply {
        status: answered.delivery.status,
        content_type: content_type.unwrap_or_default().to_owned(),
        body: body.to_owned(),
    }
}

fn json(reply: &Reply) -> Map<String, Value> {
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/json; charset=utf-8"));
    serde_json::from_str(&reply.body).unwrap_or_default()
}

fn code(reply: &Reply) -> String {
    let answer = json(reply);
    let code = answer.get("ResultCode").and_then(Value::as_str);
    code.unwrap_or_default().to_owned()
}

#[test]
fn a_full_cancel_answers_as_documented() {
    let gateway = gateway(SignatureFormat::NameValue);
    let approval = Approval { moid: Some("주문 \"1\"".into()), ..Approval::new(12_000) };
    let tid = approve(&gateway, approval);
    let reply = post(&gateway, "/cancel/cancel", &full(&tid, "12000"));
    assert_eq!(
        reply.body,
        format!(
            "{{\"ResultCode\":\"00\",\"ResultMsg\":\"{SUCCESS_MESSAGE}\",\"Mid\":\"welcometst\",\"Tid\":\"{tid}\",\
             \"Moid\":\"주문 \\\"1\\\"\",\"Price\":\"12000\",\"CancelDate\":\"20190906\",\"CancelTime\":\"110100\"}}"
        )
    );
    let again = post(&gateway, "/cancel/cancel", &full(&tid, "12000"));
    assert_eq!(code(&again), "SBX401");
    assert_eq!(gateway.state().ledger.executions(), 1);
}

#[test]
fn a_partial_cancel_answers_as_documented() {
    let gateway = gateway(SignatureFormat::NameValue);
    let tid = approve(&gateway, Approval::new(12_000));
    let form = with(with(part(&tid, "3000", "9000"), "tax", "272"), "taxfree", "0");
    let answer = json(&post(&gateway, "/cancel/repay", &form));
    let cancel_tid = answer.get("C_Tid").and_then(Value::as_str);
    assert!(cancel_tid.is_some_and(|fresh| fresh.len() == 40 && fresh != tid));
    let rest: Vec<(&str, &str)> = answer
        .iter()
        .filter(|(name, _)| *name != "C_Tid")
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or("no string")))
        .collect();
    assert_eq!(
        rest,
        [
            ("CancelDate", "20190906"),
            ("CancelTime", "110100"),
            ("Mid", "welcometst"),
            ("Price", "3000"),
            ("ResultCode", "00"),
            ("ResultMsg", SUCCESS_MESSAGE),
            ("RmainPrice", "9000"),
            ("Tid", tid.as_str()),
        ]
    );
    let kept = gateway.state().ledger.payment(&tid).cloned();
    assert!(kept.is_some_and(|payment| {
        payment.cancels[0].cancel_tid.as_deref() == cancel_tid && payment.remaining == 9_000
    }));
}

#[test]
fn every_decline_has_its_code_and_moves_nothing() {
    let gateway = gateway(SignatureFormat::NameValue);
    let tid = approve(&gateway, Approval::new(12_000));
    let fine = || full(TID, "12000");
    let piece = || part(TID, "3000", "9000");
    let unsigned = "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644e";
    let cases = [
        ("/cancel/cancel", vec![], "SBX104"),
        ("/cancel/cancel", [fine(), fine()].concat(), "SBX102"),
        ("/cancel/cancel", with(fine(), "mkey", "x"), "SBX103"),
        ("/cancel/cancel", piece(), "SBX103"),
        ("/cancel/repay", fine(), "SBX103"),
        ("/cancel/cancel", with(fine(), "currency", "WONS"), "SBX105"),
        ("/cancel/cancel", with(fine(), "price", "12,000"), "SBX106"),
        ("/cancel/cancel", with(fine(), "price", "0"), "SBX107"),
        ("/cancel/repay", with(piece(), "cancelPrice", "0"), "SBX107"),
        ("/cancel/cancel", with(fine(), "payType", "CARD"), "SBX108"),
        ("/cancel/cancel", with(fine(), "currency", "KRW"), "SBX109"),
        ("/cancel/cancel", with(fine(), "timestamp", "20190931110100"), "SBX110"),
        ("/cancel/cancel", with(fine(), "cancelType", "X"), "SBX111"),
        ("/cancel/cancel", with(fine(), "mid", "welcometsu"), "SBX201"),
        ("/cancel/cancel", with(fine(), "signature", unsigned), "ERR206"),
        ("/cancel/cancel", with(fine(), "signature", CONCATENATED), "ERR206"),
        ("/cancel/cancel", with(fine(), "timestamp", "20190906110101"), "ERR206"),
        ("/cancel/cancel", with(fine(), "timestamp", "1567735260000"), "ERR206"),
        ("/cancel/cancel", with(fine(), "tid", "unknown"), "SBX301"),
        ("/cancel/cancel", with(fine(), "payType", "hpp"), "SBX302"),
        ("/cancel/cancel", with(fine(), "currency", "USD"), "SBX303"),
        ("/cancel/cancel", with(fine(), "cancelType", "C"), "SBX304"),
        ("/cancel/cancel", with(fine(), "price", "12001"), "SBX403"),
        ("/cancel/cancel", with(fine(), "price", "9999999999999999999999"), "SBX403"),
        ("/cancel/repay", with(piece(), "cancelPrice", "12001"), "SBX404"),
        ("/cancel/repay", with(piece(), "confirmPrice", "12000"), "SBX405"),
    ];
    for (number, (path, mut form, expected)) in cases.into_iter().enumerate() {
        for (_, value) in &mut form {
            if *value == TID {
                *value = &tid;
            }
        }
        let reply = post(&gateway, path, &form);
        assert_eq!(code(&reply), expected, "{form:?}");
        let answer = json(&reply);
        assert_eq!(answer.len(), 2, "only code and message: {answer:?}");
        let state = gateway.state();
        assert_eq!(state.ledger.executions(), 0);
        assert_eq!(state.journal.at_endpoints(), number as u64 + 1);
    }
    for (first, second) in [("3000", "SBX402"), ("9000", "SBX401")] {
        let left = if first == "3000" { "9000" } else { "0" };
        let reply = post(&gateway, "/cancel/repay", &part(&tid, first, left));
        assert_eq!(code(&reply), "00");
        let whole = post(&gateway, "/cancel/cancel", &full(&tid, "12000"));
        assert_eq!(code(&whole), second);
    }
    let forged = answer(&gateway, &head("/cancel/cancel"), b"mid=%B0%A1");
    assert_eq!(code(&forged), "SBX101");
}

#[test]
fn signatures_are_compared_as_they_are() {
    let upper = SIGNATURE.to_uppercase();
    for (format, signature, expected) in [
        (SignatureFormat::NameValue, SIGNATURE, "00"),
        (SignatureFormat::NameValue, upper.as_str(), "ERR206"),
        (SignatureFormat::NameValue, CONCATENATED, "ERR206"),
        (SignatureFormat::Concatenated, CONCATENATED, "00"),
        (SignatureFormat::Concatenated, SIGNATURE, "ERR206"),
    ] {
        let gateway = gateway(format);
        let tid = approve(&gateway, Approval::new(500));
        let form = with(full(&tid, "500"), "signature", signature);
        assert_eq!(code(&post(&gateway, "/cancel/cancel", &form)), expected);
    }
}

#[test]
fn what_comes_at_the_same_time_sees_the_same_where_the_rule_has_it() {
    let gateway = gateway(SignatureFormat::NameValue);
    let head = head("/cancel/repay");
    for (at_once, code_of_the_second, left) in [(Check::Enforced, "SBX405", 9_000), (Check::Ignored, "00", 6_000)] {
        gateway.state().rules.confirm_price_at_once = at_once;
        let tid = approve(&gateway, Approval::new(12_000));
        let body = encode(&part(&tid, "3000", "9000"));
        let glance = || gateway.glances(&head, body.as_bytes());
        let seen = [glance(), glance()];
        let codes = seen.map(|seen| {
            let exchange = Exchange { head: &head, head_bytes: b"", body: body.as_bytes(), peer: "peer", seen };
            let sent = gateway.answer(&exchange).delivery.transcript();
            let text = String::from_utf8_lossy(sent.bytes()).into_owned();
            text.split("\"ResultCode\":\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
        });
        assert_eq!(codes, ["00", code_of_the_second].map(|code| Some(code.to_owned())));
        assert_eq!(gateway.state().ledger.payment(&tid).map(|payment| payment.remaining), Some(left));
        // One after the other, it is held against what remains.
        let seen = glance();
        let exchange = Exchange { head: &head, head_bytes: b"", body: body.as_bytes(), peer: "peer", seen };
        assert!(gateway.answer(&exchange).late.is_none());
        assert_eq!(gateway.state().ledger.payment(&tid).map(|payment| payment.remaining), Some(left));
    }
}

#[test]
fn a_mobile_network_cancel_passes_for_phones() {
    let gateway = gateway(SignatureFormat::NameValue);
    let approval = Approval { pay_type: "hpp".into(), ..Approval::new(500) };
    let tid = approve(&gateway, approval);
    let form = with(with(full(&tid, "500"), "payType", "hpp"), "cancelType", "C");
    assert_eq!(code(&post(&gateway, "/cancel/cancel", &form)), "00");
}

#[test]
fn what_is_no_form_post_to_an_endpoint_is_refused() {
    let gateway = gateway(SignatureFormat::NameValue);
    let tid = approve(&gateway, Approval::new(500));
    let body = encode(&full(&tid, "500"));
    let content_type = |text: Option<&str>| Head { content_type: text.map(str::to_owned), ..head("/cancel/cancel") };
    let method = |text: &str| Head { method: text.to_owned(), ..head("/cancel/cancel") };
    for (head, status) in [
        (head("/cancel/refund"), 404),
        (head("/cancel/cancel/"), 404),
        (head("/cancel/cancel?price=500"), 400),
        (method("GET"), 405),
        (method("HEAD"), 405),
        (method("post"), 405),
        (content_type(None), 415),
        (content_type(Some("")), 415),
        (content_type(Some("application/json")), 415),
        (content_type(Some("application/x-www-form-urlencoded-x")), 415),
        (content_type(Some("application/x-www-form-urlencoded; charset=euc-kr")), 415),
    ] {
        let reply = answer(&gateway, &head, body.as_bytes());
        assert_eq!(reply.status, status, "{head:?}");
        assert_eq!(reply.content_type, "text/plain; charset=utf-8");
    }
    {
        let state = gateway.state();
        assert_eq!(state.ledger.executions(), 0);
        assert_eq!(state.journal.requests().count(), 11);
        assert_eq!(state.journal.at_endpoints(), 9);
    }
    for text in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded;Charset=\"UTF-8\"; boundary=x"]
    {
        let reply = answer(&gateway, &content_type(Some(text)), body.as_bytes());
        assert_eq!(reply.status, 200, "{text}");
    }
    assert_eq!(gateway.state().ledger.executions(), 1);
}

#[test]
fn the_journal_tells_what_happened_and_no_secret() {
    let gateway = gateway(SignatureFormat::NameValue);
    let tid = approve(&gateway, Approval::new(500));
    let mkey = crate::signature::merchant_key("made-up");
    post(&gateway, "/cancel/cancel", &full(&tid, "500"));
    let leaked = with(with(full(&tid, "500"), "mkey", &mkey), "signature", "made-up");
    post(&gateway, "/cancel/cancel", &leaked);
    let named = with(full(&tid, "500"), &mkey, "1");
    let reply = post(&gateway, "/cancel/cancel", &named);
    assert_eq!(code(&reply), "SBX103");
    assert!(!reply.body.contains(&mkey));
    answer(&gateway, &head(&format!("/{mkey}?{mkey}")), b"");

    let requests: Vec<_> = gateway.state().journal.requests().cloned().collect();
    let fields: Vec<(&str, &str)> =
        requests[0].fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(fields, full(&tid, "500"));
    assert_eq!((requests[0].status, requests[0].result_code.as_deref()), (200, Some("00")));
    assert_eq!((requests[0].path.as_str(), requests[0].peer.as_str()), ("/cancel/cancel", "peer"));
    let moved: Vec<bool> = requests.iter().map(|request| request.executed).collect();
    assert_eq!(moved, [true, false, false, false]);
    assert_eq!((requests[3].status, &requests[3].result_code), (404, &None));
    let told = format!("{requests:?}");
    assert!(!told.contains(&mkey) && !told.contains("made-up"), "{told}");
}
