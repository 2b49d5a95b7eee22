//! No text of the library holds the key, the mkey or a signature, in whatever way it is shown.

use std::fmt::Debug;

use paywelcome::{Client, ClientOptions, Error, Field};
use paywelcome_tests::{KEY, Port, Server, client, done, full, http, json, mkey, options, partial, signature, tid};

/// Every way there is to show a thing.
fn shown(thing: &impl Debug) -> Vec<String> {
    vec![format!("{thing:?}"), format!("{thing:#?}")]
}

fn shown_error(error: &Error) -> Vec<String> {
    let mut texts = shown(error);
    texts.extend([error.to_string(), error.message(Field::camel), format!("{:?}", error.fields())]);
    texts.extend([error.timestamp(), error.result_code(), error.result_msg()].into_iter().flatten().map(str::to_owned));
    texts.extend([error.content_type(), error.body_excerpt()].into_iter().flatten().map(str::to_owned));
    texts.extend(error.raw().map(|raw| raw.as_json().to_owned()));
    texts
}

/// Fails if a text holds a secret; `stamps` are the timestamps whose signatures must not be there.
fn assert_no_secret(texts: &[String], stamps: &[String]) {
    let mut secrets = vec![KEY.to_owned(), mkey(), mkey().to_uppercase()];
    secrets.extend(stamps.iter().map(|stamp| signature(stamp)));
    for text in texts {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
        }
    }
}

#[test]
fn settings_and_clients() {
    let mut texts = Vec::new();
    let options = options("https://gateway.example");
    texts.extend(shown(&options));
    texts.extend(shown(&options.sign_key));
    texts.extend(shown(&Client::new(options.clone()).expect("the settings are right")));
    let hashed = ClientOptions { sign_key: None::<&str>.into(), mkey: mkey().into(), ..options.clone() };
    texts.extend(shown(&hashed));
    texts.extend(shown(&hashed.mkey));
    texts.extend(shown(&Client::new(hashed).expect("the settings are right")));
    assert_no_secret(&texts, &[]);
}

#[test]
fn settings_that_are_refused() {
    let both = ClientOptions { mkey: mkey().into(), ..options("https://gateway.example") };
    let swapped =
        ClientOptions { sign_key: None::<&str>.into(), mkey: KEY.into(), ..options("https://gateway.example") };
    let with_break = ClientOptions { sign_key: format!("{KEY}\n").into(), ..options("https://gateway.example") };
    let as_mid = ClientOptions { mid: KEY.into(), ..options("https://gateway.example") };
    let as_environment = ClientOptions { environment: KEY.into(), ..options("https://gateway.example") };
    let too_long = ClientOptions {
        sign_key: None::<&str>.into(),
        mkey: format!("{}0", mkey()).into(),
        ..options("https://gateway.example")
    };
    for options in [both, swapped, with_break, as_mid, as_environment, too_long] {
        let mut texts = shown(&options);
        texts.extend(shown_error(&Client::new(options).expect_err("the settings are wrong")));
        assert_no_secret(&texts, &[]);
    }
}

#[tokio::test]
async fn calls_and_receipts() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let (settled, receipt) = std::sync::mpsc::channel();
    let call = client.start_cancel(&full(&tid(1)), move |result| drop(settled.send(result)));
    let call = call.expect("the arguments are right");
    let mut texts = shown(&call);
    texts.extend(shown(&receipt.recv_timeout(paywelcome_tests::GUARD).expect("done is called").expect("it is done")));
    texts.extend(shown(&call));
    texts.extend(shown(&client.partial_cancel(&partial(&tid(2))).await.expect("it is done")));
    texts.extend(shown(&client));
    drop(client);
    let log = server.finish();
    let stamps: Vec<_> = log.requests.iter().map(|request| request.field("timestamp")).collect();
    assert_eq!(stamps.len(), 2);
    assert_no_secret(&texts, &stamps);
}

