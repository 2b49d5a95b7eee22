//! No doubt where there is none: *unknown* is said only where the request may have left.
//!
//! `PAYWELCOME_RACES=1000` makes that many races of each kind, which takes minutes; without it they take seconds.

// What was measured is worth a look: `--nocapture` shows it.
#![allow(clippy::print_stdout)]

use std::sync::mpsc::channel;
use std::time::Duration;

use paywelcome::{Argument, Client, Outcome};
use paywelcome_sandbox::{Options, Sandbox};
use paywelcome_tests::{Connection, GUARD, Port, Server, client, done, full, http, tid};
use serde_json::json;

/// What a server does with a connection, and what to call it.
type Script = (&'static str, fn(Connection));

/// Makes one call and waits for its end, on this thread.
fn call(client: &Client, number: usize) -> Option<Outcome> {
    let (done, settled) = channel();
    let call = client.start_cancel(&full(&tid(number)), move |result| drop(done.send(result)));
    call.expect("the arguments are right");
    settled.recv_timeout(GUARD).expect("done is called").err().map(|error| error.outcome())
}

/// Makes calls that can't arrive, and tells how many are said to be unknown, and anything but not sent.
fn in_vain(what: &str, base_url: &str, proxy: Option<&str>, calls: usize) {
    const CLIENTS: usize = 4;
    let outcomes = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let client = client(base_url, |options| {
                        options.trust_env = false.into();
                        options.proxy = proxy.into();
                        options.connect_retries = 0.into();
                        options.connect_timeout = 30.into();
                        if what.starts_with("a stall") {
                            options.timeout = Argument::Fraction(0.03);
                        }
                    });
                    (0..calls / CLIENTS).map(|number| call(&client, number)).collect::<Vec<_>>()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("calling goes well")).collect::<Vec<_>>()
    });
    let unknown = outcomes.iter().filter(|outcome| **outcome == Some(Outcome::Unknown)).count();
    println!("{what}: {unknown} unknown of {}", outcomes.len());
    assert!(outcomes.iter().all(|outcome| *outcome == Some(Outcome::NotSent)), "{what}: {outcomes:?}");
}

fn races() -> Option<usize> {
    std::env::var("PAYWELCOME_RACES").ok().map(|text| text.parse().expect("PAYWELCOME_RACES is a number"))
}

#[test]
fn what_never_left_is_never_in_doubt() {
    let calls = races().unwrap_or(100);
    let port = Port::take();
    in_vain("a refused port", &port.url(), None, calls);
    in_vain("a name that does not resolve", "https://no-such-host.invalid", None, calls / 2);
    let handshakes: [Script; 5] = [
        ("a handshake that is hung up", |mut connection| {
            connection.some_bytes();
            connection.hang_up();
        }),
        ("a handshake that is reset", |mut connection| {
            connection.some_bytes();
            connection.reset();
        }),
        ("a handshake answered in plain text", |mut connection| {
            connection.some_bytes();
            connection.send(&http("400 Bad Request", None, b""));
            connection.hang_up();
        }),
        ("a fatal alert", |mut connection| {
            connection.some_bytes();
            connection.send(&[0x15, 3, 3, 0, 2, 2, 40]);
            connection.hang_up();
        }),
        ("a stalled handshake", |mut connection| connection.drain()),
    ];
    for (what, script) in handshakes {
        let server = Server::start(script);
        in_vain(what, &server.https_url(), None, calls);
        assert!(server.finish().requests.is_empty());
    }
    let tunnels: [Script; 4] = [
        ("a proxy that refuses", |mut connection| connection.serve(|_| http("403 Forbidden", None, b""))),
        ("a proxy that hangs up", |mut connection| {
            connection.request();
            connection.hang_up();
        }),
        ("a proxy that resets", |mut connection| {
            connection.request();
            connection.reset();
        }),
        ("a stalled tunnel", |mut connection| connection.drain()),
    ];
    for (what, script) in tunnels {
        let proxy = Server::start(script);
        in_vain(what, "https://gateway.invalid", Some(&proxy.url()), calls);
        assert!(proxy.finish().requests.iter().all(|request| request.method == "CONNECT"));
    }
    let sandbox = Sandbox::start(Options { tls: true, ..Options::default() }).expect("loopback has a free port");
    for mode in ["wrong_name", "expired", "self_signed", "tls_1_1"] {
        sandbox.command("set_tls", json!({ "mode": mode })).expect("it is a mode");
        in_vain(mode, &sandbox.url(), None, calls);
    }
}

