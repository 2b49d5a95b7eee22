//! One POST over HTTP, and the certainty of whether anything of it may have left.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Method, Request, Url};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::{Flight, Ticket};
use crate::reply::{Answer, Body, Cut, LARGEST_BODY};
use crate::request::{Cancel, Operation, PartialCancel};
use crate::reuse::{Reuse, Way};

/// How long a connection is kept for the next call, where the gateway has shown that it keeps them: a burst reuses it,
/// and a server's own limit is longer.
const IDLE: Duration = Duration::from_secs(1);
/// How many requests a client has on their way at once; more wait within their time limits, where nothing has left yet.
/// A burst must not run out of descriptors, which a process has about a thousand of.
const MOST_AT_ONCE: usize = 512;
/// What to do about a certificate that is not trusted.
const TRUST: &str =
    "to trust it, ca_bundle (caBundle) must hold the certificate of the CA that signed it, not the server's own";
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");

/// The gateway's front page.
pub(crate) const FRONT_PAGE: &str = "/";

/// What a gateway said when it was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reached {
    /// The status of its front page, whatever that is: it is up.
    pub http_status: u16,
    /// Its clock, as its `Date` header tells it, such as `Thu, 01 Jan 2026 00:00:00 GMT`.
    pub date: Option<String>,
}

/// A page of the gateway's host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// Its status.
    pub http_status: u16,
    /// The beginning of its words on one line.
    pub words: String,
}

