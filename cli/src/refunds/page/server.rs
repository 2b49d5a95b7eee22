//! The page's socket: each connection is read in a thread of its own, and brings one request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use paywelcome_loopback::http::{BODY_MAX, Framing, Head, Refusal, Reply, TOO_LARGE, TOO_SLOW, parse_head};

/// How long a request may take from the connection to its last byte.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long a reply may take to be taken, and a client to close after it.
const REPLY_LIMIT: Duration = Duration::from_secs(5);
/// How many connections are read at once: a browser opens some ahead, and says nothing on them.
const MOST: usize = 64;

/// A request, and where its reply goes.
pub(crate) struct Asked {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    reply: SyncSender<Reply>,
}

impl Asked {
    /// Answers it; the browser may be gone.
    pub(crate) fn answer(self, reply: Reply) {
        drop(self.reply.send(reply));
    }
}

/// A listening socket on this machine.
pub(crate) struct Server {
    pub(crate) here: SocketAddr,
    // Only one takes from it; the lock is for what may be moved between threads.
    asked: std::sync::Mutex<Receiver<Asked>>,
}

impl Server {
    /// Listens on loopback of either kind; at any free port for 0.
    pub(crate) fn listen(is_ipv6: bool, port: u16) -> io::Result<Self> {
        let listener = if is_ipv6 {
            TcpListener::bind((Ipv6Addr::LOCALHOST, port))
        } else {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        }?;
        let here = listener.local_addr()?;
        let (sender, asked) = channel();
        thread::Builder::new().spawn(move || accept(&listener, &sender))?;
        Ok(Self { here, asked: std::sync::Mutex::new(asked) })
    }

    /// Waits for the next request; nothing once the socket is lost.
    pub(crate) fn next(&self) -> Option<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

fn accept(listener: &TcpListener, sender: &Sender<Asked>) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // No descriptor is left, mostly.
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        if open.load(Ordering::Relaxed) >= MOST {
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let (sender, open) = (sender.clone(), Arc::clone(&open));
        thread::spawn(move || {
            // A client that is gone needs no answer.
            let _ = converse(stream, &sender);
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Reads a request, has it answered, and closes the connection.
fn converse(mut stream: TcpStream, sender: &Sender<Asked>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(REPLY_LIMIT))?;
    let (reply, to_head) = match read(&mut stream)? {
        Ok((head, body)) => {
            let (answer, answered) = sync_channel(1);
            let to_head = head.method == "HEAD";
            drop(sender.send(Asked { head, body, reply: answer }));
            (answered.recv().map_err(|_| io::ErrorKind::BrokenPipe)?, to_head)
        }
        Err(Refusal { status, text }) => (Reply::new(status, "text/plain; charset=utf-8", format!("{text}\n")), false),
    };
    stream.write_all(&reply.encode(to_head, true))?;
    // Closing with unread bytes would reset it, and the reply could be lost.
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(REPLY_LIMIT))?;
    io::copy(&mut stream.take(BODY_MAX as u64), &mut io::sink()).map(drop)
}

fn read(stream: &mut TcpStream) -> io::Result<Result<(Head, Vec<u8>), Refusal>> {
    let until = Instant::now() + REQUEST_LIMIT;
    let mut buffer = Vec::new();
    let mut fill = |buffer: &mut Vec<u8>| -> io::Result<bool> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        stream.set_read_timeout(Some(left))?;
        let mut bytes = [0; 4096];
        match stream.read(&mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer.extend_from_slice(&bytes[..count]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(false),
            Err(error) => Err(error),
        }
    };
    let (head, used) = loop {
        match parse_head(&buffer) {
            Ok(Some(found)) => break found,
            Ok(None) if buffer.is_empty() => {
                // Nobody is there to be told.
                if !fill(&mut buffer)? {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            Ok(None) => {
                if !fill(&mut buffer)? {
                    return Ok(Err(TOO_SLOW));
                }
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
    let mut body = buffer.split_off(used);
    let Framing::Length(length) = head.framing else {
        return Ok(Err(Refusal { status: 411, text: "the body needs a Content-Length" }));
    };
    if length > BODY_MAX {
        return Ok(Err(TOO_LARGE));
    }
    while body.len() < length {
        if !fill(&mut body)? {
            return Ok(Err(TOO_SLOW));
        }
    }
    body.truncate(length);
    Ok(Ok((head, body)))
}
