//! What is kept of an answer that is not a receipt: whom it was asked of, and what came.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use paywelcome::{Argument, CancelRequest, Client, ClientOptions, Error, ErrorKind, Outcome};
use paywelcome_tests::{
    Connection, Gate, KEY, MID, Port, Request, Server, client, done, full, http, mkey, options, tid,
};

use crate::{SOON, assert_error, in_time};

/// Makes one full cancel of a server that answers by `script`, and gives the error, and the request that came.
async fn failed(
    limit: f64,
    script: impl Fn(&Request, &mut Connection) + Send + Sync + 'static,
) -> (Error, paywelcome_tests::Request) {
    let server = Server::start(move |mut connection| {
        if let Some(request) = connection.request() {
            script(&request, &mut connection);
        }
    });
    let client = client(&server.url(), |options| options.timeout = Argument::Fraction(limit));
    let error = client.cancel(&full(&tid(1))).await.expect_err("it is not done");
    drop(client);
    let host = format!("127.0.0.1:{}", server.port());
    let mut log = server.finish();
    assert_eq!((error.host(), error.mid()), (Some(host.as_str()), Some(MID)));
    (error, log.requests.remove(0))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it all")
}

#[tokio::test]
async fn an_answer_that_is_compressed_though_nobody_asked() {
    for coding in ["gzip", "X-GZIP", "identity, gzip", ""] {
        let server = Server::start(move |mut connection| {
            connection.serve(|request| {
                let plain = done(request);
                let body = plain.windows(4).position(|part| part == b"\r\n\r\n").map_or(0, |at| at + 4);
                http(&format!("200 OK\r\nContent-Encoding: {coding}"), Some("text/plain"), &gzip(&plain[body..]))
            });
        });
        let receipt = client(&server.url(), |_| {}).cancel(&full(&tid(1))).await.expect("it is done");
        assert_eq!((receipt.price, receipt.result_msg.as_str()), (12_000, "정상처리"), "{coding}");
    }
}

#[tokio::test]
async fn a_body_that_is_small_until_it_is_decompressed() {
    let bomb = gzip(&vec![b' '; 200 * 1024 * 1024]);
    assert!(bomb.len() < 256 * 1024, "{}", bomb.len());
    let twice = gzip(&bomb);
    for (body, codings) in [(bomb, "gzip"), (twice, "gzip, gzip")] {
        let (error, _) = failed(30.0, move |_, connection| {
            connection.send(&http(&format!("200 OK\r\nContent-Encoding: {codings}"), None, &body));
            connection.drain();
        })
        .await;
        assert_eq!((error.outcome(), error.kind()), (Outcome::Unknown, ErrorKind::Malformed));
        assert!(error.to_string().contains("the answer is too large"), "{error}");
    }
}

#[tokio::test]
async fn a_firewalls_page() {
    let page = "<!DOCTYPE html>\n<html><head><style>p{}</style></head><body>Request <b>blocked</b>\r\nsupport id 1234567</body>";
    for status in ["200 OK", "403 Forbidden", "503 Busy"] {
        let (error, _) =
            failed(30.0, move |_, c| c.send(&http(status, Some("text/html; charset=utf-8"), page.as_bytes()))).await;
        let kind = if status == "200 OK" { ErrorKind::Malformed } else { ErrorKind::HttpStatus };
        assert_eq!((error.outcome(), error.kind()), (Outcome::Unknown, kind));
        assert_eq!(error.body_excerpt(), Some("Request blocked support id 1234567"));
        assert_eq!((error.content_type(), error.raw()), (Some("text/html; charset=utf-8"), None));
        assert!(format!("{error:?}").contains("1234567"), "{error:?}");
    }
}

#[tokio::test]
async fn what_came_before_the_connection_was_lost_or_time_ran_out() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n<html>\xec\xb0\xa8\xeb\x8b\xa8 ID 7 \xec";
    let (lost, _) = failed(30.0, move |_, connection| {
        connection.send(begun);
        connection.hang_up();
    })
    .await;
    let (late, _) = failed(SOON, move |_, connection| {
        connection.send(begun);
        connection.drain();
    })
    .await;
    for (error, kind) in [(lost, ErrorKind::ConnectionLost), (late, ErrorKind::Timeout)] {
        assert_eq!((error.kind(), error.http_status()), (kind, Some(200)));
        assert_eq!((error.content_type(), error.body_excerpt()), (Some("text/html"), Some("차단 ID 7 \u{fffd}")));
    }
}

#[tokio::test]
async fn a_compressed_answer_that_was_cut_off() {
    let noise: String =
        (0..4_000_u32).map(|n| char::from(b'a' + u8::try_from(n * n % 23).unwrap_or_default())).collect();
    let packed = gzip(format!("support id 77 {noise}").as_bytes());
    let (error, _) = failed(30.0, move |_, connection| {
        let whole = http("200 OK\r\nContent-Encoding: gzip", None, &packed);
        connection.send(&whole[..whole.len() - 20]);
        connection.hang_up();
    })
    .await;
    assert_eq!((error.outcome(), error.kind()), (Outcome::Unknown, ErrorKind::ConnectionLost));
    assert!(error.body_excerpt().is_some_and(|text| text.starts_with("support id 77 ")), "{error:?}");
}

#[tokio::test]
async fn no_answer_and_an_empty_one_are_told_apart() {
    let (none, _) = failed(30.0, |_, connection| connection.hang_up()).await;
    assert_eq!((none.http_status(), none.content_type(), none.body_excerpt()), (None, None, None));
    let (empty, _) = failed(30.0, |_, connection| connection.send(&http("200 OK", None, b""))).await;
    assert_eq!((empty.http_status(), empty.content_type(), empty.body_excerpt()), (Some(200), None, Some("")));
}

