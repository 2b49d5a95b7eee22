//! Transaction ids in the gateway's shape: prefix 10, mid 10, KST date and time 14, serial 6.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Kst;

/// The longest mid, and the width of its place in a tid.
pub(crate) const MID_WIDTH: usize = 10;
/// The part of the prefix that marks a tid as made here.
const MARK: &str = "WPSBX";
/// What is left of the prefix for the pay type.
const PAY_TYPE_WIDTH: usize = 5;
const SERIALS: u64 = 1_000_000;

/// One row of serials for the whole process, so that a tid of one sandbox is unknown to every other; it starts anywhere,
/// so that two processes in the same second are unlikely to meet.
static SERIAL: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(0) % SERIALS));

/// Takes the next serial: never taken twice by this process within a million.
pub(crate) fn serial() -> u64 {
    SERIAL.fetch_add(1, Ordering::Relaxed) % SERIALS
}

/// A tid of 40 characters.
pub(crate) fn compose(pay_type: &str, mid: &str, now: &Kst, serial: u64) -> String {
    let word = pay_type.to_ascii_uppercase();
    format!("{MARK}{word:_>PAY_TYPE_WIDTH$.PAY_TYPE_WIDTH$}{mid:_<MID_WIDTH$}{}{serial:06}", now.as_str())
}

/// A cancel's tid of 22 characters, as long as the guide's field table says.
pub(crate) fn compose_short(now: &Kst, serial: u64) -> String {
    format!("SC{}{serial:06}", now.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{compose, compose_short, serial};
    use crate::clock::Kst;

    #[test]
    fn has_the_shape_of_the_gateway() {
        let now = Kst::at_unix(1_567_735_260);
        for (pay_type, mid, tid) in [
            ("card", "sandbox001", "WPSBX_CARDsandbox00120190906110100000007"),
            ("hpp", "shop", "WPSBX__HPPshop______20190906110100000007"),
            ("vbank", "m", "WPSBXVBANKm_________20190906110100000007"),
            ("bank", "sandbox001", "WPSBX_BANKsandbox00120190906110100000007"),
            ("culturegft", "sandbox001", "WPSBXCULTUsandbox00120190906110100000007"),
            ("x", "sandbox001", "WPSBX____Xsandbox00120190906110100000007"),
        ] {
            assert_eq!(compose(pay_type, mid, &now, 7), tid);
            assert_eq!(tid.len(), 40);
        }
        assert_eq!(compose_short(&now, 7), "SC20190906110100000007");
    }

    #[test]
    fn never_repeats_within_a_second() {
        let now = Kst::at_unix(1_567_735_260);
        let tids: HashSet<String> = (0..50_000).map(|_| compose("card", "shop", &now, serial())).collect();
        assert_eq!(tids.len(), 50_000);
    }
}
