//! A rehearsal with the gateway: on one real payment it finds out what the guide leaves open, and writes it to a file.

mod advice;
mod arguments;
mod changes;
mod cut_off;
mod ended;
mod engine;
mod exchange;
mod findings;
mod left;
mod plan;
mod reach;
mod resume;
mod sending;
mod show;
mod signature;
mod spelling;
mod steps;
mod store;
mod template;
mod words;

use std::collections::HashSet;
use std::time::SystemTime;

use paywelcome::{Client, SignatureFormat as Signature, TimestampFormat as Timestamp};
use paywelcome_rehearsal::{
    Earlier, FORMAT, Findings, Gateway, GatewayKind, Payment, Rehearsal, SignatureFormat, TimestampFormat, VERSION,
};

use crate::exit;
use crate::language::{Words, language};
use crate::refund::{client, refused};
use crate::terminal::{Interrupts, Terminal};
use arguments::{Asked, Rehearse, parse};
use engine::{Engine, Way};
use left::left;
use plan::{Formats, MOST_ON_PRODUCTION};
use resume::{ask_forms_again, interrupted, kind, rule};
use sending::{Sender, written};
use store::Store;

/// The least that a payment must be of, so that a tenth of it is an amount of its own.
const LEAST: u64 = 1_000;
const LEAST_ON_PRODUCTION: u64 = 100;

/// Reads what follows `rehearse` on a command line, and does it.
pub(crate) fn command(
    program: &str,
    arguments: Vec<String>,
    interrupts: &Interrupts,
    terminal: &mut dyn Terminal,
) -> i32 {
    match parse(lexopt::Parser::from_args(arguments)) {
        Ok(Some(rehearse)) => {
            let lang = language(rehearse.lang.as_deref(), terminal);
            let done = if rehearse.show {
                show(&rehearse, lang, terminal)
            } else {
                run(*rehearse, lang, interrupts, terminal)
            };
            done.unwrap_or_else(|why| {
                terminal.complain(&format!("{why}\n"));
                exit::WRONG
            })
        }
        Ok(None) => {
            terminal.say(&format!("usage: {program} rehearse {}", crate::help::REHEARSE));
            exit::DONE
        }
        Err(error) => {
            let told = crate::arguments::told(&error);
            terminal.complain(&format!("{program} rehearse: {told}\nTry {program} rehearse --help.\n"));
            exit::WRONG
        }
    }
}

fn show(rehearse: &Rehearse, lang: &str, terminal: &mut dyn Terminal) -> Result<i32, String> {
    let file = store::read(&rehearse.out)?.ok_or_else(|| {
        let words = Words("there is no such file", "파일이 없습니다");
        format!("{}: {}", rehearse.out.display(), words.of(lang))
    })?;
    terminal.say(&show::show(&file, lang));
    Ok(exit::DONE)
}

fn run(
    rehearse: Rehearse,
    lang: &'static str,
    interrupts: &Interrupts,
    terminal: &mut dyn Terminal,
) -> Result<i32, String> {
    if !rehearse.yes && !rehearse.only_free && !terminal.is_there() {
        let words = Words(
            "There is nobody to ask: pass --yes, or --only-free for the questions that can move no money. Nothing was sent.",
            "물어볼 사람이 없습니다. --yes, 또는 취소되지 않는 질문만 하려면 --only-free를 지정하세요. 아무것도 보내지 않았습니다.",
        );
        return Err(words.of(lang).to_owned());
    }
    let Rehearse { options, payment, full_payment, pay_type, currency, out, yes, only_free, .. } = rehearse;
    let timeout = options.timeout.clone();
    let client = match client(options, terminal) {
        Ok(client) => client,
        Err(error) => return Ok(refused(&error, false, terminal)),
    };
    if let Some(error) = client.refusal() {
        return Ok(refused(&error, false, terminal));
    }
    let store = Store::take(&out, lang)?;
    let mut given = Given { payment, full_payment, pay_type, currency };
    let (mut file, is_new) = match store::read(&out)? {
        Some(file) => given.go_on(file, &client, lang).map_err(|why| format!("{}: {why}", out.display()))?,
        None => (given.begin(&client, Vec::new(), lang)?, true),
    };
    check(&file, only_free, lang)?;
    let cut_short = interrupted(&mut file);
    for question in &cut_short {
        let words = Words(
            "was interrupted while it was asked. Money may have moved; it is not sent again",
            "진행 중에 중단되었습니다. 취소되었을 수 있고, 다시 보내지 않습니다",
        );
        terminal.complain(&format!("{}: {}\n", question.name(), words.of(lang)));
    }
    for (of_full, remaining) in [(false, given.payment.remaining), (true, given.full_payment.remaining)] {
        if let Some(remaining) = remaining {
            read_remaining(&mut file, of_full, remaining, lang)?;
        }
    }
    if file.gateway.kind == GatewayKind::Production && !only_free {
        let most = [&file.payment, &file.full_payment].into_iter().flatten().map(|payment| payment.price).sum::<u64>();
        if !typed(most.min(MOST_ON_PRODUCTION), &client, lang, terminal)? {
            return Ok(exit::STOPPED);
        }
    }
    let found = client.formats();
    let default: Formats = (
        if found.0 == Signature::NameValue { SignatureFormat::NameValue } else { SignatureFormat::Concatenated },
        if found.1 == Timestamp::Kst { TimestampFormat::Kst } else { TimestampFormat::EpochMs },
    );
    ask_forms_again(&mut file, default);
    if !is_new {
        let words = Words("Continuing with", "이어서 진행:");
        terminal.say(&format!("{} {}\n", words.of(lang), out.display()));
    }
    for words in [false, true].into_iter().filter_map(|of_full| words::look_up(&file, of_full, lang)) {
        terminal.complain(&words);
    }
    let sender = Sender { client: &client, timeout: &timeout, interrupts, lang, ports: HashSet::new() };
    let mut engine = Engine { file, store, sender, default, yes, only_free, together: None, way: Way::Unchecked };
    engine.find();
    let end = engine.run(terminal);
    terminal.say(&engine.summary());
    engine.told_of_cut_off(terminal);
    Ok(engine.code(end))
}

