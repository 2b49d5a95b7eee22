//! What a question asks exactly, and whether it can be asked now: a function of the file.

use paywelcome_rehearsal::{Exchange, GatewayKind, Outcome, Payment, Rehearsal, SignatureFormat, TimestampFormat};

use super::ended::{outcome, step};
use super::exchange::{asked, confirm};
use super::left::left;
use super::signature::{is_blocked, is_unanswered, signature};
use super::steps::Question;
use crate::language::Words;

/// The most that a rehearsal may cost where real money moves, in won.
pub(crate) const MOST_ON_PRODUCTION: u64 = 500;
/// How often the same is asked at once.
const AT_ONCE: usize = 5;

/// How a request is signed and its timestamp written.
pub(crate) type Formats = (SignatureFormat, TimestampFormat);

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) tid: String,
    pub(crate) amount: u64,
    /// Of a partial cancel: what is to remain.
    pub(crate) confirm: Option<u64>,
    pub(crate) formats: Formats,
    pub(crate) is_signed_rightly: bool,
}

/// What a question asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Its requests; where later ones depend on earlier answers, as if all were done.
    pub(crate) asks: Vec<Ask>,
    pub(crate) is_at_once: bool,
    /// The most that can go back, since no more than was paid can.
    pub(crate) could_cost: u64,
    /// The most that is asked for.
    pub(crate) asked_for: u64,
}

/// Why a question can't be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    NotKnown,
    NotNeeded,
    Blocked,
    Unanswered,
    NoForm,
    TooLittle,
    NothingLeft,
    SomethingLeft,
    NothingBack,
    PartialNotDone,
    PartialDeclined,
    NoSecondPayment,
    SecondWentBack,
    SecondRemains,
    OverBudget,
    OnlyFree,
    Answered,
}

impl Why {
    const ALL: [Self; 17] = [
        Self::NotKnown,
        Self::NotNeeded,
        Self::Blocked,
        Self::Unanswered,
        Self::NoForm,
        Self::TooLittle,
        Self::NothingLeft,
        Self::SomethingLeft,
        Self::NothingBack,
        Self::PartialNotDone,
        Self::PartialDeclined,
        Self::NoSecondPayment,
        Self::SecondWentBack,
        Self::SecondRemains,
        Self::OverBudget,
        Self::OnlyFree,
        Self::Answered,
    ];

    /// The reason that a file tells.
    pub(crate) fn of(written: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.words().of("en") == written)
    }

    pub(crate) const fn words(self) -> Words {
        match self {
            Self::NotKnown => Words(
                "what remains is not known; look it up and pass --remaining (--full-remaining for the second payment)",
                "남은 금액을 알 수 없습니다. 확인한 뒤 --remaining으로 지정하세요 (두 번째 거래는 --full-remaining)",
            ),
            Self::NotNeeded => Words("not needed: the forms were told apart", "필요 없음: 형식을 구별했습니다"),
            Self::Blocked => Words(
                "every answer is the same page, as of a block",
                "모든 응답이 같은 페이지입니다. 차단된 것처럼 보입니다",
            ),
            Self::Unanswered => {
                Words("no question that costs nothing was answered", "취소되지 않는 질문에 하나도 응답이 없습니다")
            }
            Self::NoForm => Words("no form of signature was accepted", "받은 서명 형식이 없습니다"),
            Self::TooLittle => Words("too little remains for it", "남은 금액이 모자랍니다"),
            Self::NothingLeft => Words("nothing remains", "남은 금액이 없습니다"),
            Self::SomethingLeft => Words("something still remains", "아직 남은 금액이 있습니다"),
            Self::NothingBack => Words("nothing has gone back yet", "아직 취소된 금액이 없습니다"),
            Self::PartialNotDone => {
                Words("the partial cancel before it was not done", "앞의 부분 취소가 완료되지 않았습니다")
            }
            Self::PartialDeclined => Words("the partial cancel was declined", "부분 취소가 거절되었습니다"),
            Self::NoSecondPayment => Words(
                "there is no second payment; pass --full-tid and --full-price",
                "두 번째 거래가 없습니다. --full-tid와 --full-price를 지정하세요",
            ),
            Self::SecondWentBack => {
                Words("the second payment has gone back already", "두 번째 거래는 이미 취소되었습니다")
            }
            Self::SecondRemains => {
                Words("the second payment has not gone back", "두 번째 거래가 아직 취소되지 않았습니다")
            }
            Self::OverBudget => Words(
                "it could let the rehearsal cost more than 500 won of real money",
                "실제 돈이 500원 넘게 취소될 수 있습니다",
            ),
            Self::OnlyFree => Words("--only-free was given", "--only-free가 지정되었습니다"),
            Self::Answered => Words(
                "an answer before it was a success that should not be; look it up first",
                "앞에서 성공하면 안 되는 요청이 성공했습니다. 먼저 확인하세요",
            ),
        }
    }
}

