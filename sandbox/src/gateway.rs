//! The two endpoints: form → checks → ledger → fault → bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use paywelcome_loopback::form;
use paywelcome_loopback::http::{Head, Refusal, Reply};

use crate::answer::Answer;
use crate::clock::Kst;
use crate::decline::Decline;
use crate::delivery::Delivery;
use crate::door::Door;
use crate::events::{Bell, Change};
use crate::explain::{Evidence, explain, explain_mid};
use crate::fault::{Fired, Seen, When, shape};
use crate::fields::{Endpoint, amount, value};
use crate::journal::Request;
use crate::ledger::{Ask, Execution, Share};
use crate::merchants::Merchant;
use crate::options::Options;
use crate::reply::{refused, reply};
use crate::route::route;
use crate::rules::Rules;
use crate::signature::expected;
use crate::state::State;
use crate::tls::Tls;
use crate::transcript::Transcript;

const SUCCESS_MESSAGE: &str = "정상 처리 (cancelled)";

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
        let checked = form.map_err(|_| Decline::Form).and_then(|form| {
            self.check(endpoint, &form, &rules, &now)?;
            Ok(form)
        });

        let mut state = self.state();
        let planned = checked.and_then(|form| {
            let ask = read(endpoint, &form)?;
            let execution = state.ledger.plan(&ask, &rules, &now)?;
            Ok((form, execution))
        });
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
        let answer = match &planned {
            Ok((form, execution)) => receipt(form, execution, &now),
            Err(decline) => {
                let code = match decline {
                    Decline::AlreadyCancelled => &rules.already_cancelled_code,
                    _ => decline.code(),
                };
                // A message may name a field as it came.
                Answer::new([("ResultCode", code.to_owned()), ("ResultMsg", state.secrets.redact(&decline.message()))])
            }
        };
        let delivery = match &met {
            Some((kind, ..)) => shape(kind, &answer, head.close),
            None => Delivery::plain(200, answer.reply().encode(false, head.close), head.close),
        };
        let when = met.as_ref().map_or(When::After, |(_, when, _)| *when);
        let executed = match &planned {
            Ok((_, execution)) if when == When::After => {
                state.ledger.commit(execution, &now);
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
            (Ok((form, _)), When::Late(after)) => Some(Late { after, endpoint, form, number, resets: state.resets }),
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
        if fault.is_some() {
            state.events.push(Change::Settings("faults"));
        }
        let request = Request { fault, ..Self::request(state, exchange, &delivery) };
        let number = state.journal.push(request, Endpoint::at(head.path()).is_some());
        state.events.push(Change::Request(number));
        Answered { delivery, number, watched: false, late: None }
    }

    /// Writes down how an exchange ended.
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
        let Ok(ask) = read(late.endpoint, &late.form) else { return };
        let Ok(execution) = state.ledger.plan(&ask, &rules, &now) else { return };
        state.ledger.commit(&execution, &now);
        if let Some(request) = state.journal.get_mut(late.number) {
            request.executed = true;
            request.executed_late = Some(now.as_str().to_owned());
        }
        state.events.push(Change::Payment(ask.tid.to_owned()));
        state.events.push(Change::Request(late.number));
    }

    fn check(&self, endpoint: Endpoint, form: &[(String, String)], rules: &Rules, now: &Kst) -> Result<(), Decline> {
        endpoint.check(form, rules.timestamp)?;
        let posted = |name| value(form, name).unwrap_or_default();
        let (mid, timestamp, signature) = (posted("mid"), posted("timestamp"), posted("signature"));
        let merchant = self.merchant(mid)?;
        if signature != expected(rules.signature_format, mid, &merchant.mkey, timestamp) {
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
        let Exchange { head, head_bytes, body, peer } = exchange;
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
        reply.headers.push(("Proxy-Authenticate", "Basic realm=\"sandbox\"".to_owned()));
    }
    reply
}

/// What a checked form asks of the ledger.
fn read(endpoint: Endpoint, form: &[(String, String)]) -> Result<Ask<'_>, Decline> {
    let text = |name| value(form, name).ok_or(Decline::Missing(name));
    let number = |name| amount(text(name)?).ok_or(Decline::NotDigits(name));
    let tax = |name| value(form, name).map_or(Some(0), amount).ok_or(Decline::NotDigits(name));
    let share = match endpoint {
        Endpoint::Cancel => {
            Share::Whole { price: number("price")?, mobile_network: value(form, "cancelType").is_some() }
        }
        Endpoint::Repay => Share::Part {
            amount: number("cancelPrice")?,
            confirm: number("confirmPrice")?,
            taxes: tax("tax")? + tax("taxfree")?,
        },
    };
    Ok(Ask { mid: text("mid")?, tid: text("tid")?, pay_type: text("payType")?, currency: text("currency")?, share })
}

/// What a success says.
fn receipt(form: &[(String, String)], execution: &Execution, now: &Kst) -> Answer {
    let posted = |name| value(form, name).unwrap_or_default().to_owned();
    let mut fields = vec![
        ("ResultCode", "00".to_owned()),
        ("ResultMsg", SUCCESS_MESSAGE.to_owned()),
        ("Mid", posted("mid")),
        ("Tid", posted("tid")),
    ];
    let price = ("Price", execution.amount.to_string());
    if let Some(cancel_tid) = &execution.cancel_tid {
        fields.extend([("C_Tid", cancel_tid.clone()), price, ("RmainPrice", execution.remaining.to_string())]);
    } else {
        fields.extend([("Moid", execution.moid.clone()), price]);
    }
    fields.extend([("CancelDate", now.date().to_owned()), ("CancelTime", now.time().to_owned())]);
    Answer::new(fields)
}

/// Keeps the journal small whatever arrives; every real method and path is far shorter.
fn clip(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests;
