//! What may be asked of the gateway: arguments in, ordered form fields out.

use std::time::Duration;

use form_urlencoded::Serializer;

use crate::amount::{Amount, Currency};
use crate::argument::Argument;
use crate::check::{self, Findings};
use crate::error::{Error, Field};
use crate::receipt::{CancelReceipt, PartialCancelReceipt};

const PAY_TYPE: Field = Field::new("pay_type", "payType");
const TID: Field = Field::new("tid", "tid");
const PRICE: Field = Field::new("price", "price");
const CANCEL_PRICE: Field = Field::new("cancel_price", "cancelPrice");
const CONFIRM_PRICE: Field = Field::new("confirm_price", "confirmPrice");
const CURRENCY: Field = Field::new("currency", "currency");
const CANCEL_TYPE: Field = Field::new("cancel_type", "cancelType");
const TAX: Field = Field::new("tax", "tax");
const TAXFREE: Field = Field::new("taxfree", "taxfree");
pub(crate) const TIMEOUT: Field = Field::new("timeout", "timeoutMs");
const WAIT: Field = Field::new("wait", "waitMs");
const REFERENCE: Field = Field::new("reference", "reference");

/// The longest transaction id, in characters (guide, payapi01).
const TID_LONGEST: usize = 40;

/// A full cancel (전체 취소) as the caller asks for it; checked as a whole before anything is signed.
///
/// # Examples
///
/// ```
/// use paywelcome::CancelRequest;
///
/// let request = CancelRequest::new("card", "WPSBX_CARDwelcometst20260101120000000001", 12_000);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelRequest {
    /// `payType` 결제수단: `card`, `hpp` (mobile), `vbank` (virtual account) or `bank` (transfer); at most 10 characters.
    pub pay_type: Argument,
    /// `tid` 거래ID: the approval's transaction id, never an authentication's; at most 40 characters.
    pub tid: Argument,
    /// `price` 취소 금액: the exact approved total, above zero, in won or cents.
    pub price: Argument,
    /// `currency` 통화: `WON` (the default) or `USD`.
    pub currency: Argument,
    /// `cancelType` 망취소옵션: `C` for a mobile network cancel (모바일 망취소), otherwise absent.
    pub cancel_type: Argument,
    /// The time limit of this call in seconds, in place of the client's.
    pub timeout: Argument,
    /// How long to wait for this call, in seconds. If it takes longer, the wait ends with
    /// [`Pending`](crate::ErrorKind::Pending), and the call continues within its time limit.
    pub wait: Argument,
    /// The caller's own identifier, at most 200 characters, never sent: the call's error includes it.
    pub reference: Argument,
}

impl CancelRequest {
    /// Asks for a full cancel of `price` won on the payment `tid`.
    pub fn new(pay_type: impl Into<Argument>, tid: impl Into<Argument>, price: impl Into<Argument>) -> Self {
        Self { pay_type: pay_type.into(), tid: tid.into(), price: price.into(), ..Self::default() }
    }
}

/// A partial cancel (부분 취소) as the caller asks for it; checked as a whole before anything is signed.
///
/// # Examples
///
/// ```
/// use paywelcome::PartialCancelRequest;
///
/// // 3,000 of 12,000 won go back, 9,000 remain.
/// let request = PartialCancelRequest::new("card", "WPSBX_CARDwelcometst20260101120000000001", 3_000, 9_000);
/// ```
#[derive(Clone, Debug, Default)]
pub struct PartialCancelRequest {
    /// `payType` 결제수단: `card`, `hpp` (mobile), `vbank` (virtual account) or `bank` (transfer); at most 10 characters.
    pub pay_type: Argument,
    /// `tid` 거래ID: the approval's transaction id, also after earlier partial cancels; at most 40 characters.
    pub tid: Argument,
    /// `cancelPrice` 부분 취소 금액: what to give back now, above zero, in won or cents.
    pub cancel_price: Argument,
    /// `confirmPrice` 취소 후 남은 금액: what remains **after** this cancel; zero when it takes the rest.
    pub confirm_price: Argument,
    /// `currency` 통화: `WON` (the default) or `USD`.
    pub currency: Argument,
    /// `tax` 부가세: only for merchants configured as '부가세 업체정함'; for them, omitting it makes the amount tax-free.
    pub tax: Argument,
    /// `taxfree` 비과세: only for the same merchants.
    pub taxfree: Argument,
    /// The time limit of this call in seconds, in place of the client's.
    pub timeout: Argument,
    /// How long to wait for this call, in seconds. If it takes longer, the wait ends with
    /// [`Pending`](crate::ErrorKind::Pending), and the call continues within its time limit.
    pub wait: Argument,
    /// The caller's own identifier, at most 200 characters, never sent: the call's error includes it.
    pub reference: Argument,
}

