//! The admin API over HTTP: the same commands, and nobody from elsewhere.
#![allow(clippy::unwrap_used)]

mod support;

use paywelcome_sandbox::{Approval, Options, Sandbox};
use serde_json::{Value, json};
use support::{MID, Reply, SIGN_KEY, Wire, full, part, post, sandbox};

fn host(sandbox: &Sandbox) -> String {
    sandbox.url().strip_prefix("http://").unwrap().to_owned()
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\n{headers}{length}\r\n{body}")
}

fn call(wire: &mut Wire, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = "Host: localhost\r\nContent-Type: application/json\r\n";
    wire.send(&request(method, &format!("/_sandbox/api/{path}"), headers, &body));
    let reply = wire.read();
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

#[test]
fn the_commands_are_the_same_over_http() {
    let sandbox = sandbox();
    let mut wire = Wire::to(&sandbox);
    let (status, payment) = call(&mut wire, "POST", "approve", &json!({"price": 1_000}));
    let tid = payment["tid"].as_str().unwrap();
    assert_eq!((status, &payment["remaining"]), (200, &json!(1_000)));
    assert_eq!(call(&mut wire, "GET", &format!("payment?tid={tid}"), &Value::Null), (200, payment.clone()));
    assert_eq!(call(&mut wire, "POST", "payment", &json!({"tid": tid})), (200, payment.clone()));
    assert_eq!(call(&mut wire, "GET", "payments?limit=1&after=0", &Value::Null).1["payments"][0], payment);
    assert_eq!(call(&mut wire, "POST", "arm", &json!({"kind": "close", "tid": tid})).1["id"], 1);
    assert_eq!(call(&mut wire, "GET", "faults", &Value::Null).1["faults"][0]["kind"], "close");
    assert_eq!(call(&mut wire, "POST", "reset", &Value::Null).1["payments"], 0);
    // Nothing of this is the gateway's business.
    assert_eq!((sandbox.requests().len(), sandbox.request_count()), (0, 0));
}

#[test]
fn mistakes_are_named() {
    let sandbox = sandbox();
    let mut wire = Wire::to(&sandbox);
    for (method, path, body, status, code, argument) in [
        ("POST", "explode", json!({}), 404, "unknown_command", Value::Null),
        ("POST", "approve", json!({"prise": 1}), 400, "invalid_argument", json!("price")),
        ("POST", "approve", json!({"price": 1, "colour": "red"}), 400, "invalid_argument", json!("colour")),
        ("POST", "approve", json!([1]), 400, "invalid_argument", Value::Null),
        ("GET", "payment?tid=x", Value::Null, 404, "not_found", json!("tid")),
        ("GET", "payments?limit=x", Value::Null, 400, "invalid_argument", json!("limit")),
        ("GET", "payment?tid=%zz", Value::Null, 400, "invalid_argument", Value::Null),
        ("GET", "approve?price=1", Value::Null, 405, "method_not_allowed", Value::Null),
        ("PUT", "rules", Value::Null, 405, "method_not_allowed", Value::Null),
        ("POST", "set_tls", json!({"mode": "expired"}), 409, "unavailable", Value::Null),
        ("POST", "arm", json!({"kind": "refuse_connections"}), 400, "invalid_argument", json!("ms")),
    ] {
        let (found, reply) = call(&mut wire, method, path, &body);
        assert_eq!(
            (found, &reply["error"]["code"], &reply["error"]["argument"]),
            (status, &json!(code), &argument),
            "{path}"
        );
        assert!(reply["error"]["message"].as_str().is_some_and(|text| text.len() > 5));
    }
    wire.send(&request("POST", "/_sandbox/api/approve", "Host: localhost\r\nContent-Type: application/json\r\n", "{"));
    assert_eq!(wire.read().status, 400);
}

#[test]
fn other_sites_are_kept_out() {
    let sandbox = sandbox();
    let own = host(&sandbox);
    let json_type = "Content-Type: application/json\r\n";
    let body = "{\"price\":1}";
    let mut wire = Wire::to(&sandbox);
    for (headers, status) in [
        (format!("Host: {own}\r\n{json_type}"), 200),
        (format!("Host: localhost:9\r\n{json_type}"), 200),
        (format!("Host: {own}\r\nOrigin: http://{own}\r\nSec-Fetch-Site: same-origin\r\n{json_type}"), 200),
        (format!("Host: {own}\r\nSec-Fetch-Site: none\r\n{json_type}"), 200),
        (format!("Host: evil.example\r\n{json_type}"), 403),
        (format!("Host: evil.example\r\nOrigin: http://evil.example\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nOrigin: http://evil.example\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nOrigin: https://{own}\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nOrigin: null\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nOrigin: http://localhost:1\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nSec-Fetch-Site: cross-site\r\n{json_type}"), 403),
        (format!("Host: {own}\r\nSec-Fetch-Site: same-site\r\n{json_type}"), 403),
        (format!("Host: {own}\r\n"), 415),
        (format!("Host: {own}\r\nContent-Type: text/plain\r\n"), 415),
        (format!("Host: {own}\r\nContent-Type: application/x-www-form-urlencoded\r\n"), 415),
    ] {
        wire.send(&request("POST", "/_sandbox/api/approve", &headers, body));
        assert_eq!(wire.read().status, status, "{headers}");
    }
    assert_eq!(sandbox.payments().len(), 4);
    for path in ["/_sandbox/", "/_sandbox/app.js", "/_sandbox/events", "/_sandbox/api/payments"] {
        wire.send(&request("GET", path, "Host: evil.example\r\n", ""));
        assert_eq!(wire.read().status, 403, "{path}");
    }
    // A page of another site may not ask first either.
    wire.send(&request(
        "OPTIONS",
        "/_sandbox/api/approve",
        &format!("Host: {own}\r\nOrigin: http://evil.example\r\n"),
        "",
    ));
    let reply = wire.read();
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, None));
}

