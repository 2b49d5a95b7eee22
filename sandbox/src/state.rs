//! Everything of a sandbox that changes.

use std::sync::Arc;

use crate::clock::{Clock, Kst};
use crate::events::{Bell, Change, Events};
use crate::fault::Faults;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::merchants::{Merchant, Merchants};
use crate::options::Options;
use crate::payment::{Approval, ApprovalError};
use crate::rules::Rules;
use crate::secrets::Secrets;
use crate::terms::Terms;

/// Behind one lock, so that money and journal can't tell different stories.
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) journal: Journal,
    pub(crate) merchants: Merchants,
    pub(crate) rules: Rules,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) events: Events,
    pub(crate) secrets: Secrets,
    /// How often it went back to the start: what was to come before that no longer does.
    pub(crate) resets: u64,
}

impl State {
    /// The state a sandbox starts with.
    pub(crate) fn new(options: &Options, bell: Arc<Bell>) -> Self {
        let merchant = Merchant::new(options.mid.clone(), options.sign_key.clone());
        let mut secrets = Secrets::default();
        secrets.add(&merchant);
        Self {
            ledger: Ledger::default(),
            journal: Journal::default(),
            merchants: Merchants::new(merchant),
            rules: options.first_rules(),
            clock: Clock::default(),
            faults: Faults::default(),
            events: Events::new(bell),
            secrets,
            resets: 0,
        }
    }

    /// Goes back to the start; numbers continue, and keys that were known stay hidden.
    pub(crate) fn reset(&mut self, options: &Options) {
        let merchant = Merchant::new(options.mid.clone(), options.sign_key.clone());
        self.ledger = Ledger::default();
        self.resets += 1;
        self.journal.clear();
        self.merchants = Merchants::new(merchant);
        self.rules = options.first_rules();
        self.clock = Clock::default();
        self.faults.disarm(None);
        self.events.push(Change::Settings("reset"));
    }

    /// That the door has opened by itself.
    pub(crate) fn reopen(&mut self) {
        self.faults.reopen();
        self.events.push(Change::Settings("faults"));
    }

    /// The time by the sandbox's clock.
    pub(crate) fn now(&self) -> Kst {
        self.clock.now()
    }

    /// Makes a payment of the merchant that the terms name.
    pub(crate) fn approve(&mut self, approval: Approval, terms: Terms) -> Result<String, ApprovalError> {
        let now = self.now();
        let mid = terms.mid.as_deref().unwrap_or(&self.merchants.first().mid).to_owned();
        if self.merchants.get(&mid).is_none() {
            return Err(ApprovalError::Mid);
        }
        let tid = self.ledger.approve(&mid, approval, terms, &now)?;
        self.events.push(Change::Payment(tid.clone()));
        Ok(tid)
    }

    /// Adds a merchant, or gives one a new key.
    pub(crate) fn put_merchant(&mut self, merchant: Merchant) -> Result<(), &'static str> {
        self.secrets.add(&merchant);
        self.merchants.put(merchant)?;
        self.events.push(Change::Settings("merchants"));
        Ok(())
    }
}
