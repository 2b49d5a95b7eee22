//! One connection: reads requests from it, and holds what was read but not yet used.

mod deliver;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use paywelcome_loopback::http::{self, BODY_MAX, Chunked, Framing, Head, Refusal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use crate::door::Order;
use crate::gateway::Gateway;
use crate::route::{COMMAND_MAX, is_for, route};

/// How long a request may take from its first byte to its last.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long a connection may stay open without a request.
const IDLE_LIMIT: Duration = Duration::from_secs(300);
const READ_BYTES: usize = 4096;

/// A stream over a socket.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket below.
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A connection and what was read from it but not yet used: the start of a request, or requests sent ahead.
pub(crate) struct Connection<S> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
    orders: watch::Receiver<Order>,
    received: Arc<AtomicU64>,
}

/// Why a request could not be read whole.
pub(crate) enum Unread {
    /// The client is gone, or silent for too long between requests: nobody is there to be told.
    Gone,
    /// It is refused before or within its body; what follows on the connection has no known beginning.
    Refused(Option<Box<(Head, Vec<u8>)>>, Refusal),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl<S: Wire> Connection<S> {
    /// A connection that was accepted for `gateway`, from which nothing was read.
    pub(crate) fn new(stream: S, gateway: &Gateway) -> Self {
        let orders = gateway.door.orders();
        let received = Arc::clone(&gateway.received);
        Self { stream, buffer: Vec::with_capacity(READ_BYTES), orders, received }
    }

    /// Reads the next request whole.
    pub(crate) async fn request(&mut self) -> Result<(Head, Vec<u8>, Vec<u8>), Unread> {
        if self.buffer.is_empty() {
            self.idle().await?;
        }
        timeout(REQUEST_LIMIT, self.head_and_body()).await.unwrap_or(Err(Unread::Refused(None, http::TOO_SLOW)))
    }

    /// Waits for the first byte of a request, but not behind a door that is shut for idle connections.
    async fn idle(&mut self) -> Result<(), Unread> {
        let mut orders = self.orders.clone();
        tokio::select! {
            filled = timeout(IDLE_LIMIT, self.fill()) => Ok(filled.map_err(|_| Unread::Gone)??),
            _ = orders.wait_for(|order| order.shut && order.close_open) => Err(Unread::Gone),
        }
    }

    async fn head_and_body(&mut self) -> Result<(Head, Vec<u8>, Vec<u8>), Unread> {
        let (head, used) = loop {
            match http::parse_head(&self.buffer) {
                Ok(Some(found)) => break found,
                Ok(None) => self.fill().await?,
                Err(refusal) => return Err(Unread::Refused(None, refusal)),
            }
        };
        let head_bytes: Vec<u8> = self.buffer.drain(..used).collect();
        if head.expects_continue && self.buffer.is_empty() {
            if let Err(refusal) = route(&head)
                && !is_for(&head)
            {
                return Err(Unread::Refused(Some(Box::new((head, head_bytes))), refusal));
            }
            if head.framing != Framing::Length(0) && !too_long(&head) {
                self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            }
        }
        match self.body(&head).await {
            Ok(Ok(body)) => Ok((head, head_bytes, body)),
            Ok(Err(refusal)) => Err(Unread::Refused(Some(Box::new((head, head_bytes))), refusal)),
            Err(error) => Err(error.into()),
        }
    }

    async fn body(&mut self, head: &Head) -> io::Result<Result<Vec<u8>, Refusal>> {
        match head.framing {
            Framing::Length(_) if too_long(head) => Ok(Err(http::TOO_LARGE)),
            Framing::Length(length) => {
                while self.buffer.len() < length {
                    self.fill().await?;
                }
                Ok(Ok(self.buffer.drain(..length).collect()))
            }
            Framing::Chunked => {
                let mut chunked = Chunked::default();
                loop {
                    match chunked.advance(&self.buffer) {
                        Ok(true) => break,
                        Ok(false) => self.fill().await?,
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
                self.buffer.drain(..chunked.used);
                Ok(Ok(chunked.body))
            }
        }
    }

    /// Waits for more bytes; the end of the stream is an error here.
    async fn fill(&mut self) -> io::Result<()> {
        match self.read().await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads what comes next, and counts it.
    async fn read(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ_BYTES);
        let count = self.stream.read_buf(&mut self.buffer).await?;
        self.received.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn too_long(head: &Head) -> bool {
    let most = if is_for(head) { COMMAND_MAX } else { BODY_MAX };
    matches!(head.framing, Framing::Length(length) if length > most)
}
