//! Finished calls on their way to an event loop: a queue, and one byte that wakes the loop for all of them.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paywelcome::Process;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

#[cfg(unix)]
mod pair {
    use std::io;
    use std::os::fd::AsRawFd;
    pub(super) use std::os::unix::net::UnixStream as Stream;

    pub(super) fn connected() -> io::Result<(Stream, Stream)> {
        Stream::pair()
    }

    pub(super) fn number(stream: &Stream) -> i64 {
        i64::from(stream.as_raw_fd())
    }
}

#[cfg(windows)]
mod pair {
    use std::io;
    use std::net::TcpListener;
    pub(super) use std::net::TcpStream as Stream;
    use std::os::windows::io::AsRawSocket;

    pub(super) fn connected() -> io::Result<(Stream, Stream)> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let reader = Stream::connect(listener.local_addr()?)?;
        loop {
            // Another program of this machine could have been first.
            let (writer, peer) = listener.accept()?;
            if peer == reader.local_addr()? {
                return Ok((reader, writer));
            }
        }
    }

    pub(super) fn number(stream: &Stream) -> i64 {
        i64::try_from(stream.as_raw_socket()).unwrap_or(-1)
    }
}

struct Queue {
    finished: Mutex<VecDeque<u64>>,
    writer: pair::Stream,
}

impl Queue {
    fn finished(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the core's thread holds of a inbox.
#[derive(Clone)]
pub(crate) struct Wake(Arc<Queue>);

impl Wake {
    pub(crate) fn wake(&self, id: u64) {
        let mut finished = self.0.finished();
        finished.push_back(id);
        let first = finished.len() == 1;
        drop(finished);
        if first {
            // A full pipe wakes as well as one byte more, and a loop that is gone needs no waking.
            let _ = (&self.0.writer).write(&[1]);
        }
    }
}

/// One event loop's finished calls.
///
/// The descriptor stays readable until the last of them was taken: whatever interrupts the loop meanwhile, it comes back.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Inbox {
    process: Process,
    queue: Arc<Queue>,
    reader: pair::Stream,
}

impl Inbox {
    pub(crate) fn waker(&self) -> Wake {
        Wake(Arc::clone(&self.queue))
    }

    /// Empties the descriptor where no call is left.
    fn quieten(&self, finished: &VecDeque<u64>) {
        // With the queue's lock held: a call that finishes later wakes the loop once too often, never too rarely.
        let mut bytes = [0; 64];
        while finished.is_empty() && matches!((&self.reader).read(&mut bytes), Ok(read) if read == bytes.len()) {}
    }
}

#[pymethods]
impl Inbox {
    #[new]
    fn new() -> PyResult<Self> {
        let paired = pair::connected().and_then(|(reader, writer)| {
            reader.set_nonblocking(true)?;
            writer.set_nonblocking(true)?;
            Ok((reader, writer))
        });
        let (reader, writer) = paired.map_err(|error| PyOSError::new_err(error.to_string()))?;
        let queue = Arc::new(Queue { finished: Mutex::default(), writer });
        Ok(Self { process: Process::current(), queue, reader })
    }

    /// The descriptor that becomes readable when calls have finished.
    fn fileno(&self) -> i64 {
        pair::number(&self.reader)
    }

    /// Whether another process made it, whose calls arrive here.
    #[getter]
    fn foreign(&self) -> bool {
        !self.process.is_current()
    }

    /// Returns the id of the first call that has finished and was not passed on yet.
    fn first(&self) -> Option<u64> {
        if self.foreign() {
            return None;
        }
        let finished = self.queue.finished();
        self.quieten(&finished);
        finished.front().copied()
    }

    /// Notes that the call of this id was passed on.
    fn passed(&self, id: u64) {
        let mut finished = self.queue.finished();
        if finished.front() == Some(&id) {
            finished.pop_front();
        }
        self.quieten(&finished);
    }
}
