//! Connections are kept for a short while, and not at all where one was lost.

use std::sync::atomic::{AtomicUsize, Ordering};

use paywelcome::Outcome;
use paywelcome_tests::{GUARD, Gate, Server, client, done, full, tid};

use crate::LATE;

#[tokio::test]
async fn an_idle_connection_is_closed_before_a_server_would() {
    let closed = Gate::default();
    let gate = closed.clone();
    let server = Server::start(move |mut connection| {
        let Some(request) = connection.request() else { return };
        connection.send(&done(&request));
        // After a second, or two at the most; servers wait for five and more.
        assert!(connection.is_closed(LATE / 2), "the client keeps its connection");
        gate.open();
    });
    let client = client(&server.url(), |_| {});
    client.cancel(&full(&tid(1))).await.expect("it is done");
    closed.pass();
    drop(client);
    assert_eq!(server.finish().accepted(), 1);
}

/// A server that keeps its connections until they are trusted, and then answers no second request on any.
#[tokio::test]
async fn after_one_loss_no_connection_is_used_twice() {
    static LOST: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|mut connection| {
        let mut answers = 0;
        while let Some(request) = connection.request() {
            // The second request is answered once, to gain the trust.
            if answers == 2 || answers == 1 && LOST.load(Ordering::SeqCst) > 0 {
                LOST.fetch_add(1, Ordering::SeqCst);
                connection.hang_up();
                return;
            }
            answers += 1;
            connection.send(&done(&request));
        }
    });
    let client = client(&server.url(), |_| {});
    let mut lost = 0;
    for number in 0..200 {
        match client.cancel(&full(&tid(number))).await {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
                lost += 1;
            }
        }
        if lost == 0 {
            // The probation of a connection, without which none is used again.
            tokio::time::sleep(std::time::Duration::from_millis(110)).await;
        }
        assert!(lost > 0 || number < 50, "no connection was used three times");
    }
    drop(client);
    let log = server.finish();
    assert_eq!((lost, LOST.load(Ordering::SeqCst)), (1, 1), "one loss is enough to learn from");
    assert_eq!(log.requests.len(), 200);
    assert!((0..200).all(|number| log.count(&tid(number)) == 1), "each came once");
}

/// A `done` that takes its time keeps the library's thread from looking at its connections.
#[tokio::test]
async fn a_close_that_came_while_the_thread_was_busy_is_noticed_before_the_connection_is_used() {
    let (close, closed) = (Gate::default(), Gate::default());
    let (on_close, on_closed) = (close.clone(), closed.clone());
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            if request.method == "HEAD" {
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            connection.send(&done(&request));
            if request.field("tid") == tid(1) {
                on_close.pass();
                drop(connection);
                return on_closed.open();
            }
        }
    });
    let client = client(&server.url(), |_| {});
    client.warm_up().await.expect("the gateway is there");
    client.cancel(&full(&tid(1))).await.expect("it is done");
    let (busy, free) = (Gate::default(), Gate::default());
    let (on_busy, on_free) = (busy.clone(), free.clone());
    let other = Server::start(|mut connection| connection.serve(done));
    let beside = paywelcome_tests::client(&other.url(), |_| {});
    let slow = beside.start_cancel(&full(&tid(2)), move |result| {
        on_busy.open();
        on_free.pass();
        drop(result);
    });
    let _slow = slow.expect("it starts");
    busy.pass();
    close.open();
    closed.pass();
    let (told, end) = std::sync::mpsc::channel();
    let _call = client.start_cancel(&full(&tid(3)), move |result| drop(told.send(result))).expect("it starts");
    free.open();
    end.recv_timeout(GUARD).expect("its end is told").expect("it is done, on another connection");
    drop((client, beside));
    other.finish();
    assert_eq!(server.finish().count(&tid(3)), 1);
}