/// What a command line gives of payments.
struct Given {
    payment: Asked,
    full_payment: Asked,
    pay_type: Option<String>,
    currency: Option<String>,
}

impl Given {
    fn whole(&self, asked: &Asked, names: (&str, &str), lang: &str) -> Result<Payment, String> {
        let missing = |name: &str| match lang {
            "ko" => format!("{name}을(를) 지정하세요"),
            _ => format!("pass {name}"),
        };
        Ok(Payment {
            tid: asked.tid.clone().ok_or_else(|| missing(names.0))?,
            price: asked.price.ok_or_else(|| missing(names.1))?,
            pay_type: self.pay_type.clone().ok_or_else(|| missing("--pay-type"))?,
            currency: self.currency.clone().unwrap_or_else(|| "WON".to_owned()),
        })
    }

    /// A run from its beginning.
    fn begin(&self, client: &Client, earlier: Vec<Earlier>, lang: &str) -> Result<Rehearsal, String> {
        let payment = self.whole(&self.payment, ("--tid", "--price"), lang)?;
        let full_payment = match &self.full_payment {
            Asked { tid: None, price: None, .. } => None,
            asked => Some(self.whole(asked, ("--full-tid", "--full-price"), lang)?),
        };
        let now = written(SystemTime::now());
        Ok(Rehearsal {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_by: concat!("paywelcome ", env!("CARGO_PKG_VERSION")).to_owned(),
            gateway: Gateway { base_url: client.base_url().to_owned(), kind: kind(client) },
            mid: client.mid().to_owned(),
            started_at: now.clone(),
            updated_at: now,
            finished_at: None,
            payment: Some(payment),
            full_payment,
            steps: Vec::new(),
            findings: Findings::default(),
            earlier,
        })
    }

    /// Continues with a file, or begins another run in it; the second value tells which.
    fn go_on(&mut self, mut file: Rehearsal, client: &Client, lang: &str) -> Result<(Rehearsal, bool), String> {
        let other = |what: Words, theirs: &str, ours: &str| {
            let advice = Words("pass another --out FILE", "--out으로 다른 파일을 지정하세요").of(lang);
            Err(format!("{} {theirs}, {} {ours}; {advice}", what.of(lang), Words("not of", "요청:").of(lang)))
        };
        if file.gateway.base_url != client.base_url() {
            let what = Words("is a rehearsal with", "다음 주소의 리허설입니다:");
            return other(what, &file.gateway.base_url, client.base_url());
        }
        if file.mid != client.mid() {
            return other(Words("is a rehearsal of mid", "다음 mid의 리허설입니다:"), &file.mid, client.mid());
        }
        let before = file.payment.as_ref().map_or("", |payment| payment.tid.as_str()).to_owned();
        if let Some(tid) = self.payment.tid.clone().filter(|tid| *tid != before) {
            if file.finished_at.is_none() {
                let what = Words("is an unfinished rehearsal of payment", "아직 끝나지 않은 다음 거래의 리허설입니다:");
                return other(what, &before, &tid);
            }
            let finished_at = file.finished_at.take().unwrap_or_default();
            let mut earlier = std::mem::take(&mut file.earlier);
            earlier.push(Earlier { finished_at, findings: file.findings });
            return Ok((self.begin(client, earlier, lang)?, true));
        }
        let of_file = file.payment.clone();
        self.same(&self.payment, of_file.as_ref(), ("--price", "--pay-type"), lang)?;
        match (&file.full_payment, &self.full_payment) {
            (_, Asked { tid: None, price: None, .. }) => {}
            (Some(known), asked) => {
                if asked.tid.as_ref().is_some_and(|tid| *tid != known.tid) {
                    let what = Words("has another second payment:", "두 번째 거래가 다릅니다:");
                    return other(what, &known.tid, asked.tid.as_deref().unwrap_or_default());
                }
                self.same(asked, Some(known), ("--full-price", "--pay-type"), lang)?;
            }
            (None, asked) => {
                self.pay_type =
                    self.pay_type.take().or_else(|| of_file.as_ref().map(|payment| payment.pay_type.clone()));
                self.currency =
                    self.currency.take().or_else(|| of_file.as_ref().map(|payment| payment.currency.clone()));
                file.full_payment = Some(self.whole(asked, ("--full-tid", "--full-price"), lang)?);
            }
        }
        Ok((file, false))
    }