#[tokio::test]
async fn a_redirect_says_where_to() {
    for (location, shown) in [
        ("https://login.example/in?token=1", " to https://login.example/in, which"),
        ("/maintenance", " to /maintenance, which"),
        ("", "a redirect, which"),
    ] {
        let (error, _) = failed(30.0, move |_, connection| {
            connection.send(&http(&format!("302 Found\r\nLocation: {location}"), None, b"moved"));
        })
        .await;
        assert!(error.to_string().contains(shown) && !error.to_string().contains("token"), "{error}");
        assert_eq!((error.kind(), error.body_excerpt()), (ErrorKind::Redirect, Some("moved")));
    }
}

/// Wherever the answer repeats a secret, and wherever it ends.
#[tokio::test]
async fn no_excerpt_holds_a_secret_or_the_beginning_of_one() {
    fn with_secrets(request: &Request, before: usize) -> Vec<u8> {
        let secrets = [request.field("signature"), mkey(), KEY.to_owned()];
        let wide: Vec<u8> = secrets.join(" ").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let repeated = secrets.map(|secret| format!("{secret} {}", secret.to_uppercase())).join("\r\n");
        // A byte that may take the first letter of what follows into its character.
        let swallowed = [b"\xb0".as_slice(), request.field("signature").as_bytes()].concat();
        ["x".repeat(before).into_bytes(), repeated.into_bytes(), wide, swallowed].concat()
    }
    for at in (380..520).step_by(7) {
        for cut in [0, 30, 31, 250] {
            let (error, request) = failed(30.0, move |request, connection| {
                let body = with_secrets(request, at);
                let whole = http("200 OK", Some("text/html; charset=euc-kr"), &body);
                connection.send(&whole[..whole.len() - cut]);
                connection.hang_up();
            })
            .await;
            let shown = format!("{error:?} {error}").to_lowercase();
            for secret in [request.field("signature"), mkey(), KEY.to_owned()] {
                for part in [&secret[..8], &secret[1..10], &secret[secret.len() - 8..]] {
                    assert!(!shown.contains(part), "{part} at {at}, cut by {cut}: {shown}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_error_names_the_host_and_the_merchant() {
    let port = Port::take();
    let nobody = client(&port.url(), |options| options.connect_retries = 0.into());
    let error = assert_error(nobody.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Connect);
    let host = port.url().trim_start_matches("http://").to_owned();
    assert!(error.to_string().starts_with(&format!("nothing was sent: {host}: ")), "{error}");
    let warm = nobody.warm_up().await.expect_err("nobody is there");
    assert!(warm.to_string().contains(&host), "{warm}");
    let wrong = nobody.cancel(&full("")).await.expect_err("the tid is wrong");
    let form = nobody.cancel_form(&full(""), std::time::SystemTime::now()).expect_err("the tid is wrong");
    nobody.close();
    let closed = assert_error(nobody.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Closed);
    for error in [&error, &warm, &wrong, &form, &closed] {
        assert_eq!((error.host(), error.mid()), (Some(host.as_str()), Some(MID)), "{error:?}");
    }
    let gate = Gate::default();
    let server = Server::start(move |mut connection| {
        connection.request();
        gate.pass();
    });
    let late = client(&server.url(), |options| options.timeout = Argument::Fraction(SOON));
    let late = assert_error(in_time(late.cancel(&full(&tid(1)))).await, Outcome::Unknown, ErrorKind::Timeout);
    assert!(late.to_string().contains(&format!(": 127.0.0.1:{}: no answer came in time", server.port())), "{late}");
}

#[test]
fn a_default_port_is_named_to_people() {
    let client = client("https://gateway.example", |_| {});
    let wrong = client.cancel_form(&full(""), std::time::SystemTime::now()).expect_err("the tid is wrong");
    assert_eq!((wrong.host(), client.host()), (Some("gateway.example"), "gateway.example"));
}

#[tokio::test]
async fn arguments_that_are_refused_beside_some_that_are_right() {
    let client = client("https://gateway.example", |_| {});
    let asked =
        |tid: &str, reference: &str| CancelRequest { price: 0.into(), reference: reference.into(), ..full(tid) };
    let error = client.cancel(&asked(&tid(1), "refund-7")).await.expect_err("the price is wrong");
    assert_eq!((error.operation(), error.tid(), error.reference()), (Some("cancel"), Some(&*tid(1)), Some("refund-7")));
    let error = client.cancel(&asked("", "a\nb")).await.expect_err("all is wrong");
    assert_eq!((error.operation(), error.tid(), error.reference()), (Some("cancel"), None, None));
}

#[test]
fn settings_that_are_refused_beside_some_that_are_right() {
    let refused = |change: fn(&mut ClientOptions)| {
        let mut options = options("https://gateway.example:8443");
        change(&mut options);
        Client::new(options).expect_err("something is wrong")
    };
    let error = refused(|options| options.timeout = 0.into());
    assert_eq!((error.host(), error.mid()), (Some("gateway.example:8443"), Some(MID)));
    let error = refused(|options| options.mid = "too long for one".into());
    assert_eq!((error.host(), error.mid()), (Some("gateway.example:8443"), None));
    let error = refused(|options| options.base_url = "http://gateway.example".into());
    assert_eq!((error.host(), error.mid()), (None, Some(MID)));
}
