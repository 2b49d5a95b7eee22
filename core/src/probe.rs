//! What a host at the end of the way answers to TLS, one handshake at a time; for the command line, no part of the API.
//!
//! Nothing is sent after a handshake. It blocks, and goes the way that a call would take, through the same proxy.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring::{ALL_CIPHER_SUITES, default_provider};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedCipherSuite};
use url::{Host, Url};

use crate::config::Config;
use crate::greeting::{hello, is_enough, read_answer};
use crate::proxy::Proxy;

pub use crate::greeting::Greeted;

/// As calls name themselves.
const AGENT: &str = concat!("paywelcome/", env!("CARGO_PKG_VERSION"));
/// More of a proxy's answer is none.
const LONGEST_HEAD: usize = 16 * 1024;

/// The way to the gateway.
#[derive(Debug)]
pub struct Probe {
    host: String,
    port: u16,
    is_secure: bool,
    is_local: bool,
    proxy: Option<Proxy>,
    roots: Arc<RootCertStore>,
}

/// A version and a cipher that a host was asked for alone, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Such as `TLS 1.2`.
    pub version: &'static str,
    /// Its name in TLS.
    pub cipher: String,
    /// What came of it.
    pub answer: Answer,
}

/// What a host answers to one handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It agrees; whether its certificate is trusted is another question.
    Agrees,
    /// It speaks TLS and refuses.
    Refuses,
    /// The connection was not made, or broke.
    Broke(io::ErrorKind),
}

