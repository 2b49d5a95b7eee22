//! Runs every suite of tests/vectors by the one rule of its README.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use paywelcome::{
    Argument, CancelRequest, Client, ClientOptions, Error, ErrorKind, List, Mismatch, Outcome, PartialCancelRequest,
};
use paywelcome_tests::{Server, http};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;
type Run = fn(&Object) -> Value;

const TID: &str = "WPPGCARD01welcometst20260930151000000001";

/// Every suite, with the keys it may give and expect, and what gives the actual values of a case.
fn suites() -> [(&'static str, &'static [&'static str], &'static [&'static str], Run); 5] {
    const CREDENTIALS: [&str; 6] = ["mid", "signKey", "mkey", "signatureFormat", "timestampFormat", "at"];
    const REQUEST: &[&str] = &["operation", "args", "mid", "signKey", "at", "signatureFormat", "timestampFormat"];
    const ANSWER: &[&str] =
        &["operation", "args", "status", "contentType", "contentEncoding", "requiredEchoes", "body", "bodyHex"];
    const REPLY: &[&str] = &["receipt", "outcome", "kind", "httpStatus", "resultCode", "resultMsg", "bodyExcerpt"];
    [
        ("signature", const { &CREDENTIALS }, &["timestamp", "signature"], signature),
        ("request", REQUEST, &["form", "fields"], request),
        ("amount", &["currency", "value"], &["posted", "refused"], amount),
        ("reply", ANSWER, REPLY, no_reply),
        ("error", &["options"], &["fields", "baseUrl"], configuration),
    ]
}

#[test]
fn signatures() {
    run("signature", signature);
}

#[test]
fn requests() {
    run("request", request);
}

#[test]
fn amounts() {
    run("amount", amount);
}

#[test]
fn errors() {
    run("error", configuration);
}

#[test]
fn replies() {
    let gateway = Gateway::start();
    run("reply", |given| gateway.reply(given));
    let asked = gateway.close();
    assert_eq!(asked, load("reply").len(), "each case is one request");
}

#[test]
fn the_index_names_exactly_the_suites_that_are_run() {
    let index = index();
    let mut indexed: Vec<&str> = index.keys().map(String::as_str).collect();
    let mut known = suites().map(|(name, ..)| name);
    indexed.sort_unstable();
    known.sort_unstable();
    assert_eq!(indexed, known);
}

/// Compares what `actual` makes of every case's `given` with its `expect`, and reports all that differs.
fn run(suite: &str, actual: impl Fn(&Object) -> Value) {
    let (_, given_keys, expect_keys, _) =
        suites().into_iter().find(|(name, ..)| *name == suite).expect("the suite is a known one");
    let cases = load(suite);
    let counted = index().get(suite).and_then(Value::as_u64).expect("the index counts the suite");
    assert_eq!(cases.len() as u64, counted, "{suite}: the index counts other cases");
    let mut wrong = Vec::new();
    for case in &cases {
        let case = object(case);
        let name = case["name"].as_str().expect("a name is a text");
        let (given, expect) = (object(&case["given"]), object(&case["expect"]));
        known(name, case, &["name", "given", "expect", "node"]);
        known(name, given, given_keys);
        known(name, expect, expect_keys);
        assert!(!expect.is_empty(), "{name}: nothing is expected");
        if let Some(node) = case.get("node") {
            known(name, object(node), expect_keys);
        }
        let actual = actual(given);
        for (key, expected) in expect {
            if actual.get(key) != Some(expected) {
                wrong.push(format!("{name}\n  given    {given:?}\n  expected {key}: {expected}\n  actual   {actual}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{suite}: {} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn known(case: &str, object: &Object, keys: &[&str]) {
    for key in object.keys() {
        assert!(keys.contains(&key.as_str()), "{case}: unknown field {key:?}");
    }
}

fn object(value: &Value) -> &Object {
    value.as_object().expect("it is an object")
}

fn read(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(format!("{name}.json"));
    let text = std::fs::read_to_string(path).expect("the vectors are beside this package");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn index() -> Object {
    let index = read("index");
    known("index", object(&index), &["suites"]);
    object(&index["suites"]).clone()
}

fn load(suite: &str) -> Vec<Value> {
    read(suite).as_array().expect("a suite is a list").clone()
}

fn argument(value: Option<&Value>) -> Argument {
    match value {
        None | Some(Value::Null) => Argument::Absent,
        Some(Value::Bool(flag)) => (*flag).into(),
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into(),
            (_, Some(whole)) => whole.into(),
            _ => Argument::Fraction(number.as_f64().expect("JSON has no other numbers")),
        },
        Some(Value::Array(_)) => Argument::Wrong("is an array; pass one value".to_owned()),
        Some(Value::Object(_)) => Argument::Wrong("is an object; pass one value".to_owned()),
    }
}

fn list(value: Option<&Value>) -> List {
    match value {
        Some(Value::Array(values)) => List::Values(values.iter().map(|value| argument(Some(value))).collect()),
        other => argument(other).into(),
    }
}

/// The client that `given` describes; nothing of these suites depends on where it would send.
fn client(given: &Object) -> Client {
    let options = ClientOptions {
        environment: "test".into(),
        trust_env: false.into(),
        mid: argument(given.get("mid")),
        sign_key: argument(given.get("signKey")).into(),
        mkey: argument(given.get("mkey")).into(),
        signature_format: argument(given.get("signatureFormat")),
        timestamp_format: argument(given.get("timestampFormat")),
        ..ClientOptions::default()
    };
    Client::new(options).expect("the case's client is a right one")
}

fn at(given: &Object) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(given["at"].as_u64().expect("an instant is a number"))
}

fn full_cancel(args: &Object) -> CancelRequest {
    known("args", args, &["payType", "tid", "price", "currency", "cancelType"]);
    CancelRequest {
        pay_type: argument(args.get("payType")),
        tid: argument(args.get("tid")),
        price: argument(args.get("price")),
        currency: argument(args.get("currency")),
        cancel_type: argument(args.get("cancelType")),
        ..CancelRequest::default()
    }
}

fn partial_cancel(args: &Object) -> PartialCancelRequest {
    known("args", args, &["payType", "tid", "cancelPrice", "confirmPrice", "currency", "tax", "taxfree"]);
    PartialCancelRequest {
        pay_type: argument(args.get("payType")),
        tid: argument(args.get("tid")),
        cancel_price: argument(args.get("cancelPrice")),
        confirm_price: argument(args.get("confirmPrice")),
        currency: argument(args.get("currency")),
        tax: argument(args.get("tax")),
        taxfree: argument(args.get("taxfree")),
        ..PartialCancelRequest::default()
    }
}

fn posted(form: &str, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(form.as_bytes());
    fields.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// The refused fields in the vectors' names, after making sure that the error says so in every way.
fn refused(error: &Error, kind: ErrorKind) -> Value {
    assert_eq!((error.outcome(), error.kind()), (Outcome::NotSent, kind), "{error}");
    assert!(error.safe_to_resend() && error.attempts() == 0 && error.timestamp().is_none(), "{error:?}");
    let names = error.fields().iter().map(|refused| {
        let name = match refused.field.camel() {
            "timeoutMs" => "timeoutSeconds",
            "connectTimeoutMs" => "connectTimeoutSeconds",
            camel => camel,
        };
        assert_eq!(refused.field.snake(), snake(name.trim_end_matches("Seconds")), "the two names of a field");
        assert!(error.to_string().contains(&refused.message), "{error}");
        Value::from(name)
    });
    Value::Array(names.collect())
}

fn snake(camel: &str) -> String {
    let letters =
        camel.chars().map(|c| if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.into() });
    letters.collect()
}

fn signature(given: &Object) -> Value {
    let (client, at) = (client(given), at(given));
    let full = client.cancel_form(&CancelRequest::new("card", TID, 12_000), at).expect("the request is right");
    let part = client.partial_cancel_form(&PartialCancelRequest::new("card", TID, 1, 0), at);
    let part = part.expect("the request is right");
    for name in ["timestamp", "signature"] {
        assert_eq!(posted(&full, name), posted(&part, name), "both operations sign alike");
    }
    json!({ "timestamp": posted(&full, "timestamp"), "signature": posted(&full, "signature") })
}

fn request(given: &Object) -> Value {
    let (client, args) = (client(given), object(&given["args"]));
    let form = match given["operation"].as_str() {
        Some("cancel") => client.cancel_form(&full_cancel(args), at(given)),
        Some("partial_cancel") => client.partial_cancel_form(&partial_cancel(args), at(given)),
        other => panic!("unknown operation {other:?}"),
    };
    match form {
        Ok(form) => json!({ "form": form }),
        Err(error) => json!({ "fields": refused(&error, ErrorKind::InvalidRequest) }),
    }
}

fn amount(given: &Object) -> Value {
    let client = client(object(&json!({ "mid": "welcometst", "signKey": "made-up" })));
    let mut request = CancelRequest::new("card", TID, argument(given.get("value")));
    request.currency = argument(given.get("currency"));
    match client.cancel_form(&request, SystemTime::now()) {
        Ok(form) => json!({ "posted": posted(&form, "price") }),
        Err(error) => json!({ "refused": refused(&error, ErrorKind::InvalidRequest) == json!(["price"]) }),
    }
}

fn configuration(given: &Object) -> Value {
    let given = object(&given["options"]);
    let mut options = ClientOptions::default();
    let (mut sign_key, mut mkey) = (Argument::Absent, Argument::Absent);
    let mut settings = [
        ("mid", &mut options.mid),
        ("signKey", &mut sign_key),
        ("mkey", &mut mkey),
        ("environment", &mut options.environment),
        ("baseUrl", &mut options.base_url),
        ("timeoutSeconds", &mut options.timeout),
        ("connectTimeoutSeconds", &mut options.connect_timeout),
        ("connectRetries", &mut options.connect_retries),
        ("signatureFormat", &mut options.signature_format),
        ("timestampFormat", &mut options.timestamp_format),
        ("proxy", &mut options.proxy),
        ("caBundle", &mut options.ca_bundle),
        ("trustEnv", &mut options.trust_env),
    ];
    let mut names = settings.each_ref().map(|(name, _)| *name).to_vec();
    names.push("requiredEchoes");
    known("options", given, &names);
    for (name, setting) in &mut settings {
        **setting = argument(given.get(*name));
    }
    options.required_echoes = list(given.get("requiredEchoes"));
    (options.sign_key, options.mkey) = (sign_key.into(), mkey.into());
    options.fill_from(|_| Argument::Absent);
    match Client::new(options) {
        Ok(client) => json!({ "baseUrl": client.base_url() }),
        Err(error) => json!({ "fields": refused(&error, ErrorKind::Configuration) }),
    }
}

fn no_reply(_: &Object) -> Value {
    unreachable!("answers need the gateway that replies() starts")
}

/// A loopback server that answers with the exact bytes of the case, and the client that asks it.
struct Gateway {
    server: Server,
    client: Client,
    answer: Arc<Mutex<Vec<u8>>>,
    runtime: tokio::runtime::Runtime,
}

impl Gateway {
    fn start() -> Self {
        let answer = Arc::new(Mutex::new(Vec::new()));
        let of_server = Arc::clone(&answer);
        let server = Server::start(move |mut connection| {
            connection.serve(|_| of_server.lock().unwrap_or_else(PoisonError::into_inner).clone());
        });
        let client = paywelcome_tests::client(&server.url(), |_| {});
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs nothing");
        Self { server, client, answer, runtime }
    }

    fn reply(&self, given: &Object) -> Value {
        let status = given["status"].as_u64().expect("a status is a number");
        let body = match (given.get("body"), given.get("bodyHex")) {
            (Some(Value::String(text)), None) => text.clone().into_bytes(),
            (None, Some(Value::String(digits))) => hex::decode(digits).expect("it is hex"),
            other => panic!("a case has one of body and bodyHex, not {other:?}"),
        };
        let status = match given.get("contentEncoding") {
            None => format!("{status} Any"),
            Some(coding) => format!("{status} Any\r\nContent-Encoding: {}", coding.as_str().expect("it is a text")),
        };
        let answer = http(&status, given["contentType"].as_str(), &body);
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;

        let mut args = object(&given["args"]).clone();
        args.insert("payType".to_owned(), "card".into());
        let mut client = self.client.clone();
        if let Some(echoes) = given.get("requiredEchoes") {
            let echoes = list(Some(echoes));
            client = paywelcome_tests::client(&self.server.url(), |options| options.required_echoes = echoes);
        }
        let settled = match given["operation"].as_str() {
            Some("cancel") => self.full(&client, &args),
            Some("partial_cancel") => self.part(&client, &args),
            other => panic!("unknown operation {other:?}"),
        };
        settled.unwrap_or_else(|error| {
            assert_eq!(error.attempts(), 1, "{error:?}");
            json!({
                "outcome": error.outcome().as_str(),
                "kind": error.kind().as_str(),
                "httpStatus": error.http_status(),
                "resultCode": error.result_code(),
                "resultMsg": error.result_msg(),
                "bodyExcerpt": error.body_excerpt(),
            })
        })
    }

    fn full(&self, client: &Client, args: &Object) -> Result<Value, Error> {
        let receipt = self.runtime.block_on(client.cancel(&full_cancel(args)))?;
        assert!(serde_json::from_str::<Object>(receipt.raw.as_json()).is_ok(), "raw is an object");
        Ok(json!({ "receipt": {
            "resultCode": receipt.result_code,
            "resultMsg": receipt.result_msg,
            "mid": receipt.mid,
            "tid": receipt.tid,
            "moid": receipt.moid,
            "price": number(receipt.price),
            "cancelDate": receipt.cancel_date,
            "cancelTime": receipt.cancel_time,
            "cancelledAt": receipt.cancelled_at.map(|seconds| seconds * 1_000),
            "mismatches": mismatches(&receipt.mismatches),
        } }))
    }

    fn part(&self, client: &Client, args: &Object) -> Result<Value, Error> {
        let receipt = self.runtime.block_on(client.partial_cancel(&partial_cancel(args)))?;
        assert!(serde_json::from_str::<Object>(receipt.raw.as_json()).is_ok(), "raw is an object");
        Ok(json!({ "receipt": {
            "resultCode": receipt.result_code,
            "resultMsg": receipt.result_msg,
            "mid": receipt.mid,
            "tid": receipt.tid,
            "cancelTid": receipt.cancel_tid,
            "price": number(receipt.price),
            "remainingPrice": number(receipt.remaining_price),
            "cancelDate": receipt.cancel_date,
            "cancelTime": receipt.cancel_time,
            "cancelledAt": receipt.cancelled_at.map(|seconds| seconds * 1_000),
            "mismatches": mismatches(&receipt.mismatches),
        } }))
    }

    /// Returns how many requests came in all.
    fn close(self) -> usize {
        drop(self.client);
        self.server.finish().requests.len()
    }
}

fn mismatches(found: &[Mismatch]) -> Value {
    let found = found
        .iter()
        .map(|found| json!({ "field": found.field.camel(), "asked": found.asked, "answered": found.answered }));
    Value::Array(found.collect())
}

fn number(amount: u128) -> Value {
    u64::try_from(amount).map_or_else(|_| Value::from(amount.to_string()), Value::from)
}
