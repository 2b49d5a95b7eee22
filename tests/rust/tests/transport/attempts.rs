//! What can be seen of a call's attempts, and what a call is called by.

use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use paywelcome::{Attempt, CancelRequest, Error, ErrorKind};
use paywelcome_tests::{GUARD, Port, Server, client, done, full, http, tid};

/// Makes one call, and gives how it ended and the attempts that are seen then.
fn call(base_url: &str, request: &CancelRequest, retries: i64) -> (Option<Error>, Vec<Attempt>) {
    let client = client(base_url, |options| options.connect_retries = retries.into());
    let (done, settled) = channel();
    let call = client.start_cancel(request, move |result| drop(done.send(result))).expect("the arguments are right");
    let error = settled.recv_timeout(GUARD).expect("done is called").err();
    let attempts = call.attempts();
    assert!(call.attempts().is_empty(), "an attempt is given once");
    (error, attempts)
}

#[test]
fn a_call_that_is_answered_has_one_attempt() {
    let before = SystemTime::now();
    let server = Server::start(|mut connection| connection.serve(done));
    let (error, attempts) = call(&server.url(), &full(&tid(1)), 2);
    assert!(error.is_none());
    let [attempt] = attempts[..] else { panic!("{attempts:?}") };
    assert_eq!((attempt.number, attempt.kind, attempt.http_status, attempt.pause), (1, None, Some(200), None));
    assert!(attempt.began >= before && attempt.took > Duration::ZERO && attempt.took < GUARD);
}

#[test]
fn what_was_answered_but_is_no_receipt_was_answered() {
    let server = Server::start(|mut connection| connection.serve(|_| http("500 Oops", Some("text/html"), b"oops")));
    let (error, attempts) = call(&server.url(), &full(&tid(2)), 2);
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::HttpStatus));
    let [attempt] = attempts[..] else { panic!("{attempts:?}") };
    assert_eq!((attempt.kind, attempt.http_status, attempt.pause), (None, Some(500), None));
}

#[test]
fn every_attempt_that_never_left_is_seen_in_order() {
    let port = Port::take();
    let (error, attempts) = call(&port.url(), &full(&tid(3)), 2);
    let error = error.expect("nobody listens");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 3));
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(attempts.iter().all(|attempt| (attempt.kind, attempt.http_status) == (Some(ErrorKind::Connect), None)));
    let pauses = attempts.iter().map(|attempt| attempt.pause).collect::<Vec<_>>();
    assert_eq!(pauses, [Some(Duration::from_millis(100)), Some(Duration::from_millis(200)), None]);
    for (earlier, later) in attempts.iter().zip(&attempts[1..]) {
        assert!(later.began >= earlier.began, "the clock of this machine went back");
    }
}

#[test]
fn an_attempt_whose_answer_was_lost_is_the_last() {
    let server = Server::start(|mut connection| {
        connection.request();
        connection.hang_up();
    });
    let (error, attempts) = call(&server.url(), &full(&tid(4)), 2);
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::ConnectionLost));
    let [attempt] = attempts[..] else { panic!("{attempts:?}") };
    assert_eq!((attempt.kind, attempt.http_status, attempt.pause), (Some(ErrorKind::ConnectionLost), None, None));
}

#[test]
fn a_reference_is_given_back_and_never_sent() {
    let reference = "주문 20260930-7 #refund";
    let named = |number: usize| CancelRequest { reference: reference.into(), ..full(&tid(number)) };
    let server = Server::start(|mut connection| connection.serve(|_| http("500 Oops", Some("text/html"), b"oops")));
    let (error, _) = call(&server.url(), &named(5), 0);
    let error = error.expect("that is not an answer");
    assert_eq!(error.reference(), Some(reference));
    assert!(error.to_string().ends_with(&format!("(cancel, tid {}, reference {reference})", tid(5))), "{error}");
    let log = server.finish();
    assert!(
        log.requests
            .iter()
            .all(|request| !request.body.windows(7).any(|part| part == b"#refund" || part == b"23refun"))
    );

    let port = Port::take();
    assert_eq!(call(&port.url(), &named(6), 0).0.expect("nobody listens").reference(), Some(reference));
    assert_eq!(call(&port.url(), &full(&tid(7)), 0).0.expect("nobody listens").reference(), None);
}

#[test]
fn a_reference_is_checked_with_all_else() {
    let client = client("http://127.0.0.1:1", |_| {});
    let longest = "환".repeat(200);
    for (reference, right) in [(longest.clone(), true), (longest + "1", false), ("a\nb".to_owned(), false)] {
        let request = CancelRequest { reference: reference.as_str().into(), ..full(&tid(8)) };
        let form = client.cancel_form(&request, SystemTime::now());
        let refused = form.err().map(|error| error.fields()[0].field.snake());
        assert_eq!(refused, (!right).then_some("reference"));
    }
    let wrong = CancelRequest { reference: "order-7".into(), ..CancelRequest::new("card", "", 0) };
    let error = client.cancel_form(&wrong, SystemTime::now()).expect_err("tid and price are wrong");
    assert_eq!((error.fields().len(), error.reference()), (2, Some("order-7")));
    let number = CancelRequest { reference: 7.into(), ..full(&tid(9)) };
    let error = client.cancel_form(&number, SystemTime::now()).expect_err("a number is not a text");
    assert_eq!(error.fields()[0].field.camel(), "reference");
}
