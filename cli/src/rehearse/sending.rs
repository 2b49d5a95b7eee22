//! Requests out, exchanges back.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use paywelcome::posting::{Posted, Posting, Seen, Together};
use paywelcome::{
    Argument, Client, Error, Outcome as Ended, SignatureFormat as Signature, TimestampFormat as Timestamp,
};
use paywelcome_rehearsal::{
    Answered, Connection, Exchange, Outcome, Payment, SignatureFormat, Signed, TimestampFormat,
};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::exchange::{PARTIAL, WHOLE, code, verdict};
use super::plan::Ask;
use crate::arguments::option_of;
use crate::language::Words;
use crate::terminal::{Interrupts, Terminal};

/// What came of requests that were sent together.
pub(crate) struct Sent {
    pub(crate) exchanges: Vec<Exchange>,
    /// The most that were on their way at the same time.
    pub(crate) together: u32,
    /// Whether Ctrl-C was pressed meanwhile.
    pub(crate) is_interrupted: bool,
}

/// How requests are sent.
pub(crate) struct Sender<'a> {
    pub(crate) client: &'a Client,
    pub(crate) timeout: &'a Argument,
    pub(crate) interrupts: &'a Interrupts,
    pub(crate) lang: &'static str,
    /// This machine's ports of connections that were used.
    pub(crate) ports: HashSet<u16>,
}

impl Sender<'_> {
    /// Sends these at once, each one time, and waits for all of them.
    pub(crate) fn send(&mut self, asks: &[Ask], payment: &Payment, terminal: &mut dyn Terminal) -> Sent {
        if asks.len() > 1 && self.client.keeps_connections() == Some(true) {
            self.warm(asks.len());
        }
        self.interrupts.listen();
        let (mut calls, mut ends) = (Vec::new(), Vec::new());
        let others = (asks.len() > 1).then(|| Together::new(asks.len()));
        let posting = |ask| Posting { together: others.clone(), ..posting(ask, payment, self.client.mid()) };
        let postings: Vec<Posting> = asks.iter().map(posting).collect();
        for posting in &postings {
            let (done, end) = oneshot::channel();
            let told = self.client.start_posting(posting.clone(), self.timeout, move |posted| drop(done.send(posted)));
            match told {
                Ok(call) => {
                    calls.push(call);
                    ends.push(Ok(end));
                }
                Err(error) => ends.push(Err(error)),
            }
        }
        let mut is_interrupted = false;
        let mut posted: Vec<Option<Result<Posted, Error>>> = Vec::new();
        let runtime = Builder::new_current_thread().build();
        for end in ends {
            posted.push(match (end, &runtime) {
                (Err(error), _) => Some(Err(error)),
                (Ok(end), Err(_)) => end.blocking_recv().ok(),
                (Ok(mut end), Ok(runtime)) => runtime.block_on(async {
                    loop {
                        tokio::select! {
                            result = &mut end => return result.ok(),
                            () = self.interrupts.next() => {
                                let gave_up = calls.iter().map(paywelcome::Call::give_up).collect::<Vec<_>>();
                                if !is_interrupted && gave_up.contains(&Ended::Unknown) {
                                    let words = Words(
                                        "The request may have left and can't be called back. Waiting for its answer.",
                                        "요청이 이미 전송되었을 수 있어 되돌릴 수 없습니다. 응답을 기다립니다.",
                                    );
                                    terminal.complain(&format!("\n{}\n", words.of(self.lang)));
                                }
                                is_interrupted = true;
                            }
                        }
                    }
                }),
            });
        }
        self.interrupts.rest();
        let together = together(posted.iter().flatten().filter_map(|posted| posted.as_ref().ok()));
        let exchanges = asks.iter().zip(&postings).zip(posted);
        let exchanges = exchanges.map(|((ask, posting), posted)| self.exchange(ask, posting, posted)).collect();
        Sent { exchanges, together, is_interrupted }
    }

    /// Makes as many connections as are needed at once, without money.
    fn warm(&self, count: usize) {
        let mut ends = Vec::new();
        for _ in 0..count {
            let (done, end) = oneshot::channel();
            if self.client.start_warm_up(self.timeout, move |reached| drop(done.send(reached))).is_ok() {
                ends.push(end);
            }
        }
        for end in ends {
            let _ = end.blocking_recv();
        }
    }

    fn exchange(&mut self, ask: &Ask, posting: &Posting, posted: Option<Result<Posted, Error>>) -> Exchange {
        let mut fields: Vec<(String, String)> =
            posting.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut exchange = Exchange {
            sent_at: written(SystemTime::now()),
            path: if posting.is_partial { PARTIAL } else { WHOLE }.to_owned(),
            fields: Vec::new(),
            signed: if ask.is_signed_rightly { Signed::Right } else { Signed::Wrong },
            signature_format: Some(ask.formats.0),
            timestamp_format: Some(ask.formats.1),
            answer: None,
            // An end that was lost may be any.
            outcome: Outcome::Unknown,
            kind: Some("internal".to_owned()),
            message: None,
            result_code: None,
            result_msg: None,
            elapsed_ms: None,
            connection: None,
        };
        let failed = |exchange: &mut Exchange, error: &Error| {
            exchange.outcome = if error.outcome() == Ended::NotSent { Outcome::NotSent } else { Outcome::Unknown };
            exchange.kind = Some(error.kind().as_str().to_owned());
            exchange.message = Some(error.message(option_of));
        };
        match posted {
            Some(Ok(posted)) => {
                exchange.sent_at = written(posted.at);
                exchange.elapsed_ms = Some(milliseconds(posted.took));
                fields.push(("timestamp".to_owned(), posted.timestamp));
                match posted.answer {
                    Ok(seen) => {
                        let is_kept = seen.port.map(|port| !self.ports.insert(port));
                        exchange.connection =
                            is_kept.map(|is_kept| if is_kept { Connection::Kept } else { Connection::New });
                        exchange.answer = Some(answered(seen));
                    }
                    Err(error) => failed(&mut exchange, &error),
                }
            }
            Some(Err(error)) => failed(&mut exchange, &error),
            None => {}
        }
        exchange.fields = fields;
        judge(&mut exchange);
        exchange
    }
}

