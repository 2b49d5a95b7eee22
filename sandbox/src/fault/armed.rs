//! The faults that are armed, and the choice of the one a request meets.

use serde_json::{Map, Value};

use super::draw::Draws;
use super::{Fired, Kind, When};

/// How many faults may be armed at once.
const ARMED_MAX: usize = 10_000;

/// An armed fault.
#[derive(Debug)]
pub(crate) struct Fault {
    id: u64,
    pub(crate) kind: Kind,
    when: When,
    selector: Selector,
    /// How often it may still fire; nothing means as often as it likes.
    remaining: Option<u64>,
    fired: u64,
    /// How many requests it was meant for have come by.
    seen: u64,
    draws: Draws,
    /// The arguments it was armed with.
    shown: Map<String, Value>,
}

/// Which requests a fault is meant for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selector {
    pub(crate) tid: Option<String>,
    pub(crate) endpoint: Option<&'static str>,
    pub(crate) nth: u64,
    pub(crate) probability: Option<f64>,
    pub(crate) seed: u64,
}

/// A request that may meet a fault.
pub(crate) struct Seen<'form> {
    pub(crate) endpoint: &'static str,
    pub(crate) tid: &'form str,
    pub(crate) fields: &'form [(String, String)],
    pub(crate) would_succeed: bool,
}

impl Fault {
    pub(super) fn new(
        kind: Kind,
        when: When,
        selector: Selector,
        remaining: Option<u64>,
        shown: Map<String, Value>,
    ) -> Self {
        Self { id: 0, kind, when, selector, remaining, fired: 0, seen: 0, draws: Draws::default(), shown }
    }

    /// The number it was armed under.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// As it was armed, with its number and what became of it.
    pub(crate) fn show(&self) -> Value {
        let mut shown = self.shown.clone();
        shown.insert("id".to_owned(), self.id.into());
        shown.insert("fired".to_owned(), self.fired.into());
        shown.insert("remaining".to_owned(), self.remaining.map_or(Value::Null, Value::from));
        if self.kind.hides_the_outcome() {
            shown.insert("when".to_owned(), self.when.word().into());
        }
        Value::Object(shown)
    }

    /// Counts a request, and says whether the fault is due at it.
    fn is_due(&mut self, seen: &Seen<'_>) -> bool {
        let selector = &self.selector;
        let meant = self.kind.meets_requests()
            && selector.tid.as_ref().is_none_or(|tid| tid == seen.tid)
            && selector.endpoint.is_none_or(|endpoint| endpoint == seen.endpoint)
            && (seen.would_succeed || !self.kind.needs_success())
            // A full cancel's answer says nothing of what remains.
            && (seen.endpoint == "repay" || !matches!(self.kind, Kind::WrongRemaining { .. }));
        if !meant {
            return false;
        }
        self.seen += 1;
        self.seen >= selector.nth
            && selector
                .probability
                .is_none_or(|probability| self.draws.falls(probability, selector.seed, seen.tid, seen.fields))
    }

    fn fire(&mut self) -> Fired {
        self.fired += 1;
        self.remaining = self.remaining.map(|left| left.saturating_sub(1));
        Fired { id: self.id, kind: self.kind.name(), when: self.when.word() }
    }
}

/// Every armed fault, in the order of arming.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Fault>,
    last: u64,
}

impl Faults {
    /// Arms a fault and gives its number; nothing where there are too many.
    pub(crate) fn arm(&mut self, mut fault: Fault) -> Option<u64> {
        if self.armed.len() >= ARMED_MAX {
            return None;
        }
        self.last += 1;
        fault.id = self.last;
        self.armed.push(fault);
        Some(self.last)
    }

    /// Takes one fault away, or all of them; gives those that were there.
    pub(crate) fn disarm(&mut self, id: Option<u64>) -> Vec<Fault> {
        match id {
            None => std::mem::take(&mut self.armed),
            Some(id) => self.armed.extract_if(.., |fault| fault.id == id).collect(),
        }
    }

    /// Every fault that can still fire.
    pub(crate) fn all(&self) -> &[Fault] {
        &self.armed
    }

    /// The fault a request meets: of all that are due, the one that was armed first.
    pub(crate) fn meet(&mut self, seen: &Seen<'_>) -> Option<(Kind, When, Fired)> {
        let mut met = None;
        for fault in &mut self.armed {
            if fault.is_due(seen) && met.is_none() {
                met = Some((fault.kind.clone(), fault.when, fault.fire()));
            }
        }
        self.armed.retain(|fault| fault.remaining != Some(0));
        met
    }

