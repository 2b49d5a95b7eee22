//! Callers who wait for one call after the other drive it themselves; whoever else comes, and whatever they leave, is seen to.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use paywelcome::{Call, CancelReceipt, Client, Error, Outcome};
use paywelcome_tests::{Connection, GUARD, Gate, Server, client, done, full, tid};

/// The library's thread is one for the whole process: what other tests do to it would be in the way.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const SLICE: Duration = Duration::from_millis(50);
/// Far more than the library's thread needs to come back, and far less than it stays aside where nobody calls it.
const AT_ONCE: Duration = Duration::from_millis(600);

fn start(client: &Client, number: usize) -> (Call, Receiver<Result<CancelReceipt, Error>>) {
    let (told, end) = channel();
    let call = client.start_cancel(&full(&tid(number)), move |result| drop(told.send(result)));
    (call.expect("it starts"), end)
}

/// Waits for a call as a caller would, and tells whether this thread drove it to its end.
fn finish(call: &Call, end: &Receiver<Result<CancelReceipt, Error>>) -> bool {
    let drove = call.wait(SLICE);
    end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
    drove == Some(true)
}

/// Starts calls until one is to be attended; the others, and it, are done by a server that serves.
fn attended(client: &Client) -> bool {
    (0..200).any(|number| {
        let (call, end) = start(client, number);
        finish(&call, &end)
    })
}

#[test]
fn one_call_after_the_other_is_driven_by_its_caller() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {}).waiting();
    assert!(attended(&client), "no call was left to its caller");
    drop(client);
    server.finish();
}

#[test]
fn a_call_that_takes_long_is_left_to_the_librarys_thread() {
    let _alone = alone();
    // Only a call that was to be attended shows it; the thread may just have come back.
    assert!((0..10).any(|_| is_left_to_the_librarys_thread()));
}

/// Tells also whether it went on at once, and not only when the library's thread came back by itself.
fn is_left_to_the_librarys_thread() -> bool {
    let gate = Gate::default();
    let server = Server::start({
        let gate = gate.clone();
        move |mut connection| {
            connection.serve(|request| {
                if request.field("tid") == tid(900) {
                    gate.pass();
                }
                done(request)
            });
        }
    });
    let client = client(&server.url(), |_| {}).waiting();
    assert!(attended(&client));
    let (call, end) = start(&client, 900);
    let drove = call.wait(SLICE);
    gate.open();
    let begun = Instant::now();
    end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
    let at_once = begun.elapsed() < AT_ONCE;
    drop(client);
    server.finish();
    drove == Some(false) && at_once
}

#[test]
fn the_librarys_thread_comes_back_at_once_for_a_caller_who_does_not_drive() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let patient = client.waiting();
    // A busy machine may be late now and then.
    assert!((0..10).any(|number| {
        assert!(attended(&patient));
        let begun = Instant::now();
        let (_call, end) = start(&client, 2_000 + number);
        end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
        begun.elapsed() < AT_ONCE
    }));
    drop((client, patient));
    server.finish();
}

#[test]
fn what_a_client_leaves_is_closed_at_once_though_nobody_drives() {
    let _alone = alone();
    let closed: fn(Client) -> Option<Client> = |client| {
        client.close();
        Some(client)
    };
    let dropped: fn(Client) -> Option<Client> = |_| None;
    for end in [closed, dropped] {
        assert!((0..10).any(|_| is_closed_at_once(end)));
    }
}

/// Ends a client and tells whether its connections end with it, and not only once the library's thread comes back by itself.
fn is_closed_at_once(end: fn(Client) -> Option<Client>) -> bool {
    let (closing, closed) = channel();
    let closing = Mutex::new(closing);
    let server = Server::start(move |mut connection: Connection| {
        connection.serve(done);
        let _ = closing.lock().unwrap_or_else(PoisonError::into_inner).send(());
    });
    let client = client(&server.url(), |_| {}).waiting();
    client_is_trusted(&client, &server);
    assert!(attended(&client));
    let begun = Instant::now();
    let left = end(client);
    for _ in 0..server.so_far().accepted() {
        closed.recv_timeout(GUARD).expect("every connection is closed in time");
    }
    let at_once = begun.elapsed() < AT_ONCE;
    drop(left);
    server.finish();
    at_once
}

#[test]
fn a_call_that_nobody_waits_for_after_all_is_seen_to() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {}).waiting();
    for number in 0..20 {
        assert!(attended(&client));
        let (call, end) = start(&client, 1_000 + number);
        if number % 2 == 0 {
            drop(call);
            end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
        } else {
            let outcome = call.give_up();
            let result = end.recv_timeout(GUARD).expect("its end is told");
            assert!(outcome == Outcome::Unknown || result.is_err_and(|error| error.outcome() == Outcome::NotSent));
        }
    }
    drop(client);
    server.finish();
}

#[test]
fn a_panic_of_a_call_does_not_reach_who_drives_it() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {}).waiting();
    assert!((0..10).any(|number| {
        assert!(attended(&client));
        let call = client.start_cancel(&full(&tid(3_000 + number)), |_| panic!("a fault of the caller's"));
        call.expect("it starts").wait(GUARD) == Some(true)
    }));
    assert!(attended(&client), "nothing is driven after a panic");
    drop(client);
    server.finish();
}

#[test]
fn callers_that_come_together_are_all_served() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let patient = client.waiting();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let patient = &patient;
            scope.spawn(move || {
                for number in 0..100 {
                    let (call, end) = start(patient, thread * 1_000 + number);
                    finish(&call, &end);
                }
            });
        }
        for number in 0..100 {
            let (_call, end) = start(&client, 10_000 + number);
            end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
        }
    });
    drop((client, patient));
    assert_eq!(server.finish().requests.len(), 700);
}

#[tokio::test]
async fn within_another_runtime_nothing_is_driven() {
    let _alone = alone();
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {}).waiting();
    for number in 0..5 {
        // Beside it, the next call would be left to its caller.
        assert!(std::thread::scope(|scope| scope.spawn(|| attended(&client)).join().expect("calling goes well")));
        let (call, end) = start(&client, number);
        assert_eq!(call.wait(SLICE), None);
        end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
    }
    drop(client);
    server.finish();
}

#[test]
fn an_idle_connection_is_closed_though_nobody_calls() {
    let _alone = alone();
    let (closing, closed) = channel();
    let closing = Mutex::new(closing);
    let server = Server::start(move |mut connection: Connection| {
        connection.serve(done);
        let closing = closing.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = closing.send(());
    });
    let client = client(&server.url(), |_| {}).waiting();
    client_is_trusted(&client, &server);
    assert!(attended(&client));
    // One of them was kept; no call comes any more, and the client is still there.
    for _ in 0..server.so_far().accepted() {
        closed.recv_timeout(GUARD).expect("every connection is closed in time");
    }
    drop(client);
    server.finish();
}

/// Calls until a connection was used again: from then on it is kept.
fn client_is_trusted(client: &Client, server: &Server) {
    let begun = Instant::now();
    while begun.elapsed() < GUARD {
        let (call, end) = start(client, 0);
        finish(&call, &end);
        let log = server.so_far();
        if log.requests.len() > log.accepted() {
            return;
        }
    }
    panic!("no connection was used again");
}