impl PartialCancelRequest {
    /// Asks to give back `cancel_price` won of the payment `tid`, of which `confirm_price` then remain.
    pub fn new(
        pay_type: impl Into<Argument>,
        tid: impl Into<Argument>,
        cancel_price: impl Into<Argument>,
        confirm_price: impl Into<Argument>,
    ) -> Self {
        Self {
            pay_type: pay_type.into(),
            tid: tid.into(),
            cancel_price: cancel_price.into(),
            confirm_price: confirm_price.into(),
            ..Self::default()
        }
    }
}

/// An operation of the gateway, checked and ready to be signed.
pub(crate) trait Operation: Send + Sync + 'static {
    /// What the gateway's `00` turns into.
    type Receipt: Send + 'static;
    /// The operation's name in every language.
    const NAME: &'static str;
    /// Its path below the host.
    const PATH: &'static str;
    /// The payment's transaction id.
    fn tid(&self) -> &str;
    /// The caller's own reference, which no form holds.
    fn reference(&self) -> Option<&str>;
    /// Writes the fields in the documented order, form-encoded in UTF-8.
    fn form(&self, mid: &str, timestamp: &str, signature: &str) -> String;
}

/// How long a call may take, and how long its caller waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) limit: Duration,
    pub(crate) wait: Option<Duration>,
}

/// A checked full cancel.
#[derive(Debug)]
pub(crate) struct Cancel {
    pay_type: String,
    tid: String,
    pub(crate) price: Amount,
    currency: Currency,
    mobile_network: bool,
    reference: Option<String>,
}

impl CancelRequest {
    /// Checks every field; `limit` is the client's time limit, for a call that has none of its own.
    pub(crate) fn check(&self, limit: Duration) -> Result<(Cancel, Times), Error> {
        let mut findings = Findings::default();
        let pay_type = findings.take(PAY_TYPE, check::pay_type(&self.pay_type));
        let tid = findings.take(TID, check::identifier(&self.tid, TID_LONGEST));
        let price = findings.take(PRICE, check::amount_above_zero(&self.price));
        let currency = findings.take(CURRENCY, check::currency(&self.currency));
        let mobile_network = findings.take(CANCEL_TYPE, self.mobile_network());
        let limit = findings.take(TIMEOUT, check::time_limit(&self.timeout, limit));
        let wait = findings.take(WAIT, check::wait(&self.wait));
        let reference = findings.take(REFERENCE, check::reference(&self.reference));
        let complete = || {
            let (pay_type, tid, price, currency) = (pay_type?, tid?, price?, currency?);
            let (mobile_network, reference) = (mobile_network?, reference?);
            Some((
                Cancel { pay_type, tid, price, currency, mobile_network, reference },
                Times { limit: limit?, wait: wait? },
            ))
        };
        complete().ok_or_else(|| refused(Cancel::NAME, findings, &self.tid, &self.reference))
    }

    fn mobile_network(&self) -> Result<bool, String> {
        if self.cancel_type.is_absent() {
            return Ok(false);
        }
        if self.cancel_type.text("\"C\" or leave it out")? != "C" {
            return Err("must be \"C\" (mobile network cancel) or left out".to_owned());
        }
        if matches!(&self.pay_type, Argument::Text(word) if matches!(word.as_str(), "card" | "vbank" | "bank")) {
            return Err("is for mobile payments (\"hpp\") only; leave it out".to_owned());
        }
        Ok(true)
    }
}