/// How a server ends a connection that was idle for some time.
const ENDS: [Script; 4] = [
    ("closed", drop),
    ("half closed", |mut connection| connection.hang_up()),
    ("reset", Connection::reset),
    ("read no more, and closed later", |connection| {
        // It is the point of this end that nothing happens for a while.
        std::thread::sleep(Duration::from_millis(500));
        drop(connection);
    }),
];

/// Reuses connections of one client around the moment when the server ends them: how many calls were lost.
fn race(url: &str, age: Duration, from: usize, races: usize) -> Vec<Option<Outcome>> {
    // A busy machine is no reason to doubt.
    let client = client(url, |options| options.connect_timeout = 30.into());
    let mut outcomes = Vec::with_capacity(races);
    for number in 0..races {
        outcomes.push(call(&client, from + number));
        // Up to three milliseconds before and after the end.
        let shift = Duration::from_micros(number as u64 * 7_919 % 6_000);
        std::thread::sleep((age + shift).saturating_sub(Duration::from_millis(3)));
    }
    outcomes
}

/// Races one end at one age on some clients, and gives how many calls and how many of them were lost.
fn end_at(what: &str, end: fn(Connection), age: Duration, clients: usize, races: usize) -> (usize, usize) {
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            connection.send(&done(&request));
            if age.is_zero() || connection.is_quiet(age) {
                return end(connection);
            }
        }
    });
    let url = server.url();
    let outcomes: Vec<Vec<_>> = std::thread::scope(|scope| {
        let url = url.as_str();
        let clients: Vec<_> = (0..clients).map(|at| scope.spawn(move || race(url, age, 100_000 * at, races))).collect();
        clients.into_iter().map(|client| client.join().expect("racing goes well")).collect()
    });
    let log = server.finish();
    let mut lost = 0;
    for (at, outcomes) in outcomes.iter().enumerate() {
        let of_client = outcomes.iter().filter(|outcome| outcome.is_some()).count();
        assert!(of_client <= 1, "{what} after {age:?}: a client did not learn from its first loss: {outcomes:?}");
        for (number, outcome) in outcomes.iter().enumerate() {
            let came = log.count(&tid(100_000 * at + number));
            match outcome {
                None => assert_eq!(came, 1),
                Some(outcome) => assert!(*outcome == Outcome::Unknown && came <= 1, "{outcome} of {came}"),
            }
        }
        lost += of_client;
    }
    println!("{what} after {age:?}: {lost} unknown of {}", clients * races);
    (clients * races, lost)
}

#[test]
fn connections_that_end_while_they_are_idle_lose_next_to_nothing() {
    let ages: &[u64] =
        if races().is_some() { &[0, 1, 5, 20, 50, 100, 200, 500, 1_000, 2_000] } else { &[0, 1, 20, 100, 200, 500] };
    let ends = std::thread::scope(|scope| {
        let threads: Vec<_> = ENDS
            .into_iter()
            .flat_map(|(what, end)| ages.iter().map(move |age| (what, end, *age)))
            .map(|(what, end, age)| {
                // Of the short form, each kind takes some three seconds.
                let (clients, races) = match races() {
                    Some(races) => (if age < 500 { 4 } else { 8 }, races / if age < 500 { 4 } else { 8 }),
                    None => (2, usize::try_from(2_500 / (age + 25)).expect("it is small").max(4)),
                };
                scope.spawn(move || end_at(what, end, Duration::from_millis(age), clients, races))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("the races are right")).collect::<Vec<_>>()
    });
    let (calls, lost) = ends.iter().fold((0, 0), |(calls, lost), end| (calls + end.0, lost + end.1));
    println!("{lost} unknown of {calls}");
    if races().is_some_and(|races| races >= 1_000) {
        assert!(ends.iter().all(|(calls, lost)| lost * 100 <= *calls), "more than one of a hundred: {ends:?}");
    }
}
