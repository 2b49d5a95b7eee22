//! The merchants a sandbox knows, with their keys.

use std::hash::{BuildHasher, RandomState};

use crate::signature::merchant_key;
use crate::tid::MID_WIDTH;

/// What every sign key that the sandbox makes up begins with, so that nobody takes one for a real key.
pub(crate) const KEY_PREFIX: &str = "paywelcome-sandbox-";
/// How many merchants there may be.
const MERCHANTS_MAX: usize = 100;

/// A merchant, its key, and what follows from it.
#[derive(Clone)]
pub(crate) struct Merchant {
    pub(crate) mid: String,
    pub(crate) sign_key: String,
    pub(crate) mkey: String,
}

impl Merchant {
    /// A merchant; an empty mid or key is refused before.
    pub(crate) fn new(mid: String, sign_key: String) -> Self {
        let mkey = merchant_key(&sign_key);
        Self { mid, sign_key, mkey }
    }

    /// The sign key where it is one that the sandbox made up, and so no secret.
    pub(crate) fn made_up_key(&self) -> Option<&str> {
        Some(self.sign_key.as_str()).filter(|key| key.starts_with(KEY_PREFIX))
    }
}

/// Checks what a merchant is made of; gives the argument at fault and what is wrong.
pub(crate) fn check(mid: &str, sign_key: &str) -> Result<(), (&'static str, &'static str)> {
    if !(1..=MID_WIDTH).contains(&mid.len()) || !mid.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(("mid", "the sandbox's mid must have 1 to 10 printable ASCII characters and no space"));
    }
    if sign_key.is_empty() {
        return Err(("sign_key", "the sandbox's sign key must not be empty"));
    }
    Ok(())
}

/// A new key that says what it is.
pub(crate) fn made_up_key() -> String {
    format!("{KEY_PREFIX}{:016x}", RandomState::new().hash_one(0))
}

/// Every merchant, the one of the options first.
pub(crate) struct Merchants(Vec<Merchant>);

impl Merchants {
    /// One merchant.
    pub(crate) fn new(first: Merchant) -> Self {
        Self(vec![first])
    }

    /// The merchant with a mid.
    pub(crate) fn get(&self, mid: &str) -> Option<&Merchant> {
        self.0.iter().find(|merchant| merchant.mid == mid)
    }

    /// The merchant of the options.
    pub(crate) fn first(&self) -> &Merchant {
        &self.0[0]
    }

    /// Every merchant.
    pub(crate) fn all(&self) -> &[Merchant] {
        &self.0
    }

    /// Adds a merchant, or gives one a new key; refused once there are too many.
    pub(crate) fn put(&mut self, merchant: Merchant) -> Result<(), &'static str> {
        let full = self.0.len() >= MERCHANTS_MAX;
        match self.0.iter_mut().find(|known| known.mid == merchant.mid) {
            Some(known) => *known = merchant,
            None if full => return Err("a sandbox knows at most 100 merchants"),
            None => self.0.push(merchant),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{KEY_PREFIX, Merchant, Merchants, made_up_key};

    #[test]
    fn only_made_up_keys_are_told() {
        let made_up = made_up_key();
        assert!(made_up.starts_with(KEY_PREFIX) && made_up != made_up_key());
        assert_eq!(Merchant::new("shop".into(), made_up.clone()).made_up_key(), Some(made_up.as_str()));
        assert_eq!(Merchant::new("shop".into(), "real".into()).made_up_key(), None);
    }

    #[test]
    fn there_is_a_limit_and_no_mid_twice() {
        let merchant = |number: usize| Merchant::new(format!("shop{number}"), "key".into());
        let mut merchants = Merchants::new(merchant(0));
        for number in 0..100 {
            assert!(merchants.put(merchant(number)).is_ok());
        }
        assert_eq!(merchants.all().len(), 100);
        assert!(merchants.put(merchant(100)).is_err());
        assert!(merchants.put(merchant(99)).is_ok());
        assert_eq!(merchants.first().mid, "shop0");
    }
}
