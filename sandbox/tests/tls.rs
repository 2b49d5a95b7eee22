//! HTTPS, and every way a handshake fails, as a client meets them that verifies by the book.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use paywelcome_sandbox::{Approval, Options, Sandbox};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use support::{MID, SIGN_KEY, full, head};

fn secure() -> Sandbox {
    let options = Options { mid: MID.into(), sign_key: SIGN_KEY.into(), tls: true, ..Options::default() };
    Sandbox::start(options).unwrap()
}

fn socket(sandbox: &Sandbox) -> TcpStream {
    socket_at(sandbox.url().strip_prefix("https://").unwrap())
}

fn socket_at(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn client(sandbox: &Sandbox, name: &str) -> StreamOwned<ClientConnection, TcpStream> {
    client_at(sandbox.url().strip_prefix("https://").unwrap(), sandbox.ca_pem().unwrap(), name)
}

fn client_at(address: &str, ca_pem: &str, name: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket_at(address))
}

fn request(tid: &str) -> String {
    let body = full(tid, 1_000);
    head("/cancel/cancel", &format!("Content-Length: {}\r\nConnection: close\r\n", body.len())) + &body
}

#[test]
fn a_client_that_trusts_the_authority_gets_its_answer() {
    let sandbox = secure();
    for name in ["127.0.0.1", "localhost"] {
        let tid = sandbox.approve(Approval::new(1_000)).unwrap();
        let mut stream = client(&sandbox, name);
        stream.write_all(request(&tid).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("\"ResultCode\":\"00\""));
        assert_eq!(sandbox.payment(&tid).unwrap().remaining, 0);
    }
    let file = std::env::temp_dir().join(format!("paywelcome-sandbox-ca-{}.pem", std::process::id()));
    sandbox.write_ca_file(&file).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), sandbox.ca_pem().unwrap());
    std::fs::remove_file(file).unwrap();
    assert!(support::sandbox().write_ca_file("ca.pem").is_err());
}

#[test]
fn handshakes_fail_as_they_are_told_to_and_no_request_arrives() {
    let sandbox = secure();
    let tid = sandbox.approve(Approval::new(1_000)).unwrap();
    let fail = |mode: &str| {
        sandbox.command("set_tls", json!({"mode": mode})).unwrap();
        let mut stream = client(&sandbox, "127.0.0.1");
        let error = stream.write_all(request(&tid).as_bytes()).unwrap_err();
        error.into_inner().unwrap().downcast::<rustls::Error>().unwrap()
    };
    assert!(matches!(
        *fail("wrong_name"),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    ));
    assert!(matches!(
        *fail("expired"),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })
    ));
    assert!(matches!(*fail("self_signed"), rustls::Error::InvalidCertificate(_)));
    assert_eq!(*fail("tls_1_1"), rustls::Error::AlertReceived(AlertDescription::ProtocolVersion));
    assert_eq!((sandbox.request_count(), sandbox.executions()), (0, 0));

    sandbox.command("reset", json!({})).unwrap();
    let told = sandbox.command("tls", json!({})).unwrap();
    assert_eq!((&told["mode"], &told["handshakes"]), (&json!("normal"), &json!(4)));
}

#[test]
fn a_handshake_hangs_until_the_client_goes() {
    let sandbox = secure();
    sandbox.command("set_tls", json!({"mode": "handshake_stall"})).unwrap();
    let mut stream = client(&sandbox, "127.0.0.1");
    // The hello alone; nothing comes back until the client says that it is done.
    stream.conn.write_tls(&mut stream.sock).unwrap();
    stream.sock.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.sock.read_to_end(&mut answer).unwrap();
    assert!(answer.is_empty());
}

#[test]
fn plain_text_at_the_secure_port_is_told_so_and_may_ask_for_a_tunnel() {
    let sandbox = secure();
    let mut stream = socket(&sandbox);
    stream.write_all(request("t").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400 ") && text.contains("https is spoken"));
    sandbox.command("arm", json!({"kind": "proxy_refusal", "status": 502})).unwrap();
    let mut stream = socket(&sandbox);
    stream.write_all(b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 502 "));
}

#[test]
fn the_authority_can_be_fetched_before_it_is_trusted() {
    let sandbox = secure();
    let ask = |mut stream: Box<dyn ReadWrite>, method: &str, path: &str, host: &str| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let plain = |method, path, host| ask(Box::new(socket(&sandbox)), method, path, host);
    let pem = sandbox.ca_pem().unwrap();
    for text in [
        plain("GET", "/_sandbox/ca.pem", "localhost"),
        ask(Box::new(client(&sandbox, "localhost")), "GET", "/_sandbox/ca.pem", "localhost"),
    ] {
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(&format!("\r\n\r\n{pem}")), "{text}");
        assert!(text.contains("Content-Type: application/x-pem-file\r\n") && !text.contains("PRIVATE"));
    }
    let head = plain("HEAD", "/_sandbox/ca.pem", "localhost");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"));
    assert!(plain("GET", "/_sandbox/ca.pem", "evil.example").starts_with("HTTP/1.1 403 "));
    // Nothing else is told in plain text.
    for (method, path) in [
        ("POST", "/_sandbox/ca.pem"),
        ("GET", "/_sandbox/ca.pem/"),
        ("GET", "/_sandbox/"),
        ("GET", "/_sandbox/api/merchants"),
        ("GET", "/ca.pem"),
    ] {
        assert!(plain(method, path, "localhost").starts_with("HTTP/1.1 400 "), "{method} {path}");
    }
}

/// What a request is written to and its answer read from.
trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

#[test]
fn it_is_known_by_its_names() {
    let names = ["gateway.test", "pay_gateway", "10.9.8.7"].map(str::to_owned).to_vec();
    let sandbox = Sandbox::start(Options { names, tls: true, ..Options::default() }).unwrap();
    let url = sandbox.url();
    assert!(url.starts_with("https://gateway.test:"), "{url}");
    assert_eq!(sandbox.command("info", json!({})).unwrap()["url"], json!(url));
    let port = url.rsplit(':').next().unwrap();
    let shake = |name: &str| {
        let mut stream = client_at(&format!("127.0.0.1:{port}"), sandbox.ca_pem().unwrap(), name);
        let host = format!("GET /_sandbox/api/info HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(host.as_bytes()).map(|()| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        })
    };
    for name in ["gateway.test", "10.9.8.7", "127.0.0.1", "localhost"] {
        assert!(shake(name).unwrap().starts_with("HTTP/1.1 200 OK\r\n"), "{name}");
    }
    // The certificate holds it; the admin API takes every name that it was given.
    assert!(shake("pay_gateway").unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    for name in ["other.test", "10.9.8.6", "a.gateway.test"] {
        assert!(shake(name).is_err(), "{name}");
    }
}

#[test]
fn faults_work_below_tls_too() {
    let sandbox = secure();
    for (kind, start) in [("close", ""), ("reset", ""), ("html", "HTTP/1.1 200 OK\r\n")] {
        let tid = sandbox.approve(Approval::new(1_000)).unwrap();
        sandbox.command("arm", json!({"kind": kind, "when": "before_applying"})).unwrap();
        let mut stream = client(&sandbox, "127.0.0.1");
        stream.write_all(request(&tid).as_bytes()).unwrap();
        let mut text = String::new();
        let read = stream.read_to_string(&mut text);
        assert_eq!(read.is_err(), kind == "reset", "{kind}: {read:?}");
        assert!(text.starts_with(start) && (kind == "html" || text.is_empty()));
    }
    assert_eq!(sandbox.executions(), 0);
}
