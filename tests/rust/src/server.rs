//! A loopback server that does what a script says and records every byte.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use tokio::net::TcpSocket;

use crate::GUARD;
use crate::connection::Connection;
use crate::log::{Log, Shared};

/// A loopback server on a port of its own; each connection has a thread that runs the script.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<Vec<JoinHandle<()>>>,
}

impl Server {
    /// Starts a server whose connections run `script`.
    pub fn start(script: impl Fn(Connection) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port"), script)
    }

    fn on(listener: TcpListener, script: impl Fn(Connection) + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared::default());
        let (script, of_thread) = (Arc::new(script), Arc::clone(&shared));
        let accepting = std::thread::spawn(move || {
            let mut connections = Vec::new();
            loop {
                let (stream, peer) = listener.accept().expect("the listener is open");
                if *of_thread.last() == Some(peer) {
                    return connections;
                }
                let number = connections.len();
                of_thread.change(|log| log.received.push(Vec::new()));
                let connection = Connection::new(number, stream, Arc::clone(&of_thread));
                let script = Arc::clone(&script);
                connections.push(std::thread::spawn(move || script(connection)));
            }
        });
        Self { address, shared, accepting }
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its address as a plain http URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address as an https URL, which it speaks only if its script does.
    pub fn https_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Waits until what it saw satisfies `enough`, and gives it.
    pub fn wait(&self, what: &str, enough: impl Fn(&Log) -> bool) -> Log {
        let waited = self.shared.changed.wait_timeout_while(self.shared.log(), GUARD, |log| !enough(log));
        let (log, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(enough(&log), "the server waited in vain for {what}; it has {log:?}");
        log.clone()
    }

    /// What it saw so far.
    pub fn so_far(&self) -> Log {
        self.shared.log().clone()
    }

    /// Ends it and gives all it ever saw: every connection made before was accepted, and every script ran to its end.
    ///
    /// A script that reads to the end waits for the other side to close, so drop the client before.
    pub fn finish(self) -> Log {
        let last = {
            let mut last = self.shared.last();
            let stream = TcpStream::connect(self.address).expect("the server still listens");
            *last = Some(stream.local_addr().expect("a connection has an address"));
            stream
        };
        for connection in self.accepting.join().expect("accepting does not panic") {
            connection.join().expect("the script ends well");
        }
        drop(last);
        self.shared.log().clone()
    }
}

/// A port that is taken, but refuses every connection until it is opened.
#[derive(Debug)]
pub struct Port(TcpSocket, SocketAddr);

impl Port {
    /// Takes a free port.
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("there is a free socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has a free port");
        let address = socket.local_addr().expect("the socket is bound");
        Self(socket, address)
    }

    /// The address of what may listen here later, as a plain http URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.1)
    }

    /// Listens from now on, with `script`; needs a tokio runtime around it.
    pub fn open(self, script: impl Fn(Connection) + Send + Sync + 'static) -> Server {
        let listener = self.0.listen(1024).and_then(tokio::net::TcpListener::into_std);
        let listener = listener.expect("the port is taken for this");
        listener.set_nonblocking(false).expect("the listener is open");
        Server::on(listener, script)
    }
}
