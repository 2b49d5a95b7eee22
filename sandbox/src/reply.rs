//! Replies, which all name the sandbox.

use paywelcome_loopback::http::{Refusal, Reply};

/// What every reply has, so that nobody takes it for the gateway's.
pub(crate) const HEADER: &str = "X-Paywelcome-Sandbox";

/// A reply without further headers.
pub(crate) fn reply(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Reply {
    let mut reply = Reply::new(status, content_type, body);
    reply.header(HEADER, "1");
    reply
}

/// A request that is refused.
pub(crate) fn refused(refusal: Refusal) -> Reply {
    let mut reply = reply(refusal.status, "text/plain; charset=utf-8", format!("{}\n", refusal.text));
    if refusal.status == 405 {
        reply.header("Allow", "POST");
    }
    reply
}

#[cfg(test)]
mod tests {
    use paywelcome_loopback::http::Refusal;

    use super::refused;

    #[test]
    fn replies_name_the_sandbox() {
        let reply = refused(Refusal { status: 405, text: "no" });
        assert_eq!(
            String::from_utf8(reply.encode(false, true)).unwrap_or_default(),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\
             X-Paywelcome-Sandbox: 1\r\nAllow: POST\r\nConnection: close\r\n\r\nno\n"
        );
    }
}
