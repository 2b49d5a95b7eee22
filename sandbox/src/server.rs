//! The sockets: accepts connections and holds the conversation on each, one exchange after the other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::clock::Kst;
use crate::gateway::{self, Gateway};
use crate::http::{self, BODY_MAX, Chunked, Framing, Head, Refusal, Reply};

/// How many connections may wait to be accepted: tests open hundreds at once.
const BACKLOG: u32 = 1024;
/// How long a request may take from its first byte to its last.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long a connection may stay open without a request.
const IDLE_LIMIT: Duration = Duration::from_secs(300);
/// How long, and for how many bytes, a refused client is listened to, so that it can read why.
const LINGER_LIMIT: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;
/// How long to wait after a failed accept, which mostly means that no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const READ_BYTES: usize = 4096;

/// Starts to listen; must run inside a runtime.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // On Windows the option would let two servers share a port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until told to stop; on return every connection is closed.
pub(crate) async fn serve(listener: TcpListener, gateway: Arc<Gateway>, mut stop: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(converse(stream, peer, Arc::clone(&gateway)));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

/// A connection and what was read from it but not yet used: the start of a request, or requests sent ahead.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Why a request could not be read whole.
enum Unread {
    /// The client is gone, or silent for too long between requests: nobody is there to be told.
    Gone,
    /// It is refused before or within its body; what follows on the connection has no known beginning.
    Refused(Option<Head>, Refusal),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, gateway: Arc<Gateway>) {
    // Without it a reply may wait for an acknowledgement; it works either way.
    let _ = stream.set_nodelay(true);
    let mut connection = Connection { stream, buffer: Vec::with_capacity(READ_BYTES) };
    let peer = peer.to_string();
    loop {
        let (reply, to_head, close) = match connection.request().await {
            Ok((head, body)) => {
                let reply = gateway.answer(&head, &body, &peer, &Kst::now());
                (reply, head.method == "HEAD", head.close)
            }
            Err(Unread::Refused(Some(head), refusal)) => {
                let reply = gateway.refuse(&head, refusal, &peer);
                (reply, head.method == "HEAD", true)
            }
            Err(Unread::Refused(None, refusal)) => (Reply::from(refusal), false, true),
            Err(Unread::Gone) => return,
        };
        let bytes = reply.encode(to_head, close);
        if connection.stream.write_all(&bytes).await.is_err() {
            return;
        }
        if close {
            connection.linger().await;
            return;
        }
    }
}

impl Connection {
    /// Reads the next request whole.
    async fn request(&mut self) -> Result<(Head, Vec<u8>), Unread> {
        if self.buffer.is_empty() {
            timeout(IDLE_LIMIT, self.fill()).await.map_err(|_| Unread::Gone)??;
        }
        timeout(REQUEST_LIMIT, self.head_and_body()).await.unwrap_or(Err(Unread::Refused(None, http::TOO_SLOW)))
    }

    async fn head_and_body(&mut self) -> Result<(Head, Vec<u8>), Unread> {
        let (head, used) = loop {
            match http::parse_head(&self.buffer) {
                Ok(Some(found)) => break found,
                Ok(None) => self.fill().await?,
                Err(refusal) => return Err(Unread::Refused(None, refusal)),
            }
        };
        self.buffer.drain(..used);
        if head.expects_continue && self.buffer.is_empty() {
            if let Err(refusal) = gateway::route(&head) {
                return Err(Unread::Refused(Some(head), refusal));
            }
            if head.framing != Framing::Length(0) && !too_long(&head) {
                self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            }
        }
        match self.body(&head).await {
            Ok(Ok(body)) => Ok((head, body)),
            Ok(Err(refusal)) => Err(Unread::Refused(Some(head), refusal)),
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
        self.buffer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Ends the stream politely: closing with unread bytes would reset it, and the reply could be lost.
    async fn linger(mut self) {
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let drained = async {
            let mut read = 0;
            while read < LINGER_BYTES {
                self.buffer.clear();
                self.buffer.reserve(READ_BYTES);
                match self.stream.read_buf(&mut self.buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(some) => read += some,
                }
            }
        };
        // Whether it ended by itself or by the clock, the connection is dropped now.
        let _ = timeout(LINGER_LIMIT, drained).await;
    }
}

fn too_long(head: &Head) -> bool {
    matches!(head.framing, Framing::Length(length) if length > BODY_MAX)
}