impl Operation for Cancel {
    type Receipt = CancelReceipt;
    const NAME: &'static str = "cancel";
    const PATH: &'static str = "/cancel/cancel";

    fn tid(&self) -> &str {
        &self.tid
    }

    fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    fn form(&self, mid: &str, timestamp: &str, signature: &str) -> String {
        let mut form = Serializer::new(String::with_capacity(320));
        form.append_pair("payType", &self.pay_type)
            .append_pair("mid", mid)
            .append_pair("tid", &self.tid)
            .append_pair("price", &self.price.to_string())
            .append_pair("currency", self.currency.as_str())
            .append_pair("timestamp", timestamp)
            .append_pair("signature", signature);
        if self.mobile_network {
            form.append_pair("cancelType", "C");
        }
        form.finish()
    }
}

/// The error of a request that is wrong, with what is right of it.
fn refused(operation: &'static str, findings: Findings, tid: &Argument, reference: &Argument) -> Error {
    let tid = check::identifier(tid, TID_LONGEST).ok();
    let reference = check::reference(reference).ok().flatten();
    Error::invalid_request(operation, findings.into_errors()).with_tid(tid).with_reference(reference)
}

/// A checked partial cancel.
#[derive(Debug)]
pub(crate) struct PartialCancel {
    pay_type: String,
    tid: String,
    pub(crate) cancel_price: Amount,
    pub(crate) confirm_price: Amount,
    currency: Currency,
    tax: Option<Amount>,
    taxfree: Option<Amount>,
    reference: Option<String>,
}

impl PartialCancelRequest {
    /// Checks every field; `limit` is the client's time limit, for a call that has none of its own.
    pub(crate) fn check(&self, limit: Duration) -> Result<(PartialCancel, Times), Error> {
        let mut findings = Findings::default();
        let pay_type = findings.take(PAY_TYPE, check::pay_type(&self.pay_type));
        let tid = findings.take(TID, check::identifier(&self.tid, TID_LONGEST));
        let cancel_price = findings.take(CANCEL_PRICE, check::amount_above_zero(&self.cancel_price));
        let confirm_price = findings.take(CONFIRM_PRICE, check::amount(&self.confirm_price));
        let currency = findings.take(CURRENCY, check::currency(&self.currency));
        let tax = findings.take(TAX, check::tax(&self.tax));
        let taxfree = findings.take(TAXFREE, check::tax(&self.taxfree));
        let limit = findings.take(TIMEOUT, check::time_limit(&self.timeout, limit));
        let wait = findings.take(WAIT, check::wait(&self.wait));
        let reference = findings.take(REFERENCE, check::reference(&self.reference));
        let complete = || {
            let (pay_type, tid, cancel_price, confirm_price) = (pay_type?, tid?, cancel_price?, confirm_price?);
            let (currency, tax, taxfree, reference) = (currency?, tax?, taxfree?, reference?);
            let checked =
                PartialCancel { pay_type, tid, cancel_price, confirm_price, currency, tax, taxfree, reference };
            Some((checked, Times { limit: limit?, wait: wait? }))
        };
        complete().ok_or_else(|| refused(PartialCancel::NAME, findings, &self.tid, &self.reference))
    }
}

impl Operation for PartialCancel {
    type Receipt = PartialCancelReceipt;
    const NAME: &'static str = "partial_cancel";
    const PATH: &'static str = "/cancel/repay";

    fn tid(&self) -> &str {
        &self.tid
    }

    fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    fn form(&self, mid: &str, timestamp: &str, signature: &str) -> String {
        let mut form = Serializer::new(String::with_capacity(384));
        form.append_pair("payType", &self.pay_type)
            .append_pair("mid", mid)
            .append_pair("tid", &self.tid)
            .append_pair("cancelPrice", &self.cancel_price.to_string())
            .append_pair("confirmPrice", &self.confirm_price.to_string())
            .append_pair("currency", self.currency.as_str());
        for (name, amount) in [("tax", self.tax), ("taxfree", self.taxfree)] {
            if let Some(amount) = amount {
                form.append_pair(name, &amount.to_string());
            }
        }
        form.append_pair("timestamp", timestamp).append_pair("signature", signature);
        form.finish()
    }
}
