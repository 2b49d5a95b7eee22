//! Faults by chance that fall the same way in every run, whatever the order of arrival.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// How many different requests are told apart; beyond that their counts begin again.
const KNOWN_MAX: usize = 100_000;

/// Draws once a request.
#[derive(Debug, Default)]
pub(crate) struct Draws(HashMap<u64, u64>);

impl Draws {
    /// Whether this chance falls on a request: decided by the seed, the tid, the fields, and how often the same came.
    ///
    /// The timestamp and the signature are left out: they differ from run to run.
    pub(crate) fn falls(&mut self, probability: f64, seed: u64, tid: &str, fields: &[(String, String)]) -> bool {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        add(&seed.to_be_bytes());
        add(tid.as_bytes());
        for (name, value) in fields.iter().filter(|(name, _)| name != "timestamp" && name != "signature") {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        let same = first_word(&hash.clone().finalize());
        if self.0.len() >= KNOWN_MAX && !self.0.contains_key(&same) {
            self.0.clear();
        }
        let nth = self.0.entry(same).or_default();
        *nth += 1;
        hash.update(nth.to_be_bytes());
        // 53 bits are what a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "2^53 and less have no loss")]
        let drawn = (first_word(&hash.finalize()) >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < probability
    }
}

fn first_word(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::Draws;

    fn fields(tid: &str, timestamp: &str) -> Vec<(String, String)> {
        [("tid", tid), ("price", "1000"), ("timestamp", timestamp), ("signature", timestamp)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn drawn(seed: u64, order: impl Iterator<Item = u32>, timestamp: &str) -> Vec<(u32, bool)> {
        let mut draws = Draws::default();
        let mut hits: Vec<(u32, bool)> = order
            .map(|number| {
                let tid = number.to_string();
                (number, draws.falls(0.3, seed, &tid, &fields(&tid, timestamp)))
            })
            .collect();
        hits.sort_unstable();
        hits
    }

    #[test]
    fn the_order_and_the_hour_make_no_difference_but_the_seed_does() {
        let first = drawn(7, 0..1_000, "20190906110100");
        assert_eq!(first, drawn(7, (0..1_000).rev(), "20240101000000"));
        assert_ne!(first, drawn(8, 0..1_000, "20190906110100"));
        let hits = first.iter().filter(|(_, hit)| *hit).count();
        assert!((250..350).contains(&hits), "{hits}");
    }

    #[test]
    fn the_same_request_draws_again_each_time() {
        let mut draws = Draws::default();
        let form = fields("t", "20190906110100");
        let hits = (0..1_000).filter(|_| draws.falls(0.5, 1, "t", &form)).count();
        assert!((430..570).contains(&hits), "{hits}");
        assert!((0..100).all(|_| draws.falls(1.0, 1, "t", &form) && !draws.falls(0.0, 1, "t", &form)));
    }
}
