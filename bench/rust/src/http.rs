//! Just enough HTTP/1.1 for a bench: one message at a time, with a length.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The head and the body of one message, and what was read beyond it.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    used: usize,
}

/// Where a message's body begins and ends.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    body: usize,
    end: usize,
}

impl Reader {
    /// Reads one whole message and gives its head and body; `None` where the peer closed between two messages.
    ///
    /// # Errors
    ///
    /// What is not HTTP/1.1 with a `Content-Length`, and a connection that ends within a message.
    pub async fn message(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(&[u8], &[u8])>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        loop {
            if let Some(Bounds { body, end }) = bounds(&self.buffer)?
                && self.buffer.len() >= end
            {
                self.used = end;
                return Ok(Some((&self.buffer[..body], &self.buffer[body..end])));
            }
            self.buffer.reserve(2048);
            match stream.read_buf(&mut self.buffer).await? {
                0 if self.buffer.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => {}
            }
        }
    }
}

fn bounds(bytes: &[u8]) -> io::Result<Option<Bounds>> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let body = head + 4;
    let length = header(&bytes[..body], b"content-length").and_then(|value| value.trim().parse::<usize>().ok());
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no Content-Length"))?;
    Ok(Some(Bounds { body, end: body + length }))
}

fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a str> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        key.eq_ignore_ascii_case(name).then(|| std::str::from_utf8(value).ok())?
    })
}
