//! A cancel, asked for by a person.

use std::time::SystemTime;

use paywelcome::{
    Argument, CancelReceipt, CancelRequest, Client, ClientOptions, Error, Mismatch, Outcome, PartialCancelReceipt,
    PartialCancelRequest, Raw,
};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::arguments::{Refund, Request, option_of};
use crate::exit;
use crate::terminal::{Interrupts, Terminal};

pub(crate) const BASE_URL: &str = "PAYWELCOME_BASE_URL";
pub(crate) const TEST: &str = "https://tpayapi.paywelcome.co.kr";

/// Makes a client from what was given and the environment, asking for the key where there is none.
pub(crate) fn client(mut options: ClientOptions, terminal: &mut dyn Terminal) -> Result<Client, Error> {
    fill(&mut options, terminal);
    if options.has_no_key() && terminal.is_there() {
        // An answer that does not come is as good as an empty one: the key is missing, and that will be told.
        let key = terminal.ask_hidden("Sign key (not shown): ").unwrap_or_default();
        options.sign_key = Some(key).filter(|key| !key.is_empty()).into();
    }
    Client::new(options)
}

/// Takes what is absent from the environment, but no other host where the person named an environment: who writes
/// `--environment production` must not be answered by what a shell still holds.
pub(crate) fn fill(options: &mut ClientOptions, terminal: &mut dyn Terminal) {
    let named = !options.environment.is_absent() && options.base_url.is_absent();
    let mut passed_over = false;
    options.fill_from(|name| match terminal.variable(name) {
        Ok(value) if named && name == BASE_URL => {
            passed_over = !value.is_empty();
            Argument::Absent
        }
        read => Argument::from(read),
    });
    if passed_over {
        terminal.complain(&format!("{BASE_URL} is set and not used: --environment was given.\n"));
    }
}

pub(crate) fn run(refund: Refund, interrupts: &Interrupts, terminal: &mut dyn Terminal) -> i32 {
    let Refund { options, request, yes, json } = refund;
    let asked = client(options, terminal).and_then(|client| {
        // Checked before anything is asked: what is wrong is told at once.
        request.check(&client)?;
        Ok(client)
    });
    let client = match asked {
        Ok(client) => client,
        Err(error) => return refused(&error, json, terminal),
    };
    if !yes && !client.is_test() {
        let what = request.in_words();
        let question = format!("{what}\nat {} as {}, with real money.\n", client.base_url(), client.mid());
        if !terminal.is_there() {
            terminal.complain(&format!("{question}There is nobody to ask: pass --yes. Nothing was sent.\n"));
            return exit::WRONG;
        }
        let answer = terminal.ask(&format!("{question}Type yes to continue: "));
        if !answer.is_ok_and(|answer| answer == "yes") {
            terminal.complain("Nothing was sent.\n");
            return exit::STOPPED;
        }
    }
    match send(&client, &request, interrupts, terminal) {
        Some(Ok(receipt)) => {
            terminal.say(&if json {
                format!("{}\n", json!({ "outcome": "done", "gateway": client.base_url(), "receipt": receipt }))
            } else {
                in_words(&receipt, &client)
            });
            exit::DONE
        }
        Some(Err(error)) => refused(&error, json, terminal),
        None => {
            terminal.complain("unknown: the result of the call was lost, the money may have moved\n");
            exit::UNKNOWN
        }
    }
}

/// Returns why there is no receipt, and gives the exit code.
pub(crate) fn refused(error: &Error, json: bool, terminal: &mut dyn Terminal) -> i32 {
    if json {
        let fields: Vec<_> = error.fields().iter().map(|found| (option_of(found.field), &found.message)).collect();
        let fields: Vec<_> =
            fields.iter().map(|(option, message)| json!({ "field": option, "message": message })).collect();
        let told = json!({
            "outcome": error.outcome().as_str(),
            "kind": error.kind().as_str(),
            "message": error.message(option_of),
            "errors": fields,
            "safe_to_resend": error.safe_to_resend(),
            "operation": error.operation(),
            "tid": error.tid(),
            "reference": error.reference(),
            "timestamp": error.timestamp(),
            "attempts": error.attempts(),
            "host": error.host(),
            "mid": error.mid(),
            "http_status": error.http_status(),
            "content_type": error.content_type(),
            "body_excerpt": error.body_excerpt(),
            "result_code": error.result_code(),
            "result_msg": error.result_msg(),
            "raw": error.raw().map(raw),
        });
        terminal.say(&format!("{told}\n"));
    } else {
        terminal.complain(&format!("{}: {}\n", error.outcome(), error.message(option_of)));
        if error.outcome() == Outcome::Unknown {
            let at = error.timestamp().unwrap_or("an unknown time");
            if let Some(words) = error.body_excerpt().filter(|words| !words.is_empty() && error.raw().is_none()) {
                terminal.complain(&format!("The answer: {words}\n"));
            }
            terminal.complain(&format!(
                "Check the payment in the merchant admin (상점관리자) before you do anything else; it was signed at {at}.\n"
            ));
        }
    }
    exit::of(error)
}

