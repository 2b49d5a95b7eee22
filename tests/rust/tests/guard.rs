//! While a test's sandbox guards, nothing is sent elsewhere. It is one for the whole process, as this one test is.
#![allow(missing_docs)]

use std::time::SystemTime;

use paywelcome::{CancelRequest, Client, Error, ErrorKind, Guard, Outcome};
use paywelcome_tests::{Port, Server, client, done, full, partial, tid};

fn assert_refused(error: &Error, client: &Client, sandboxes: &[&str]) {
    assert_eq!(
        (error.kind(), error.outcome(), error.safe_to_resend()),
        (ErrorKind::Configuration, Outcome::NotSent, true)
    );
    assert_eq!(error.fields().iter().map(|found| found.field.snake()).collect::<Vec<_>>(), ["base_url"]);
    let text = error.to_string();
    assert!(sandboxes.iter().chain([&client.base_url()]).all(|host| text.contains(host)), "{text}");
    assert!(client.refusal().is_some());
}

#[tokio::test]
async fn while_a_sandbox_guards_nothing_is_sent_elsewhere() {
    let (one, two, elsewhere) = (Server::start(serve), Server::start(serve), Server::start(serve));
    let early = client(&elsewhere.url(), |_| {});
    let port = Port::take();

    let known = Guard::new(&two.url(), false);
    assert!(early.cancel(&full(&tid(1))).await.is_ok(), "one that does not guard refuses nothing");
    let guard = Guard::new(&one.url(), true);

    let late = client(&elsewhere.url(), |_| {});
    for outsider in [&early, &late, &client(&port.url(), |_| {}), &client("https://gateway.invalid", |_| {})] {
        let error = outsider
            .cancel(&CancelRequest { reference: "R1".into(), ..full(&tid(1)) })
            .await
            .expect_err("it leads elsewhere");
        assert_refused(&error, outsider, &[&one.url()]);
        assert_eq!(
            (error.operation(), error.tid(), error.reference()),
            (Some("cancel"), Some(tid(1).as_str()), Some("R1"))
        );
        assert_refused(
            &outsider.partial_cancel(&partial(&tid(1))).await.expect_err("it leads elsewhere"),
            outsider,
            &[],
        );
        assert_refused(&outsider.warm_up().await.expect_err("it leads elsewhere"), outsider, &[]);
        assert!(outsider.cancel_form(&full(&tid(1)), SystemTime::now()).is_ok(), "nothing is sent for it");
    }
    // This machine has several names, and other sandboxes of the process are no danger.
    let other_name = one.url().replace("127.0.0.1", "localhost");
    for url in [one.url(), format!("{}/path/", one.url()), other_name, two.url()] {
        let insider = client(&url, |_| {});
        assert!(insider.refusal().is_none(), "{url}");
    }
    assert!(client(&one.url(), |_| {}).cancel(&full(&tid(2))).await.is_ok());
    assert!(client(&two.url(), |_| {}).cancel(&full(&tid(2))).await.is_ok());

    let third = Server::start(serve);
    let another = Guard::new(&third.url(), true);
    let error = early.cancel(&full(&tid(1))).await.expect_err("it leads elsewhere");
    assert_refused(&error, &early, &[&one.url(), &third.url()]);
    drop((guard, known));
    assert_refused(&early.cancel(&full(&tid(1))).await.expect_err("it leads elsewhere"), &early, &[&third.url()]);
    assert!(client(&one.url(), |_| {}).refusal().is_some(), "a sandbox that has ended is none of the test's");
    drop(another);
    assert_eq!(elsewhere.so_far().accepted(), 1, "what was refused opened no connection");
    assert!(early.cancel(&full(&tid(3))).await.is_ok(), "the guard ends with its sandbox");
    drop((early, late));
    // By a connection of its own or by the first one, which is kept after the time that shows whether it is.
    let log = elsewhere.finish();
    assert_eq!((log.requests.len(), log.count(&tid(1)), log.count(&tid(3))), (2, 1, 1));
}

fn serve(mut connection: paywelcome_tests::Connection) {
    connection.serve(done);
}