/// This process's connections to the gateway.
#[derive(Debug)]
pub(crate) struct Transport {
    /// Every path that is asked for, read once, since reading a URL takes as long as signing.
    urls: [(&'static str, Url); 3],
    kept: reqwest::Client,
    fresh: reqwest::Client,
    reuse: Reuse,
    places: Semaphore,
    proxied: bool,
    secure: bool,
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error.to_string()))?
            .with_root_certificates(config.roots.clone())
            .with_no_client_auth();
        let url = |path: &'static str| {
            let url = Url::parse(&format!("{}{path}", config.base_url));
            url.map(|url| (path, url)).map_err(|error| refused(error.to_string()))
        };
        Ok(Self {
            urls: [url(Cancel::PATH)?, url(PartialCancel::PATH)?, url(FRONT_PAGE)?],
            kept: client(config, tls.clone(), usize::MAX)?,
            fresh: client(config, tls, 0)?,
            reuse: Reuse::default(),
            places: Semaphore::new(MOST_AT_ONCE),
            proxied: config.proxy.is_some(),
            secure: config.base_url.starts_with("https"),
        })
    }

    fn request(&self, method: Method, path: &str) -> Result<Request, Failure> {
        let known = self.urls.iter().find(|(known, _)| *known == path);
        let unknown = || Failure { kind: ErrorKind::Internal, detail: format!("no URL for {path}"), refused: true };
        known.map(|(_, url)| Request::new(method, url.clone())).ok_or_else(unknown)
    }

    /// Waits by `deadline` for a place among the requests that may be on their way at once.
    pub(crate) async fn place(&self, deadline: Deadline) -> Result<SemaphorePermit<'_>, Failure> {
        let place = timeout_at(deadline.timer(), self.places.acquire()).await.ok().and_then(Result::ok);
        place.filter(|_| !deadline.is_over()).ok_or_else(Failure::time_ran_out)
    }

    /// Posts `form` to `path` once, by `deadline`. A failure tells what went wrong; the flight tells what it means.
    ///
    /// Who asks holds a [`place`](Self::place).
    pub(crate) async fn post(
        &self,
        path: &str,
        form: Arc<impl Form>,
        ticket: Ticket,
        flight: &Flight,
        deadline: Deadline,
    ) -> Result<Came, Failure> {
        let mut request = self.request(Method::POST, path)?;
        request.headers_mut().insert(CONTENT_TYPE, FORM);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        *request.body_mut() = Some(reqwest::Body::wrap(OneShot { form: Some(form), ticket }));
        self.exchange(request, |_| flight.has_left(), deadline).await
    }

    /// Asks for the head of the front page, which moves no money, by `deadline`.
    pub(crate) async fn reach(&self, deadline: Deadline) -> Result<Reached, Failure> {
        let _place = self.place(deadline).await?;
        let lost = |failure: &Failure| failure.kind == ErrorKind::ConnectionLost;
        let came = self.exchange(self.request(Method::HEAD, FRONT_PAGE)?, lost, deadline).await?;
        Ok(Reached { http_status: came.status, date: text(&came.headers, DATE) })
    }

    /// Asks for a page below the front page, which moves no money, by `deadline`.
    pub(crate) async fn look(&self, page: &'static str, deadline: Deadline) -> Result<Answer, Failure> {
        let _place = self.place(deadline).await?;
        let lost = |failure: &Failure| failure.kind == ErrorKind::ConnectionLost;
        let mut request = self.request(Method::GET, FRONT_PAGE)?;
        if let Ok(url) = request.url().join(page) {
            *request.url_mut() = url;
        }
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        Ok(self.exchange(request, lost, deadline).await?.into())
    }

    /// Whether the gateway keeps its connections, as far as it has shown that.
    pub(crate) fn keeps_connections(&self) -> Option<bool> {
        self.reuse.is_kept()
    }

    /// Whether it is still open if the gateway keeps its connections.
    pub(crate) fn is_probing(&self) -> bool {
        self.reuse.is_probing()
    }

    /// Sends one request; `lost` tells of a failure whether a connection was lost after the request had left.
    async fn exchange(
        &self,
        request: Request,
        lost: impl Fn(&Failure) -> bool,
        deadline: Deadline,
    ) -> Result<Came, Failure> {
        let mut turn = Turn { reuse: &self.reuse, way: self.reuse.choose(Instant::now()), over: false };
        let http = match turn.way {
            Way::Kept => {
                // Other calls may have kept the thread from looking: a close that has come by now is noticed first.
                tokio::task::yield_now().await;
                &self.kept
            }
            Way::Fresh => &self.fresh,
        };
        let mut response = match timeout_at(deadline.timer(), http.execute(request)).await {
            Err(_) => return Err(Failure::time_ran_out()),
            Ok(Err(error)) => {
                let failure = self.failure(&error);
                turn.failed(lost(&failure));
                return Err(failure);
            }
            Ok(Ok(response)) => response,
        };
        let headers = mem::take(response.headers_mut());
        let status = response.status().as_u16();
        let port = response.extensions().get::<HttpInfo>().map(|info| info.local_addr().port());
        let mut body = Body::default();
        body.cut =
            timeout_at(deadline.timer(), read_body(response, &mut body.bytes)).await.unwrap_or(Some(Cut::TimedOut));
        match body.cut {
            None => turn.answered(port),
            Some(cut) => turn.failed(cut == Cut::Lost),
        }
        Ok(Came { status, headers, body, port })
    }

    /// Names a failure by the types of its causes, never by their texts.
    fn failure(&self, error: &reqwest::Error) -> Failure {
        let kind = if !error.is_connect() {
            match cause::<hyper::Error>(error) {
                Some(hyper) if hyper.is_parse() => ErrorKind::Malformed,
                _ => ErrorKind::ConnectionLost,
            }
        } else if error.is_timeout() {
            ErrorKind::Timeout
        } else if cause::<rustls::Error>(error).is_some() {
            ErrorKind::Tls
        } else if self.proxied {
            ErrorKind::Proxy
        } else if error.is_dns() {
            ErrorKind::Dns
        } else if self.secure && causes(error).filter_map(|cause| cause.downcast_ref()).any(broke_off) {
            ErrorKind::Tls
        } else {
            ErrorKind::Connect
        };
        let detail = match kind {
            ErrorKind::Timeout => "connecting took too long".to_owned(),
            ErrorKind::Tls if is_untrusted(error) => format!("{}; {TRUST}", innermost(error)),
            _ => innermost(error),
        };
        // A proxy that was not reached, or that broke off, leaves an I/O error; one that answered leaves none.
        let refused = kind == ErrorKind::Proxy && cause::<io::Error>(error).is_none();
        Failure { kind, detail, refused }
    }
}

/// A response as it came.
#[derive(Debug)]
pub(crate) struct Came {
    status: u16,
    headers: HeaderMap,
    body: Body,
    /// This machine's port of the connection that it came over.
    pub(crate) port: Option<u16>,
}

impl Came {
    /// All headers in their order, their names in lower case.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let shown = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(value))).collect()
    }
}

impl From<Came> for Answer {
    fn from(Came { status, headers, body, .. }: Came) -> Self {
        Self {
            status,
            content_type: text(&headers, CONTENT_TYPE),
            content_encoding: list(&headers, CONTENT_ENCODING),
            location: text(&headers, LOCATION),
            body,
        }
    }
}

/// One attempt's use of a connection, noted however it ends.
struct Turn<'a> {
    reuse: &'a Reuse,
    way: Way,
    over: bool,
}

