//! One question after the other: recorded before it is asked, and after its answer.

use std::time::SystemTime;

use paywelcome_rehearsal::{Cost, Exchange, Outcome, Payment, Rehearsal, State, Step};

use super::exchange::is_clear;
use super::findings::findings;
use super::left::{Left, left};
use super::plan::{Formats, Plan, Why, over_budget, plan};
use super::reach::reach;
use super::resume::rule;
use super::sending::{Sender, written};
use super::show::show;
use super::signature::{is_blocked, is_unanswered};
use super::steps::Question;
use super::store::Store;
use super::words;
use crate::arguments::option_of;
use crate::exit;
use crate::language::Words;
use crate::terminal::Terminal;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All that could be asked was.
    Finished,
    /// The person said no, or pressed Ctrl-C; the same command continues.
    Stopped,
    /// The gateway was not reached.
    NotReached,
    /// A success came that should not have.
    Loud,
    /// The file could not be written.
    NotWritten { may_have_moved: bool },
}

/// What is known in this run of the way to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The last answer tells.
    Unchecked,
    Open,
    CutOff,
}

/// A rehearsal under way.
pub(crate) struct Engine<'a> {
    pub(crate) file: Rehearsal,
    pub(crate) store: Store,
    pub(crate) sender: Sender<'a>,
    pub(crate) default: Formats,
    pub(crate) yes: bool,
    pub(crate) only_free: bool,
    pub(crate) together: Option<u32>,
    pub(crate) way: Way,
}

