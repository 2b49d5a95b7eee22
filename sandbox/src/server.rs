//! The listening socket: accepts connections, shuts and opens on demand, and begins each conversation.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::conversation::{Speech, converse};
use crate::door::Order;
use crate::gateway::Gateway;
use crate::tls::{Mode, Tls};

/// How many connections may wait to be accepted: tests open hundreds at once.
const BACKLOG: u32 = 1024;
/// How long to wait after a failed accept, which mostly means that no file descriptor is left, and between two tries to
/// listen again.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);
/// The first byte of a TLS connection.
const HANDSHAKE: u8 = 0x16;
/// A fatal alert, `protocol_version`, in a record of TLS 1.1: what a server that knows nothing newer answers.
const PROTOCOL_VERSION_ALERT: [u8; 7] = [0x15, 0x03, 0x02, 0x00, 0x02, 0x02, 70];

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
pub(crate) async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    gateway: Arc<Gateway>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let mut orders = gateway.door.orders();
    // An order may have been given before this thread got here.
    orders.mark_changed();
    let mut listener = Some(listener);
    loop {
        let order = *orders.borrow();
        tokio::select! {
            _ = &mut stop => break,
            Some(_) = connections.join_next() => {}
            Ok(()) = orders.changed() => {
                let order = *orders.borrow_and_update();
                if order.shut {
                    listener = None;
                } else if listener.is_none() {
                    listener = Some(listen_again(address).await);
                }
                gateway.door.obey(order);
            }
            () = due(order), if listener.is_none() => {
                listener = Some(listen_again(address).await);
                gateway.door.opened();
                gateway.state().reopen();
            }
            accepted = accept(listener.as_ref()) => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(welcome(stream, peer, address, Arc::clone(&gateway)));
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
    gateway.stop();
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => pending().await,
    }
}

async fn due(order: Order) {
    match order.until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}

/// Somebody else may have taken the port for a moment.
async fn listen_again(address: SocketAddr) -> TcpListener {
    loop {
        match listen(address) {
            Ok(listener) => return listener,
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn welcome(stream: TcpStream, peer: SocketAddr, here: SocketAddr, gateway: Arc<Gateway>) {
    // Without it a reply may wait for an acknowledgement; it works either way.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &gateway.tls else {
        converse(stream, peer, here, gateway, Speech::Http).await;
        return;
    };
    let mut first = [0];
    let Ok(Ok(1)) = timeout(HANDSHAKE_LIMIT, stream.peek(&mut first)).await else { return };
    if first[0] != HANDSHAKE {
        converse(stream, peer, here, gateway, Speech::PlainOnHttps).await;
        return;
    }
    match tls.begin() {
        Ok(config) => {
            let accepted = timeout(HANDSHAKE_LIMIT, TlsAcceptor::from(config).accept(stream)).await;
            if let Ok(Ok(stream)) = accepted {
                converse(stream, peer, here, gateway, Speech::Https).await;
            }
        }
        Err(mode) => fail(stream, mode, tls).await,
    }
}

/// Lets a handshake fail as a server would that is too old, or that hangs.
async fn fail(mut stream: TcpStream, mode: Mode, tls: &Tls) {
    let mut hello = vec![0; 4096];
    if mode == Mode::Tls11 {
        let mut record = [0; 5];
        if stream.read_exact(&mut record).await.is_err() {
            return;
        }
        hello.resize(usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
        if stream.read_exact(&mut hello).await.is_ok() {
            // Where the client is gone already, it has learnt what it wanted to know.
            let _ = stream.write_all(&PROTOCOL_VERSION_ALERT).await;
            let _ = stream.shutdown().await;
        }
    }
    debug_assert!(tls.handshakes() > 0, "only a handshake can fail");
    hello.resize(4096, 0);
    while matches!(stream.read(&mut hello).await, Ok(some) if some > 0) {}
}
