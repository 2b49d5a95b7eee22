//! The two endpoints: form → checks → ledger → answer → fault → bytes.

mod asked;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use paywelcome_loopback::form;
use paywelcome_loopback::http::{Head, Refusal, Reply};

use crate::clock::Kst;
use crate::decline::Decline;
use crate::delivery::Delivery;
use crate::door::Door;
use crate::events::{Bell, Change};
use crate::explain::{Evidence, explain, explain_mid};
use crate::fault::{Fired, Seen, When, shape};
use crate::fields::{Endpoint, value};
use crate::journal::Request;
use crate::merchants::Merchant;
use crate::options::Options;
use crate::reply::{refused, reply};
use crate::route::route;
use crate::rules::{Check, CheckedFirst, Rules};
use crate::state::State;
use crate::tls::Tls;
use crate::transcript::Transcript;
use asked::Asked;

/// How long a request has seen what remains before it is answered, where those that come at the same time see the same.
pub(crate) const GLANCE: Duration = Duration::from_millis(250);

/// The most characters of a method or path in the journal.
const SHOWN_MAX: usize = 256;

/// A gateway: what it knows, and what has happened.
pub(crate) struct Gateway {
    pub(crate) options: Options,
    pub(crate) bell: Arc<Bell>,
    pub(crate) door: Door,
    pub(crate) tls: Option<Tls>,
    /// How many bytes clients have sent, as they were decrypted, whatever became of them.
    pub(crate) received: Arc<AtomicU64>,
    address: OnceLock<SocketAddr>,
    stopped: AtomicBool,
    state: Mutex<State>,
}

/// A request that was read whole.
pub(crate) struct Exchange<'bytes> {
    pub(crate) head: &'bytes Head,
    pub(crate) head_bytes: &'bytes [u8],
    pub(crate) body: &'bytes [u8],
    pub(crate) peer: &'bytes str,
    /// What remained when it came, where the rules have that count; see [`Gateway::glances`].
    pub(crate) seen: Option<u64>,
}

/// What goes back, and what is still to be done.
pub(crate) struct Answered {
    pub(crate) delivery: Delivery,
    /// The request's number in the journal.
    pub(crate) number: u64,
    /// Whether the journal wants to know how the exchange ended.
    pub(crate) watched: bool,
    pub(crate) late: Option<Late>,
}

/// A request that is applied once its exchange is over.
pub(crate) struct Late {
    pub(crate) after: Duration,
    endpoint: Endpoint,
    form: Vec<(String, String)>,
    seen: Option<u64>,
    number: u64,
    resets: u64,
}

impl Gateway {
    /// A gateway with an empty ledger.
    pub(crate) fn new(options: Options, tls: Option<Tls>) -> Self {
        let bell = Bell::new();
        let state = Mutex::new(State::new(&options, Arc::clone(&bell)));
        Self {
            options,
            bell,
            door: Door::new(),
            tls,
            received: Arc::default(),
            address: OnceLock::new(),
            stopped: AtomicBool::new(false),
            state,
        }
    }

    /// Tells where it listens, once.
    pub(crate) fn listens_at(&self, address: SocketAddr) {
        // Nobody else sets it.
        let _ = self.address.set(address);
    }

    /// Where it listens: the client's base URL.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let Some(address) = self.address.get() else { return String::new() };
        let loopback = match address.ip() {
            // Every address: a client still needs one.
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let port = address.port();
        match self.options.names.first() {
            Some(name) if name.contains(':') => format!("{scheme}://[{name}]:{port}"),
            Some(name) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{}", SocketAddr::new(loopback, port)),
        }
    }

    /// Lets go of everybody who waits.
    pub(crate) fn stop(&self) {
        let _waiting = self.state();
        self.stopped.store(true, Ordering::Relaxed);
        self.bell.threads.notify_all();
        self.door.retire();
    }

    /// Whether the server has ended.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Everything that changes, locked. No code panics between two changes that belong together, so that a poisoned
    /// lock is as good as any.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What remains of the payment that a partial cancel is about, where the rules have requests that come at the same
    /// time see the same. It is answered [`GLANCE`] later.
    pub(crate) fn glances(&self, head: &Head, body: &[u8]) -> Option<u64> {
        let state = self.state();
        if state.rules.confirm_price_at_once == Check::Enforced || route(head) != Ok(Endpoint::Repay) {
            return None;
        }
        let form = form::decode(body).ok()?;
        state.ledger.payment(value(&form, "tid")?).map(|payment| payment.remaining)
    }

