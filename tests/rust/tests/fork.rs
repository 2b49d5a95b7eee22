//! A fork in the midst of calls: parent and child both continue, each with connections of its own.

#![cfg(unix)]

use std::future::Future;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

use paywelcome::{Client, Outcome};
use paywelcome_tests::{GUARD, Gate, Port, Server, client, done, full, tid};

/// How long one call may take in a child; a child whose calls go nowhere is to be found out, and not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const THREADS: usize = 4;
const CALLS: usize = 25;

/// Makes a call and tells whether the answer is its own.
fn call(client: &Client, number: usize) -> bool {
    let (done, settled) = channel();
    let call = client.start_cancel(&full(&tid(number)), move |result| drop(done.send(result)));
    let settled = call.map(|_call| settled.recv_timeout(PATIENCE));
    matches!(settled, Ok(Ok(Ok(receipt))) if receipt.tid == tid(number) && receipt.price == 12_000)
}

/// Makes some calls on each of some threads; true if every answer was its own.
fn calls(client: &Client, from: usize) -> bool {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || (0..CALLS).all(|at| call(client, from + thread * CALLS + at))))
            .collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    })
}

/// What a child's end tells.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Right,
    Wrong(i32),
}

/// Runs `child` in a fork, which is killed where it hangs, and gives how it ended.
fn fork(child: impl FnOnce() -> bool) -> impl FnOnce() -> End {
    // SAFETY: the child uses only its own memory, locks that the C library resets, and what the library promises.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "the system has no process left");
    if pid == 0 {
        // SAFETY: an alarm is deadly, and nothing else; ending so runs nothing of the parent's.
        unsafe {
            libc::alarm(GUARD.as_secs().try_into().unwrap_or(30));
            libc::_exit(i32::from(!child()));
        }
    }
    move || {
        let mut status = 0;
        // SAFETY: the pointer is to a local.
        let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
        if waited == pid && status == 0 { End::Right } else { End::Wrong(status) }
    }
}

/// Forks in a process of its own, which has no thread that a test beside it left in any state.
fn in_a_process(name: &str) {
    let mut process = Command::new(std::env::current_exe().expect("this is a program"));
    let output = process.args([name, "--exact", "--ignored", "--test-threads=1"]).output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn both_go_on_under_load() {
    in_a_process("under_load");
}

#[test]
#[ignore = "runs in a process of its own"]
fn under_load() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    let stop = Arc::new(AtomicBool::new(false));
    let made = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (client, stop, made) = (client.clone(), Arc::clone(&stop), Arc::clone(&made));
            std::thread::spawn(move || {
                let mut right = true;
                for at in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    right &= call(&client, 1_000_000 * (thread + 1) + at);
                    made.fetch_add(1, Ordering::Relaxed);
                }
                right
            })
        })
        .collect();
    server.wait("some calls", |log| log.requests.len() > 20);
    for round in 0..5 {
        let child = fork(|| calls(&client, 10_000 * (round + 1)));
        assert!(calls(&client, 500 * round), "the parent got a wrong answer, or none");
        assert_eq!(child(), End::Right, "the child got a wrong answer, or none");
    }
    stop.store(true, Ordering::Relaxed);
    assert!(load.into_iter().all(|thread| thread.join().unwrap_or(false)), "a call beside the forks went wrong");
    drop(client);
    let log = server.finish();
    let expected = made.load(Ordering::Relaxed) + 5 * 2 * THREADS * CALLS;
    assert_eq!(log.requests.len(), expected, "each call came once");
}

#[test]
fn a_child_leaves_its_parents_calls_alone() {
    in_a_process("call_in_flight");
}

#[test]
#[ignore = "runs in a process of its own"]
fn call_in_flight() {
    static INHERITED: OnceLock<paywelcome::Call> = OnceLock::new();
    let answering = Gate::default();
    let gate = answering.clone();
    let server = Server::start(move |mut connection| {
        while let Some(request) = connection.request() {
            if request.field("tid") == tid(1) {
                gate.pass();
            }
            connection.send(&done(&request));
        }
    });
    let client = client(&server.url(), |_| {});
    let (settled, receipt) = channel();
    let call_in_flight = client.start_cancel(&full(&tid(1)), move |result| drop(settled.send(result)));
    drop(INHERITED.set(call_in_flight.expect("the arguments are right")));
    server.wait("the request", |log| log.requests.len() == 1);
    // The child gives up, closes and drops all it inherited, and has a client of its own beside.
    let own = client.clone();
    let child = fork(move || {
        let inherited = INHERITED.get().is_some_and(|call| call.give_up() == paywelcome::Outcome::Unknown);
        let called = call(&own, 2);
        own.close();
        drop(own);
        inherited && called
    });
    assert_eq!(child(), End::Right);
    answering.open();
    let receipt = receipt.recv_timeout(GUARD).expect("done is called in the parent").expect("it is done");
    assert_eq!(receipt.tid, tid(1));
    assert!(call(&client, 3), "the parent's client was closed by the child");
    drop(client);
    assert_eq!(server.finish().requests.len(), 3);
}

