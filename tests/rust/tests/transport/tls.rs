//! Certificates that must not be trusted: nothing is sent, and what to do about it is told.

use paywelcome::{ClientOptions, ErrorKind, Outcome};
use paywelcome_sandbox::{Approval, Options, Sandbox};
use paywelcome_tests::{Server, client, full, tid};
use serde_json::json;

use crate::assert_error;

/// A sandbox that speaks https, and the file with its authority's certificate.
fn secure(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::start(Options { tls: true, ..Options::default() }).expect("loopback has a free port");
    let file = std::env::temp_dir().join(format!("paywelcome-test-{name}-{}.pem", std::process::id()));
    std::fs::write(&file, sandbox.ca_pem().expect("it speaks https")).expect("the file can be written");
    (sandbox, file.to_string_lossy().into_owned())
}

fn of(sandbox: &Sandbox, ca_bundle: Option<&str>) -> paywelcome::Client {
    client(&sandbox.url(), |options: &mut ClientOptions| {
        options.mid = sandbox.mid().into();
        options.sign_key = sandbox.sign_key().into();
        options.ca_bundle = ca_bundle.into();
        options.connect_retries = 0.into();
    })
}

#[tokio::test]
async fn certificates_that_are_not_the_gateways() {
    let (sandbox, ca) = secure("modes");
    let tid = sandbox.approve(Approval::new(12_000)).expect("it is a payment");
    for mode in ["wrong_name", "expired", "self_signed", "tls_1_1"] {
        sandbox.command("set_tls", json!({ "mode": mode })).expect("it is a mode");
        assert_error(of(&sandbox, Some(&ca)).cancel(&full(&tid)).await, Outcome::NotSent, ErrorKind::Tls);
    }
    sandbox.command("set_tls", json!({ "mode": "normal" })).expect("it is a mode");
    assert_error(of(&sandbox, None).cancel(&full(&tid)).await, Outcome::NotSent, ErrorKind::Tls);
    assert_eq!(sandbox.executions(), 0);
    let receipt = of(&sandbox, Some(&ca)).cancel(&full(&tid)).await.expect("this is the gateway");
    assert_eq!((receipt.price, sandbox.executions()), (12_000, 1));
    std::fs::remove_file(ca).expect("the file is ours");
}

#[tokio::test]
async fn what_ca_bundle_takes_is_told_where_a_certificate_is_not_trusted() {
    let (sandbox, ca) = secure("told");
    let (other, others_ca) = secure("other");
    // The self-signed certificate of a server is not an authority's; another authority knows nothing of it.
    sandbox.command("set_tls", json!({ "mode": "self_signed" })).expect("it is a mode");
    for ca_bundle in [&ca, &others_ca] {
        let error = of(&sandbox, Some(ca_bundle)).cancel(&full(&tid(1))).await.expect_err("it is not trusted");
        assert!(error.to_string().contains("ca_bundle (caBundle) must hold"), "{error}");
    }
    // It is no help where the certificate is trusted, and wrong in another way.
    sandbox.command("set_tls", json!({ "mode": "expired" })).expect("it is a mode");
    let error = of(&sandbox, Some(&ca)).cancel(&full(&tid(1))).await.expect_err("it is too old");
    assert!(!error.to_string().contains("ca_bundle"), "{error}");
    drop(other);
    for file in [ca, others_ca] {
        std::fs::remove_file(file).expect("the file is ours");
    }
}

#[tokio::test]
async fn a_server_used_as_its_own_authority() {
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("it is an address");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().expect("a key can be made");
    let certificate = params.self_signed(&key).expect("a certificate can be made");
    let file = std::env::temp_dir().join(format!("paywelcome-test-own-{}.pem", std::process::id()));
    std::fs::write(&file, certificate.pem()).expect("the file can be written");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key));
    let config = std::sync::Arc::new(config.expect("the key fits"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let url = format!("https://{}", listener.local_addr().expect("a listener has an address"));
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("the listener is open");
        tokio_rustls::TlsAcceptor::from(config).accept(stream).await.map(|_| ())
    });
    let client = client(&url, |options| {
        options.ca_bundle = file.to_string_lossy().into_owned().into();
        options.connect_retries = 0.into();
    });
    let error = assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Tls);
    assert!(error.to_string().contains("not the server's own"), "{error}");
    assert!(serving.await.expect("the task goes well").is_err(), "the handshake went well");
    std::fs::remove_file(file).expect("the file is ours");
}

#[tokio::test]
async fn only_http_1_is_offered() {
    let server = Server::start(|mut connection| {
        connection.some_bytes();
        connection.hang_up();
    });
    let client = client(&server.https_url(), |options| options.connect_retries = 0.into());
    assert_error(client.cancel(&full(&tid(1))).await, Outcome::NotSent, ErrorKind::Tls);
    drop(client);
    let log = server.finish();
    assert_eq!(log.received[0].first(), Some(&0x16), "a handshake began");
    assert!(!log.received[0].windows(3).any(|bytes| bytes == b"\x02h2"), "HTTP/2 was offered, which sends again");
}