#[test]
fn a_name_lets_in_who_calls_it_so_and_no_other_site() {
    let sandbox = Sandbox::start(Options { names: vec!["gateway.test".into()], ..Options::default() }).unwrap();
    let port = sandbox.url().rsplit(':').next().unwrap().to_owned();
    let mut wire = Wire::to_address(&format!("127.0.0.1:{port}"));
    let json_type = "Content-Type: application/json\r\n";
    for (headers, status) in [
        (format!("Host: gateway.test:{port}\r\n"), 200),
        (format!("Host: gateway.test:{port}\r\nOrigin: http://gateway.test:{port}\r\n"), 200),
        (format!("Host: gateway.test:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"), 403),
        (format!("Host: gateway.test:{port}\r\nOrigin: http://evil.gateway.test:{port}\r\n"), 403),
        (format!("Host: gateway.test:{port}\r\nOrigin: http://gateway.test:1\r\n"), 403),
        (format!("Host: gateway.test:{port}\r\nSec-Fetch-Site: same-site\r\n"), 403),
        (format!("Host: evil.gateway.test:{port}\r\n"), 403),
        (format!("Host: gateway.test.evil.example:{port}\r\n"), 403),
        ("Host: sandbox\r\n".to_owned(), 403),
    ] {
        wire.send(&request("POST", "/_sandbox/api/approve", &format!("{headers}{json_type}"), "{\"price\":1}"));
        assert_eq!(wire.read().status, status, "{headers}");
    }
    assert_eq!(sandbox.payments().len(), 2);
    // Without TLS there is no authority.
    wire.send(&request("GET", "/_sandbox/ca.pem", "Host: gateway.test\r\n", ""));
    let reply = wire.read();
    assert!(reply.status == 404 && reply.body.contains("without TLS"));
}

fn page(wire: &mut Wire, path: &str) -> Reply {
    wire.send(&request("GET", path, "Host: localhost\r\n", ""));
    wire.read()
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let sandbox = sandbox();
    let mut wire = Wire::to(&sandbox);
    for (path, content_type) in [
        ("/_sandbox/", "text/html; charset=utf-8"),
        ("/_sandbox/app.js", "text/javascript; charset=utf-8"),
        ("/_sandbox/style.css", "text/css; charset=utf-8"),
    ] {
        let reply = page(&mut wire, path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(content_type)));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("x-paywelcome-sandbox"), Some("1"));
        assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'self';"));
        let outside = ["src=\"http", "src=\"//", "url(http", "url(\"http", "@import", "import(\"http"];
        assert!(outside.iter().all(|word| !reply.body.contains(word)) && !reply.body.is_empty());
    }
    assert_eq!(page(&mut wire, "/_sandbox").header("location"), Some("/_sandbox/"));
    for path in ["/_sandbox/../Cargo.toml", "/_sandbox/nothing", "/_sandbox/api/", "/_sandbox/api"] {
        assert_eq!(page(&mut wire, path).status, 404, "{path}");
    }
    assert!(page(&mut wire, "/_sandboxes").body.contains("/cancel/cancel"));
}

