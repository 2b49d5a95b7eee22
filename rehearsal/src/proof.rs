//! What the file proves to others.

use crate::rehearsal::{GatewayKind, Rehearsal};

impl Rehearsal {
    /// Returns whether it was found out for this merchant id at this address that `confirmPrice` keeps a cancel that is sent twice
    /// from giving back twice, and why or why not.
    ///
    /// The payment's [`pay_type`](crate::Payment::pay_type) is the one that it was found out for.
    pub fn proves_confirm_price(&self, mid: &str, base_url: &str) -> (bool, String) {
        let Self { gateway, findings, .. } = self;
        let found = &findings.confirm_price;
        let same = |one: &str, other: &str| one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'));
        if !same(&gateway.base_url, base_url) {
            let what = match gateway.kind {
                GatewayKind::Test => "the rehearsal was with the test host",
                GatewayKind::Loopback => "the rehearsal was with a gateway on this machine",
                GatewayKind::Production => "the rehearsal was with another gateway",
            };
            return (false, format!("{what}, {}, which proves nothing for {base_url}", gateway.base_url));
        }
        if self.mid != mid {
            return (false, format!("the rehearsal was of merchant {}, which proves nothing for {mid}", self.mid));
        }
        match found.enforced {
            Some(true) => (true, format!("{} keeps cancels from giving back twice for {mid}", gateway.base_url)),
            Some(false) => (
                false,
                format!("the rehearsal found that {} does not keep a cancel from giving back twice", gateway.base_url),
            ),
            None => (false, "the rehearsal did not find out whether confirmPrice is enforced".to_owned()),
        }
    }
}