/// Sends it and waits; Ctrl-C gives up what has not left, and can't undo what may have.
fn send(
    client: &Client,
    request: &Request,
    interrupts: &Interrupts,
    terminal: &mut dyn Terminal,
) -> Option<Result<Value, Error>> {
    interrupts.listen();
    let (done, mut settled) = oneshot::channel();
    let started = match request {
        Request::Cancel(request) => {
            client.start_cancel(request, |result| drop(done.send(result.map(|receipt| cancelled(&receipt)))))
        }
        Request::PartialCancel(request) => client.start_partial_cancel(request, |result| {
            drop(done.send(result.map(|receipt| partially_cancelled(&receipt))));
        }),
    };
    let call = match started {
        Ok(call) => call,
        Err(error) => return Some(Err(error)),
    };
    let Ok(runtime) = Builder::new_current_thread().build() else {
        return settled.blocking_recv().ok();
    };
    runtime.block_on(async {
        loop {
            tokio::select! {
                result = &mut settled => return result.ok(),
                () = interrupts.next() => {
                    if call.give_up() == Outcome::Unknown {
                        terminal.complain("\nThe request may have left and can't be called back. Waiting for its answer.\n");
                    }
                }
            }
        }
    })
}

impl Request {
    /// Finds what is wrong with it; nothing is sent.
    fn check(&self, client: &Client) -> Result<(), Error> {
        let now = SystemTime::now();
        match self {
            Self::Cancel(request) => client.cancel_form(request, now),
            Self::PartialCancel(request) => client.partial_cancel_form(request, now),
        }
        .map(drop)
    }

    fn in_words(&self) -> String {
        match self {
            Self::Cancel(CancelRequest { tid, price, currency, .. }) => {
                format!("Cancel the whole payment {}: {} {}", text(tid), text(price), unit(currency))
            }
            Self::PartialCancel(PartialCancelRequest { tid, cancel_price, confirm_price, currency, .. }) => {
                let (back, unit, remain) = (text(cancel_price), unit(currency), text(confirm_price));
                format!("Give back {back} {unit} of the payment {}; {remain} {unit} will remain", text(tid))
            }
        }
    }
}

/// An argument of a command line, which is a text.
fn text(argument: &Argument) -> &str {
    match argument {
        Argument::Text(text) => text,
        _ => "",
    }
}

fn unit(currency: &Argument) -> &'static str {
    if text(currency) == "USD" { "cents" } else { "won" }
}

pub(crate) fn cancelled(receipt: &CancelReceipt) -> Value {
    json!({
        "result_code": receipt.result_code,
        "result_msg": receipt.result_msg,
        "mid": receipt.mid,
        "tid": receipt.tid,
        "moid": receipt.moid,
        "price": number(receipt.price),
        "cancel_date": receipt.cancel_date,
        "cancel_time": receipt.cancel_time,
        "cancelled_at": cancelled_at(receipt.cancelled_at, receipt.cancel_date.as_deref(), receipt.cancel_time.as_deref()),
        "raw": raw(&receipt.raw),
        "mismatches": mismatches(&receipt.mismatches),
    })
}

pub(crate) fn partially_cancelled(receipt: &PartialCancelReceipt) -> Value {
    json!({
        "result_code": receipt.result_code,
        "result_msg": receipt.result_msg,
        "mid": receipt.mid,
        "tid": receipt.tid,
        "cancel_tid": receipt.cancel_tid,
        "price": number(receipt.price),
        "remaining_price": number(receipt.remaining_price),
        "cancel_date": receipt.cancel_date,
        "cancel_time": receipt.cancel_time,
        "cancelled_at": cancelled_at(receipt.cancelled_at, receipt.cancel_date.as_deref(), receipt.cancel_time.as_deref()),
        "raw": raw(&receipt.raw),
        "mismatches": mismatches(&receipt.mismatches),
    })
}

/// Date and time as ISO 8601 writes them, where both are there and real.
fn cancelled_at(real: Option<i64>, date: Option<&str>, time: Option<&str>) -> Option<String> {
    let (_, date, time) = (real?, date?, time?);
    let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}+09:00"))
}

/// An amount, which JSON readers keep exactly up to 2^53; a larger one is a text.
fn number(amount: u128) -> Value {
    u64::try_from(amount).ok().filter(|amount| *amount < 1 << 53).map_or_else(|| amount.to_string().into(), Value::from)
}

pub(crate) fn mismatches(found: &[Mismatch]) -> Value {
    let found = found.iter().map(|Mismatch { field, asked, answered, .. }| {
        json!({ "field": field.snake(), "asked": asked, "answered": answered })
    });
    found.collect()
}

pub(crate) fn raw(raw: &Raw) -> Value {
    serde_json::from_str(raw.as_json()).unwrap_or_else(|_| raw.as_json().into())
}

fn in_words(receipt: &Value, client: &Client) -> String {
    let field = |name: &str| match &receipt[name] {
        Value::Null => "-".to_owned(),
        Value::String(text) => plain(text),
        other => other.to_string(),
    };
    let mut text = format!("done: {} went back, at {} as {}\n", field("price"), client.base_url(), client.mid());
    for name in ["remaining_price", "tid", "cancel_tid", "moid", "cancel_date", "cancel_time", "result_msg"] {
        if receipt.get(name).is_some() {
            text.extend(["  ", name, ": ", &field(name), "\n"]);
        }
    }
    for differing in receipt["mismatches"].as_array().into_iter().flatten() {
        let word = |name: &str| differing[name].as_str().map_or_else(|| "missing".to_owned(), plain);
        text.extend([
            "  LOOK: the answer's ",
            &word("field"),
            " is ",
            &word("answered"),
            ", not ",
            &word("asked"),
            "\n",
        ]);
    }
    text
}

/// A text of the gateway's, which must do nothing to a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect()
}
