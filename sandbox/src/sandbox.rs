//! The handle: starts and stops the server, and asks the ledger.

use std::fmt;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::process;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::clock::Kst;
use crate::gateway::Gateway;
use crate::journal::Request;
use crate::options::Options;
use crate::payment::{Approval, ApprovalError, Payment};
use crate::server;

/// A running sandbox gateway. It serves on a thread of its own; dropping it stops it.
///
/// Every method is synchronous and safe to call from any thread, and none needs a runtime.
pub struct Sandbox {
    address: SocketAddr,
    mid: String,
    sign_key: String,
    gateway: Arc<Gateway>,
    running: Mutex<Option<Running>>,
    /// A forked child has a copy of this handle, but neither the thread nor the right to stop it.
    pid: u32,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox and returns once it listens.
    ///
    /// # Errors
    ///
    /// Of kind `InvalidInput` where an option can't be used: a host that is not loopback, a mid that is not 1 to 10
    /// printable ASCII characters, an empty sign key. Otherwise what the operating system said, such as that the port
    /// is taken.
    pub fn start(options: Options) -> io::Result<Self> {
        options.check()?;
        let gateway = Arc::new(Gateway::new(&options));
        let wanted = SocketAddr::new(options.host, options.port);
        let served = Arc::clone(&gateway);
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = mpsc::channel();
        // The runtime lives and dies on this thread, so that the caller may be inside one of its own.
        let thread =
            thread::Builder::new().name("paywelcome-sandbox".to_owned()).spawn(move || match open(wanted) {
                Ok((runtime, listener, address)) => {
                    if ready.send(Ok(address)).is_ok() {
                        runtime.block_on(server::serve(listener, served, stopped));
                    }
                }
                Err(error) => {
                    // Nobody to tell means that the caller is gone as well.
                    let _ = ready.send(Err(error));
                }
            })?;
        let address =
            listening.recv().map_err(|_| io::Error::other("the sandbox's thread ended before it listened"))??;
        Ok(Self {
            address,
            mid: options.mid,
            sign_key: options.sign_key,
            gateway,
            running: Mutex::new(Some(Running { stop, thread })),
            pid: process::id(),
        })
    }

    /// Where it listens, such as `http://127.0.0.1:49152`: the client's base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The merchant id it knows.
    pub fn mid(&self) -> &str {
        &self.mid
    }

    /// The merchant's sign key.
    pub fn sign_key(&self) -> &str {
        &self.sign_key
    }

    /// Makes an approved payment and gives its tid, 40 characters that no other call in this process gives.
    ///
    /// # Errors
    ///
    /// Names the field that no payment can have.
    pub fn approve(&self, approval: Approval) -> Result<String, ApprovalError> {
        self.gateway.state().ledger.approve(approval, &Kst::now())
    }

    /// The payment with this tid, as it is now.
    pub fn payment(&self, tid: &str) -> Option<Payment> {
        self.gateway.state().ledger.payment(tid).cloned()
    }

    /// Every payment as it is now, in order of approval.
    pub fn payments(&self) -> Vec<Payment> {
        self.gateway.state().ledger.payments().to_vec()
    }

    /// The newest 10,000 requests, oldest first: all that were read and answered, also at paths that are no endpoint.
    pub fn requests(&self) -> Vec<Request> {
        self.gateway.state().journal.requests().cloned().collect()
    }

    /// How many cancels moved money.
    pub fn executions(&self) -> u64 {
        self.gateway.state().ledger.executions()
    }

    /// How many requests arrived at either endpoint, whatever became of them.
    ///
    /// A request counts once it is answered; one that never arrived whole does not.
    pub fn request_count(&self) -> u64 {
        self.gateway.state().journal.at_endpoints()
    }

    /// Stops the server and closes its connections; the ledger can still be asked. Stopping again does nothing.
    ///
    /// A request that is not answered yet either moved money and is in the ledger, or never will.
    pub fn stop(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Running { stop, thread }) = running.take() else {
            return;
        };
        if self.pid == process::id() {
            // Neither fails unless the thread ended by itself, and then it is stopped.
            let _ = stop.send(());
            let _ = thread.join();
        } else {
            mem::forget((stop, thread));
        }
    }
}

/// Opens the runtime and the socket.
fn open(wanted: SocketAddr) -> io::Result<(Runtime, TcpListener, SocketAddr)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        server::listen(wanted)?
    };
    let address = listener.local_addr()?;
    Ok((runtime, listener, address))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url()).field("mid", &self.mid).finish_non_exhaustive()
    }
}