    /// Refuses what contradicts the payment of the file.
    fn same(&self, asked: &Asked, known: Option<&Payment>, names: (&str, &str), lang: &str) -> Result<(), String> {
        let Some(known) = known else {
            return Err(Words("it has no payment", "거래가 없습니다").of(lang).to_owned());
        };
        let differs = |name: &str, theirs: &str| match lang {
            "ko" => Err(format!("{name}: 이 파일에는 {theirs}입니다. 빼거나 그 값으로 지정하세요")),
            _ => Err(format!("{name}: it was {theirs} when this rehearsal began; leave it out or pass that")),
        };
        match (asked.price, &self.pay_type, &self.currency) {
            (Some(price), ..) if price != known.price => differs(names.0, &known.price.to_string()),
            (_, Some(pay_type), _) if *pay_type != known.pay_type => differs(names.1, &known.pay_type),
            (_, _, Some(currency)) if *currency != known.currency => differs("--currency", &known.currency),
            _ => Ok(()),
        }
    }
}

/// Refuses payments that can't be rehearsed on.
fn check(file: &Rehearsal, only_free: bool, lang: &str) -> Result<(), String> {
    let is_production = file.gateway.kind == GatewayKind::Production;
    for (name, payment) in [("--price", &file.payment), ("--full-price", &file.full_payment)] {
        let Some(payment) = payment else { continue };
        let is_first = name == "--price";
        let least = if is_production { LEAST_ON_PRODUCTION } else { LEAST };
        if plan::dead(&payment.tid) == payment.tid {
            let words = Words(
                "--tid must have a digit or a letter other than 0 and Z",
                "--tid에 0과 Z가 아닌 숫자나 문자가 있어야 합니다",
            );
            return Err(words.of(lang).to_owned());
        }
        if is_first && payment.price < least && !only_free {
            return Err(match lang {
                "ko" => format!("{name}는 {least} 이상이어야 합니다"),
                _ => format!("{name} must be at least {least}: the questions ask for tenths of it"),
            });
        }
        if is_production && !only_free && (payment.price > MOST_ON_PRODUCTION || payment.currency != "WON") {
            return Err(match lang {
                "ko" => {
                    format!("{name}: 실제 돈이 취소되는 곳에서는 {MOST_ON_PRODUCTION}원 이하의 원화 거래여야 합니다")
                }
                _ => format!("{name} must be at most {MOST_ON_PRODUCTION} won where real money moves, and in WON"),
            });
        }
    }
    Ok(())
}

/// Takes what a person read as remaining.
fn read_remaining(file: &mut Rehearsal, of_full: bool, remaining: u64, lang: &str) -> Result<(), String> {
    let bounds = left(file, of_full);
    let option = if of_full { "--full-remaining" } else { "--remaining" };
    if bounds.exact() == Some(remaining) {
        return Ok(());
    }
    if bounds.exact().is_some() || !(bounds.least..=bounds.most).contains(&remaining) {
        return Err(format!("{option}: {}", words::out_of_bounds(bounds, lang).trim()));
    }
    rule(file, of_full, remaining);
    Ok(())
}

/// Has a person type a sentence before real money moves.
fn typed(amount: u64, client: &Client, lang: &str, terminal: &mut dyn Terminal) -> Result<bool, String> {
    if !terminal.is_there() {
        let words = Words(
            "Real money moves there, so a person has to type a sentence at a terminal; --yes is not enough. Nothing was sent.",
            "실제 돈이 취소되는 곳입니다. --yes만으로는 안 되고, 터미널에서 문장을 직접 입력해야 합니다. 아무것도 보내지 않았습니다.",
        );
        return Err(words.of(lang).to_owned());
    }
    let sentence = words::sentence(amount, client.mid(), lang);
    let at = client.base_url();
    let question = match lang {
        "ko" => format!("{at}: 실제 돈이 취소됩니다.\n다음 문장을 그대로 입력하세요.\n  {sentence}\n> "),
        _ => format!("Real money moves at {at}.\nType this sentence:\n  {sentence}\n> "),
    };
    let is_typed = terminal.ask(&question).is_ok_and(|answer| answer == sentence);
    if !is_typed {
        terminal.complain(&format!("{}\n", words::NOT_ASKED.of(lang)));
    }
    Ok(is_typed)
}
