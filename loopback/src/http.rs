//! HTTP/1.x as bytes: reading heads and chunked bodies, writing replies. Knows no socket.

use std::borrow::Cow;

/// The most bytes of a request's head.
pub const HEAD_MAX: usize = 16 * 1024;
/// The most bytes of a request's body; the longest documented form has some hundreds.
pub const BODY_MAX: usize = 16 * 1024;
/// The most bytes a chunked body may take on the wire: small chunks are mostly frame.
const CHUNKED_MAX: usize = 8 * BODY_MAX;
const HEADERS_MAX: usize = 64;

/// What a request's head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path and query; an absolute target's scheme and authority are gone.
    pub target: String,
    /// `Host`: by which name and port the client came.
    pub host: Option<String>,
    /// `Content-Type` of the body.
    pub content_type: Option<String>,
    /// Where a page that asks says it comes from.
    pub origin: Option<String>,
    /// What a browser says of where a request comes from.
    pub fetch_site: Option<String>,
    /// The last event that a follower has seen.
    pub last_event_id: Option<String>,
    /// What the client keeps for this host.
    pub cookie: Option<String>,
    /// How the body is delimited.
    pub framing: Framing,
    /// The client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// The client wants the connection closed after the reply.
    pub close: bool,
}

impl Head {
    /// The path of a request, without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether the client has sent a form, in UTF-8 where it names a charset.
    pub fn is_form(&self) -> bool {
        let mut parts = self.content_type.as_deref().unwrap_or_default().split(';').map(str::trim);
        let form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        form && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
    }
}

/// How a request's body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes.
    Length(usize),
    /// In chunks, the last of which is empty.
    Chunked,
}

/// A request that is refused with an HTTP status, in words for the developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// Why.
    pub text: &'static str,
}

const fn refusal(status: u16, text: &'static str) -> Refusal {
    Refusal { status, text }
}

/// The body is above the limit.
pub const TOO_LARGE: Refusal = refusal(413, "the body is larger than 16384 bytes");
/// The request did not arrive whole in time.
pub const TOO_SLOW: Refusal = refusal(408, "the request did not arrive whole in 30 seconds");

const BAD_CHUNK: Refusal = refusal(400, "the chunked body is malformed");
const BAD_LENGTH: Refusal = refusal(400, "Content-Length must be one number");
const HEAD_TOO_LARGE: Refusal = refusal(431, "the head is larger than 16384 bytes or has more than 64 headers");

/// Reads a head from the front of the buffer: the head and its length, or nothing while it is incomplete.
///
/// # Errors
///
/// It is not a head, or one that is not understood here.
pub fn parse_head(buffer: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let used = match request.parse(buffer) {
        Ok(httparse::Status::Complete(used)) if used <= HEAD_MAX => used,
        Ok(httparse::Status::Partial) if buffer.len() <= HEAD_MAX => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(HEAD_TOO_LARGE),
        Err(httparse::Error::Version) => return Err(refusal(505, "HTTP/1.1 is spoken here")),
        Err(_) => return Err(refusal(400, "this is not an HTTP/1.1 request")),
    };
    let old = request.version == Some(0);
    let mut head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: origin_form(request.path.unwrap_or_default()).to_owned(),
        host: None,
        content_type: None,
        origin: None,
        fetch_site: None,
        last_event_id: None,
        cookie: None,
        framing: Framing::Length(0),
        expects_continue: false,
        close: old,
    };
    let mut hosts = 0;
    let mut length = None;
    let mut chunked = false;
    for header in request.headers.iter() {
        // Bytes that are not UTF-8 become a character that no value compared below has.
        let value = String::from_utf8_lossy(header.value);
        let value = value.trim_matches([' ', '\t']);
        match header.name.to_ascii_lowercase().as_str() {
            "host" => {
                hosts += 1;
                head.host = Some(value.to_owned());
            }
            "origin" => head.origin = Some(value.to_owned()),
            "sec-fetch-site" => head.fetch_site = Some(value.to_owned()),
            "cookie" => head.cookie = Some(value.to_owned()),
            "last-event-id" => head.last_event_id = Some(value.to_owned()),
            "content-length" => {
                let said = content_length(value)?;
                if length.replace(said).is_some_and(|earlier| earlier != said) {
                    return Err(BAD_LENGTH);
                }
            }
            "transfer-encoding" => {
                if chunked || old || !value.eq_ignore_ascii_case("chunked") {
                    return Err(refusal(501, "the only transfer coding known here is chunked"));
                }
                chunked = true;
            }
            "content-type" => {
                // A second one makes the type unknown.
                let value = if head.content_type.is_some() { "" } else { value };
                head.content_type = Some(value.to_owned());
            }
            "expect" if !value.eq_ignore_ascii_case("100-continue") => {
                return Err(refusal(417, "the only expectation known here is 100-continue"));
            }
            "expect" => head.expects_continue = !old,
            "connection" => {
                head.close |= value.split(',').any(|option| option.trim().eq_ignore_ascii_case("close"));
            }
            _ => {}
        }
    }
    if hosts > 1 || (hosts == 0 && !old) {
        return Err(refusal(400, "exactly one Host header is needed"));
    }
    head.framing = match (chunked, length) {
        (true, Some(_)) => {
            return Err(refusal(400, "Transfer-Encoding and Content-Length exclude each other"));
        }
        (true, None) => Framing::Chunked,
        (false, length) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(Some((head, used)))
}

