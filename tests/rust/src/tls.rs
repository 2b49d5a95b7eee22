//! A TLS server of 127.0.0.1, and the certificate of the authority that a client has to trust for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// A file that is removed with this.
pub struct CaFile(PathBuf);

impl CaFile {
    /// Its path, for the setting `ca_bundle`.
    pub fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes a server's side of TLS for 127.0.0.1.
pub fn tls() -> (TlsAcceptor, CaFile) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (ca_key, key) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = ca.self_signed(&ca_key).expect("a certificate").pem();
    let own = CertificateParams::new(["127.0.0.1".to_owned()]).expect("it is an address");
    let certificate = own.signed_by(&key, &Issuer::new(ca, ca_key)).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key))
        .expect("the key fits");
    let name = format!("paywelcome-test-ca-{}-{}.pem", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let file = CaFile(std::env::temp_dir().join(name));
    std::fs::write(&file.0, pem).expect("the file can be written");
    (TlsAcceptor::from(Arc::new(config)), file)
}