/// Has the port answered from now on.
fn open(port: Port) -> Server {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime starts");
    let _inside = runtime.enter();
    port.open(|mut connection| connection.serve(done))
}

#[test]
fn a_child_withdraws_nothing_of_its_parents() {
    in_a_process("inherited");
}

#[test]
#[ignore = "runs in a process of its own"]
fn inherited() {
    // Nobody listens yet: the call pauses between two attempts, and has not left.
    let port = Port::take();
    let client = client(&port.url(), |options| options.connect_retries = 10.into());
    let (told, end) = channel();
    let call = client.start_cancel(&full(&tid(1)), move |result| drop(told.send(result))).expect("it starts");
    while call.attempts().is_empty() {
        std::thread::yield_now();
    }
    let child = fork(|| {
        let says_nothing = call.is_foreign() && call.attempts().is_empty() && call.give_up() == Outcome::Unknown;
        says_nothing && end.try_recv().is_err()
    });
    assert_eq!(child(), End::Right, "the child said something of its parent's call");
    let server = open(port);
    assert!(!call.is_foreign());
    end.recv_timeout(GUARD).expect("its end is told").expect("it is done");
    drop(client);
    assert_eq!(server.finish().count(&tid(1)), 1);
}

#[test]
fn a_future_that_a_child_drops_is_its_parents() {
    in_a_process("dropped");
}

#[test]
#[ignore = "runs in a process of its own"]
fn dropped() {
    let port = Port::take();
    let client = client(&port.url(), |options| options.connect_retries = 10.into());
    let request = full(&tid(1));
    let of_call = client.clone();
    let mut waiting = Some(Box::pin(async move { of_call.cancel(&request).await }));
    let pending = waiting.as_mut().map(|wait| wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(pending, Some(true));
    let child = fork(|| waiting.take().is_some());
    assert_eq!(child(), End::Right);
    let server = open(port);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    let wait = waiting.take().expect("the parent's is still there");
    runtime.block_on(wait).expect("the child withdrew the parent's call");
    drop(client);
    assert_eq!(server.finish().count(&tid(1)), 1);
}

#[test]
fn a_call_that_a_child_inherited_is_in_doubt() {
    let error = paywelcome::Error::lost_by_fork("cancel", &tid(1));
    assert_eq!((error.outcome(), error.safe_to_resend()), (Outcome::Unknown, false));
    let error = error.asked_of("gateway.example:8443", "welcometst");
    assert_eq!((error.host(), error.mid()), (Some("gateway.example:8443"), Some("welcometst")));
}

/// How many threads of the library's own this process has.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists threads");
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "paywelcome").count()
}

#[cfg(target_os = "linux")]
#[test]
fn being_told_of_a_fork_is_enough() {
    in_a_process("told");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "runs in a process of its own"]
fn told() {
    let server = Server::start(|mut connection| connection.serve(done));
    let client = client(&server.url(), |_| {});
    assert!(call(&client, 1) && call(&client, 2));
    assert_eq!(threads(), 1);
    // As in a child that got the number of an ancestor: what is there is another process's.
    paywelcome::forked();
    assert!(call(&client, 3));
    assert_eq!(threads(), 2, "a thread that a child would not have was used");
}

#[cfg(target_os = "linux")]
#[test]
fn threads_that_call_first_together_start_the_library_once() {
    in_a_process("together");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "runs in a process of its own"]
fn together() {
    const ROUNDS: usize = 20;
    let server = Server::start(|mut connection| connection.serve(done));
    for round in 0..ROUNDS {
        // As in a child that was just forked: nothing is there yet.
        paywelcome::forked();
        let client = client(&server.url(), |_| {});
        let ready = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (client, ready) = (&client, &ready);
                scope.spawn(move || {
                    ready.wait();
                    assert!(call(client, THREADS * round + thread));
                });
            }
        });
        // Fewer may be listed while the callers' own threads end.
        assert!(threads() <= round + 1, "more than one was started in round {round}");
    }
}