    /// Answers a request that was read whole.
    pub(crate) fn answer(&self, exchange: &Exchange<'_>) -> Answered {
        let head = exchange.head;
        let endpoint = match route(head) {
            Ok(endpoint) => endpoint,
            Err(refusal) => return self.refuse(exchange, refusal, head.close),
        };
        let form = form::decode(exchange.body);
        let fields = form.as_deref().unwrap_or_default().to_vec();
        let (rules, now) = {
            let state = self.state();
            (state.rules.clone(), state.now())
        };
        let checked = form.map_err(|_| Decline::Form).and_then(|form| self.check(endpoint, &form, &rules, &now));

        let mut state = self.state();
        let asked = Asked { endpoint, form: &fields, seen: exchange.seen };
        let (planned, answer) = asked.decide(checked, self.options.rehearsal.as_deref(), &mut state, &rules, &now);
        let seen = Seen {
            endpoint: endpoint.name(),
            tid: value(&fields, "tid").unwrap_or_default(),
            fields: &fields,
            would_succeed: planned.is_ok(),
        };
        let met = state.faults.meet(&seen);
        let explanation = match &planned {
            Err(Decline::Signature(explanation)) => explanation.clone(),
            _ => None,
        };
        let delivery = if let Some((kind, ..)) = &met {
            shape(kind, &answer, head.close)
        } else {
            let reply = answer.reply();
            Delivery::plain(reply.status, reply.encode(false, head.close), head.close)
        };
        let delivery = delivery.closing(rules.connections);
        let when = met.as_ref().map_or(When::After, |(_, when, _)| *when);
        let executed = match &planned {
            Ok(execution) if when == When::After && state.ledger.commit(execution, &now) => {
                let tid = value(&fields, "tid").unwrap_or_default().to_owned();
                state.events.push(Change::Payment(tid));
                true
            }
            _ => false,
        };
        let fault = met.map(|(_, _, fired)| fired);
        if fault.is_some() {
            state.events.push(Change::Settings("faults"));
        }
        let watched = fault.is_some();
        let shown = state.secrets.hide_fields(&fields);
        let request = Request {
            fields: shown,
            result_code: answer.get("ResultCode"),
            result_msg: answer.get("ResultMsg"),
            executed,
            explanation,
            fault,
            ..Self::request(&state, exchange, &delivery)
        };
        let number = state.journal.push(request, true);
        state.events.push(Change::Request(number));
        let late = match (planned, when) {
            (Ok(_), When::Late(after)) => {
                Some(Late { after, endpoint, form: fields, seen: exchange.seen, number, resets: state.resets })
            }
            _ => None,
        };
        Answered { delivery, number, watched, late }
    }

    /// Answers a request that is refused with an HTTP status.
    pub(crate) fn refuse(&self, exchange: &Exchange<'_>, refusal: Refusal, close: bool) -> Answered {
        let head = exchange.head;
        let mut state = self.state();
        let mut reply = refused(refusal);
        let mut fault = None;
        if head.method == "CONNECT"
            && let Some((status, fired)) = state.faults.meet_tunnel()
        {
            reply = tunnel_refusal(status);
            fault = Some(fired);
        }
        Self::note(&mut state, exchange, &reply, fault, close)
    }

    fn note(state: &mut State, exchange: &Exchange<'_>, reply: &Reply, fault: Option<Fired>, close: bool) -> Answered {
        let head = exchange.head;
        let delivery = Delivery::plain(reply.status, reply.encode(head.method == "HEAD", close), close);
        let delivery = delivery.closing(state.rules.connections);
        if fault.is_some() {
            state.events.push(Change::Settings("faults"));
        }
        let request = Request { fault, ..Self::request(state, exchange, &delivery) };
        let number = state.journal.push(request, Endpoint::at(head.path()).is_some());
        state.events.push(Change::Request(number));
        Answered { delivery, number, watched: false, late: None }
    }