impl Turn<'_> {
    fn answered(&mut self, port: Option<u16>) {
        self.over = true;
        self.reuse.answered(self.way, port, Instant::now());
    }

    fn failed(&mut self, lost: bool) {
        self.over = true;
        self.reuse.failed(self.way, lost);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Time ran out, or the wait was given up: that says nothing of the connection.
        if !self.over {
            self.reuse.failed(self.way, false);
        }
    }
}

fn refused(detail: String) -> Error {
    Error::new(Outcome::NotSent, ErrorKind::Internal, detail)
}

/// Makes an HTTP client that sends what it is given once, and keeps at most so many idle connections.
fn client(config: &Config, tls: rustls::ClientConfig, idle: usize) -> Result<reqwest::Client, Error> {
    let mut http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .user_agent(concat!("paywelcome/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(idle)
        .tcp_nodelay(true);
    // What waits in the kernel for a peer that does not take it must not leave much later, either.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    {
        http = http.tcp_user_timeout(config.timeout);
    }
    if config.loopback {
        let own = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        http = http.resolve_to_addrs("localhost", &own.map(|address| SocketAddr::new(address, 0)));
    }
    if let Some(proxy) = &config.proxy {
        let mut all = reqwest::Proxy::all(proxy.url()).map_err(|error| refused(innermost(&error)))?;
        if let Some(authorization) = proxy.authorization() {
            let mut authorization =
                HeaderValue::from_str(&authorization).map_err(|error| refused(error.to_string()))?;
            authorization.set_sensitive(true);
            all = all.custom_http_auth(authorization);
        }
        http = http.proxy(all);
    }
    http.build().map_err(|error| refused(innermost(&error)))
}

/// What went wrong with one attempt, whatever that means for the money.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) detail: String,
    /// The proxy was asked and would not: asking again is no use, and wrong credentials can lock an account.
    pub(crate) refused: bool,
}

impl Failure {
    pub(crate) fn time_ran_out() -> Self {
        Self { kind: ErrorKind::Timeout, detail: "time ran out".to_owned(), refused: false }
    }
}

/// What is posted once.
pub(crate) trait Form: Send + Sync + 'static {
    /// How many bytes it has, known before it leaves.
    fn length(&self) -> usize;

    /// Returns it as it leaves at the instant `at`; empty after the first time.
    fn take(&self, at: SystemTime) -> String;
}

/// Reads what comes of a body, and tells why that is not all of it.
async fn read_body(mut response: reqwest::Response, body: &mut Vec<u8>) -> Option<Cut> {
    body.reserve(512);
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return None,
            Err(_) => return Some(Cut::Lost),
        };
        if body.len() + chunk.len() > LARGEST_BODY {
            body.extend_from_slice(&chunk[..LARGEST_BODY - body.len()]);
            return Some(Cut::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// All lines of a header as one.
fn list(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines = headers.get_all(name).into_iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    lines.map(Cow::into_owned).reduce(|lines, line| lines + "," + &line)
}

/// A body that can be read once, and that asks its ticket before its first byte.
///
/// The connection reads it together with the head, before either is written. It can't be cloned, so nothing between
/// here and the socket can send it a second time.
struct OneShot<F> {
    form: Option<Arc<F>>,
    ticket: Ticket,
}

impl<F: Form> http_body::Body for OneShot<F> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some(form) = self.form.take() else { return Poll::Ready(None) };
        // Written first, so that nothing takes time between the permission and the connection's write.
        let bytes = Bytes::from(form.take(SystemTime::now()));
        if self.ticket.leave() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        Poll::Ready(Some(Err(io::Error::other("the request may not leave any more"))))
    }

    fn is_end_stream(&self) -> bool {
        self.form.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.form.as_ref().map_or(0, |form| form.length() as u64))
    }
}

/// A certificate that no trusted CA answers for.
fn is_untrusted(error: &reqwest::Error) -> bool {
    use rustls::CertificateError::{Other, UnknownIssuer};
    let rejected = cause::<rustls::Error>(error);
    matches!(rejected, Some(rustls::Error::InvalidCertificate(UnknownIssuer | Other(_))))
}

/// A connection that was made and then ended: within a handshake, by the peer.
fn broke_off(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

/// Finds a cause of a type, also where an I/O error wraps it.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error: &'a (dyn StdError + 'static) = *error;
        // An I/O error's source is that of what it wraps, which would be passed over.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source())
    })
}

/// The last cause, which is what the operating system or the TLS library said; it holds no URL and no credentials.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests;
