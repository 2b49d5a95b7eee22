//! One accepted connection, as a script sees it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::GUARD;
use crate::log::Shared;
use crate::request::Request;

/// One accepted connection; every byte that is read from it is on record.
///
/// The script's end closes it, and what it wrote before is delivered only if everything that came was read.
#[derive(Debug)]
pub struct Connection {
    /// How many were accepted before it.
    pub number: usize,
    stream: TcpStream,
    shared: Arc<Shared>,
    /// What came and is not part of a request that was read.
    unread: Vec<u8>,
}

/// What came of waiting for bytes.
enum Came {
    Bytes,
    Nothing,
    End,
}

impl Connection {
    pub(crate) fn new(number: usize, stream: TcpStream, shared: Arc<Shared>) -> Self {
        Self { number, stream, shared, unread: Vec::new() }
    }

    fn read(&mut self, within: Duration) -> Came {
        let mut buffer = [0; 16 * 1024];
        self.stream.set_read_timeout(Some(within)).expect("the time is above zero");
        match self.stream.read(&mut buffer) {
            Ok(0) => Came::End,
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                self.shared.change(|log| log.received[self.number].extend_from_slice(&buffer[..count]));
                Came::Bytes
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Came::Nothing,
            Err(_) => Came::End,
        }
    }

    /// Reads the next request, whole; `None` where the connection ended before.
    pub fn request(&mut self) -> Option<Request> {
        loop {
            if let Some((request, length)) = Request::parse(self.number, &self.unread) {
                self.unread.drain(..length);
                self.shared.change(|log| log.requests.push(request.clone()));
                return Some(request);
            }
            let Came::Bytes = self.read(GUARD) else { return None };
        }
    }

    /// Writes `bytes`; whether they arrive is for the other side to say.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Answers every request that comes, until the other side closes.
    pub fn serve(&mut self, answer: impl Fn(&Request) -> Vec<u8>) {
        while let Some(request) = self.request() {
            self.send(&answer(&request));
        }
    }

    /// Reads to the end, answering nothing.
    pub fn drain(&mut self) {
        while let Came::Bytes = self.read(GUARD) {}
    }

    /// Returns whether the other side closed, waiting for it no longer than `within`.
    pub fn is_closed(&mut self, within: Duration) -> bool {
        loop {
            match self.read(within) {
                Came::Bytes => {}
                Came::Nothing => return false,
                Came::End => return true,
            }
        }
    }

    /// Returns whether nothing comes for so long; the other side may have closed meanwhile.
    pub fn is_quiet(&mut self, within: Duration) -> bool {
        !within.is_zero() && matches!(self.read(within), Came::Nothing)
    }

    /// Waits until some bytes came.
    pub fn some_bytes(&mut self) {
        self.read(GUARD);
    }

    /// Closes this side, and reads to the other's end.
    pub fn hang_up(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.drain();
    }

    /// Breaks the connection off: the other side gets a reset.
    pub fn reset(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let runtime = runtime.expect("a runtime needs no more than a socket did");
        let _entered = runtime.enter();
        self.stream.set_nonblocking(true).expect("the socket is open");
        let stream = tokio::net::TcpStream::from_std(self.stream).expect("the socket does not block");
        stream.set_zero_linger().expect("the socket is open");
    }
}
