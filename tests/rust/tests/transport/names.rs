//! Names whose look-up hangs: calls with them end in time, and others are not held up by them.
//!
//! The cases run in a network and mount namespace of their own, whose only name server never answers.
// What was measured is worth a look: `--nocapture` shows it.
#![allow(clippy::print_stdout)]

use std::net::UdpSocket;
use std::process::Command;
use std::time::{Duration, Instant};

use paywelcome::{Argument, Client, ErrorKind, Outcome};
use paywelcome_tests::{Server, client, done, full, tid};

use crate::{LATE, assert_error};

/// More look-ups than there are threads for them.
const HANGING: usize = 40;
const LIMIT: f64 = 0.6;

/// Sets up the namespace, by the tools of util-linux and iproute2.
const SET_UP: &str = r#"
ip link set lo up
folder=$(mktemp -d)
echo 'nameserver 127.0.0.1
options timeout:20 attempts:2' > "$folder/resolv.conf"
echo 'hosts: files dns' > "$folder/nsswitch.conf"
echo '192.0.2.1 localhost
127.0.0.1 gateway.example' > "$folder/hosts"
for name in resolv.conf nsswitch.conf hosts; do mount --bind "$folder/$name" "/etc/$name"; done
exec "$0" names::child --exact --ignored --nocapture
"#;

#[test]
fn look_ups_that_hang() {
    let namespace = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--net", "--mount", "sh", "-ec", command]);
        unshare.arg(std::env::current_exe().expect("this is a program"));
        unshare.output()
    };
    let can = "ip link set lo up; mount --bind /etc/hosts /etc/resolv.conf; test -e /etc/nsswitch.conf";
    if !namespace(can).is_ok_and(|output| output.status.success()) {
        // Written past the capture of the test, so that it is seen.
        let text = "\nSKIPPED names::look_ups_that_hang: no namespaces may be made here\n";
        drop(std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()));
        return;
    }
    let output = namespace(SET_UP).expect("a namespace can be made");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    println!("{text}");
}

#[tokio::test]
#[ignore = "runs in a namespace of its own"]
async fn child() {
    let silent = UdpSocket::bind("127.0.0.1:53").expect("the namespace has its own ports");
    silent.set_read_timeout(Some(LATE)).expect("the time is above zero");
    let limit = Duration::from_secs_f64(LIMIT);
    let begun = Instant::now();
    let call = |number: usize| async move {
        let client = client("https://slow.example", |options| options.trust_env = false.into());
        let mut request = full(&tid(number));
        request.timeout = Argument::Fraction(LIMIT);
        let result = client.cancel(&request).await;
        (result, begun.elapsed())
    };
    let calls: Vec<_> = (0..HANGING).map(|number| tokio::spawn(call(number))).collect();
    tokio::task::yield_now().await;
    silent.recv(&mut [0; 512]).expect("a look-up begins");

    // Neither an address nor this machine's name is looked up, whatever the system says of it.
    let server = Server::start(|mut connection| connection.serve(done));
    for base_url in [server.url(), format!("http://localhost:{}", server.port())] {
        let answered = Instant::now();
        one(&client(&base_url, |_| {})).await;
        println!("{base_url}: {:?} beside {HANGING} look-ups", answered.elapsed());
        assert!(begun.elapsed() < LATE);
    }
    let mut latest = Duration::ZERO;
    for call in calls {
        let (result, took) = call.await.expect("the task goes well");
        let error = assert_error(result, Outcome::NotSent, ErrorKind::Timeout);
        assert_eq!(error.attempts(), 1);
        assert!(took >= limit && took < limit + LATE / 2, "{took:?}");
        latest = latest.max(took);
    }
    println!("{HANGING} look-ups: the last ended {:?} after its limit", latest.saturating_sub(limit));
    // With every thread still waiting for the name server, another call with a name ends in time as well.
    let (result, _) = call(HANGING).await;
    assert_error(result, Outcome::NotSent, ErrorKind::Timeout);
    assert_eq!(server.finish().requests.len(), 2);
}

async fn one(client: &Client) {
    client.cancel(&full(&tid(1_000))).await.expect("it is done, without a look-up");
}
