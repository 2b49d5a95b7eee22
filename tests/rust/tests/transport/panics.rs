//! A caller's `done` that panics takes nobody with it: not the thread that runs every call, and no other call.

use std::sync::mpsc::channel;

use paywelcome::Outcome;
use paywelcome_tests::{GUARD, Gate, Server, client, done, full, tid};

#[test]
fn a_done_that_panics_when_it_is_told_the_end() {
    let answering = Gate::default();
    let gate = answering.clone();
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            gate.pass();
            connection.send(&done(&request));
        }
    });
    let client = client(&server.url(), |_| {});
    let (settled, ends) = channel();
    for number in 0..12 {
        let settled = settled.clone();
        let call = client.start_cancel(&full(&tid(number)), move |result| {
            assert!(number % 3 != 0, "the caller's own mistake");
            drop(settled.send((number, result)));
        });
        call.expect("the arguments are right");
    }
    server.wait("all calls", |log| log.requests.len() == 12);
    answering.open();
    for _ in 0..8 {
        let (number, result) = ends.recv_timeout(GUARD).expect("every other call gets its result");
        assert_eq!(result.expect("it is done").tid, tid(number));
    }
    let call = client.start_cancel(&full(&tid(100)), move |result| drop(settled.send((100, result))));
    call.expect("the arguments are right");
    ends.recv_timeout(GUARD).expect("the thread is there").1.expect("it is done");
    drop(client);
    assert_eq!(server.finish().requests.len(), 13);
}

#[test]
fn a_done_that_panics_when_its_call_is_given_up() {
    let server = Server::start(|mut connection| connection.drain());
    let client = client(&server.https_url(), |_| {});
    let (told, was_told) = channel();
    let call = client.start_cancel(&full(&tid(1)), move |result| {
        drop(told.send(result.map_err(|error| error.outcome())));
        panic!("the caller's own mistake");
    });
    server.wait("the start of a handshake", |log| log.bytes() > 0);
    assert_eq!(call.expect("the arguments are right").give_up(), Outcome::NotSent);
    assert_eq!(was_told.recv_timeout(GUARD).expect("done is called").map(|_| ()), Err(Outcome::NotSent));
    drop(client);
    assert!(server.finish().requests.is_empty());
    let server = Server::start(|mut connection| connection.serve(done));
    let client = paywelcome_tests::client(&server.url(), |_| {});
    let (settled, end) = channel();
    let call = client.start_cancel(&full(&tid(2)), move |result| drop(settled.send(result)));
    call.expect("the arguments are right");
    end.recv_timeout(GUARD).expect("the thread is there").expect("it is done");
}
