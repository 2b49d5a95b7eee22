//! What the lines of a file say together: of one key, and of one payment. Of most lines only two numbers are kept.

use std::hash::{BuildHasher, RandomState};

use paywelcome::Argument;
use paywelcome_refunds::Arguments;

/// How many keys that may be there twice are looked at a second time.
const MOST_TWICE: usize = 100_000;

/// The keys and the payments of lines that were seen, as numbers.
#[derive(Default)]
pub(crate) struct Seen {
    hasher: RandomState,
    keys: Vec<u64>,
    payments: Vec<u64>,
}

/// What is there more than once, and what was said of it first.
///
/// Of a million keys or payments, two that are not the same have the same number once in 40 million times; of keys the texts
/// are compared, too.
pub(crate) struct Twice {
    hasher: RandomState,
    keys: Vec<u64>,
    first: Vec<Option<(String, u64)>>,
    payments: Vec<u64>,
    said: Vec<Said>,
}

/// What the lines of a payment have said so far.
#[derive(Clone, Default)]
struct Said {
    /// The first of them.
    line: u64,
    paid: u64,
    pay_type: String,
    is_cents: bool,
    /// What remains, and the line that says so.
    remaining: Option<(u64, u64)>,
    asked: u64,
}

/// A line that was read.
pub(crate) struct Read<'a> {
    pub(crate) line: u64,
    pub(crate) arguments: &'a Arguments,
    pub(crate) amount: u64,
    pub(crate) is_cents: bool,
}

impl Read<'_> {
    fn text(&self, name: &str) -> &str {
        self.arguments.get(name).and_then(|argument| argument.text("").ok()).unwrap_or_default()
    }

    /// An amount that was checked.
    fn amount_of(&self, name: &str) -> Option<u64> {
        let given = self.arguments.get(name).filter(|given| !given.is_absent());
        paywelcome::checks::amount(given?).ok().and_then(|amount| u64::try_from(amount.value()).ok())
    }
}

impl Seen {
    /// Notes a line; its payment only where these are looked at.
    pub(crate) fn note(&mut self, arguments: &Arguments, has_payments: bool) {
        self.keys.push(number(&self.hasher, arguments.get("key")));
        if has_payments {
            self.payments.push(number(&self.hasher, arguments.get("tid")));
        }
    }

    /// What was seen more than once; nothing where there is none of it.
    pub(crate) fn twice(self) -> Option<Twice> {
        let mut keys = repeated(self.keys);
        keys.truncate(MOST_TWICE);
        let payments = repeated(self.payments);
        if keys.is_empty() && payments.is_empty() {
            return None;
        }
        let (first, said) = (vec![None; keys.len()], vec![Said::default(); payments.len()]);
        Some(Twice { hasher: self.hasher, keys, first, payments, said })
    }
}

fn number(hasher: &RandomState, given: Option<&Argument>) -> u64 {
    hasher.hash_one(given.and_then(|given| given.text("").ok()).unwrap_or_default())
}

/// What is there more than once, in order.
fn repeated(mut all: Vec<u64>) -> Vec<u64> {
    all.sort_unstable();
    let mut repeated: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    repeated.dedup();
    repeated
}

impl Twice {
    /// Looks at the next line again: what it contradicts, by column.
    pub(crate) fn look(&mut self, read: &Read<'_>) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let key = read.text("key");
        if let Ok(at) = self.keys.binary_search(&number(&self.hasher, read.arguments.get("key"))) {
            match &self.first[at] {
                Some((first, line)) if first == key => wrong.push(("key", format!("is the key of line {line}, too"))),
                Some(_) => {}
                None => self.first[at] = Some((key.to_owned(), read.line)),
            }
        }
        if let Ok(at) = self.payments.binary_search(&number(&self.hasher, read.arguments.get("tid"))) {
            self.said[at].add(read, &mut wrong);
        }
        wrong
    }
}

