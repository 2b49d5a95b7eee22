//! `refunds page`: over real sockets, with a host that is made up.
#![allow(missing_docs)]

#[path = "scripted/hosted.rs"]
mod hosted;
#[allow(dead_code)]
mod scripted;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hosted::{LOCAL, Shared, in_review, person, refund};
use paywelcome_cli::refunds::{Called, Session};
use serde_json::{Value, json};

const GUARD: Duration = Duration::from_secs(20);

/// A page that runs in a thread for as long as the tests do.
struct Page {
    here: SocketAddr,
    token: String,
    waiting: Arc<Mutex<Vec<Value>>>,
    ruled: Arc<Mutex<Vec<Value>>>,
}

/// What a browser got.
struct Got {
    status: u16,
    head: String,
    body: String,
}

impl Page {
    /// The page of a store with a case of each key.
    fn of(variables: &[(&str, &str)], keys: &[&str]) -> Self {
        let waiting: Vec<_> = keys.iter().map(|key| in_review(key)).collect();
        let (waiting, ruled) = (Arc::new(Mutex::new(waiting)), Arc::new(Mutex::new(Vec::new())));
        let person = Shared::new(person(variables));
        let words = ["page", "--by", "Kim"].map(str::to_owned).to_vec();
        let called = Called { program: "paywelcome", is_javascript: false };
        let mut session = Session::new(called, words, Box::new(person.clone()));
        let (cases, written) = (Arc::clone(&waiting), Arc::clone(&ruled));
        thread::spawn(move || {
            let mut given = None;
            loop {
                let ask: Value = serde_json::from_str(&session.next(given.as_deref())).expect("an ask is JSON");
                let found = find(ask[1].as_str().unwrap_or_default(), &ask[2], &cases, &written);
                given = Some(if found["error"].is_object() {
                    found.to_string()
                } else {
                    json!({ "value": found }).to_string()
                });
            }
        });
        let until = std::time::Instant::now() + GUARD;
        let url = loop {
            let said = person.with(|person| person.out.clone());
            if let Some((_, url)) = said.lines().next().and_then(|line| line.split_once("http://")) {
                break url.to_owned();
            }
            assert!(std::time::Instant::now() < until, "no address is printed: {said}");
            thread::yield_now();
        };
        let (here, token) = url.split_once("/?token=").expect("it has a token");
        Self { here: here.parse().expect("an address"), token: token.to_owned(), waiting, ruled }
    }

