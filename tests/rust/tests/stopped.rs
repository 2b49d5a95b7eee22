//! A process that is stopped for longer than its calls may take: what had not left by then never leaves.
//!
//! So do a debugger, a container that is paused, a machine that is suspended. When such a process continues, its calls
//! are polled before any timer.

#![cfg(unix)]
// What was measured is worth a look: `--nocapture` shows it.
#![allow(clippy::print_stdout)]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use paywelcome::{Argument, CancelReceipt, CancelRequest, Client, Error, ErrorKind, Outcome};
use paywelcome_tests::{GUARD, Request, client, done, full, tid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How many calls a client makes at once, and how long each may take, in seconds.
const CALLS: usize = 400;
const LIMIT: f64 = 0.3;
/// How long the process is stopped.
const STOP: Duration = Duration::from_millis(600);
const STOPS: usize = 12;
/// Fewer calls that had begun and not left at a stop would show nothing.
const CAUGHT: usize = 500;
const URL: &str = "PAYWELCOME_TEST_STOPPED_URL";

type Arrived = Arc<Mutex<HashSet<String>>>;

/// Answers what arrives, on connections that are kept.
async fn serve(mut stream: TcpStream, arrived: Arrived) {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        while let Some((request, length)) = Request::parse(0, &bytes) {
            bytes.drain(..length);
            arrived.lock().unwrap_or_else(PoisonError::into_inner).insert(request.field("tid"));
            if stream.write_all(&done(&request)).await.is_err() {
                return;
            }
        }
    }
}

#[test]
fn what_had_not_left_before_a_stop_never_leaves() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("it starts");
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
    let arrived = Arrived::default();
    let counted = Arc::clone(&arrived);
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&counted)));
        }
    });
    let arrived = || arrived.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut process = Command::new(std::env::current_exe().expect("this is a program"))
        .args(["process", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(URL, url.as_str())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let (told, lines) = channel();
    let output = BufReader::new(process.stdout.take().expect("it is piped"));
    let reading =
        std::thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
    let mut orders = process.stdin.take().expect("it is piped");
    let pid = i32::try_from(process.id()).expect("it is a process's number");
    // SAFETY: the child is there until it is waited for.
    let signal = |number| assert_eq!(unsafe { libc::kill(pid, number) }, 0);
    while lines.recv_timeout(GUARD).expect("the process is ready in time") != "ready" {}
    let (mut caught, mut unsent) = (HashSet::new(), HashSet::new());
    for stop in 0..STOPS {
        writeln!(orders, "call").expect("the process listens");
        // So many of the calls have begun, and few have left: the library's thread has just started on them.
        let mut begun: HashSet<_> =
            (0..=CALLS * stop / STOPS).map(|_| lines.recv_timeout(GUARD).expect("the process calls")).collect();
        signal(libc::SIGSTOP);
        // What had left has arrived by the end of this, and what had begun was told.
        std::thread::sleep(STOP);
        begun.extend(lines.try_iter());
        caught.extend(begun.difference(&arrived()).cloned());
        signal(libc::SIGCONT);
        loop {
            let line = lines.recv_timeout(GUARD).expect("the calls end");
            match line.split_once(' ') {
                Some((_, tid)) => drop(unsent.insert(tid.to_owned())),
                None if line == "ended" => break,
                None => {}
            }
        }
    }
    drop(orders);
    assert!(process.wait().expect("it is our child").success());
    reading.join().expect("reading goes well");
    let arrived = arrived();
    assert!(caught.len() >= CAUGHT, "only {} calls were caught by a stop", caught.len());
    // The library sends on one thread: at each stop, one request may have its permission and not be written yet.
    let late = caught.intersection(&arrived).count();
    assert!(late <= STOPS, "{late} of {} left after their time limit", caught.len());
    assert!(unsent.is_disjoint(&arrived), "what was not sent has arrived");
    println!("{late} of {} that were caught by {STOPS} stops left afterwards", caught.len());
}

type Ends = Receiver<Result<CancelReceipt, Error>>;

fn start(client: &Client, request: &CancelRequest) -> Ends {
    let (told, end) = channel();
    client.start_cancel(request, move |result| drop(told.send(result))).expect("it starts");
    end
}

fn end(ends: &Ends) -> Result<CancelReceipt, Error> {
    ends.recv_timeout(GUARD).expect("a call ends")
}

#[test]
#[ignore = "is the process that is stopped"]
fn process() {
    let Ok(url) = std::env::var(URL) else { return };
    let client = client(&url, |options| options.timeout = 60.into());
    let mut numbers = 0..;
    let mut next = |timeout: Argument| CancelRequest { timeout, ..full(&tid(numbers.next().unwrap_or_default())) };
    // The gateway has to show that it keeps its connections, so that they are used again.
    for _ in 0..2 {
        end(&start(&client, &next(Argument::Absent))).expect("it is done");
        std::thread::sleep(Duration::from_millis(150));
    }
    let say = |line: &str| {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{line}").and_then(|()| output.flush()).expect("the parent listens");
    };
    // The test runner has begun a line.
    say("\nready");
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        let calls: Vec<_> = (0..CALLS)
            .map(|_| {
                let request = next(Argument::Fraction(LIMIT));
                let ends = start(&client, &request);
                let Argument::Text(tid) = request.tid else { unreachable!("a tid is a text") };
                // Told after its start, so that its time had begun before it was read.
                say(&tid);
                (tid, ends)
            })
            .collect();
        for (tid, ends) in calls {
            if let Err(error) = end(&ends)
                && error.outcome() == Outcome::NotSent
            {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                say(&format!("not_sent {tid}"));
            }
        }
        say("ended");
    }
}
