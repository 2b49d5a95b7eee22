//! More calls at once than a process has descriptors for: they wait for a place, and what waits has not left.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use paywelcome::{Argument, CancelRequest, ErrorKind, Outcome};
use paywelcome_tests::{GUARD, Request, client, done, full, tid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// The most connections that a client has at once.
const MOST: usize = 512;

/// Reads requests, and answers each once the gate is open.
async fn serve(mut stream: TcpStream, mut gate: watch::Receiver<bool>, arrived: Arc<AtomicUsize>) {
    let mut bytes = Vec::new();
    loop {
        while let Some((request, length)) = Request::parse(0, &bytes) {
            bytes.drain(..length);
            arrived.fetch_add(1, Ordering::Relaxed);
            if gate.wait_for(|open| *open).await.is_err() || stream.write_all(&done(&request)).await.is_err() {
                return;
            }
        }
        if !stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
            return;
        }
    }
}

#[tokio::test]
async fn calls_beyond_the_most_wait_for_a_place_and_have_not_left() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
    let (open, gate) = watch::channel(false);
    let arrived = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&arrived);
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, gate.clone(), Arc::clone(&counted)));
        }
    });
    let client = client(&url, |_| {});
    let calls: Vec<_> = (0..MOST + 50)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.cancel(&full(&tid(number))).await })
        })
        .collect();
    let all_came = async {
        while arrived.load(Ordering::Relaxed) < MOST {
            tokio::task::yield_now().await;
        }
    };
    timeout(GUARD, all_came).await.expect("as many as there are places come at once");
    // One more, whose time runs out while it waits: it has not left.
    let hurried = CancelRequest { timeout: Argument::Fraction(0.2), ..full(&tid(9_999)) };
    let late = client.cancel(&hurried).await.expect_err("there is no place for it");
    assert_eq!((late.outcome(), late.kind()), (Outcome::NotSent, ErrorKind::Timeout));
    assert_eq!((late.attempts(), late.timestamp()), (0, None), "it signed before it had a place");
    assert_eq!(arrived.load(Ordering::Relaxed), MOST);
    open.send(true).expect("the server is there");
    for call in calls {
        call.await.expect("it does not panic").expect("it is done");
    }
    assert_eq!(arrived.load(Ordering::Relaxed), MOST + 50);
    accepting.abort();
}
