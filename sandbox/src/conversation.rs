//! The conversation on one connection, one exchange after the other.

use std::net::SocketAddr;
use std::sync::Arc;

use paywelcome_loopback::http::{Head, Refusal, Reply};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::admin::{self, Served};
use crate::connection::{Connection, Unread, Wire};
use crate::delivery::Delivery;
use crate::gateway::{Answered, Exchange, GLANCE, Gateway};
use crate::reply::refused;
use crate::route::is_for;

const SPEAK_HTTPS: Refusal = Refusal { status: 400, text: "https is spoken at this port" };

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Http,
    Https,
    /// Plain text where https is expected: good for nothing but to ask a proxy for a tunnel, or for the authority.
    PlainOnHttps,
}

/// Answers requests until the connection ends.
pub(crate) async fn converse<S: Wire>(
    stream: S,
    peer: SocketAddr,
    here: SocketAddr,
    gateway: Arc<Gateway>,
    speech: Speech,
) {
    let mut connection = Connection::new(stream, &gateway);
    let peer = peer.to_string();
    loop {
        let answered = match connection.request().await {
            Ok((head, head_bytes, body)) => {
                let seen = gateway.glances(&head, &body);
                if seen.is_some() {
                    sleep(GLANCE).await;
                    // Whatever has arrived by now sees the same.
                    yield_now().await;
                }
                let exchange = Exchange { head: &head, head_bytes: &head_bytes, body: &body, peer: &peer, seen };
                let plain_here = head.method == "CONNECT" || admin::is_for_authority(&head);
                if speech == Speech::PlainOnHttps && !plain_here {
                    gateway.refuse(&exchange, SPEAK_HTTPS, true)
                } else if is_for(&head) {
                    match admin::serve(&gateway, &head, &body, here, speech == Speech::Https).await {
                        Served::Reply(reply) => plain(&reply, &head),
                        Served::Follow { head, since } => {
                            admin::follow(&mut connection, &gateway, &head, since).await;
                            return;
                        }
                    }
                } else {
                    gateway.answer(&exchange)
                }
            }
            Err(Unread::Refused(Some(read), refusal)) => {
                let (head, head_bytes) = *read;
                gateway.refuse(
                    &Exchange { head: &head, head_bytes: &head_bytes, body: &[], peer: &peer, seen: None },
                    refusal,
                    true,
                )
            }
            Err(Unread::Refused(None, refusal)) => {
                let reply = refused(refusal);
                let delivery = Delivery::plain(reply.status, reply.encode(false, true), true);
                Answered { delivery, number: 0, watched: false, late: None }
            }
            Err(Unread::Gone) => return,
        };
        let there = connection.deliver(&answered.delivery).await.is_ok();
        let next = if there { connection.end(answered.delivery.end).await } else { Err("client_gone") };
        if answered.watched {
            gateway.ended(answered.number, next.as_ref().err().copied().unwrap_or("kept"));
        }
        if let Some(late) = answered.late {
            let gateway = Arc::clone(&gateway);
            tokio::spawn(async move {
                sleep(late.after).await;
                gateway.apply_late(&late);
            });
        }
        match next {
            Ok(kept) => connection = kept,
            Err(_) => return,
        }
    }
}

fn plain(reply: &Reply, head: &Head) -> Answered {
    let bytes = reply.encode(head.method == "HEAD", head.close);
    Answered { delivery: Delivery::plain(reply.status, bytes, head.close), number: 0, watched: false, late: None }
}
