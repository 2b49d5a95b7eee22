//! A signature is made when its request leaves, however long the call has waited before.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use paywelcome::Outcome;
use paywelcome_tests::{Request, client, done, full, signature, tid, tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::in_time;

fn milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970").as_millis()
}

/// Serves one call whose handshake takes `handshake`; returns when that ended, and what was posted.
async fn serve(listener: TcpListener, acceptor: tokio_rustls::TlsAcceptor, answered: bool) -> (u128, Request) {
    let (stream, _) = listener.accept().await.expect("the listener is open");
    // Longer than a signature may be old.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let ready = milliseconds();
    let mut stream = acceptor.accept(stream).await.expect("the client trusts the certificate");
    let mut bytes = Vec::new();
    loop {
        assert!(stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0), "the client went away");
        if let Some((request, _)) = Request::parse(0, &bytes) {
            if answered {
                stream.write_all(&done(&request)).await.expect("the client listens");
            }
            return (ready, request);
        }
    }
}

#[tokio::test]
async fn a_connection_that_takes_long_makes_no_old_signature() {
    for (format, answered) in [("epoch_ms", true), ("epoch_ms", false), ("kst", true)] {
        let (acceptor, ca) = tls();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let url = format!("https://{}", listener.local_addr().expect("a listener has an address"));
        let serving = tokio::spawn(serve(listener, acceptor, answered));
        let client = client(&url, |options| {
            options.ca_bundle = ca.path().into();
            options.timestamp_format = format.into();
        });
        let begun = milliseconds();
        let result = in_time(client.cancel(&full(&tid(1)))).await;
        let (ready, request) = serving.await.expect("the server goes well");
        let posted = request.field("timestamp");
        assert_eq!(request.field("signature"), signature(&posted));
        if format == "epoch_ms" {
            let signed: u128 = posted.parse().expect("it is a number");
            assert!(signed >= ready && ready >= begun + 1_000, "signed {signed}, connected {ready}, begun {begun}");
        } else {
            // The date and the hour are the machine's business; that it was signed again shows in the seconds.
            assert_eq!(posted.len(), 14);
        }
        match result {
            Ok(receipt) => assert!(answered && receipt.tid == tid(1)),
            Err(error) => {
                assert_eq!((answered, error.outcome()), (false, Outcome::Unknown));
                assert_eq!(error.timestamp(), Some(posted.as_str()), "the error names another signature's timestamp");
            }
        }
    }
}