#[test]
fn a_follower_hears_of_everything_and_may_come_again() {
    let sandbox = sandbox();
    let follow = |headers: &str| {
        let mut follower = Wire::to(&sandbox);
        follower.send(&request("GET", "/_sandbox/events", &format!("Host: localhost\r\n{headers}"), ""));
        let head = follower.read_head();
        assert_eq!(head.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert_eq!(head.header("content-length"), None);
        follower
    };
    let mut follower = follow("");
    let mut next = || {
        let event = follower.read_head().head;
        let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let data: Value = serde_json::from_str(&line("data: ")).unwrap();
        (line("id: "), line("event: "), data)
    };
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let (_, event, data) = next();
    assert_eq!((event.as_str(), &data["tid"]), ("payment", &json!(tid)));
    assert_eq!(Wire::to(&sandbox).ask("/cancel/cancel", &full(&tid, 1_000)).code(), "00");
    let (_, event, data) = next();
    assert_eq!((event.as_str(), &data["remaining"]), ("payment", &json!(0)));
    let (id, event, data) = next();
    assert_eq!((event.as_str(), &data["executed"], &data["number"]), ("request", &json!(true), &json!(1)));
    assert!(data["received"].is_null());

    let mut again = follow("Last-Event-ID: 2\r\n");
    assert!(again.read_head().head.starts_with(&format!("id: {id}\nevent: request\n")));
    let mut lost = follow("Last-Event-ID: 99\r\n");
    assert_eq!(lost.read_head().head, "event: lost\ndata: null\n\n");
    sandbox.stop();
    assert!(again.ended());
}

#[test]
fn the_journal_has_the_bytes_of_both_sides_without_the_key() {
    let options = Options { mid: MID.into(), sign_key: "a-long-sign-key+/=".into(), ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    let body = "mid=welcometst&note=a-long-sign-key%2B%2F%3D&mkey=anything";
    let text = post("/cancel/cancel", body);
    let mut wire = Wire::to(&sandbox);
    wire.send(&text);
    let reply = wire.read();
    let (status, kept) = call(&mut wire, "GET", "request?number=1", &Value::Null);
    assert_eq!(status, 200);
    let hidden = text.replace("a-long-sign-key%2B%2F%3D", "(hidden)").replace("anything", "(hidden)");
    assert_eq!(kept["received"]["text"], hidden);
    assert_eq!(kept["sent"]["text"], format!("{}{}", reply.head, reply.body));
    assert_eq!(kept["sent"]["truncated"], false);
    assert!(!format!("{:?}", sandbox.requests()).contains("a-long-sign-key"));
}

#[test]
fn merchants_do_not_know_each_others_payments() {
    let sandbox = sandbox();
    // Its key is the first one's, so that the signature's mid is all that differs.
    sandbox.command("add_merchant", json!({"mid": "shop2", "sign_key": SIGN_KEY})).unwrap();
    let tid = sandbox.command("approve", json!({"price": 1_000, "mid": "shop2"})).unwrap()["tid"].clone();
    let mut wire = Wire::to(&sandbox);
    assert_eq!(wire.ask("/cancel/cancel", &full(tid.as_str().unwrap(), 1_000)).code(), "SBX301");
    assert_eq!(wire.ask("/cancel/repay", &part(tid.as_str().unwrap(), 400, 600)).code(), "SBX301");
    let unknown = full("t", 1).replace("mid=welcometst", "mid=Welcometst");
    let declined = wire.ask("/cancel/cancel", &unknown).json();
    assert_eq!(declined["ResultCode"], "SBX201");
    assert!(declined["ResultMsg"].as_str().unwrap().contains("letter case"));
}

#[test]
fn remote_access_is_asked_for() {
    let start =
        |allow_remote| Sandbox::start(Options { host: "0.0.0.0".parse().unwrap(), allow_remote, ..Options::default() });
    assert!(start(false).is_err());
    let sandbox = start(true).unwrap();
    // It listens at every address, of which a client needs one.
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    let mut wire = Wire::to(&sandbox);
    let ask = |wire: &mut Wire, host: &str| {
        wire.send(&request("GET", "/_sandbox/api/stats", &format!("Host: {host}\r\n"), ""));
        wire.read().status
    };
    for host in ["192.168.0.9:1", "sandbox:80", "localhost"] {
        assert_eq!(ask(&mut wire, host), 200, "{host}");
    }
    assert_eq!(ask(&mut wire, "evil.example"), 403);
}
