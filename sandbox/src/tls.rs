//! HTTPS: certificates made at start, and the ways a handshake can fail.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What every name in a certificate begins with.
const ISSUED_BY: &str = "paywelcome sandbox, not a real gateway";

/// How a handshake goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Normal,
    WrongName,
    Expired,
    SelfSigned,
    /// As a server that knows nothing newer.
    Tls11,
    /// Never answered.
    HandshakeStall,
}

impl Mode {
    /// Every mode, by name.
    pub(crate) const ALL: [(&str, Self); 6] = [
        ("normal", Self::Normal),
        ("wrong_name", Self::WrongName),
        ("expired", Self::Expired),
        ("self_signed", Self::SelfSigned),
        ("tls_1_1", Self::Tls11),
        ("handshake_stall", Self::HandshakeStall),
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("normal", |(name, _)| name)
    }
}

/// The certificates, and which of them is shown.
pub(crate) struct Tls {
    ca_pem: String,
    mode: Mutex<Mode>,
    normal: Arc<ServerConfig>,
    wrong_name: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    self_signed: Arc<ServerConfig>,
    handshakes: AtomicUsize,
}

impl Tls {
    /// Makes a certificate authority and what it signs; the keys are never written anywhere.
    ///
    /// The server is `host`, whatever this machine calls itself, and `names`.
    pub(crate) fn new(host: IpAddr, names: &[String]) -> io::Result<Self> {
        Self::make(host, names).map_err(|error| io::Error::other(format!("no certificate could be made: {error}")))
    }

    fn make(host: IpAddr, names: &[String]) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.distinguished_name = name("CA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let ca_pem = authority.self_signed(&key)?.pem();
        let issuer = Issuer::new(authority, key);
        let here = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter().chain([host.to_string()]);
        let here: Vec<String> = here.chain(names.iter().cloned()).collect();
        let mut old = server(here.clone())?;
        old.not_before = date_time_ymd(2020, 1, 1);
        old.not_after = date_time_ymd(2021, 1, 1);
        Ok(Self {
            ca_pem,
            mode: Mutex::new(Mode::Normal),
            normal: config(&server(here.clone())?, Some(&issuer))?,
            wrong_name: config(&server(vec!["wrong-name.invalid".to_owned()])?, Some(&issuer))?,
            expired: config(&old, Some(&issuer))?,
            self_signed: config(&server(here)?, None)?,
            handshakes: AtomicUsize::new(0),
        })
    }

    /// The certificate of the authority, to be trusted by a client.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// How handshakes go now.
    pub(crate) fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How they go from now on.
    pub(crate) fn set_mode(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// How many handshakes a client has begun.
    pub(crate) fn handshakes(&self) -> usize {
        self.handshakes.load(Ordering::Relaxed)
    }

    /// Counts a handshake and says how it goes: with which certificate, or without any.
    pub(crate) fn begin(&self) -> Result<Arc<ServerConfig>, Mode> {
        self.handshakes.fetch_add(1, Ordering::Relaxed);
        match self.mode() {
            Mode::Normal => Ok(Arc::clone(&self.normal)),
            Mode::WrongName => Ok(Arc::clone(&self.wrong_name)),
            Mode::Expired => Ok(Arc::clone(&self.expired)),
            Mode::SelfSigned => Ok(Arc::clone(&self.self_signed)),
            other => Err(other),
        }
    }
}

fn name(what: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, format!("{ISSUED_BY}: {what}"));
    name
}

fn server(names: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name("server");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn config(params: &CertificateParams, issuer: Option<&Issuer<'_, KeyPair>>) -> Result<Arc<ServerConfig>, rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer)?,
        None => params.self_signed(&key)?,
    };
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let made = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = made.map_err(|_| rcgen::Error::RemoteKeyError)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Mode, Tls};

    #[test]
    fn every_mode_has_its_name_and_its_certificate() {
        let tls = Tls::new(IpAddr::V4(Ipv4Addr::LOCALHOST), &[]).ok();
        assert!(tls.as_ref().is_some_and(|tls| tls.ca_pem().starts_with("-----BEGIN CERTIFICATE-----")));
        for (name, mode) in Mode::ALL {
            assert_eq!(mode.name(), name);
            let shown = tls.as_ref().map(|tls| {
                tls.set_mode(mode);
                tls.begin().map(|_| ())
            });
            let silent = matches!(mode, Mode::Tls11 | Mode::HandshakeStall);
            assert_eq!(shown, Some(if silent { Err(mode) } else { Ok(()) }));
        }
        assert_eq!(tls.map(|tls| tls.handshakes()), Some(6));
    }
}