impl Engine<'_> {
    pub(super) fn lang(&self) -> &'static str {
        self.sender.lang
    }

    /// What was found so far, and where it is.
    pub(crate) fn summary(&self) -> String {
        let words = Words("Written to", "기록한 파일:").of(self.lang());
        format!("{}{words} {}\n", show(&self.file, self.lang()), self.store.path.display())
    }

    /// Asks for a line; where Ctrl-C ends the program instead, the person reads what was found and how it continues.
    fn ask_person(&self, question: Words, parting: &str, terminal: &mut dyn Terminal) -> std::io::Result<String> {
        self.sender.interrupts.part_with(Some(format!("\n{parting}{}", self.summary())));
        let answer = terminal.ask(question.of(self.lang()));
        self.sender.interrupts.part_with(None);
        answer
    }

    /// Whether there is a question that can be asked now.
    fn has_more(&self) -> bool {
        let can_be_asked = |question: &Question| {
            let is_wanted = !self.is_asked(*question) && (question.is_free() || !self.only_free);
            let plan = plan(&self.file, *question, self.default);
            is_wanted && plan.is_ok_and(|plan| over_budget(&self.file, &plan).is_none())
        };
        Question::ALL.iter().any(can_be_asked)
    }

    /// Asks all that can be asked.
    pub(crate) fn run(&mut self, terminal: &mut dyn Terminal) -> End {
        if !self.has_more() {
            terminal.say(&format!("{}\n", words::NOTHING_MORE.of(self.lang())));
            if !self.only_free {
                self.forget_skipped();
                for question in Question::ALL.into_iter().filter(|question| !question.is_free()) {
                    if !self.is_asked(question)
                        && let Err(why) = self.planned(question)
                    {
                        self.skip(question, why);
                    }
                }
            }
            return self.finish(terminal);
        }
        self.forget_skipped();
        for question in Question::ALL {
            if question != Question::Reach && self.is_asked(question) {
                continue;
            }
            if let Some(end) = self.question(question, terminal) {
                return end;
            }
        }
        self.finish(terminal)
    }

    /// Why an earlier run left a question out may not hold for this one.
    fn forget_skipped(&mut self) {
        self.file.steps.retain(|step| step.state != State::Skipped || !step.exchanges.is_empty());
    }

    fn finish(&mut self, terminal: &mut dyn Terminal) -> End {
        if !self.only_free && self.file.finished_at.is_none() {
            self.file.finished_at = Some(written(SystemTime::now()));
        }
        if self.write(terminal) { End::Finished } else { End::NotWritten { may_have_moved: false } }
    }

    fn is_asked(&self, question: Question) -> bool {
        self.file.steps.iter().any(|step| step.step == question.name() && step.state != State::Skipped)
    }

    fn planned(&self, question: Question) -> Result<Plan, Why> {
        match plan(&self.file, question, self.default) {
            _ if self.only_free && !question.is_free() => Err(Why::OnlyFree),
            Ok(plan) => over_budget(&self.file, &plan).map_or(Ok(plan), Err),
            Err(why) => Err(why),
        }
    }

    fn question(&mut self, question: Question, terminal: &mut dyn Terminal) -> Option<End> {
        let plan = match self.planned(question) {
            Ok(plan) => plan,
            Err(why) => {
                if self.skip(question, why) {
                    terminal.say(&words::skipped(question, why, self.lang()));
                }
                return None;
            }
        };
        let lang = self.lang();
        if !question.is_free()
            && let Some(end) = self.cut_off(terminal)
        {
            return Some(end);
        }
        terminal.say(&words::about(question, &plan, &self.file, lang));
        if !question.is_free() && !self.yes {
            let answer = self.ask_person(words::TYPE_YES, &format!("{}\n", words::NOT_ASKED.of(lang)), terminal);
            if !answer.is_ok_and(|answer| answer == "yes" || answer == "네" || answer == "예") {
                terminal.say(&format!("{}\n", words::NOT_ASKED.of(lang)));
                return Some(End::Stopped);
            }
        }
        self.ask(question, &plan, terminal)
    }

    fn ask(&mut self, question: Question, plan: &Plan, terminal: &mut dyn Terminal) -> Option<End> {
        let of_full = question.is_of_full_payment();
        let before = left(&self.file, of_full);
        self.begin(question, plan);
        if !self.write(terminal) {
            return Some(End::NotWritten { may_have_moved: false });
        }
        if question == Question::Reach {
            return self.reach(terminal);
        }
        // On disk it counts as spent; here it is known that nothing has left yet.
        if let Some(step) = self.step(question) {
            step.cost = Cost::default();
        }
        let payment = if of_full { &self.file.full_payment } else { &self.file.payment };
        let payment = payment.clone()?;
        let is_interrupted = self.send(question, plan, &payment, terminal);
        self.settle(question, before);
        let is_written = self.write(terminal);
        let step = self.step(question).cloned()?;
        terminal.say(&words::came(&step, self.lang()));
        let mut not_sent = step.exchanges.iter().map(|exchange| exchange.outcome == Outcome::NotSent);
        // What is free is asked again as a whole.
        let all_not_sent = if question.is_free() { not_sent.any(|it| it) } else { not_sent.all(|it| it) };
        if all_not_sent {
            let why = step.exchanges.last().and_then(|exchange| exchange.message.clone()).unwrap_or_default();
            self.file.steps.retain(|step| step.step != question.name());
            if !self.write(terminal) {
                return Some(End::NotWritten { may_have_moved: false });
            }
            if is_interrupted {
                return Some(End::Stopped);
            }
            terminal.complain(&format!("not_sent: {why}\n{}\n", words::SEE_DOCTOR.of(self.lang())));
            return Some(End::NotReached);
        }
        if !is_written {
            return Some(End::NotWritten { may_have_moved: step.cost.most > 0 });
        }
        let is_loud =
            question.asks_too_much() && step.exchanges.iter().any(|exchange| exchange.outcome == Outcome::Done);
        if is_loud {
            terminal.complain(&words::loud(question, plan, &payment, self.lang()));
            self.skip_rest(terminal);
            return Some(End::Loud);
        }
        if step.state == State::Unknown {
            self.way = Way::Unchecked;
            self.unknown(question, is_interrupted, terminal);
        }
        is_interrupted.then_some(End::Stopped)
    }

    /// Records that a question is being asked.
    fn begin(&mut self, question: Question, plan: &Plan) {
        let exchanges = self.taken(question);
        let step = Step {
            step: question.name().to_owned(),
            state: State::Asked,
            why_skipped: None,
            could_cost: plan.could_cost,
            cost: Cost { least: 0, most: plan.could_cost },
            ruled: None,
            exchanges,
        };
        let steps = &mut self.file.steps;
        let skipped = steps.iter().position(|step| step.state == State::Skipped).unwrap_or(steps.len());
        // The way there is looked at anew by each run.
        let at = if question == Question::Reach { 0 } else { skipped };
        steps.insert(at, step);
        self.file.finished_at = None;
    }

    /// Takes a question's step away, for another in its place, and gives the exchanges that are to be kept.
    fn taken(&mut self, question: Question) -> Vec<Exchange> {
        let at = self.file.steps.iter().position(|step| step.step == question.name());
        at.map(|at| self.file.steps.remove(at).exchanges).unwrap_or_default()
    }

    fn step(&mut self, question: Question) -> Option<&mut Step> {
        self.file.steps.iter_mut().find(|step| step.step == question.name())
    }

    /// Sends the requests of a question, and tells whether Ctrl-C was pressed.
    fn send(&mut self, question: Question, plan: &Plan, payment: &Payment, terminal: &mut dyn Terminal) -> bool {
        if plan.is_at_once {
            let sent = self.sender.send(&plan.asks, payment, terminal);
            self.together = Some(sent.together);
            self.keep(question, sent.exchanges);
            return sent.is_interrupted;
        }
        for ask in &plan.asks {
            let mut ask = ask.clone();
            if question == Question::FormsBySuccess {
                // What remains depends on which of those before were done.
                match left(&self.file, false).exact().and_then(|remains| remains.checked_sub(ask.amount)) {
                    Some(confirm) => ask.confirm = Some(confirm),
                    None => return false,
                }
            }
            let mut sent = self.sender.send(std::slice::from_ref(&ask), payment, terminal);
            // What is free and was answered by no code of the gateway's is asked once more: it may have been an accident.
            if question.is_free() && !sent.is_interrupted && !sent.exchanges.iter().all(is_clear) {
                self.keep(question, sent.exchanges);
                sent = self.sender.send(&[ask], payment, terminal);
            }
            let is_lost = sent.exchanges.iter().any(|exchange| {
                exchange.outcome == Outcome::NotSent || exchange.outcome == Outcome::Unknown && !question.is_free()
            });
            self.keep(question, sent.exchanges);
            if sent.is_interrupted || is_lost {
                return sent.is_interrupted;
            }
        }
        false
    }

    pub(super) fn keep(&mut self, question: Question, exchanges: Vec<Exchange>) {
        if let Some(step) = self.step(question) {
            step.exchanges.extend(exchanges);
        }
    }

    /// Records what a question cost and found out.
    fn settle(&mut self, question: Question, before: Left) {
        let after = left(&self.file, question.is_of_full_payment());
        let cost =
            Cost { least: before.least.saturating_sub(after.most), most: before.most.saturating_sub(after.least) };
        if let Some(step) = self.step(question) {
            let is_known = question.is_free() || after.exact().is_some();
            step.state = if is_known { State::Answered } else { State::Unknown };
            step.cost = if question.is_free() { Cost::default() } else { cost };
        }
        self.find();
    }

    /// Finds out anew what the exchanges say.
    pub(crate) fn find(&mut self) {
        self.file.findings = findings(&self.file, self.default, self.together);
        let kept = self.sender.client.keeps_connections();
        if let Some(kept) = kept {
            self.file.findings.connections_kept = Some(kept);
        }
    }

    fn reach(&mut self, terminal: &mut dyn Terminal) -> Option<End> {
        let found = reach(self.sender.client, self.sender.timeout, &mut self.file.findings);
        match found {
            Some(Ok(_)) => {
                self.settle(Question::Reach, Left::all(0));
                let is_written = self.write(terminal);
                terminal.say(&words::reached(&self.file.findings, self.lang()));
                (!is_written).then_some(End::NotWritten { may_have_moved: false })
            }
            failed => {
                self.file.steps.retain(|step| step.step != Question::Reach.name());
                let why = match failed {
                    Some(Err(error)) => error.message(option_of),
                    _ => "the result was lost".to_owned(),
                };
                terminal.complain(&format!("not_sent: {why}\n{}\n", words::SEE_DOCTOR.of(self.lang())));
                if self.write(terminal) {
                    Some(End::NotReached)
                } else {
                    Some(End::NotWritten { may_have_moved: false })
                }
            }
        }
    }

    /// Tells a person what to look up; where one is there and wants to continue, takes what they read.
    fn unknown(&mut self, question: Question, is_interrupted: bool, terminal: &mut dyn Terminal) {
        let lang = self.lang();
        let of_full = question.is_of_full_payment();
        let bounds = left(&self.file, of_full);
        terminal.complain(&words::look_up(&self.file, of_full, lang).unwrap_or_default());
        if is_interrupted || self.yes || !terminal.is_there() {
            return;
        }
        while let Ok(answer) = self.ask_person(words::TYPE_REMAINING, "", terminal) {
            if answer.is_empty() {
                return;
            }
            match super::exchange::amount(&answer) {
                Some(remaining) if (bounds.least..=bounds.most).contains(&remaining) => {
                    rule(&mut self.file, of_full, remaining);
                    self.find();
                    self.write(terminal);
                    return;
                }
                _ => terminal.complain(&words::out_of_bounds(bounds, lang)),
            }
        }
    }

    /// Leaves a question out; whether there is something to tell of it.
    fn skip(&mut self, question: Question, why: Why) -> bool {
        let exchanges = self.taken(question);
        if !exchanges.is_empty() {
            // It was to be asked again, and is not needed any more.
            let answered = Step {
                step: question.name().to_owned(),
                state: State::Answered,
                why_skipped: None,
                could_cost: 0,
                cost: Cost::default(),
                ruled: None,
                exchanges,
            };
            let steps = &mut self.file.steps;
            let at = steps.iter().position(|step| step.state == State::Skipped).unwrap_or(steps.len());
            steps.insert(at, answered);
            return false;
        }
        self.file.steps.push(Step {
            step: question.name().to_owned(),
            state: State::Skipped,
            why_skipped: Some(why.words().of("en").to_owned()),
            could_cost: 0,
            cost: Cost::default(),
            ruled: None,
            exchanges: Vec::new(),
        });
        true
    }

    /// Leaves out all that was not asked.
    fn skip_rest(&mut self, terminal: &mut dyn Terminal) {
        for question in Question::ALL {
            let is_there = self.file.steps.iter().any(|step| step.step == question.name());
            if !is_there && self.skip(question, Why::Answered) {
                terminal.say(&words::skipped(question, Why::Answered, self.lang()));
            }
        }
        self.file.finished_at = Some(written(SystemTime::now()));
        self.write(terminal);
    }

    /// Writes the file; tells why not.
    pub(crate) fn write(&mut self, terminal: &mut dyn Terminal) -> bool {
        self.file.updated_at = written(SystemTime::now());
        let Err(error) = self.file.write(&self.store.path) else { return true };
        terminal.complain(&format!(
            "{}: {} ({error})\n",
            self.store.path.display(),
            words::NOT_WRITTEN.of(self.lang())
        ));
        false
    }

    /// The exit code that says what is known.
    pub(crate) fn code(&self, end: End) -> i32 {
        let is_open = [false, true].into_iter().any(|of_full| left(&self.file, of_full).exact().is_none());
        match end {
            _ if is_open => exit::UNKNOWN,
            End::NotWritten { may_have_moved: true } | End::Loud => exit::UNKNOWN,
            End::NotWritten { .. } | End::Stopped => exit::STOPPED,
            End::NotReached => exit::NOT_SENT,
            End::Finished => {
                let why = |why: Why| {
                    let skipped = |step: &Step| step.why_skipped.as_deref() == Some(why.words().of("en"));
                    self.file.steps.iter().any(skipped)
                };
                if is_blocked(&self.file) || is_unanswered(&self.file) {
                    exit::NOT_SENT
                } else if why(Why::NoForm) || why(Why::PartialDeclined) {
                    exit::DECLINED
                } else {
                    exit::DONE
                }
            }
        }
    }
}