/// The tid of no payment, of the same length and beginning as a real one.
pub(crate) fn dead(tid: &str) -> String {
    let without = |is_replaced: fn(&char) -> bool, by: char| -> String {
        tid.chars().map(|c| if is_replaced(&c) { by } else { c }).collect()
    };
    let zeros = without(char::is_ascii_digit, '0');
    if zeros == tid { without(char::is_ascii_alphabetic, 'Z') } else { zeros }
}

/// The partial cancel that was asked as it should be, where it moved what it asked for: it says so, or a person read it.
fn moved_partial(file: &Rehearsal) -> Option<&Exchange> {
    let step = step(file, Question::Partial)?;
    let exchange = step.exchanges.first()?;
    let is_read = step.ruled.is_some() && step.ruled == confirm(exchange);
    (exchange.outcome == Outcome::Done || is_read).then_some(exchange)
}

/// The formats to sign in from now on: those that are accepted, else those of the settings.
pub(crate) fn formats(file: &Rehearsal, default: Formats) -> Formats {
    let found = signature(file, default);
    found.format.zip(found.timestamp).unwrap_or(default)
}

/// What is asked next by a question, or why it can't be.
pub(crate) fn plan(file: &Rehearsal, question: Question, default: Formats) -> Result<Plan, Why> {
    use Question::{
        AtOnce, BadSignature, Forms, FormsBySuccess, Full, FullAfterAll, FullAfterPartial, FullPrice, MoreThanRemains,
        Partial, PartialAfterAll, Reach, Rest, SameAgain, SecondFull, WrongRemainderHigh, WrongRemainderLow,
    };
    let payment = file.payment.as_ref().ok_or(Why::NothingLeft)?;
    if question.is_free() {
        return Ok(free(payment, question, default));
    }
    if is_blocked(file) {
        return Err(Why::Blocked);
    }
    if is_unanswered(file) {
        return Err(Why::Unanswered);
    }
    let found = signature(file, default);
    if question == FormsBySuccess {
        let all_told = found.checked.is_some() && found.format.is_some();
        return if all_told { Err(Why::NotNeeded) } else { by_success(file, payment, default) };
    }
    if found.format.is_none() && found.checked != Some(false) && step(file, FormsBySuccess).is_some() {
        return Err(Why::NoForm);
    }
    let formats = formats(file, default);
    if question.is_of_full_payment() {
        return of_full_payment(file, question, formats);
    }
    let remains = left(file, false).exact().ok_or(Why::NotKnown)?;
    let unit = payment.price / 10;
    let part = |amount, confirm| Ask {
        tid: payment.tid.clone(),
        amount,
        confirm: Some(confirm),
        formats,
        is_signed_rightly: true,
    };
    let whole = || Ask { confirm: None, ..part(payment.price, 0) };
    // Each of another amount: some gateways decline one that went back before.
    let tenth = |more: u64, off: i64| {
        let amount = unit + more;
        let confirm = remains.checked_sub(amount).and_then(|confirm| confirm.checked_add_signed(off));
        Ok(Plan::of(part(amount, confirm.ok_or(Why::TooLittle)?), remains))
    };
    match question {
        WrongRemainderHigh => tenth(0, 1),
        WrongRemainderLow => tenth(1, -1),
        Partial => tenth(2, 0),
        _ if remains > 0 && outcome(file, Partial) == Some(Outcome::Declined) => Err(Why::PartialDeclined),
        SameAgain => {
            let before = moved_partial(file).ok_or(Why::PartialNotDone)?;
            let (amount, confirm) = (asked(before), confirm(before).ok_or(Why::PartialNotDone)?);
            if amount > remains { Err(Why::TooLittle) } else { Ok(Plan::of(part(amount, confirm), remains)) }
        }
        AtOnce => {
            let one = tenth(3, 0)?;
            let asked_for = one.asked_for * AT_ONCE as u64;
            let asks = vec![one.asks[0].clone(); AT_ONCE];
            Ok(Plan { asks, is_at_once: true, could_cost: asked_for.min(remains), asked_for })
        }
        MoreThanRemains | Rest | FullAfterPartial if remains == 0 => Err(Why::NothingLeft),
        MoreThanRemains => Ok(Plan::of(part(remains + 1, 0), remains)),
        FullAfterPartial if remains == payment.price => Err(Why::NothingBack),
        FullAfterPartial => Ok(Plan::of(whole(), remains)),
        Rest => Ok(Plan::of(part(remains, 0), remains)),
        PartialAfterAll | FullAfterAll if remains > 0 => Err(Why::SomethingLeft),
        PartialAfterAll => Ok(Plan::of(part(1, 0), 0)),
        FullAfterAll => Ok(Plan::of(whole(), 0)),
        Reach | BadSignature | Forms | FormsBySuccess | FullPrice | Full | SecondFull => Err(Why::NotNeeded),
    }
}

