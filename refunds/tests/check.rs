//! Every interleaving of two refunds of one payment, over the real decisions: workers that die, requests and answers that
//! are lost, late or told twice, leases that run out, cancels in the merchant admin, stores that forget, people who rule.
//!
//! `golden.txt` holds what was found, with the shortest way to each harm when a rule is taken away. `UPDATE=1` writes it.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use paywelcome_refunds::internals::{Rule, Rules, decide};
use paywelcome_refunds::{Action, Event, Holder, Operation, Payment, Policy, Refund, Ruling, Said, State};

const PAID: u64 = 3;
/// Equal amounts are the harder case: one can be taken for the other.
const AMOUNT: u64 = 1;
const POLICY: Policy = Policy { confirm_price_enforced: false, lease: 1, quiet: 1, pause: 0, sends: 2 };
/// How often each refund is sent in the small form; the second once more in the large one.
const CLAIMS: [u8; 2] = [2, 1];
/// And where somebody cancels in the merchant admin.
const CLAIMS_WITH_ADMIN: [u8; 2] = [2, 0];

/// How a gateway looks at `confirmPrice`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Guard {
    Equal,
    CheckThenAct,
    /// It only looks that `confirmPrice` is at least what would remain.
    AtLeast,
    None,
}

#[derive(Clone, Copy, Debug)]
struct Setting {
    enforced: bool,
    guard: Guard,
    /// Whether somebody cancels in the merchant admin.
    admin: bool,
    /// Whether the store is put back to where nothing had been sent, or to the first claim.
    forgets: bool,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Way {
    Held,
    Travels,
    Checked,
    Applied,
    Refused,
    Nowhere,
}

/// What its worker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Waits,
    Knows { said: Said, again: bool },
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sent {
    of: usize,
    token: u64,
    operation: Operation,
    confirm: u64,
    way: Way,
    worker: Worker,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    remaining: u64,
    applied: [u8; 2],
    payment: Ledger,
    refunds: [Refund; 2],
    claims: [u8; 2],
    sent: Vec<Sent>,
    admin: bool,
    forgot: bool,
    /// Of which a success was told.
    told: [bool; 2],
    /// What the store held at the first claim, where it may be put back to it.
    backup: Option<(Ledger, [Refund; 2])>,
}

/// What the store holds of the payment.
type Ledger = (u64, u64, Option<usize>, bool);

impl World {
    fn new() -> Self {
        let refund = Refund::new(AMOUNT, 0);
        Self {
            remaining: PAID,
            applied: [0; 2],
            payment: (PAID, 2 * AMOUNT, None, false),
            refunds: [refund; 2],
            claims: [0; 2],
            sent: Vec::new(),
            admin: false,
            forgot: false,
            told: [false; 2],
            backup: None,
        }
    }

    fn seen_by(&self, of: usize) -> Payment {
        let (remaining, asked, open, suspect) = self.payment;
        let holder = match open {
            None => Holder::Nobody,
            Some(open) if open == of => Holder::This,
            Some(_) => Holder::Other,
        };
        Payment { paid: PAID, remaining, asked, holder, suspect }
    }

    /// Has the product decide, and stores what it says.
    fn step(&self, of: usize, event: Event, rules: Rules, setting: Setting) -> Option<(Self, Action)> {
        let policy = Policy { confirm_price_enforced: setting.enforced, ..POLICY };
        let moved = decide(rules, self.seen_by(of), self.refunds[of], event, 0, &policy).ok()?;
        let mut after = self.clone();
        let Payment { remaining, asked, holder, suspect, .. } = moved.payment;
        let open = match holder {
            Holder::Nobody => None,
            Holder::This => Some(of),
            Holder::Other => self.payment.2,
        };
        after.payment = (remaining, asked, open, suspect);
        // Counts that only grow would make the same world look new.
        after.refunds[of] = Refund { pauses: 0, attempts: moved.refund.attempts.min(1), ..moved.refund };
        Some((after, moved.action))
    }

