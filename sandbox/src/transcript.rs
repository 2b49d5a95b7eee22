//! The bytes of one side of an exchange, as the journal keeps them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// How many bytes are kept of each side of an exchange.
const KEPT: usize = 64 * 1024;

/// The bytes that went over the wire in one direction, without any key; at most the first 64 KiB.
///
/// As JSON it has `text`, or `base64` where the bytes are not UTF-8, with `length` and `truncated`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    bytes: Vec<u8>,
    length: u64,
}

impl Transcript {
    /// The bytes that were kept.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there were.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = KEPT - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.length += bytes.len() as u64;
    }

    /// Adds the same byte many times.
    pub(crate) fn fill(&mut self, byte: u8, count: u64) {
        let room = KEPT - self.bytes.len();
        let kept = usize::try_from(count).map_or(room, |count| count.min(room));
        self.bytes.resize(self.bytes.len() + kept, byte);
        self.length += count;
    }
}

impl Serialize for Transcript {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("Transcript", 3)?;
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => shown.serialize_field("text", text)?,
            Err(_) => shown.serialize_field("base64", &STANDARD.encode(&self.bytes))?,
        }
        shown.serialize_field("length", &self.length)?;
        shown.serialize_field("truncated", &(self.length > self.bytes.len() as u64))?;
        shown.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Transcript};

    #[test]
    fn keeps_the_start_and_the_length() {
        let mut transcript = Transcript::default();
        transcript.push(b"{\"");
        transcript.fill(b'x', 10_000_000_000);
        transcript.push(b"\"}");
        assert_eq!((transcript.bytes().len(), transcript.length()), (KEPT, 10_000_000_004));
        assert!(transcript.bytes().starts_with(b"{\"xxx"));
    }

    #[test]
    fn is_text_where_it_can_be() {
        let json = |bytes: &[u8]| {
            let mut transcript = Transcript::default();
            transcript.push(bytes);
            serde_json::to_string(&transcript).unwrap_or_default()
        };
        assert_eq!(json("가\n".as_bytes()), "{\"text\":\"가\\n\",\"length\":4,\"truncated\":false}");
        assert_eq!(json(b"\xb0\xa1"), "{\"base64\":\"sKE=\",\"length\":2,\"truncated\":false}");
    }
}
