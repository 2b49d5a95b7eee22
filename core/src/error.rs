//! What went wrong, and what may have happened to the money.

use std::fmt;

use crate::address::Address;
use crate::raw::Raw;

/// What is known about the money after a call that gave no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of the request left this machine: nothing was cancelled.
    NotSent,
    /// The gateway answered, and declined: nothing was cancelled.
    Declined,
    /// The money may have moved. Sending the request again may refund twice.
    Unknown,
}

impl Outcome {
    /// The word every language of this library uses: `not_sent`, `declined` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call gave no receipt, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client is wrong: credentials, environment, base URL, CA file, proxy.
    Configuration,
    /// An argument of the call is wrong.
    InvalidRequest,
    /// The gateway's name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// The proxy could not be reached or refused the tunnel.
    Proxy,
    /// A time limit ran out. The outcome says whether the request may have left.
    Timeout,
    /// The connection broke after the request may have left.
    ConnectionLost,
    /// The answer's status was neither 200 nor a redirect.
    HttpStatus,
    /// The answer was a redirect, which is never followed.
    Redirect,
    /// The answer could not be read as the gateway's.
    Malformed,
    /// The answer says success, but not of what was asked.
    Mismatch,
    /// The answer's code is close to success without being the documented one.
    UndocumentedCode,
    /// The gateway declined.
    Declined,
    /// The client was closed before the call.
    Closed,
    /// The caller gave up waiting before the request left.
    Aborted,
    /// The caller's `wait` was over before the call had ended. The call continues.
    Pending,
    /// A bug in this library: please report it.
    Internal,
}

impl ErrorKind {
    /// The word every language of this library uses, such as `connection_lost`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::InvalidRequest => "invalid_request",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::ConnectionLost => "connection_lost",
            Self::HttpStatus => "http_status",
            Self::Redirect => "redirect",
            Self::Malformed => "malformed",
            Self::Mismatch => "mismatch",
            Self::UndocumentedCode => "undocumented_code",
            Self::Declined => "declined",
            Self::Closed => "closed",
            Self::Aborted => "aborted",
            Self::Pending => "pending",
            Self::Internal => "internal",
        }
    }

    /// One line for people where the kind alone says it all: settings and arguments that are wrong.
    pub const fn summary(self) -> Option<&'static str> {
        match self {
            Self::Configuration => Some("the client's settings are wrong"),
            Self::InvalidRequest => Some("nothing was sent: the arguments are wrong"),
            _ => None,
        }
    }

    /// Whether it depends on who was asked, and who is in between.
    const fn is_of_the_way(self) -> bool {
        use ErrorKind::{Connect, ConnectionLost, Dns, HttpStatus, Malformed, Proxy, Redirect, Timeout, Tls};
        matches!(self, Dns | Connect | Tls | Proxy | Timeout | ConnectionLost | HttpStatus | Redirect | Malformed)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of an argument or a setting, as each language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    snake: &'static str,
    camel: &'static str,
}

impl Field {
    pub(crate) const fn new(snake: &'static str, camel: &'static str) -> Self {
        Self { snake, camel }
    }

    /// The name in Python and Rust: `pay_type`.
    pub const fn snake(self) -> &'static str {
        self.snake
    }

    /// The name in JavaScript, and for the gateway's own fields on the wire: `payType`.
    pub const fn camel(self) -> &'static str {
        self.camel
    }
}

/// One field that was refused, and what to pass instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: Field,
    /// What is wrong with it and what to pass instead, with the environment variable it came from, if any. It repeats
    /// no value except a base URL.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(field: Field, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// Everything that was known about the call when it failed.
#[derive(Clone, Debug)]
struct Inner {
    outcome: Outcome,
    kind: ErrorKind,
    detail: String,
    fields: Vec<FieldError>,
    operation: Option<&'static str>,
    tid: Option<String>,
    reference: Option<String>,
    timestamp: Option<String>,
    attempts: u32,
    address: Option<Address>,
    mid: Option<String>,
    http_status: Option<u16>,
    content_type: Option<String>,
    body_excerpt: Option<String>,
    result_code: Option<String>,
    result_msg: Option<String>,
    raw: Option<Raw>,
}