    /// Sends a request as it stands, and reads the answer.
    fn send(&self, request: &str) -> Got {
        let mut stream = TcpStream::connect(self.here).expect("it listens");
        stream.set_read_timeout(Some(GUARD)).expect("a limit can be set");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        let (head, body) = text.split_once("\r\n\r\n").expect("there is a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
        Got { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn get(&self, target: &str, headers: &str) -> Got {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.here))
    }

    /// Comes in with the token, and gives the header of the cookie.
    fn come_in(&self) -> String {
        let got = self.get(&format!("/?token={}", self.token), "");
        assert_eq!(got.status, 303, "{}", got.head);
        assert!(got.head.contains("\r\nLocation: /\r\n") && got.head.contains("; Path=/; HttpOnly; SameSite=Strict"));
        let cookie = got.head.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).expect("there is a cookie");
        format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default())
    }

    fn post(&self, cookie: &str, form: &str) -> Got {
        let here = self.here;
        self.send(&format!(
            "POST /rule HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\n{cookie}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ))
    }

    fn rulings(&self) -> Vec<Value> {
        self.ruled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn find(verb: &str, arguments: &Value, cases: &Mutex<Vec<Value>>, written: &Mutex<Vec<Value>>) -> Value {
    let cases = cases.lock().unwrap_or_else(PoisonError::into_inner);
    let at = cases.iter().position(|refund| refund["key"] == arguments["key"]);
    match (verb, at) {
        ("in_review", _) if cases.is_empty() => json!({ "error": { "message": "connection refused" } }),
        ("in_review", _) => cases.clone().into(),
        ("attempts", _) => json!([{ "what": "sent", "state": "sending", "at": 1_767_193_200_000_u64 }]),
        ("counts", _) => json!({ "review": { "refunds": cases.len(), "amount": 3_000 } }),
        ("batches", _) => json!([{
            "batch": "concert", "state": "paused", "total": { "refunds": 10 }, "counts": { "done": { "refunds": 4 } },
        }]),
        ("get", Some(at)) => cases[at].clone(),
        ("get", None) => json!({ "error": { "kind": "not_found", "message": "there is no refund" } }),
        ("resolve", _) if arguments["note"] == "early" => {
            json!({ "error": { "kind": "ruling", "message": "too early", "until": 1_767_193_200_000_u64 } })
        }
        ("resolve", _) => {
            written.lock().unwrap_or_else(PoisonError::into_inner).push(arguments.clone());
            refund("done")
        }
        _ => Value::Null,
    }
}

/// The form of a ruling on a case as it was shown.
fn form(key: &str, ruling: &str, more: &str) -> String {
    format!("key={key}&seen=review+1767193200000&ruling={ruling}&by=Lee{more}")
}

#[test]
fn one_browser_comes_in_once() {
    let page = Page::of(&LOCAL, &["a"]);
    let stranger = page.get("/", "");
    assert_eq!(stranger.status, 403);
    assert!(!stranger.body.contains("welcometst") && !stranger.body.contains("tid-1"), "{}", stranger.body);
    assert_eq!(page.get("/refund?key=a", "").status, 403);
    assert_eq!(page.get("/?token=0", "").status, 403);
    let cookie = page.come_in();
    let again = page.get(&format!("/?token={}", page.token), "");
    assert!(again.status == 403 && again.body.contains("used already"), "{}", again.body);
    let list = page.get("/", &cookie);
    assert_eq!(list.status, 200);
    for words in [
        "Waiting for a person: 1",
        "href=\"/refund?key=a\"",
        "No answer came.",
        "3,000 won",
        "2026-01-01 00:00:00 KST",
        "4 / 10",
    ] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    for header in [
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        "Cache-Control: no-store",
        "Referrer-Policy: same-origin",
    ] {
        assert!(list.head.contains(header), "{header}: {}", list.head);
    }
    assert!(!list.body.contains("<script") && !list.body.contains("style="), "{}", list.body);
}

#[test]
fn a_ruling_is_asked_about_before_it_is_written_down() {
    let page = Page::of(&LOCAL, &["a"]);
    let cookie = page.come_in();
    let case = page.get("/refund?key=a", &cookie);
    for words in [
        "No answer came.",
        "<li>Open tid tid-1.</li>",
        "value=\"Kim\"",
        "It is there.",
        "name=\"seen\" value=\"review 1767193200000\"",
    ] {
        assert!(case.body.contains(words), "{words}: {}", case.body);
    }
    let asked = page.post(&cookie, &form("a", "done", "&note=%3Cb%3E&remaining=9%2C000"));
    assert_eq!((asked.status, page.rulings().len()), (200, 0));
    for words in ["Record this?", "name=\"sure\" value=\"1\"", "value=\"&lt;b&gt;\"", "value=\"9,000\""] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    let done = page.post(&cookie, &form("a", "done", "&note=%3Cb%3E&remaining=9%2C000&sure=1"));
    assert!(done.status == 303 && done.head.contains("Location: /\r\n"), "{}", done.head);
    let expected = json!({ "key": "a", "ruling": "done", "by": "Lee", "note": "<b>", "remaining": "9,000" });
    assert_eq!(page.rulings(), [expected]);
    // It is told once, and who ruled is known.
    assert!(page.get("/", &cookie).body.contains("Recorded: a · done · done"));
    assert!(!page.get("/", &cookie).body.contains("Recorded"));
    assert!(page.get("/refund?key=a", &cookie).body.contains("value=\"Lee\""));
}

#[test]
fn nothing_is_ruled_by_a_get_or_from_elsewhere() {
    let page = Page::of(&LOCAL, &["a"]);
    let cookie = page.come_in();
    let (sure, here) = (form("a", "done", "&sure=1"), page.here);
    assert_eq!(page.get(&format!("/rule?{sure}"), &cookie).status, 405);
    let post = |headers: &str| {
        let length = sure.len();
        page.send(&format!("POST /rule HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{sure}")).status
    };
    let (host, own) = (format!("Host: {here}\r\n"), format!("Origin: http://{here}\r\n"));
    let is_form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (headers, status) in [
        (format!("{host}{own}{is_form}"), 403),
        (format!("{host}{cookie}{is_form}"), 403),
        (format!("{host}Origin: null\r\n{cookie}{is_form}"), 403),
        (format!("{host}Origin: http://evil.example\r\n{cookie}{is_form}"), 403),
        (format!("{host}{own}Sec-Fetch-Site: same-site\r\n{cookie}{is_form}"), 403),
        (format!("Host: evil.example\r\nOrigin: http://evil.example\r\n{cookie}{is_form}"), 403),
        (format!("{host}{own}{cookie}Content-Type: text/plain\r\n"), 405),
        (format!("{own}{cookie}{is_form}"), 400),
    ] {
        assert_eq!(post(&headers), status, "{headers}");
    }
    let chunked = format!("POST /rule HTTP/1.1\r\n{host}{own}{cookie}{is_form}Transfer-Encoding: chunked\r\n\r\n");
    assert_eq!(page.send(&chunked).status, 411);
    let long = format!("POST /rule HTTP/1.1\r\n{host}{own}{cookie}{is_form}Content-Length: 99999\r\n\r\n");
    assert_eq!(page.send(&long).status, 413);
    assert_eq!(page.send("no http\r\n\r\n").status, 400);
    assert_eq!(page.rulings(), [] as [Value; 0]);
}

#[test]
fn a_ruling_that_does_not_fit_leaves_the_case() {
    let page = Page::of(&LOCAL, &["a"]);
    let cookie = page.come_in();
    for (form, status, words) in [
        (form("a", "", "&sure=1"), 400, "Choose a ruling."),
        (form("a", "retry", "&sure=1"), 400, "Choose a ruling."),
        (form("a", "done", "&sure=1").replace("Lee", "+"), 400, "Enter who rules."),
        (
            form("a", "done", "&sure=1").replace("1767193200000", "1767193200001"),
            409,
            "It has changed in the meantime.",
        ),
        (form("b", "done", "&sure=1"), 404, "there is no refund"),
        (form("a", "done", "&note=early&sure=1"), 409, "This ruling is possible after: 2026-01-01 00:00:00 KST"),
    ] {
        let got = page.post(&cookie, &form);
        assert_eq!(got.status, status, "{form}: {}", got.body);
        assert!(got.body.contains(words), "{words}: {}", got.body);
    }
    page.waiting.lock().unwrap_or_else(PoisonError::into_inner)[0]["review"]["needs_remaining"] = true.into();
    let vague = page.post(&cookie, &form("a", "done", "&sure=1"));
    assert!(
        vague.status == 400 && vague.body.contains("Enter what the merchant admin shows as left."),
        "{}",
        vague.body
    );
    assert_eq!(page.rulings(), [] as [Value; 0]);
    page.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let failed = page.get("/", &cookie);
    assert!(failed.status == 503 && failed.body.contains("connection refused"), "{}", failed.body);
}

#[test]
fn real_money_is_sent_by_a_worker_only_after_a_yes() {
    let real = [LOCAL[0], LOCAL[3], ("PAYWELCOME_ENVIRONMENT", "production")];
    let unknown = [LOCAL[0], LOCAL[3]];
    for (variables, needs_yes) in [(&LOCAL[..], false), (&real, true), (&unknown, true)] {
        let page = Page::of(variables, &["a"]);
        page.waiting.lock().unwrap_or_else(PoisonError::into_inner)[0]["review"]["en"]["rulings"]["retry"] =
            "Anew.".into();
        let cookie = page.come_in();
        let asked = page.post(&cookie, &form("a", "retry", ""));
        assert_eq!(asked.body.contains("Type yes to continue"), needs_yes, "{}", asked.body);
        assert_eq!(asked.body.contains("with real money"), needs_yes, "{}", asked.body);
        if needs_yes {
            let vague = page.post(&cookie, &form("a", "retry", "&sure=1&yes=y"));
            assert_eq!((vague.status, page.rulings().len()), (400, 0));
        }
        assert_eq!(page.post(&cookie, &form("a", "retry", "&sure=1&yes=yes")).status, 303);
        assert_eq!(page.rulings().len(), 1);
    }
}

#[test]
fn texts_of_others_are_no_markup() {
    let page = Page::of(&LOCAL, &["\"><script>x</script>"]);
    let cookie = page.come_in();
    let key = "%22%3E%3Cscript%3Ex%3C%2Fscript%3E";
    for target in [
        "/".to_owned(),
        format!("/refund?key={key}"),
        "/refund?key=%3Cscript%3E".to_owned(),
        "/?lang=%3Cscript%3E".to_owned(),
    ] {
        let got = page.get(&target, &cookie);
        assert!(!got.body.contains("<script"), "{target}: {}", got.body);
    }
    let asked = page.post(&cookie, &form(key, "done", ""));
    assert!(asked.status == 200 && !asked.body.contains("<script"), "{}", asked.body);
    let korean = page.get("/?lang=ko", &cookie);
    assert!(korean.body.contains("<html lang=\"ko\">") && korean.body.contains("응답이 없습니다."), "{}", korean.body);
}
