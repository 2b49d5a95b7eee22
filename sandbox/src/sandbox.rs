//! The handle: starts and stops the server, and asks the ledger.

use std::fmt;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::path::Path;
use std::process;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use paywelcome_rehearsal::Rehearsal;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::arguments::CommandError;
use crate::command::{self, Caller};
use crate::gateway::Gateway;
use crate::journal::Request;
use crate::options::Options;
use crate::payment::{Approval, ApprovalError, Payment};
use crate::server;
use crate::terms::Terms;
use crate::tls::Tls;

/// A running sandbox gateway. It serves on a thread of its own; dropping it stops it.
///
/// Every method is synchronous and safe to call from any thread, and none needs a runtime.
pub struct Sandbox {
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
    /// Of kind `InvalidInput` where an option can't be used: a host that is not loopback, an impossible name, a mid that is not 1 to 10
    /// printable ASCII characters, an empty sign key, impossible rules. Otherwise what the operating system said, such
    /// as that the port is taken.
    pub fn start(options: Options) -> io::Result<Self> {
        options.check()?;
        let tls = options.tls.then(|| Tls::new(options.host, &options.names)).transpose()?;
        let wanted = SocketAddr::new(options.host, options.port);
        let gateway = Arc::new(Gateway::new(options, tls));
        let served = Arc::clone(&gateway);
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = mpsc::channel();
        // The runtime lives and dies on this thread, so that the caller may be inside one of its own.
        let thread =
            thread::Builder::new().name("paywelcome-sandbox".to_owned()).spawn(move || match open(wanted) {
                Ok((runtime, listener, address)) => {
                    served.listens_at(address);
                    if ready.send(Ok(())).is_ok() {
                        runtime.block_on(server::serve(listener, address, served, stopped));
                    }
                }
                Err(error) => {
                    // Nobody to tell means that the caller is gone as well.
                    let _ = ready.send(Err(error));
                }
            })?;
        listening.recv().map_err(|_| io::Error::other("the sandbox's thread ended before it listened"))??;
        Ok(Self { gateway, running: Mutex::new(Some(Running { stop, thread })), pid: process::id() })
    }

    /// Where it listens, such as `http://127.0.0.1:49152`: the client's base URL, with the first of its `names`, if any.
    pub fn url(&self) -> String {
        self.gateway.url()
    }

    /// The merchant id it knows.
    pub fn mid(&self) -> &str {
        &self.gateway.options.mid
    }

    /// The merchant's sign key.
    pub fn sign_key(&self) -> &str {
        &self.gateway.options.sign_key
    }

    /// The rehearsal whose gateway it behaves as.
    pub fn rehearsal(&self) -> Option<&Rehearsal> {
        self.gateway.options.rehearsal.as_deref()
    }

    /// Makes an approved payment and gives its tid, 40 characters that no other call in this process gives.
    ///
    /// # Errors
    ///
    /// Names the field that no payment can have.
    pub fn approve(&self, approval: Approval) -> Result<String, ApprovalError> {
        self.approve_with(approval, Terms::default())
    }

    /// Makes an approved payment under terms that an ordinary one does not have, and gives its tid.
    ///
    /// # Errors
    ///
    /// Names the field that no payment can have.
    pub fn approve_with(&self, approval: Approval, terms: Terms) -> Result<String, ApprovalError> {
        self.gateway.state().approve(approval, terms)
    }

    /// Carries out a command: everything that can be asked of the sandbox or done to it, by name and JSON.
    ///
    /// It is the same surface as the admin API over HTTP; docs/sandbox-api.md describes every command. `events` waits
    /// where it is told to; every other command returns at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use paywelcome_sandbox::{Options, Sandbox};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Sandbox::start(Options::default())?;
    /// let payment = gateway.command("approve", json!({ "price": 12_000 }))?;
    /// gateway.command("arm", json!({ "kind": "close", "when": "after_applying", "tid": payment["tid"] }))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Names the command or the argument that is wrong; nothing has changed then, but for what `seed` did before it.
    pub fn command(&self, name: &str, arguments: Value) -> Result<Value, CommandError> {
        command::run(&self.gateway, Caller::Process, name, arguments)
    }

    /// The certificate of the authority that a client has to trust, in PEM; absent where it speaks plain http.
    pub fn ca_pem(&self) -> Option<&str> {
        self.gateway.tls.as_ref().map(Tls::ca_pem)
    }

    /// Writes that certificate to a file.
    ///
    /// # Errors
    ///
    /// Of kind `InvalidInput` where it speaks plain http; otherwise what the operating system said.
    pub fn write_ca_file(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let pem = self.ca_pem();
        let pem =
            pem.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the sandbox was started without TLS"))?;
        std::fs::write(path, pem)
    }

    /// The payment with this tid, as it is now.
    pub fn payment(&self, tid: &str) -> Option<Payment> {
        self.gateway.state().ledger.payment(tid).cloned()
    }

    /// Every payment as it is now, in order of approval.
    pub fn payments(&self) -> Vec<Payment> {
        self.gateway.state().ledger.payments().to_vec()
    }

    /// The newest 1,000 requests, oldest first: all that were read and answered, also at paths that are no endpoint.
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
        formatter.debug_struct("Sandbox").field("url", &self.url()).field("mid", &self.mid()).finish_non_exhaustive()
    }
}
