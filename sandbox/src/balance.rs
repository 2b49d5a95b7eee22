//! What a merchant still has to settle: a gateway declines a cancel that is above it.

use std::collections::HashMap;

use crate::clock::Kst;

/// A balance in one currency, and what will be added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Balance {
    pub(crate) amount: u64,
    /// When how much is added.
    pub(crate) credit: Option<(Kst, u64)>,
}

/// The balances that were set, by mid and currency; who has none is never short.
#[derive(Default)]
pub(crate) struct Balances(HashMap<(String, String), Balance>);

impl Balances {
    /// Sets a merchant's balance, or takes the limit away.
    pub(crate) fn set(&mut self, mid: &str, currency: &str, balance: Option<Balance>) {
        let key = (mid.to_owned(), currency.to_owned());
        match balance {
            Some(balance) => self.0.insert(key, balance),
            None => self.0.remove(&key),
        };
    }

    /// A merchant's balance as it is at a time.
    pub(crate) fn get(&self, mid: &str, currency: &str, now: &Kst) -> Option<Balance> {
        let mut balance = self.0.get(&(mid.to_owned(), currency.to_owned())).cloned()?;
        if let Some((at, amount)) = &balance.credit
            && at.as_str() <= now.as_str()
        {
            balance.amount = balance.amount.saturating_add(*amount);
            balance.credit = None;
        }
        Some(balance)
    }

    /// Every balance as it is at a time, with its mid and currency, in their order.
    pub(crate) fn all(&self, now: &Kst) -> Vec<(&str, &str, Balance)> {
        let each = self
            .0
            .keys()
            .filter_map(|(mid, currency)| Some((mid.as_str(), currency.as_str(), self.get(mid, currency, now)?)));
        let mut all: Vec<_> = each.collect();
        all.sort_unstable_by_key(|(mid, currency, _)| (*mid, *currency));
        all
    }

    /// Takes an amount that `get` said is there.
    pub(crate) fn take(&mut self, mid: &str, currency: &str, amount: u64, now: &Kst) {
        if let Some(mut balance) = self.get(mid, currency, now) {
            balance.amount = balance.amount.saturating_sub(amount);
            self.set(mid, currency, Some(balance));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Balance, Balances};
    use crate::clock::Kst;

    #[test]
    fn is_short_now_and_enough_later() {
        let at = |seconds: i64| Kst::at_unix(1_567_735_260 + seconds);
        let mut balances = Balances::default();
        assert_eq!(balances.get("shop", "WON", &at(0)), None);
        balances.set("shop", "WON", Some(Balance { amount: 100, credit: Some((at(60), 1_000)) }));
        let amount = |balances: &Balances, now| balances.get("shop", "WON", &at(now)).map(|found| found.amount);
        assert_eq!((amount(&balances, 59), amount(&balances, 60)), (Some(100), Some(1_100)));
        balances.take("shop", "WON", 30, &at(0));
        assert_eq!((amount(&balances, 59), amount(&balances, 60)), (Some(70), Some(1_070)));
        balances.take("shop", "WON", 1_070, &at(61));
        assert_eq!((amount(&balances, 61), amount(&balances, 61)), (Some(0), Some(0)));
        assert_eq!(balances.get("shop", "USD", &at(0)), None);
        balances.set("shop", "WON", None);
        assert_eq!(amount(&balances, 0), None);
    }
}