#[tokio::test]
async fn calls_that_fail() {
    let answers: [&[u8]; 7] = [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 307 Again\r\nLocation: /cancel/cancel\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        &json(r#"{"ResultCode":"01","ResultMsg":"no"}"#),
        &json(r#"{"ResultCode":"00","ResultMsg":"yes"}"#),
        &http("500 Oops", None, b"{}"),
    ];
    for answer in answers {
        let answer = answer.to_vec();
        let server = Server::start(move |mut connection| {
            connection.request();
            connection.send(&answer);
            connection.hang_up();
        });
        let client = client(&server.url(), |options| options.connect_retries = 0.into());
        let error = client.cancel(&full(&tid(1))).await.expect_err("it is not done");
        drop(client);
        let stamps = [server.finish().requests[0].field("timestamp")];
        assert_no_secret(&shown_error(&error), &stamps);
    }
}

/// Nothing is written to the program's own output, by any way that a call may end.
#[test]
fn the_library_prints_nothing() {
    let mut child = std::process::Command::new(std::env::current_exe().expect("this is a program"));
    child.args(["secrets::calls", "--nocapture", "--test-threads=1"]);
    child.env("RUST_LOG", "trace");
    let output = child.output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("3 passed"), "{text}");
    for text in [text, String::from_utf8_lossy(&output.stderr)] {
        assert_no_secret(&[text.to_string()], &[]);
        let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
        let of_tests = |line: &&str| line.starts_with("test ") || line.starts_with("running ");
        assert!(lines.iter().all(of_tests), "something was printed: {lines:?}");
    }
}

/// The ways in which a gateway may repeat a text within its JSON.
fn repeated(text: &str) -> [String; 5] {
    let escaped = text.chars().fold(String::new(), |all, c| format!("{all}\\u{:04x}", u32::from(c)));
    let percent = text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
    [text.to_owned(), text.to_uppercase(), escaped.to_uppercase().replace("\\U", "\\u"), escaped, percent]
}

/// What the gateway says is kept as it came, but for what must not be shown, whoever shows it.
#[tokio::test]
async fn answers_that_repeat_what_was_posted() {
    for (status, code) in [("200 OK", "00"), ("200 OK", "01"), ("200 OK", "0000"), ("400 Bad", "01")] {
        let server = Server::start(move |mut connection| {
            let request = connection.request().expect("a request comes");
            let (tid, price) = (request.field("tid"), request.field("price"));
            let secrets = [request.field("signature"), mkey(), KEY.to_owned()];
            let said = secrets.each_ref().map(|secret| repeated(secret).join(" ")).join(" ");
            let body = format!(
                r#"{{"ResultCode":"{code}","ResultMsg":"kept {said}","Tid":"{tid}","Price":"{price}","Moid":"{said}","{said}":1}}"#
            );
            connection.send(&http(status, None, body.as_bytes()));
            connection.hang_up();
        });
        let client = client(&server.url(), |_| {});
        let (texts, raw) = match client.cancel(&full(&tid(1))).await {
            Ok(receipt) => (shown(&receipt), receipt.raw),
            Err(error) => (shown_error(&error), error.raw().expect("the answer can be read").clone()),
        };
        drop(client);
        let stamp = server.finish().requests[0].field("timestamp");
        let kept = format!("kept{}", " (hidden)".repeat(15));
        assert!(texts.iter().any(|text| text.contains(&kept)), "{texts:?}");
        let left = raw.as_json().replace("(hidden)", "");
        for secret in [signature(&stamp), mkey(), KEY.to_owned()].iter().flat_map(|secret| repeated(secret)) {
            assert!(!left.contains(&secret), "{secret} is in {left}");
        }
        assert_no_secret(&texts, &[stamp]);
    }
}

/// An error quotes what differs from what was asked: a secret is hidden there too.
#[tokio::test]
async fn answers_with_a_secret_in_place_of_a_value() {
    for name in ["ResultCode", "ResultMsg", "Tid", "Price", "RmainPrice"] {
        for secret in 0..3 {
            let server = Server::start(move |mut connection| {
                connection.serve(|request| {
                    let secrets = [request.field("signature"), mkey(), KEY.to_owned()];
                    let mut answer = serde_json::json!({
                        "ResultCode": "00",
                        "Tid": request.field("tid"),
                        "Price": "3000",
                        "RmainPrice": "9000",
                    });
                    answer[name] = secrets[secret].as_str().into();
                    json(&answer.to_string())
                });
            });
            let client = client(&server.url(), |_| {});
            let texts = match client.partial_cancel(&partial(&tid(1))).await {
                Ok(receipt) => shown(&receipt),
                Err(error) => shown_error(&error),
            };
            drop(client);
            let stamps = [server.finish().requests[0].field("timestamp")];
            assert!(texts.iter().any(|text| text.contains("(hidden)")), "{name} is not kept: {texts:?}");
            assert_no_secret(&texts, &stamps);
        }
    }
}

#[tokio::test]
async fn calls_that_are_not_sent() {
    let port = Port::take();
    for base_url in [port.url(), "https://no-such-host.invalid".to_owned()] {
        let client = client(&base_url, |options| {
            options.trust_env = false.into();
            options.connect_retries = 0.into();
        });
        let error = client.cancel(&full(&tid(1))).await.expect_err("nobody is there");
        let stamps = [error.timestamp().expect("it was signed").to_owned()];
        assert_no_secret(&shown_error(&error), &stamps);
    }
}

#[tokio::test]
async fn arguments_that_are_refused() {
    let client = client("https://gateway.example", |_| {});
    // A key in the place of another argument is refused without being shown.
    let mut request = full(&mkey());
    request.pay_type = KEY.into();
    request.currency = KEY.into();
    let error = client.cancel(&request).await.expect_err("the arguments are wrong");
    let mut texts = shown_error(&error);
    texts.extend(shown(&request));
    assert_eq!(error.fields().len(), 3, "{error}");
    assert_no_secret(&texts, &[]);
}