impl Said {
    fn add(&mut self, read: &Read<'_>, wrong: &mut Vec<(&'static str, String)>) {
        let (paid, pay_type) = (read.amount_of("paid").unwrap_or_default(), read.text("pay_type"));
        if self.line == 0 {
            (self.line, self.paid, self.is_cents) = (read.line, paid, read.is_cents);
            pay_type.clone_into(&mut self.pay_type);
        }
        let Self { line, paid: known, .. } = *self;
        let mut other = |name, known: &dyn std::fmt::Display| {
            wrong.push((name, format!("is not what line {line} says of this payment, {known}")));
        };
        if paid != known {
            other("paid", &known);
        }
        if pay_type != self.pay_type {
            other("pay_type", &self.pay_type);
        }
        if read.is_cents != self.is_cents {
            other("currency", &if self.is_cents { "USD" } else { "WON" });
        }
        match (self.remaining, read.amount_of("remaining")) {
            (Some((known, line)), Some(remaining)) if known != remaining => wrong.push((
                "remaining",
                format!("is not what line {line} says of this payment, {known}; pass what remained before all of them"),
            )),
            (None, Some(remaining)) => self.remaining = Some((remaining, read.line)),
            _ => {}
        }
        self.asked = self.asked.saturating_add(read.amount);
        let most = self.remaining.map_or(known, |(remaining, _)| remaining.min(known));
        if self.asked > most {
            let what = if most < known { "remains of" } else { "was paid with" };
            wrong.push((
                "amount",
                format!(
                    "is above what {what} this payment, {most}, together with its lines before it: {} in all",
                    self.asked
                ),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use paywelcome::Argument;
    use paywelcome_refunds::Arguments;

    use super::{Read, Seen};

    /// The lines of a file: key, tid, amount, paid, pay type, remaining.
    fn look(lines: &[(&str, &str, u64, &str, &str, &str)]) -> Vec<(u64, &'static str, String)> {
        let read = |(key, tid, amount, paid, pay_type, remaining): &(&str, &str, u64, &str, &str, &str)| {
            let named =
                [("key", *key), ("tid", *tid), ("paid", *paid), ("pay_type", *pay_type), ("remaining", *remaining)];
            let given = named.into_iter().filter(|(_, text)| !text.is_empty());
            let arguments: Arguments =
                given.map(|(name, text)| (name.to_owned(), Argument::Text(text.to_owned()))).collect();
            (arguments, *amount)
        };
        let all: Vec<_> = lines.iter().map(read).collect();
        let mut seen = Seen::default();
        for (arguments, _) in &all {
            seen.note(arguments, true);
        }
        let Some(mut twice) = seen.twice() else { return Vec::new() };
        let looked = all.iter().zip(2..).flat_map(|((arguments, amount), line)| {
            let found = twice.look(&Read { line, arguments, amount: *amount, is_cents: false });
            found.into_iter().map(move |(column, message)| (line, column, message))
        });
        looked.collect()
    }

    #[test]
    fn lines_that_fit_together_are_right() {
        assert_eq!(look(&[]), []);
        assert_eq!(look(&[("a", "T1", 12_000, "12000", "card", ""), ("b", "T2", 12_000, "12000", "card", "")]), []);
        let parts = [
            ("a", "T1", 3_000, "12000", "card", "9000"),
            ("b", "T2", 1, "1", "hpp", ""),
            ("c", "T1", 4_000, "12,000", "card", ""),
            ("d", "T1", 2_000, "12000", "card", "9,000"),
        ];
        assert_eq!(look(&parts), []);
    }

    #[test]
    fn what_the_lines_of_a_payment_contradict_is_named() {
        let first = ("a", "T1", 3_000, "12000", "card", "");
        for (second, expected) in [
            (("a", "T2", 1, "1", "card", ""), vec![("key", "is the key of line 2, too")]),
            (
                ("b", "T1", 9_001, "12000", "card", ""),
                vec![(
                    "amount",
                    "is above what was paid with this payment, 12000, together with its lines before it: 12001 in all",
                )],
            ),
            (
                ("b", "T1", 3_000, "12000", "card", "5000"),
                vec![(
                    "amount",
                    "is above what remains of this payment, 5000, together with its lines before it: 6000 in all",
                )],
            ),
            (
                ("b", "T1", 3_000, "13000", "hpp", ""),
                vec![
                    ("paid", "is not what line 2 says of this payment, 12000"),
                    ("pay_type", "is not what line 2 says of this payment, card"),
                ],
            ),
        ] {
            let found = look(&[first, second]);
            let found: Vec<_> =
                found.iter().map(|(line, column, message)| (*line, *column, message.as_str())).collect();
            assert_eq!(found, expected.iter().map(|(column, message)| (3, *column, *message)).collect::<Vec<_>>());
        }
        let found = look(&[first, ("b", "T1", 1, "12000", "card", "9000"), ("c", "T1", 1, "12000", "card", "8999")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].2.starts_with("is not what line 3 says of this payment, 9000; pass what remained before"));
    }

    #[test]
    fn each_line_beyond_what_was_paid_is_named() {
        let lines: Vec<_> = ["a", "b", "c", "d"].map(|key| (key, "T1", 5_000, "12000", "card", "")).to_vec();
        assert_eq!(look(&lines).iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [4, 5]);
    }
}