    fn harm(&self) -> Option<String> {
        for (of, refund) in self.refunds.iter().enumerate() {
            let (name, applied) = (name(of), self.applied[of]);
            if applied > 1 {
                return Some(format!("double: {name} went back twice"));
            }
            if self.told[of] && refund.state != State::Done {
                return Some(format!("lost: a success of {name} was told, and is not recorded"));
            }
            match refund.state {
                State::Done if applied == 0 => {
                    return Some(format!("against the evidence: {name} is done, but did not go back"));
                }
                State::Declined | State::Void if applied == 1 => {
                    return Some(format!("lost: {name} is {:?}, but went back", refund.state));
                }
                _ => {}
            }
        }
        None
    }
}

fn name(of: usize) -> char {
    ['A', 'B'][of]
}

/// All worlds that may come next, each with what happened.
fn next(world: &World, rules: Rules, setting: Setting) -> Vec<(String, World)> {
    let mut found = Vec::new();
    for of in 0..2 {
        let refund = world.refunds[of];
        let token = 1 + u64::from(world.claims[of]);
        match world.step(of, Event::Claim { token }, rules, setting) {
            Some((mut after, Action::Send { operation, confirm, .. })) if world.claims[of] < claims(setting, of) => {
                after.claims[of] += 1;
                if setting.forgets && !world.forgot {
                    after.backup = after.backup.or(Some((after.payment, after.refunds)));
                }
                after.sent.push(Sent { of, token, operation, confirm, way: Way::Held, worker: Worker::Waits });
                found.push((format!("a worker claims {}", name(of)), after));
            }
            Some((after, Action::Store)) => found.push((format!("a worker looks at {}", name(of)), after)),
            _ => {}
        }
        let held = |sent: &Sent| sent.of == of && sent.way == Way::Held;
        if refund.lease_over > 0 || world.sent.iter().any(held) {
            let mut after = world.clone();
            after.refunds[of].lease_over = 0;
            for sent in after.sent.iter_mut().filter(|sent| held(sent)) {
                // The client keeps its deadline.
                sent.way = Way::Nowhere;
                if sent.worker == Worker::Waits {
                    sent.worker = Worker::Knows { said: Said::NotSent, again: false };
                }
            }
            found.push((format!("the lease of {} runs out", name(of)), after));
        } else if refund.quiet_over > 0 {
            let moving = |sent: &Sent| sent.of == of && matches!(sent.way, Way::Travels | Way::Checked);
            if !world.sent.iter().any(moving) {
                let mut after = world.clone();
                after.refunds[of].quiet_over = 0;
                found.push((format!("the quiet time of {} runs out", name(of)), after));
            }
        }
        rulings(world, of, rules, setting, &mut found);
        statement(world, of, rules, setting, &mut found);
    }
    for at in 0..world.sent.len() {
        travel(world, at, rules, setting, &mut found);
    }
    if setting.admin && !world.admin && world.remaining >= AMOUNT {
        found.push((
            "somebody cancels in the merchant admin".into(),
            World { admin: true, remaining: world.remaining - AMOUNT, ..world.clone() },
        ));
    }
    if let (false, Some((payment, refunds))) = (world.forgot, world.backup) {
        let fresh = World::new();
        let points =
            [(fresh.payment, fresh.refunds, "before anything was sent"), (payment, refunds, "the first claim")];
        for (payment, refunds, point) in points {
            let mut after = World { forgot: true, payment, refunds, told: [false; 2], backup: None, ..world.clone() };
            for of in 0..2 {
                if let Some((told, _)) = after.step(of, Event::Restored, rules, setting) {
                    after = told;
                }
            }
            found.push((format!("the store is restored to {point}"), after));
        }
    }
    found
}

/// A person looks, and rules as they see it.
fn rulings(world: &World, of: usize, rules: Rules, setting: Setting, found: &mut Vec<(String, World)>) {
    // Equal amounts look alike: there is one more cancel than refunds that are done. After a restore, the gateway has to be asked.
    let done = world.refunds.iter().filter(|refund| refund.state == State::Done).count();
    let cancels: u8 = world.applied.iter().sum();
    let went_back = if setting.forgets { world.applied[of] > 0 } else { usize::from(cancels) > done };
    for ruling in [Ruling::Done, Ruling::Void, Ruling::Retry, Ruling::Resend] {
        if went_back == matches!(ruling, Ruling::Void | Ruling::Retry) || !went_back && ruling == Ruling::Done {
            continue;
        }
        // A refund that nobody has tried yet is not looked at.
        if world.refunds[of].state == State::Requested && world.refunds[of].maybe_sent == 0 {
            continue;
        }
        for remaining in [None, Some(world.remaining)] {
            if let Some((after, _)) = world.step(of, Event::Ruled { ruling, remaining }, rules, setting) {
                let seen = remaining.map_or(String::new(), |seen| format!(", {seen} remain"));
                found.push((format!("a person rules {ruling:?} of {}{seen}", name(of)), after));
            }
        }
    }
}

/// A statement is held against the ledger: it shows what went back, and what somebody cancelled in the merchant admin. Only where
/// somebody does, since the worlds would be half as many again.
fn statement(world: &World, of: usize, rules: Rules, setting: Setting, found: &mut Vec<(String, World)>) {
    if !setting.admin {
        return;
    }
    let name = name(of);
    for (is_shown, event, what) in [
        (world.applied[of] > 0, Event::Shown, "the cancel of"),
        (world.admin, Event::Foreign, "a cancel that is not of"),
    ] {
        match world.step(of, event, rules, setting) {
            Some((after, Action::Store)) if is_shown => {
                found.push((format!("a statement shows {what} {name}"), after));
            }
            _ => {}
        }
    }
}

/// A request, and what its worker learns.
fn travel(world: &World, at: usize, rules: Rules, setting: Setting, found: &mut Vec<(String, World)>) {
    let sent = world.sent[at];
    let whose = name(sent.of);
    let mut add = |what: &str, change: &dyn Fn(&mut World)| {
        let mut after = world.clone();
        change(&mut after);
        found.push((format!("{what} {whose}, try {}", sent.token), after));
    };
    let apply = |after: &mut World| {
        after.sent[at].way = Way::Applied;
        after.remaining -= AMOUNT;
        after.applied[sent.of] += 1;
    };
    let left = world.remaining.checked_sub(AMOUNT);
    match sent.way {
        Way::Held => {
            add("the request leaves:", &|after| after.sent[at].way = Way::Travels);
            if sent.worker == Worker::Waits {
                add("no connection for", &|after| {
                    after.sent[at].way = Way::Nowhere;
                    after.sent[at].worker = Worker::Knows { said: Said::NotSent, again: false };
                });
            }
        }
        Way::Travels => {
            let fits = match (sent.operation, setting.guard) {
                (Operation::Cancel, _) => world.remaining == PAID && left == Some(0),
                (_, Guard::Equal | Guard::CheckThenAct) => left == Some(sent.confirm),
                (_, Guard::AtLeast) => left.is_some_and(|left| sent.confirm >= left),
                (_, Guard::None) => left.is_some(),
            };
            match fits {
                false => add("the gateway declines", &|after| after.sent[at].way = Way::Refused),
                true if setting.guard == Guard::CheckThenAct => {
                    add("the gateway has looked at", &|after| after.sent[at].way = Way::Checked);
                }
                true => add("the gateway applies", &apply),
            }
            add("the network loses", &|after| after.sent[at].way = Way::Nowhere);
        }
        Way::Checked if left.is_some() => add("the gateway applies", &apply),
        Way::Checked => add("the gateway declines", &|after| after.sent[at].way = Way::Refused),
        _ => {}
    }
    match sent.worker {
        Worker::Waits => {
            let mut learns = |said: Said| {
                let knows = Worker::Knows { said, again: false };
                add(&format!("the worker is told {said:?} of"), &|after| after.sent[at].worker = knows);
            };
            match sent.way {
                Way::Applied => {
                    learns(Said::Done);
                    if sent.token > 1 {
                        learns(Said::Unknown { mismatch: true });
                    }
                }
                Way::Refused => learns(Said::Declined),
                _ => {}
            }
            if sent.way != Way::Held {
                learns(Said::Unknown { mismatch: false });
            }
            add("the worker dies with", &|after| after.sent[at].worker = Worker::Gone);
        }
        Worker::Knows { said, again } => {
            if let Some((mut after, _)) = world.step(sent.of, Event::Said { token: sent.token, said }, rules, setting) {
                after.told[sent.of] |= said == Said::Done;
                let mut once = after.clone();
                once.sent[at].worker = Worker::Gone;
                found.push((format!("{said:?} is recorded of {whose}, try {}", sent.token), once));
                // Of the others, twice is as once.
                if !again && matches!(said, Said::Done | Said::NotSent) {
                    let mut twice = after;
                    twice.sent[at].worker = Worker::Knows { said, again: true };
                    found.push((
                        format!("{said:?} is recorded of {whose}, try {}, and will be again", sent.token),
                        twice,
                    ));
                }
            }
        }
        Worker::Gone => {}
    }
}

fn claims(setting: Setting, of: usize) -> u8 {
    let small = if setting.admin { CLAIMS_WITH_ADMIN } else { CLAIMS };
    small[of] + u8::from(full() && of == 1)
}

fn full() -> bool {
    std::env::var_os("FULL").is_some()
}

/// Looks at every world that can be reached: the shortest way to a harm, or how many worlds there are.
fn search(rules: Rules, setting: Setting) -> Result<usize, Vec<String>> {
    let mut seen: HashMap<World, usize> = HashMap::from([(World::new(), 0)]);
    let mut ways: Vec<(usize, String)> = vec![(0, String::new())];
    let mut queue = VecDeque::from([World::new()]);
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ended = Vec::new();
    let back = |last: String, mut at: usize, ways: &[(usize, String)]| {
        let mut way = vec![last];
        while at != 0 {
            way.push(ways[at].1.clone());
            at = ways[at].0;
        }
        way.reverse();
        way
    };
    while let Some(world) = queue.pop_front() {
        let at = seen[&world];
        // What has used up its claims here would be claimed again.
        let ends = |of: usize| {
            world.refunds[of].state.is_ended()
                || world.refunds[of].state == State::Requested && world.claims[of] >= claims(setting, of)
        };
        if ends(0) && ends(1) {
            ended.push(at);
        }
        for (what, mut after) in next(&world, rules, setting) {
            after.sent.retain(|sent| {
                sent.worker != Worker::Gone || matches!(sent.way, Way::Held | Way::Travels | Way::Checked)
            });
            after.sent.sort_by_key(|sent| (sent.of, sent.token, sent.way));
            if let Some(harm) = after.harm() {
                let mut way = back(what, at, &ways);
                way.push(format!("HARM: {harm}"));
                return Err(way);
            }
            let number = *seen.entry(after).or_insert_with_key(|after| {
                ways.push((at, what));
                before.push(Vec::new());
                queue.push_back(after.clone());
                ways.len() - 1
            });
            before[number].push(at);
        }
    }
    let mut can_end = vec![false; ways.len()];
    while let Some(at) = ended.pop() {
        if !std::mem::replace(&mut can_end[at], true) {
            ended.append(&mut before[at]);
        }
    }
    match can_end.iter().position(|can| !can) {
        Some(at) => Err(back("HARM: stuck: from here, a refund can never end".into(), at, &ways)),
        None => Ok(ways.len()),
    }
}

const GOOD: [Setting; 8] = [
    Setting { enforced: false, guard: Guard::Equal, admin: false, forgets: false },
    Setting { enforced: false, guard: Guard::CheckThenAct, admin: false, forgets: false },
    Setting { enforced: false, guard: Guard::AtLeast, admin: false, forgets: false },
    Setting { enforced: false, guard: Guard::None, admin: true, forgets: false },
    Setting { enforced: true, guard: Guard::Equal, admin: false, forgets: false },
    Setting { enforced: true, guard: Guard::Equal, admin: true, forgets: false },
    // The same pair leaves only when the earlier one has arrived or is lost, so that it need not be looked at atomically.
    Setting { enforced: true, guard: Guard::CheckThenAct, admin: false, forgets: false },
    Setting { enforced: false, guard: Guard::None, admin: false, forgets: true },
];

/// A merchant who states what is not so.
const WRONG: [Setting; 2] = [
    Setting { enforced: true, guard: Guard::AtLeast, admin: false, forgets: false },
    Setting { enforced: true, guard: Guard::None, admin: false, forgets: false },
];

const RULES: [(&str, Rule); 12] = [
    ("R2", Rule::Pair),
    ("R3", Rule::OneOpen),
    ("R4", Rule::Enforced),
    ("R5", Rule::NoNewPair),
    ("R6, a success counts from any attempt", Rule::AnySuccess),
    ("R6, all else counts once", Rule::Once),
    ("R7", Rule::NoInference),
    ("R8", Rule::OnlyAttempt),
    ("R9", Rule::GiveBack),
    ("R10", Rule::Quiet),
    ("R11", Rule::Sweep),
    ("R12", Rule::Restore),
];

fn told(setting: Setting) -> String {
    let Setting { enforced, guard, admin, forgets } = setting;
    let extra = [(admin, ", cancels in the admin"), (forgets, ", a store that forgets")];
    let extra: String = extra.iter().filter(|(there, _)| *there).map(|(_, told)| *told).collect();
    format!("gateway {guard:?}, confirm_price_enforced={enforced}{extra}")
}

#[test]
fn no_harm_can_be_reached_and_each_rule_is_needed() {
    let mut report = String::new();
    for setting in GOOD {
        let worlds = search(Rules::ALL, setting).unwrap_or_else(|way| panic!("{}:\n{}", told(setting), way.join("\n")));
        assert!(worlds > 100);
        let _ = writeln!(report, "{}: no harm in {worlds} worlds", told(setting));
    }
    if full() {
        let written = std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/check-refunds.txt"), report);
        written.expect("the build folder can be written to");
        return;
    }
    for setting in WRONG {
        let way = search(Rules::ALL, setting).expect_err("a merchant who is wrong about the gateway pays twice");
        let _ = write!(report, "\n{}:\n  {}\n", told(setting), way.join("\n  "));
    }
    for (name, rule) in RULES {
        let mut found =
            GOOD.iter().filter_map(|setting| Some((setting, search(Rules::without(rule), *setting).err()?)));
        let (setting, way) = found.next().unwrap_or_else(|| panic!("nobody misses {name}"));
        let _ = write!(report, "\nwithout {name}: {}:\n  {}\n", told(*setting), way.join("\n  "));
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(golden, &report).expect("the tree can be written to");
    }
    assert_eq!(report, std::fs::read_to_string(golden).expect("it is in the tree"), "UPDATE=1 writes it anew");
}
