//! Sends what is to be sent, step by step, to a client that may go away, and ends the connection as told.

use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};

use super::{Connection, Wire};
use crate::delivery::{Delivery, End, Step};

/// How long, and for how many bytes, a refused client is listened to, so that it can read why.
const LINGER_LIMIT: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;
/// How much a client may send ahead while it waits for an answer.
const AHEAD_MAX: usize = 64 * 1024;
/// How much of a long filling is written at once.
const FILL_BYTES: usize = 64 * 1024;

impl<S: Wire> Connection<S> {
    /// Waits until the client is gone; what it sends ahead is kept.
    pub(crate) async fn gone(&mut self) -> io::Error {
        loop {
            if self.buffer.len() > AHEAD_MAX {
                return pending().await;
            }
            if let Err(error) = self.fill().await {
                return error;
            }
        }
    }

    /// Waits so long, unless the client goes away.
    async fn pause(&mut self, pause: Duration) -> io::Result<()> {
        tokio::select! {
            () = sleep(pause) => Ok(()),
            error = self.gone() => Err(error),
        }
    }

    /// Sends what is to be sent, to a client that may go away.
    pub(crate) async fn deliver(&mut self, delivery: &Delivery) -> io::Result<()> {
        for step in &delivery.steps {
            match step {
                Step::Send(bytes) => self.stream.write_all(bytes).await?,
                Step::Fill(byte, count) => {
                    let portion = vec![*byte; FILL_BYTES];
                    let mut left = *count;
                    while left > 0 {
                        let size = usize::try_from(left).map_or(FILL_BYTES, |left| left.min(FILL_BYTES));
                        self.stream.write_all(&portion[..size]).await?;
                        left -= size as u64;
                    }
                }
                Step::Trickle { bytes, portion, every } => {
                    for (at, part) in bytes.chunks(*portion).enumerate() {
                        if at > 0 {
                            self.pause(*every).await?;
                        }
                        self.stream.write_all(part).await?;
                        self.stream.flush().await?;
                    }
                }
                Step::Pause(pause) => {
                    self.stream.flush().await?;
                    self.pause(*pause).await?;
                }
                Step::Silence => {
                    self.stream.flush().await?;
                    return Err(self.gone().await);
                }
            }
        }
        self.stream.flush().await
    }

    /// Ends the connection, or hands it back; says how it ended.
    pub(crate) async fn end(mut self, end: End) -> Result<Self, &'static str> {
        match end {
            End::Keep => return Ok(self),
            End::CloseAtReuse => {
                if self.buffer.is_empty() && self.idle().await.is_err() {
                    return Err("client_gone");
                }
                self.linger().await;
            }
            End::Close => self.linger().await,
            End::Reset => {
                // A socket that can't do this is closed already.
                let _ = self.stream.socket().set_zero_linger();
                return Err("reset");
            }
        }
        Err("closed")
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
                match self.read().await {
                    Ok(0) | Err(_) => return,
                    Ok(some) => read += some,
                }
            }
        };
        // Whether it ended by itself or by the clock, the connection is dropped now.
        let _ = timeout(LINGER_LIMIT, drained).await;
    }
}