/// Returns why a plan may not be carried out where real money moves.
pub(crate) fn over_budget(file: &Rehearsal, plan: &Plan) -> Option<Why> {
    let spent: u64 = file.steps.iter().map(|step| step.cost.most).sum();
    let is_over = file.gateway.kind == GatewayKind::Production && spent + plan.asked_for > MOST_ON_PRODUCTION;
    is_over.then_some(Why::OverBudget)
}

impl Plan {
    fn of(ask: Ask, remains: u64) -> Self {
        // A full cancel may give back whatever remains, whatever its price says.
        let most = if ask.confirm.is_some() { ask.amount.min(remains) } else { remains };
        let asked_for = ask.amount.max(most);
        Self { asks: vec![ask], is_at_once: false, could_cost: most, asked_for }
    }
}

fn free(payment: &Payment, question: Question, default: Formats) -> Plan {
    let ask = |formats, is_signed_rightly| Ask {
        tid: dead(&payment.tid),
        amount: 1,
        confirm: Some(0),
        formats,
        is_signed_rightly,
    };
    let mut all = every_form(default);
    let asks = match question {
        Question::BadSignature => {
            // A signature by a made-up key is as wrong in either format.
            all.retain(|(signature, _)| *signature == default.0);
            all.into_iter().map(|formats| ask(formats, false)).collect()
        }
        Question::Forms => all.into_iter().map(|formats| ask(formats, true)).collect(),
        _ => Vec::new(),
    };
    Plan { asks, ..Plan::default() }
}

/// All four, those of the settings first.
fn every_form(default: Formats) -> Vec<Formats> {
    let mut all: Vec<_> = SignatureFormat::ALL
        .into_iter()
        .flat_map(|signature| TimestampFormat::ALL.map(|timestamp| (signature, timestamp)))
        .collect();
    all.sort_by_key(|formats| (*formats != default, formats.0 != default.0, formats.1 != default.1));
    all
}

/// Small amounts of the real payment: by a made-up key, then by the right one in each form.
fn by_success(file: &Rehearsal, payment: &Payment, default: Formats) -> Result<Plan, Why> {
    let mut remains = left(file, false).exact().ok_or(Why::NotKnown)?;
    let amount = (payment.price / 100).max(1);
    let all = every_form(default);
    let forms: Vec<_> = all
        .iter()
        .filter(|(signature, _)| *signature == default.0)
        .map(|form| (*form, false))
        .chain(all.iter().map(|form| (*form, true)))
        .collect();
    let mut asks = Vec::new();
    let mut could_cost = 0;
    for (more, (formats, is_signed_rightly)) in (0..).zip(forms) {
        let amount = amount + more;
        remains = remains.checked_sub(amount).ok_or(Why::TooLittle)?;
        could_cost += amount;
        asks.push(Ask { tid: payment.tid.clone(), amount, confirm: Some(remains), formats, is_signed_rightly });
    }
    Ok(Plan { asks, is_at_once: false, could_cost, asked_for: could_cost })
}

fn of_full_payment(file: &Rehearsal, question: Question, formats: Formats) -> Result<Plan, Why> {
    let payment = file.full_payment.as_ref().ok_or(Why::NoSecondPayment)?;
    let left = left(file, true);
    let whole = |amount| Ask { tid: payment.tid.clone(), amount, confirm: None, formats, is_signed_rightly: true };
    match question {
        Question::FullPrice | Question::Full if left.most < payment.price => Err(Why::SecondWentBack),
        Question::FullPrice | Question::Full if left.exact().is_none() => Err(Why::NotKnown),
        Question::FullPrice if payment.price < 2 => Err(Why::TooLittle),
        Question::FullPrice => Ok(Plan::of(whole(payment.price - 1), payment.price)),
        Question::Full => Ok(Plan::of(whole(payment.price), payment.price)),
        // A full cancel whose price is 1 too low may have given back 1 less.
        _ if left.most > 1 && left.exact().is_none() => Err(Why::NotKnown),
        _ if left.most == payment.price => Err(Why::SecondRemains),
        _ => Ok(Plan::of(whole(payment.price), left.most)),
    }
}