impl Probe {
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let url = Url::parse(&config.base_url).ok()?;
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some(Self {
            host,
            port: url.port_or_known_default()?,
            is_secure: url.scheme() == "https",
            is_local: config.loopback,
            proxy: config.proxy.clone(),
            roots: Arc::new(config.roots.clone()),
        })
    }

    /// Returns whether the gateway speaks TLS, which all but this machine must.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Returns whether a proxy is asked with a user and a password, which are not to be tried again and again.
    pub fn has_credentials(&self) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| proxy.authorization().is_some())
    }

    /// Makes a connection within `limit` and ends it.
    ///
    /// # Errors
    ///
    /// It can't be made; the kind tells how. [`io::ErrorKind::PermissionDenied`] is a proxy's answer.
    pub fn connect(&self, limit: Duration) -> io::Result<()> {
        self.open(Instant::now() + limit).map(drop)
    }

    /// Asks for each version and cipher that this library has, alone, each within `limit`.
    ///
    /// One that is not answered before any is agreed on is enough.
    pub fn ciphers(&self, limit: Duration) -> Vec<Tried> {
        let mut tried: Vec<Tried> = Vec::new();
        for suite in ALL_CIPHER_SUITES {
            let (version, cipher) = (version_of(*suite), name_of(*suite));
            let answer = self.handshake(*suite, Instant::now() + limit);
            let is_hopeless =
                matches!(answer, Answer::Broke(io::ErrorKind::TimedOut | io::ErrorKind::ConnectionRefused))
                    && tried.iter().all(|before| before.answer != Answer::Agrees);
            tried.push(Tried { version, cipher, answer });
            if is_hopeless {
                break;
            }
        }
        tried
    }

    /// Names the version and the cipher that a call's connection would have, asked for within `limit`; nothing where none is made.
    pub fn agreed(&self, limit: Duration) -> Option<(String, String)> {
        let mut stream = self.open(Instant::now() + limit).ok()?;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().ok()?.with_root_certificates(Arc::clone(&self.roots));
        let mut tls = connection(config.with_no_client_auth(), &self.host).ok()?;
        while tls.is_handshaking() {
            tls.complete_io(&mut stream).ok()?;
        }
        let suite = tls.negotiated_cipher_suite()?;
        Some((version_of(suite).to_owned(), name_of(suite)))
    }

    fn handshake(&self, suite: SupportedCipherSuite, until: Instant) -> Answer {
        let agreed = || -> io::Result<()> {
            let mut stream = self.open(until)?;
            let version = if suite.tls13().is_some() { &rustls::version::TLS13 } else { &rustls::version::TLS12 };
            let mut provider = default_provider();
            provider.cipher_suites = vec![suite];
            let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[version]);
            let config = config.map_err(io::Error::other)?.with_root_certificates(Arc::clone(&self.roots));
            let config = config.with_no_client_auth();
            let mut tls = connection(config, &self.host)?;
            while tls.is_handshaking() {
                tls.complete_io(&mut stream)?;
            }
            Ok(())
        };
        match agreed() {
            Ok(()) => Answer::Agrees,
            Err(error) => match error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
                // It comes with the choice that was made before.
                Some(rustls::Error::InvalidCertificate(_)) => Answer::Agrees,
                Some(_) => Answer::Refuses,
                None => Answer::Broke(kind_of(&error)),
            },
        }
    }

    /// Says hello as older clients do, offering what this library does not have, and reads the first answer within `limit`.
    pub fn greet(&self, limit: Duration) -> Greeted {
        let mut stream = match self.open(Instant::now() + limit) {
            Ok(stream) => stream,
            Err(error) => return Greeted::NotReached(kind_of(&error)),
        };
        let mut answer = [0; 512];
        let mut read = 0;
        let said = stream.write_all(&hello(&self.host)).and_then(|()| stream.flush());
        let ended = said.and_then(|()| {
            while read < answer.len() && !is_enough(&answer[..read]) {
                match stream.read(&mut answer[read..])? {
                    0 => break,
                    more => read += more,
                }
            }
            Ok(())
        });
        match (read_answer(&answer[..read]), ended) {
            (Some(greeted), _) => greeted,
            (None, Err(error)) if kind_of(&error) == io::ErrorKind::TimedOut => Greeted::Silent,
            (None, _) => Greeted::Closes,
        }
    }

    /// Makes a connection to the gateway by `until`, through the proxy if there is one.
    fn open(&self, until: Instant) -> io::Result<Stream> {
        let Some(proxy) = &self.proxy else {
            return Ok(Stream::Plain(dial(&self.host, self.port, self.is_local, until)?));
        };
        let url = Url::parse(&proxy.url()).map_err(io::Error::other)?;
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let socket = dial(&name, url.port_or_known_default().unwrap_or_default(), false, until)?;
        let mut stream = if url.scheme() == "https" {
            let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
            let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
            let config = config.with_root_certificates(Arc::clone(&self.roots)).with_no_client_auth();
            Stream::Tls(Box::new(StreamOwned::new(connection(config, &name)?, socket)))
        } else {
            Stream::Plain(socket)
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let target = format!("{host}:{}", self.port);
        let authorization = proxy.authorization();
        let authorization = authorization
            .as_ref()
            .map(|value| format!("Proxy-Authorization: {}\r\n", value.as_str()))
            .unwrap_or_default();
        stream.write_all(
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {AGENT}\r\n{authorization}\r\n")
                .as_bytes(),
        )?;
        stream.flush()?;
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD && stream.read(&mut byte)? > 0 {
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head);
        let status = head.split_ascii_whitespace().nth(1).unwrap_or_default();
        if head.starts_with("HTTP/1.") && status.starts_with('2') {
            return Ok(stream);
        }
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// What was made, within TLS to an https proxy or not.
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buffer),
            Self::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects to the first address that answers by `until`; each read and write then has what is left.
fn dial(host: &str, port: u16, is_local: bool, until: Instant) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = if is_local && host == "localhost" {
        vec![([127, 0, 0, 1], port).into(), ([0, 0, 0, 0, 0, 0, 0, 1_u16], port).into()]
    } else {
        (host, port).to_socket_addrs()?.collect()
    };
    let mut last = io::ErrorKind::NotFound.into();
    for address in addresses {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
                stream.set_read_timeout(Some(left))?;
                stream.set_write_timeout(Some(left))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn connection(config: ClientConfig, host: &str) -> io::Result<ClientConnection> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
}

fn version_of(suite: SupportedCipherSuite) -> &'static str {
    if suite.tls13().is_some() { "TLS 1.3" } else { "TLS 1.2" }
}

fn name_of(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
}

/// The kind of an error, where a time limit of a socket is told as one.
fn kind_of(error: &io::Error) -> io::ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut,
        kind => kind,
    }
}