/// A call that gave no receipt.
///
/// The first thing to read is [`outcome`](Error::outcome). No error, in no form, holds the sign key, the mkey or a
/// signature.
#[derive(Clone)]
pub struct Error(Box<Inner>);

impl Error {
    pub(crate) fn new(outcome: Outcome, kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            outcome,
            kind,
            detail: detail.into(),
            fields: Vec::new(),
            operation: None,
            tid: None,
            reference: None,
            timestamp: None,
            attempts: 0,
            address: None,
            mid: None,
            http_status: None,
            content_type: None,
            body_excerpt: None,
            result_code: None,
            result_msg: None,
            raw: None,
        }))
    }

    pub(crate) fn configuration(fields: Vec<FieldError>) -> Self {
        let mut error = Self::new(Outcome::NotSent, ErrorKind::Configuration, "");
        error.0.fields = fields;
        error
    }

    pub(crate) fn invalid_request(operation: &'static str, fields: Vec<FieldError>) -> Self {
        let mut error = Self::new(Outcome::NotSent, ErrorKind::InvalidRequest, "");
        error.0.fields = fields;
        error.0.operation = Some(operation);
        error
    }

    /// What is known of a call that nobody has started, and nobody will: its caller gave up.
    pub fn given_up(tid: Option<String>) -> Self {
        Self::new(Outcome::NotSent, ErrorKind::Aborted, "the caller gave up").with_tid(tid)
    }

    /// What is known of a call whose caller waits no longer.
    pub(crate) fn pending(operation: &'static str, tid: &str) -> Self {
        let detail = "the wait for it is over, and it continues within its time limit";
        Self::new(Outcome::Unknown, ErrorKind::Pending, detail).of_call(operation, tid, "", 0)
    }

    /// The truth about a call that a forked child inherited: its parent alone will learn how it ends.
    pub fn lost_by_fork(operation: &'static str, tid: &str) -> Self {
        let detail = "the process was forked during the call; only the parent learns its result";
        Self::new(Outcome::Unknown, ErrorKind::ConnectionLost, detail).of_call(operation, tid, "", 1)
    }

    pub(crate) fn of_call(mut self, operation: &'static str, tid: &str, timestamp: &str, attempts: u32) -> Self {
        self.0.operation = Some(operation);
        self.0.tid = (!tid.is_empty()).then(|| tid.to_owned());
        self.0.timestamp = (!timestamp.is_empty()).then(|| timestamp.to_owned());
        self.0.attempts = attempts;
        self
    }

    /// Adds the caller's reference, for an error that a binding makes of a call.
    #[must_use]
    pub fn with_reference(mut self, reference: Option<String>) -> Self {
        self.0.reference = reference;
        self
    }

    /// Adds whom it was for, as far as that is known.
    pub(crate) fn of_client(mut self, address: Option<&Address>, mid: Option<&str>) -> Self {
        self.0.address = address.cloned();
        self.0.mid = mid.map(str::to_owned);
        self
    }

    /// Adds the host and the merchant that it was for, for an error that a binding makes of a call whose client it has let go.
    #[must_use]
    pub fn asked_of(mut self, host: &str, mid: &str) -> Self {
        self.0.address = Some(Address { host: host.to_owned(), with_port: host.to_owned() });
        self.0.mid = Some(mid.to_owned());
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_tid(mut self, tid: Option<String>) -> Self {
        self.0.tid = tid;
        self
    }

    pub(crate) fn with_answer(mut self, status: u16, content_type: Option<String>, excerpt: String) -> Self {
        self.0.http_status = Some(status);
        self.0.content_type = content_type;
        self.0.body_excerpt = Some(excerpt);
        self
    }

    pub(crate) fn with_result(mut self, code: Option<String>, msg: Option<String>) -> Self {
        self.0.result_code = code;
        self.0.result_msg = msg;
        self
    }

    pub(crate) fn with_raw(mut self, raw: Option<Raw>) -> Self {
        self.0.raw = raw;
        self
    }

    /// Returns what is known about the money.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Tells why, in one word.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns whether sending the request again cannot refund twice: true only where nothing was sent.
    pub fn safe_to_resend(&self) -> bool {
        self.0.outcome == Outcome::NotSent
    }

    /// Lists every field that was refused; empty unless an argument or a setting was wrong.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The operation, `cancel` or `partial_cancel`; absent where a client could not be made.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The payment's transaction id (거래ID) as it was asked; absent where it was wrong itself.
    pub fn tid(&self) -> Option<&str> {
        self.0.tid.as_deref()
    }

    /// The caller's own reference, as it was given with the call; it was never sent.
    pub fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The timestamp (타임스탬프) that the last attempt signed; absent where nothing was signed.
    pub fn timestamp(&self) -> Option<&str> {
        self.0.timestamp.as_deref()
    }

    /// How many times a connection was tried for this call; at most one of them sent the request.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The gateway's host that the call was for, with its port where that is not the scheme's own, such as
    /// `payapi.paywelcome.co.kr` or `127.0.0.1:8080`; absent where the client's settings do not say it.
    pub fn host(&self) -> Option<&str> {
        self.0.address.as_ref().map(|address| address.host.as_str())
    }

    /// The merchant id (가맹점ID) that the call was for; absent where that setting is wrong.
    pub fn mid(&self) -> Option<&str> {
        self.0.mid.as_deref()
    }

    /// The answer's HTTP status, where an answer came.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The answer's `Content-Type`, where an answer came and had one.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The beginning of the answer's body on one line, at most 500 characters, if an answer came. This includes
    /// unreadable and cut-off answers. An HTML page is reduced to its text, and control characters are removed.
    pub fn body_excerpt(&self) -> Option<&str> {
        self.0.body_excerpt.as_deref()
    }

    /// The gateway's `ResultCode` (결과코드), where one was read.
    pub fn result_code(&self) -> Option<&str> {
        self.0.result_code.as_deref()
    }

    /// The gateway's `ResultMsg` (결과메시지), where one was read.
    pub fn result_msg(&self) -> Option<&str> {
        self.0.result_msg.as_deref()
    }

    /// The answer's fields as they came, where they could be read.
    pub fn raw(&self) -> Option<&Raw> {
        self.0.raw.as_ref()
    }

    /// One line for people, with field names written by `name_of` ([`Field::snake`] or [`Field::camel`]).
    pub fn message(&self, name_of: impl Fn(Field) -> &'static str) -> String {
        let inner = &*self.0;
        let detail = match &inner.address {
            Some(address) if inner.kind.is_of_the_way() => format!("{}: {}", address.with_port, inner.detail),
            _ => inner.detail.clone(),
        };
        let mut text = match inner.kind.summary() {
            Some(summary) => summary.to_owned(),
            None => match inner.outcome {
                Outcome::NotSent => format!("nothing was sent: {detail}"),
                Outcome::Declined => format!("the gateway declined: {detail}"),
                Outcome::Unknown => format!(
                    "the outcome is unknown, the money may have moved, do not send it again before you know: {detail}"
                ),
            },
        };
        for (at, FieldError { field, message }) in inner.fields.iter().enumerate() {
            text.push_str(if at == 0 { ": " } else { "; " });
            let name = name_of(*field);
            // The variable that a setting came from may be its name.
            if !message.starts_with(name) {
                text.extend([name, ": "]);
            }
            text.push_str(message);
        }
        // Where arguments were refused, what is said of them is the end.
        let operation = inner.operation.filter(|_| inner.kind != ErrorKind::InvalidRequest);
        if let (Some(operation), Some(tid)) = (operation, &inner.tid) {
            text.extend([" (", operation, ", tid ", tid]);
            if let Some(reference) = &inner.reference {
                text.extend([", reference ", reference]);
            }
            text.push(')');
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Field::snake))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("outcome", &inner.outcome)
            .field("kind", &inner.kind)
            .field("message", &self.message(Field::snake))
            .field("timestamp", &inner.timestamp)
            .field("attempts", &inner.attempts)
            .field("mid", &inner.mid)
            .field("http_status", &inner.http_status)
            .field("content_type", &inner.content_type)
            .field("body_excerpt", &inner.body_excerpt)
            .field("result_code", &inner.result_code)
            .field("raw", &inner.raw)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