/// Writes down what the answer means, where there is one.
fn judge(exchange: &mut Exchange) {
    let Some(verdict) = verdict(exchange) else { return };
    exchange.outcome = verdict.outcome;
    exchange.kind = verdict.error.as_ref().map(|error| error.kind().as_str().to_owned());
    exchange.message = verdict.error.as_ref().map(|error| error.message(option_of));
    exchange.result_code = code(exchange);
    exchange.result_msg = verdict.result_msg;
}

fn posting(ask: &Ask, payment: &Payment, mid: &str) -> Posting {
    let mut fields = vec![("payType", payment.pay_type.clone()), ("mid", mid.to_owned()), ("tid", ask.tid.clone())];
    match ask.confirm {
        Some(confirm) => {
            fields.push(("cancelPrice", ask.amount.to_string()));
            fields.push(("confirmPrice", confirm.to_string()));
        }
        None => fields.push(("price", ask.amount.to_string())),
    }
    fields.push(("currency", payment.currency.clone()));
    Posting {
        is_partial: ask.confirm.is_some(),
        fields,
        signature_format: match ask.formats.0 {
            SignatureFormat::NameValue => Signature::NameValue,
            SignatureFormat::Concatenated => Signature::Concatenated,
        },
        timestamp_format: match ask.formats.1 {
            TimestampFormat::Kst => Timestamp::Kst,
            TimestampFormat::EpochMs => Timestamp::EpochMs,
        },
        is_signed_rightly: ask.is_signed_rightly,
        together: None,
    }
}

fn answered(Seen { status, headers, body, is_cut, .. }: Seen) -> Answered {
    let (body, body_base64) = match String::from_utf8(body) {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
    };
    Answered { status, headers, body, body_base64, is_cut }
}

/// The most that were on their way at one instant.
fn together<'a>(posted: impl Iterator<Item = &'a Posted>) -> u32 {
    let all: Vec<_> = posted.filter_map(|posted| posted.on_its_way).collect();
    let at = |instant| all.iter().filter(|(left, ended)| *left <= instant && instant < *ended).count();
    let most = all.iter().map(|(left, _)| at(*left)).max().unwrap_or_default();
    u32::try_from(most).unwrap_or(u32::MAX)
}

fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}

/// An instant in Korea, as the file has it.
pub(crate) fn written(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let milliseconds = u64::try_from(since.as_millis()).unwrap_or_default();
    paywelcome_refunds::kst::written(milliseconds).replace(" KST", "+09:00").replacen(' ', "T", 1)
}
