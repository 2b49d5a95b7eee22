//! What arrived, in order: the newest thousand requests, without any secret.

use std::collections::VecDeque;

use serde::Serialize;

use crate::explain::Explanation;
use crate::fault::Fired;
use crate::transcript::Transcript;

/// How many requests are kept, and how many bytes of them.
const KEPT: usize = 1_000;
const KEPT_BYTES: usize = 16 * 1024 * 1024;
/// What a request takes besides its bytes, roughly.
const OVERHEAD: usize = 1_024;

/// A request that was read whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// Its place among all requests, from 1.
    pub number: u64,
    /// When it arrived, in KST: `yyyyMMddHHmmss`.
    pub at: String,
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The form's fields as decoded, in order; empty where the body was refused or not well-formed. A value that holds
    /// a sign key or a merchant key reads `(hidden)`.
    pub fields: Vec<(String, String)>,
    /// The HTTP status of the reply; 0 where a fault sends none.
    pub status: u16,
    /// The `ResultCode` the gateway decided on, also where a fault keeps it from the client; absent where the request
    /// was refused by its HTTP alone.
    pub result_code: Option<String>,
    /// The `ResultMsg` that belongs to it.
    pub result_msg: Option<String>,
    /// Whether it moved money.
    pub executed: bool,
    /// When it moved money, where that was after the exchange: `yyyyMMddHHmmss`.
    pub executed_late: Option<String>,
    /// What is wrong with the signature, where that could be found out.
    pub explanation: Option<Explanation>,
    /// The fault it met.
    pub fault: Option<Fired>,
    /// How the exchange ended, once it has: `kept`, `closed`, `reset` or `client_gone`.
    pub ended: Option<&'static str>,
    /// The address and port it came from: one per connection.
    pub peer: String,
    /// The bytes that arrived.
    #[serde(skip)]
    pub received: Transcript,
    /// The bytes that were sent, or were meant to be where the client went away.
    #[serde(skip)]
    pub sent: Transcript,
}

impl Request {
    fn size(&self) -> usize {
        let fields: usize = self.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        OVERHEAD + fields + self.received.bytes().len() + self.sent.bytes().len()
    }
}

/// The newest requests, and how many there were at the endpoints.
#[derive(Default)]
pub(crate) struct Journal {
    newest: VecDeque<Request>,
    bytes: usize,
    last: u64,
    at_endpoints: u64,
}

impl Journal {
    /// Writes a request down and gives its number.
    pub(crate) fn push(&mut self, mut request: Request, at_endpoint: bool) -> u64 {
        self.last += 1;
        request.number = self.last;
        self.bytes += request.size();
        self.newest.push_back(request);
        self.at_endpoints += u64::from(at_endpoint);
        while self.newest.len() > KEPT || (self.bytes > KEPT_BYTES && self.newest.len() > 1) {
            self.bytes -= self.newest.pop_front().map_or(0, |oldest| oldest.size());
        }
        self.last
    }

    /// The newest requests, oldest first.
    pub(crate) fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> + ExactSizeIterator {
        self.newest.iter()
    }

    /// A request that is still kept.
    pub(crate) fn get(&self, number: u64) -> Option<&Request> {
        self.newest.get(self.place(number)?)
    }

    /// A request that is still kept, to be completed; its size must stay.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Request> {
        let place = self.place(number)?;
        self.newest.get_mut(place)
    }

    /// The number of the newest request, 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// How many requests arrived at either endpoint, those no longer kept included.
    pub(crate) fn at_endpoints(&self) -> u64 {
        self.at_endpoints
    }

    /// Forgets everything but the count of numbers, so that no number is given twice.
    pub(crate) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    fn place(&self, number: u64) -> Option<usize> {
        let oldest = self.newest.front()?.number;
        usize::try_from(number.checked_sub(oldest)?).ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Journal, KEPT, KEPT_BYTES, Request};
    use crate::transcript::Transcript;

    pub(crate) fn request(path: String) -> Request {
        Request {
            number: 0,
            at: "20190906110100".to_owned(),
            method: "POST".to_owned(),
            path,
            fields: Vec::new(),
            status: 200,
            result_code: None,
            result_msg: None,
            executed: false,
            executed_late: None,
            explanation: None,
            fault: None,
            ended: None,
            peer: String::new(),
            received: Transcript::default(),
            sent: Transcript::default(),
        }
    }

    #[test]
    fn keeps_the_newest_and_counts_all() {
        let mut journal = Journal::default();
        for number in 1..=KEPT + 1 {
            let given = journal.push(request(number.to_string()), number != 3);
            assert_eq!(given, number as u64);
        }
        let paths: Vec<&str> = journal.requests().map(|request| request.path.as_str()).collect();
        assert_eq!(paths.len(), KEPT);
        assert_eq!((paths[0], paths[KEPT - 1]), ("2", "1001"));
        assert_eq!((journal.at_endpoints(), journal.last()), (1_000, 1_001));
        let path = |number| journal.get(number).map(|request| request.path.as_str());
        assert_eq!([path(1), path(2), path(1_001), path(1_002)], [None, Some("2"), Some("1001"), None]);
        journal.clear();
        assert_eq!((journal.requests().count(), journal.at_endpoints()), (0, 0));
        assert_eq!(journal.push(request(String::new()), true), 1_002);
    }

    #[test]
    fn is_bounded_by_bytes_too() {
        let mut journal = Journal::default();
        for _ in 0..500 {
            let mut large = request(String::new());
            large.sent.fill(b'x', 1_000_000);
            journal.push(large, true);
        }
        let held: usize = journal.requests().map(|request| request.sent.bytes().len()).sum();
        assert!((KEPT_BYTES / 2..KEPT_BYTES).contains(&held), "{held}");
    }
}
