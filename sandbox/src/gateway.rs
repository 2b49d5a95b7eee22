//! The two endpoints: form → checks → ledger → JSON reply.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Serialize, Serializer};

use crate::clock::Kst;
use crate::decline::Decline;
use crate::fields::{Endpoint, amount, value};
use crate::form;
use crate::http::{Head, Refusal, Reply};
use crate::journal::{Journal, Request, Secrets};
use crate::ledger::{Ask, Execution, Ledger, Share};
use crate::options::Options;
use crate::signature::{SignatureFormat, expected, merchant_key};

const SUCCESS_MESSAGE: &str = "정상 처리 (cancelled)";

/// The most characters of a method or path in the journal.
const SHOWN_MAX: usize = 256;

const NOT_FOUND: Refusal = Refusal { status: 404, text: "the endpoints are /cancel/cancel and /cancel/repay" };
const NOT_POST: Refusal = Refusal { status: 405, text: "the endpoints take POST only" };
const NOT_A_FORM: Refusal =
    Refusal { status: 415, text: "the content type must be application/x-www-form-urlencoded; charset=utf-8" };
const QUERY: Refusal = Refusal { status: 400, text: "the fields belong into the body: the endpoints take no query" };

/// One merchant's gateway: what it knows, and what has happened.
pub(crate) struct Gateway {
    mid: String,
    merchant_key: String,
    signature_format: SignatureFormat,
    secrets: Secrets,
    state: Mutex<State>,
}

/// Everything that changes, behind one lock: money and journal can't tell different stories.
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) journal: Journal,
}

impl Gateway {
    /// A gateway with an empty ledger.
    pub(crate) fn new(options: &Options) -> Self {
        let merchant_key = merchant_key(&options.sign_key);
        Self {
            mid: options.mid.clone(),
            secrets: Secrets::new(options.sign_key.clone(), merchant_key.clone()),
            merchant_key,
            signature_format: options.signature_format,
            state: Mutex::new(State { ledger: Ledger::new(options.mid.clone()), journal: Journal::default() }),
        }
    }

    /// The ledger and the journal, locked. No code panics between two changes that belong together, so that a poisoned
    /// lock is as good as any.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request that was read whole.
    pub(crate) fn answer(&self, head: &Head, body: &[u8], peer: &str, now: &Kst) -> Reply {
        let endpoint = match route(head) {
            Ok(endpoint) => endpoint,
            Err(refusal) => return self.refuse(head, refusal, peer),
        };
        let form = form::decode(body);
        let shown = form.as_ref().map(|form| self.secrets.hide_fields(form)).unwrap_or_default();
        let checked = form.map_err(|_| Decline::Form).and_then(|form| {
            self.check(endpoint, &form)?;
            Ok(form)
        });

        let mut state = self.state();
        let executed = checked.and_then(|form| {
            let ask = read(endpoint, &form)?;
            let execution = state.ledger.execute(&ask, now)?;
            Ok(self.receipt(ask.tid, execution, now))
        });
        let moved = executed.is_ok();
        let answer = executed.unwrap_or_else(|decline| self.decline(&decline));
        let reply = answer.reply();
        state.journal.push(
            Request {
                fields: shown,
                result_code: answer.get("ResultCode"),
                result_msg: answer.get("ResultMsg"),
                executed: moved,
                ..self.request(head, reply.status, peer)
            },
            true,
        );
        reply
    }

    /// Answers a request that is refused with an HTTP status.
    pub(crate) fn refuse(&self, head: &Head, refusal: Refusal, peer: &str) -> Reply {
        let request = self.request(head, refusal.status, peer);
        let at_endpoint = Endpoint::at(path(head)).is_some();
        self.state().journal.push(request, at_endpoint);
        Reply::from(refusal)
    }

    fn check(&self, endpoint: Endpoint, form: &[(String, String)]) -> Result<(), Decline> {
        endpoint.check(form)?;
        let posted = |name| value(form, name).unwrap_or_default();
        if posted("mid") != self.mid {
            return Err(Decline::Mid);
        }
        let signature = expected(self.signature_format, &self.mid, &self.merchant_key, posted("timestamp"));
        if posted("signature") != signature {
            return Err(Decline::Signature);
        }
        Ok(())
    }

    fn receipt(&self, tid: &str, execution: Execution, now: &Kst) -> Answer {
        let mut fields = vec![
            ("ResultCode", "00".to_owned()),
            ("ResultMsg", SUCCESS_MESSAGE.to_owned()),
            ("Mid", self.mid.clone()),
            ("Tid", tid.to_owned()),
        ];
        let price = ("Price", execution.amount.to_string());
        if let Some(cancel_tid) = execution.cancel_tid {
            let remaining = execution.remaining.to_string();
            fields.extend([("C_Tid", cancel_tid), price, ("RmainPrice", remaining)]);
        } else {
            fields.extend([("Moid", execution.moid), price]);
        }
        fields.extend([("CancelDate", now.date().to_owned()), ("CancelTime", now.time().to_owned())]);
        Answer(fields)
    }

    fn decline(&self, decline: &Decline) -> Answer {
        Answer(vec![
            ("ResultCode", decline.code().to_owned()),
            // A message may name a field as it came.
            ("ResultMsg", self.secrets.hide(&decline.message())),
        ])
    }

    fn request(&self, head: &Head, status: u16, peer: &str) -> Request {
        Request {
            method: clip(&self.secrets.hide(&head.method)),
            path: clip(&self.secrets.hide(path(head))),
            fields: Vec::new(),
            status,
            result_code: None,
            result_msg: None,
            executed: false,
            peer: peer.to_owned(),
        }
    }
}

/// The endpoint a request is for, or why it is refused whatever its body.
pub(crate) fn route(head: &Head) -> Result<Endpoint, Refusal> {
    let endpoint = Endpoint::at(path(head)).ok_or(NOT_FOUND)?;
    if head.method != "POST" {
        return Err(NOT_POST);
    }
    if head.target.contains('?') {
        return Err(QUERY);
    }
    if !head.content_type.as_deref().is_some_and(is_form) {
        return Err(NOT_A_FORM);
    }
    Ok(endpoint)
}

/// What a checked form asks of the ledger.
fn read(endpoint: Endpoint, form: &[(String, String)]) -> Result<Ask<'_>, Decline> {
    let text = |name| value(form, name).ok_or(Decline::Missing(name));
    let number = |name| amount(text(name)?).ok_or(Decline::NotDigits(name));
    let share = match endpoint {
        Endpoint::Cancel => {
            Share::Whole { price: number("price")?, mobile_network: value(form, "cancelType").is_some() }
        }
        Endpoint::Repay => Share::Part { amount: number("cancelPrice")?, confirm: number("confirmPrice")? },
    };
    Ok(Ask { tid: text("tid")?, pay_type: text("payType")?, currency: text("currency")?, share })
}

/// Keeps the journal small whatever arrives; every real method and path is far shorter.
fn clip(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

fn path(head: &Head) -> &str {
    head.target.split('?').next().unwrap_or_default()
}

/// Whether a content type is a form, in UTF-8 where it names a charset.
fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    form && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

/// The JSON object of a reply, in the gateway's order; every value is a string.
struct Answer(Vec<(&'static str, String)>);

impl Answer {
    fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.clone())
    }

    fn reply(&self) -> Reply {
        Reply {
            status: 200,
            content_type: "application/json; charset=utf-8",
            body: serde_json::to_string(self).unwrap_or_default(),
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests;