    /// Records how an exchange ended.
    pub(crate) fn ended(&self, number: u64, how: &'static str) {
        let mut state = self.state();
        if let Some(request) = state.journal.get_mut(number) {
            request.ended = Some(how);
            state.events.push(Change::Request(number));
        }
    }

    /// Does what a request asked for, after its exchange is over, if the ledger still allows it.
    pub(crate) fn apply_late(&self, late: &Late) {
        let mut state = self.state();
        if state.resets != late.resets {
            return;
        }
        let (rules, now) = (state.rules.clone(), state.now());
        let asked = Asked { endpoint: late.endpoint, form: &late.form, seen: late.seen };
        let (planned, _) = asked.decide(Ok(()), self.options.rehearsal.as_deref(), &mut state, &rules, &now);
        let Ok(execution) = planned else { return };
        if !state.ledger.commit(&execution, &now) {
            return;
        }
        if let Some(request) = state.journal.get_mut(late.number) {
            request.executed = true;
            request.executed_late = Some(now.as_str().to_owned());
        }
        state.events.push(Change::Payment(value(&late.form, "tid").unwrap_or_default().to_owned()));
        state.events.push(Change::Request(late.number));
    }

    fn check(&self, endpoint: Endpoint, form: &[(String, String)], rules: &Rules, now: &Kst) -> Result<(), Decline> {
        endpoint.check(form, rules.timestamp)?;
        let posted = |name| value(form, name).unwrap_or_default();
        let (mid, timestamp, signature) = (posted("mid"), posted("timestamp"), posted("signature"));
        let merchant = self.merchant(mid)?;
        if rules.checked_first == CheckedFirst::Tid && !self.state().ledger.knows(mid, posted("tid")) {
            return Err(Decline::Tid);
        }
        if !rules.signature_format.takes(signature, mid, &merchant.mkey, timestamp) {
            // The search takes a millisecond or more, in which nobody has to wait for the lock.
            let others: Vec<(String, String)> = {
                let state = self.state();
                let others = state.merchants.all().iter().filter(|other| other.mid != mid);
                others.map(|other| (other.mid.clone(), other.sign_key.clone())).collect()
            };
            let others: Vec<(&str, &str)> = others.iter().map(|(mid, key)| (mid.as_str(), key.as_str())).collect();
            return Err(Decline::Signature(explain(&Evidence {
                format: rules.signature_format,
                mid,
                sign_key: &merchant.sign_key,
                others: &others,
                timestamp,
                signature,
            })));
        }
        rules.stale(timestamp, now).map_or(Ok(()), |ahead| Err(Decline::Stale { ahead }))
    }

    fn merchant(&self, mid: &str) -> Result<Merchant, Decline> {
        let state = self.state();
        state.merchants.get(mid).cloned().ok_or_else(|| {
            let known: Vec<&str> = state.merchants.all().iter().map(|merchant| merchant.mid.as_str()).collect();
            Decline::Mid(explain_mid(mid, &known))
        })
    }

    fn request(state: &State, exchange: &Exchange<'_>, delivery: &Delivery) -> Request {
        let Exchange { head, head_bytes, body, peer, .. } = exchange;
        let secrets = &state.secrets;
        let mut received = Transcript::default();
        received.push(&secrets.hide_head(head_bytes));
        received.push(&secrets.hide_body(body));
        Request {
            number: 0,
            at: state.now().as_str().to_owned(),
            method: clip(&secrets.redact(&head.method)),
            path: clip(&secrets.redact(head.path())),
            fields: Vec::new(),
            status: delivery.status,
            result_code: None,
            result_msg: None,
            executed: false,
            executed_late: None,
            explanation: None,
            fault: None,
            ended: None,
            peer: (*peer).to_owned(),
            received,
            sent: delivery.transcript(),
        }
    }
}

/// What a proxy says that lets nobody through.
fn tunnel_refusal(status: u16) -> Reply {
    let mut reply = reply(status, "text/plain; charset=utf-8", "the proxy refuses\n");
    if status == 407 {
        reply.header("Proxy-Authenticate", "Basic realm=\"sandbox\"".to_owned());
    }
    reply
}

/// Keeps the journal small whatever arrives; every real method and path is far shorter.
fn clip(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests;