fn content_length(value: &str) -> Result<usize, Refusal> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BAD_LENGTH);
    }
    value.parse().map_err(|_| TOO_LARGE)
}

/// A proxy's client sends `http://host/path`; the path is what counts.
fn origin_form(target: &str) -> &str {
    let Some((_, rest)) = target.split_once("://").filter(|_| !target.starts_with('/')) else {
        return target;
    };
    rest.find(['/', '?']).map_or("/", |at| &rest[at..])
}

/// A chunked body as it comes in; the bytes stay in the buffer until the whole is there.
#[derive(Debug, Default)]
pub struct Chunked {
    /// What was taken so far.
    pub body: Vec<u8>,
    /// How many bytes of the buffer were taken so far.
    pub used: usize,
    ended: bool,
}

impl Chunked {
    /// Takes what it can from the same, longer buffer as before; true once the last chunk and the trailers are there.
    ///
    /// # Errors
    ///
    /// It is malformed, or too long.
    pub fn advance(&mut self, buffer: &[u8]) -> Result<bool, Refusal> {
        loop {
            let rest = &buffer[self.used..];
            if self.ended {
                return self.skip_trailers(rest);
            }
            // The parser takes a size line without a digit for zero, and so for the end.
            if rest.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
                return Err(BAD_CHUNK);
            }
            let (start, size) = match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete(found)) => found,
                Ok(httparse::Status::Partial) => return incomplete(buffer),
                Err(_) => return Err(BAD_CHUNK),
            };
            let size =
                usize::try_from(size).ok().filter(|size| *size <= BODY_MAX - self.body.len()).ok_or(TOO_LARGE)?;
            if size == 0 {
                self.ended = true;
                self.used += start;
                continue;
            }
            let Some(chunk) = rest.get(start..start + size + 2) else {
                return incomplete(buffer);
            };
            let Some(data) = chunk.strip_suffix(b"\r\n") else {
                return Err(BAD_CHUNK);
            };
            self.body.extend_from_slice(data);
            self.used += start + size + 2;
        }
    }

    fn skip_trailers(&mut self, rest: &[u8]) -> Result<bool, Refusal> {
        let mut trailers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        match httparse::parse_headers(rest, &mut trailers) {
            Ok(httparse::Status::Complete((used, _))) => {
                self.used += used;
                Ok(true)
            }
            Ok(httparse::Status::Partial) if rest.len() <= HEAD_MAX => Ok(false),
            Ok(_) | Err(_) => Err(BAD_CHUNK),
        }
    }
}

fn incomplete(buffer: &[u8]) -> Result<bool, Refusal> {
    if buffer.len() > CHUNKED_MAX {
        return Err(TOO_LARGE);
    }
    Ok(false)
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `Content-Type` of the body; no such header where it is empty.
    pub content_type: Cow<'static, str>,
    /// More headers.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The length that is said in place of the true one.
    pub said_length: Option<u64>,
}

impl Reply {
    /// A reply without further headers.
    pub fn new(status: u16, content_type: impl Into<Cow<'static, str>>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.into(), headers: Vec::new(), body: body.into(), said_length: None }
    }

    /// Adds a header.
    pub fn header(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.headers.push((name.into(), value.into()));
    }

    /// The whole reply in one piece, so that it leaves in one write. A reply to `HEAD` has no body.
    pub fn encode(&self, to_head: bool, close: bool) -> Vec<u8> {
        let mut bytes = self.head(Some(self.said_length.unwrap_or(self.body.len() as u64)), close);
        if !to_head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// The head alone; without a length the body lasts until the connection is closed.
    pub fn head(&self, length: Option<u64>, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        if !self.content_type.is_empty() {
            head.extend([format!("Content-Type: {}\r\n", self.content_type)]);
        }
        if let Some(length) = length {
            head.extend([format!("Content-Length: {length}\r\n")]);
        }
        head.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        head.push_str(if close { "Connection: close\r\n\r\n" } else { "\r\n" });
        head.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        401 => "Unauthorized",
        403 => "Forbidden",
        407 => "Proxy Authentication Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests;
