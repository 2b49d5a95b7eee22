//! What goes over the wire after a request, step by step; a plain answer is one step.

use std::time::Duration;

use crate::rules::Connections;
use crate::transcript::Transcript;

/// Everything that happens on the connection until the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The HTTP status that is sent; 0 where none is.
    pub(crate) status: u16,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// The same byte so many times.
    Fill(u8, u64),
    /// Portions, with a pause before each but the first.
    Trickle {
        bytes: Vec<u8>,
        portion: usize,
        every: Duration,
    },
    Pause(Duration),
    /// Nothing, until the client is gone.
    Silence,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    Close,
    Reset,
    /// Closed as soon as the next request begins.
    CloseAtReuse,
}

impl Delivery {
    /// An answer in one piece.
    pub(crate) fn plain(status: u16, bytes: Vec<u8>, close: bool) -> Self {
        Self { status, steps: vec![Step::Send(bytes)], end: if close { End::Close } else { End::Keep } }
    }

    /// The same, with the connection closed in the end where the rules have it.
    pub(crate) fn closing(self, connections: Connections) -> Self {
        let closes = connections == Connections::Closed && self.end == End::Keep;
        if closes { Self { end: End::Close, ..self } } else { self }
    }

    /// The bytes that are sent to a client that stays.
    pub(crate) fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::default();
        for step in &self.steps {
            match step {
                Step::Send(bytes) | Step::Trickle { bytes, .. } => transcript.push(bytes),
                Step::Fill(byte, count) => transcript.fill(*byte, *count),
                Step::Pause(_) | Step::Silence => {}
            }
        }
        transcript
    }
}
