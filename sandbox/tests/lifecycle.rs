//! Starting, stopping, and the program.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader, ErrorKind};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use paywelcome_sandbox::{Approval, Options, Sandbox};
use serde_json::Value;
use support::{Wire, full, sandbox};

fn address(url: &str) -> &str {
    url.strip_prefix("http://").unwrap()
}

#[test]
fn a_handle_goes_to_any_thread() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Sandbox>();
}

/// A sandbox on a port that no other program takes once it is free: below those that systems give to whoever asks for any.
fn on_a_port_of_its_own() -> (Sandbox, Options) {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (first..32_000)
        .find_map(|port| {
            let options =
                Options { port, mid: support::MID.into(), sign_key: support::SIGN_KEY.into(), ..Options::default() };
            Sandbox::start(options.clone()).ok().map(|sandbox| (sandbox, options))
        })
        .expect("a port is free")
}

#[test]
fn stopping_frees_the_port_and_keeps_the_ledger() {
    let (sandbox, options) = on_a_port_of_its_own();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let mut wire = Wire::to(&sandbox);
    assert_eq!(wire.ask("/cancel/cancel", &full(&tid, 1_000)).code(), "00");
    sandbox.stop();
    sandbox.stop();
    assert!(wire.ended());
    assert!(TcpStream::connect(address(&sandbox.url())).is_err());
    assert_eq!(sandbox.executions(), 1);
    assert_eq!(sandbox.payment(&tid).unwrap().remaining, 0);

    let next = Sandbox::start(options.clone()).unwrap();
    assert_eq!(next.url(), sandbox.url());
    let taken = Sandbox::start(options).map(|_| ()).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    let mut wire = Wire::to(&next);
    drop(next);
    assert!(wire.ended());
}

#[test]
fn a_request_under_way_does_not_hold_up_the_end() {
    let sandbox = sandbox();
    let mut half = Wire::to(&sandbox);
    half.send("POST /cancel/cancel HTTP/1.1\r\n");
    let mut refused = Wire::to(&sandbox);
    refused.send("nonsense\r\n\r\n");
    assert_eq!(refused.read().status, 400);
    drop(sandbox);
    assert!(half.ended() && refused.ended());
}

#[test]
fn a_caller_inside_a_runtime_is_no_trouble() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        assert!(sandbox.approve(Approval::new(1)).is_ok());
        sandbox.stop();
    });
}

#[test]
fn listens_on_ipv6_too_and_never_beyond_loopback() {
    let start = |host: &str| Sandbox::start(Options { host: host.parse().unwrap(), ..Options::default() });
    // A machine without IPv6 has nothing to listen on.
    if let Ok(sandbox) = start("::1") {
        assert!(sandbox.url().starts_with("http://[::1]:"));
        assert_eq!(Wire::to(&sandbox).ask("/cancel/cancel", "").code(), "SBX104");
    }
    for host in ["0.0.0.0", "::", "10.0.0.1"] {
        let error = start(host).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("loopback"));
    }
}

#[test]
fn the_key_is_in_no_debug_text() {
    let sandbox = sandbox();
    assert_eq!(sandbox.sign_key(), support::SIGN_KEY);
    assert!(!format!("{sandbox:?}").contains(support::SIGN_KEY));
}

/// The program, killed at the end of the test whatever happens.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paywelcome-sandbox"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_program_says_where_it_listens_and_ends_when_told() {
    let mut program = Program(program(&["--port", "0"]).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["mid"], "sandbox001");
    assert!(ready["sign_key"].as_str().is_some_and(|key| key.contains("sandbox")));
    let url = ready["url"].as_str().unwrap();
    assert!(TcpStream::connect(address(url)).is_ok());
    if cfg!(unix) {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", program.0.id())]).status();
        assert!(told.unwrap().success());
        assert_eq!(program.0.wait().unwrap().code(), Some(0));
        assert!(TcpStream::connect(address(url)).is_err());
    }
}

#[test]
fn the_program_names_wrong_arguments() {
    for (arguments, code, word) in [
        (&["--port"][..], 2, "--port"),
        (&["--port", "65536"], 2, "--port"),
        (&["--host"], 2, "--host"),
        (&["--nowhere"], 2, "unknown argument: --nowhere"),
        (&["--seed", "/nonexistent"], 1, "--seed"),
    ] {
        let output = program(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains(word));
    }
    let help = program(&["--help"]).output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().starts_with("usage:"));
}