    /// The status with which a proxy refuses its tunnel.
    pub(crate) fn meet_tunnel(&mut self) -> Option<(u16, Fired)> {
        let met = self.armed.iter_mut().find_map(|fault| match fault.kind {
            Kind::ProxyRefusal { status } => Some((status, fault.fire())),
            _ => None,
        });
        self.armed.retain(|fault| fault.remaining != Some(0));
        met
    }

    /// Takes away what kept the door shut.
    pub(crate) fn reopen(&mut self) {
        self.armed.retain(|fault| !matches!(fault.kind, Kind::RefuseConnections { .. }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fault, Faults, Seen};
    use crate::arguments::Arguments;

    fn faults(armed: &[Value]) -> Faults {
        let mut faults = Faults::default();
        for value in armed {
            let fault = Arguments::new("arm", value.clone()).and_then(Fault::read);
            assert!(fault.is_ok_and(|fault| faults.arm(fault).is_some()), "{value}");
        }
        faults
    }

    fn meet(faults: &mut Faults, endpoint: &'static str, tid: &str, would_succeed: bool) -> u64 {
        let seen = Seen { endpoint, tid, fields: &[], would_succeed };
        faults.meet(&seen).map_or(0, |(_, _, fired)| fired.id)
    }

    fn cancels(faults: &mut Faults, count: usize) -> Vec<u64> {
        (0..count).map(|_| meet(faults, "cancel", "t", true)).collect()
    }

    #[test]
    fn the_next_the_nth_and_so_many_of_them() {
        assert_eq!(cancels(&mut faults(&[json!({"kind": "close"})]), 3), [1, 0, 0]);
        assert_eq!(cancels(&mut faults(&[json!({"kind": "close", "nth": 3})]), 4), [0, 0, 1, 0]);
        assert_eq!(cancels(&mut faults(&[json!({"kind": "close", "nth": 2, "times": 2})]), 4), [0, 1, 1, 0]);
        let mut forever = faults(&[json!({"kind": "close", "times": 0})]);
        assert_eq!(cancels(&mut forever, 100), [1; 100]);
        assert_eq!((forever.disarm(Some(2)).len(), forever.disarm(Some(1)).len(), forever.all().len()), (0, 1, 0));
        let by_chance = &mut faults(&[json!({"kind": "close", "probability": 0.5})]);
        let met: u64 = cancels(by_chance, 100).iter().sum();
        assert!((30..70).contains(&met));
    }

    #[test]
    fn several_wait_for_their_turn() {
        let two = [json!({"kind": "close"}), json!({"kind": "reset"})];
        assert_eq!(cancels(&mut faults(&two), 3), [1, 2, 0]);
        let numbered = [json!({"kind": "close", "nth": 2}), json!({"kind": "reset", "nth": 1})];
        assert_eq!(cancels(&mut faults(&numbered), 3), [2, 1, 0]);
    }

    #[test]
    fn only_the_meant_request_meets_it() {
        let mut armed = faults(&[json!({"kind": "close", "tid": "mine", "endpoint": "repay"})]);
        assert_eq!(meet(&mut armed, "repay", "other", true), 0);
        assert_eq!(meet(&mut armed, "cancel", "mine", true), 0);
        assert_eq!(meet(&mut armed, "repay", "mine", false), 1);
        let mut armed = faults(&[json!({"kind": "wrong_remaining"})]);
        assert_eq!(meet(&mut armed, "cancel", "t", true), 0);
        assert_eq!(meet(&mut armed, "repay", "t", false), 0);
        assert_eq!(meet(&mut armed, "repay", "t", true), 1);
    }

    #[test]
    fn tunnels_meet_their_own() {
        let mut armed = faults(&[json!({"kind": "proxy_refusal", "status": 407}), json!({"kind": "close"})]);
        assert_eq!(armed.meet_tunnel().map(|(status, _)| status), Some(407));
        assert_eq!(armed.meet_tunnel().map(|(status, _)| status), None);
        assert_eq!(armed.all().len(), 1);
        assert_eq!(armed.all()[0].show()["kind"], "close");
        assert_eq!(armed.all()[0].show()["when"], "after_applying");
    }
}
