//! One form that is given whole, posted once as a call would be; for the command line, no part of the API.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use form_urlencoded::Serializer;
use tokio::sync::Barrier;
use tokio::time::{Instant, timeout_at};

use crate::config::Config;
use crate::credentials::Credentials;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Outcome};
use crate::flight::Flight;
use crate::redact::{redact, redact_bytes};
use crate::reply::{Answer, LARGEST_BODY};
use crate::request::{Cancel, Operation, PartialCancel};
use crate::sending::{timestamp_of, verdict};
use crate::signature::{SignatureFormat, sign};
use crate::timestamp::TimestampFormat;
use crate::transport::{Came, Failure, Form, Transport};
use crate::unpack::unpack;

/// What takes the place of the sign key where the signature is to be wrong.
const MADE_UP: &str = "paywelcome-made-up-key";

/// The name of this in every language.
pub(crate) const POSTING: &str = "rehearse";

/// A form to post.
#[derive(Clone, Debug)]
pub struct Posting {
    /// Whether it goes to the path of partial cancels.
    pub is_partial: bool,
    /// All its fields but `timestamp` and `signature`, which follow them.
    pub fields: Vec<(&'static str, String)>,
    /// How the signed values are joined.
    pub signature_format: SignatureFormat,
    /// How the timestamp is written.
    pub timestamp_format: TimestampFormat,
    /// Whether it is signed by the merchant's key, not by a made-up one.
    pub is_signed_rightly: bool,
    /// The others that it leaves together with.
    pub together: Option<Together>,
}

/// Postings that wait for each other before they leave.
#[derive(Clone, Debug)]
pub struct Together(Arc<Barrier>);

impl Together {
    /// So many.
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Barrier::new(count)))
    }
}

/// What came of a posting.
#[derive(Clone, Debug)]
pub struct Posted {
    /// When it left, or failed to.
    pub at: SystemTime,
    /// The timestamp that was posted.
    pub timestamp: String,
    /// What came back, or why nothing did and whether anything may have left.
    pub answer: Result<Seen, Error>,
    /// From its beginning, connection included, to the end of its answer.
    pub took: Duration,
    /// From when to when it was on its way, where it left.
    pub on_its_way: Option<(Instant, Instant)>,
}

/// An answer as it came, without the key or a signature in it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its HTTP status.
    pub status: u16,
    /// All its headers in their order, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, decompressed where it was compressed.
    pub body: Vec<u8>,
    /// Whether the body is not all of it.
    pub is_cut: bool,
    /// This machine's port of the connection that it came over: the same port is the same connection.
    pub port: Option<u16>,
}

impl Seen {
    fn new(came: Came, credentials: &Credentials, signature: &str) -> Self {
        let secrets = [signature, credentials.mkey(), credentials.searched_key()];
        let (port, headers) = (came.port, came.headers());
        let Answer { status, content_encoding, body, .. } = came.into();
        let unpacked = unpack(body.bytes, content_encoding.as_deref(), LARGEST_BODY);
        let (shown, is_whole) = unpacked.map_or_else(|packed| (packed.body, false), |body| (body, true));
        let is_cut = body.cut.is_some() || !is_whole;
        let headers = headers.into_iter().map(|(name, value)| (name, redact(value, &secrets, false))).collect();
        Self { status, headers, body: redact_bytes(shown, &secrets, is_cut), is_cut, port }
    }
}

/// The form, signed at the moment it leaves.
struct Letter {
    posting: Posting,
    credentials: Credentials,
    length: usize,
    left: Mutex<Left>,
}

#[derive(Clone, Debug)]
struct Left {
    at: SystemTime,
    moment: Option<Instant>,
    timestamp: String,
    signature: String,
    form: String,
}

impl Letter {
    fn new(posting: Posting, credentials: &Credentials, at: SystemTime) -> Result<Self, Error> {
        let credentials = if posting.is_signed_rightly {
            credentials.clone()
        } else {
            Credentials::from_sign_key(credentials.mid().to_owned(), MADE_UP)
        };
        let left = written(&posting, &credentials, at)?;
        Ok(Self { posting, credentials, length: left.form.len(), left: Mutex::new(left) })
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn written(posting: &Posting, credentials: &Credentials, at: SystemTime) -> Result<Left, Error> {
    let timestamp = timestamp_of(posting.timestamp_format, at)?;
    let signature = sign(credentials, &timestamp, posting.signature_format);
    let mut form = Serializer::new(String::with_capacity(384));
    form.extend_pairs(&posting.fields);
    form.append_pair("timestamp", &timestamp).append_pair("signature", &signature);
    Ok(Left { at, moment: None, timestamp, signature, form: form.finish() })
}

impl Form for Letter {
    fn length(&self) -> usize {
        self.length
    }

    fn take(&self, at: SystemTime) -> String {
        let mut left = self.left();
        if let Ok(afresh) = written(&self.posting, &self.credentials, at)
            && afresh.form.len() == self.length
        {
            *left = afresh;
        }
        left.moment = Some(Instant::now());
        mem::take(&mut left.form)
    }
}

/// Posts it once by `deadline`; nothing is ever sent again.
pub(crate) async fn run(
    posting: Posting,
    config: &Config,
    transport: &Transport,
    flight: &Flight,
    deadline: Deadline,
) -> Result<Posted, Error> {
    let path = if posting.is_partial { PartialCancel::PATH } else { Cancel::PATH };
    let together = posting.together.clone();
    let place = transport.place(deadline).await.map_err(|failure| verdict(flight.withdraw(), failure))?;
    let letter = Arc::new(Letter::new(posting, &config.credentials, SystemTime::now())?);
    let Some(ticket) = flight.board(deadline) else {
        let gave_up = Failure { kind: ErrorKind::Aborted, detail: "the caller gave up".to_owned(), refused: true };
        return Err(verdict(flight.withdraw(), gave_up));
    };
    if let Some(Together(others)) = together {
        // Where one of them does not come, time runs out for the others before they leave.
        let _ = timeout_at(deadline.timer(), others.wait()).await;
    }
    let began = Instant::now();
    let came = transport.post(path, Arc::clone(&letter), ticket, flight, deadline).await;
    let ended = Instant::now();
    drop(place);
    let left = letter.left().clone();
    let answer = match came {
        // A made-up key is not a secret.
        Ok(came) => Ok(Seen::new(came, &config.credentials, &left.signature)),
        Err(_) if !flight.has_left() && deadline.is_over() => Err(verdict(flight.withdraw(), Failure::time_ran_out())),
        Err(failure) => Err(verdict(flight.withdraw(), failure)),
    };
    let has_left = answer.as_ref().map_or_else(|error| error.outcome() != Outcome::NotSent, |_| true);
    Ok(Posted {
        at: left.at,
        timestamp: left.timestamp,
        answer,
        took: ended - began,
        on_its_way: left.moment.filter(|_| has_left).map(|moment| (moment, ended)),
    })
}
