//! A client that writes and reads bytes, so that nothing stands between a test and the wire.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test file takes its part of this one")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use paywelcome_sandbox::{Options, Sandbox};
use serde_json::{Map, Value, json};

/// The mid, sign key and timestamp of the signature below, which was made with another tool.
pub const MID: &str = "welcometst";
pub const SIGN_KEY: &str = "made-up";
pub const STAMP: &str = "20190906110100";
pub const SIGNATURE: &str = "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f";

/// A sandbox whose merchant is the one above.
pub fn sandbox() -> Sandbox {
    Sandbox::start(Options { mid: MID.into(), sign_key: SIGN_KEY.into(), ..Options::default() }).unwrap()
}

/// A sandbox as above whose clock stands still, so that equal answers are equal bytes.
pub fn frozen() -> Sandbox {
    let sandbox = sandbox();
    sandbox.command("set_clock", json!({"at": STAMP})).unwrap();
    sandbox
}

/// Waits until something is so, looking again at every change.
pub fn until(sandbox: &Sandbox, so: impl Fn(&Sandbox) -> bool) {
    loop {
        let last = sandbox.command("stats", Value::Null).unwrap()["last_event"].clone();
        if so(sandbox) {
            return;
        }
        let waited = sandbox.command("events", json!({"since": last, "timeout_ms": 20_000})).unwrap();
        assert_ne!(waited["events"], json!([]), "nothing happened");
    }
}

/// The body of a full cancel.
pub fn full(tid: &str, price: u64) -> String {
    encode(tid, &[("price", price)])
}

/// The body of a partial cancel.
pub fn part(tid: &str, amount: u64, confirm: u64) -> String {
    encode(tid, &[("cancelPrice", amount), ("confirmPrice", confirm)])
}

fn encode(tid: &str, amounts: &[(&str, u64)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("payType", "card"), ("mid", MID), ("tid", tid)])
        .extend_pairs(amounts.iter().map(|(name, amount)| (name, amount.to_string())))
        .extend_pairs([("currency", "WON"), ("timestamp", STAMP)])
        .append_pair("signature", SIGNATURE)
        .finish()
}

/// The head of a form post, with more headers where given, each ended by CRLF.
pub fn head(path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: sandbox\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n{more}\r\n"
    )
}

/// A whole form post.
pub fn post(path: &str, body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    head(path, &length) + body
}

/// A connection to a sandbox.
pub struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A reply as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Wire {
    pub fn to(sandbox: &Sandbox) -> Self {
        Self::to_address(sandbox.url().strip_prefix("http://").unwrap())
    }

    pub fn to_address(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        // Only a failing test ever waits so long.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub fn peer(&self) -> String {
        self.stream.local_addr().unwrap().to_string()
    }

    pub fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Sends what the server may have stopped reading: an error then is no surprise.
    pub fn send_in_vain(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
    }

    /// Reads one reply that has a body.
    pub fn read(&mut self) -> Reply {
        let mut reply = self.read_head();
        let length = reply.header("content-length").unwrap().parse().unwrap();
        while self.unread.len() < length {
            assert!(self.fill(), "the reply is cut off");
        }
        reply.body = String::from_utf8(self.unread.drain(..length).collect()).unwrap();
        reply
    }

    /// Reads one reply, or an interim one, up to the end of its head.
    pub fn read_head(&mut self) -> Reply {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            // An event of a live stream.
            if let Some(at) = self.unread.windows(2).position(|two| two == b"\n\n") {
                break at + 2;
            }
            assert!(self.fill(), "no reply");
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        Reply { status: head.split(' ').nth(1).unwrap().parse().unwrap_or(0), head, body: String::new() }
    }

    pub fn ask(&mut self, path: &str, body: &str) -> Reply {
        self.send(&post(path, body));
        self.read()
    }

    /// Says that no more will come.
    pub fn finish(&self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// Reads everything up to the end, and says whether that was a reset.
    pub fn read_to_end(&mut self) -> (Vec<u8>, bool) {
        let mut bytes = std::mem::take(&mut self.unread);
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => (bytes, false),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                (bytes, true)
            }
        }
    }

    /// Whether the server closed the connection, without a byte more.
    pub fn ended(&mut self) -> bool {
        self.unread.is_empty() && !self.fill()
    }

    fn fill(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(some) => {
                self.unread.extend_from_slice(&bytes[..some]);
                true
            }
            Err(error) => {
                let closed = error.kind() == std::io::ErrorKind::ConnectionReset;
                assert!(closed, "{error}");
                false
            }
        }
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn json(&self) -> Map<String, Value> {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(self.header("x-paywelcome-sandbox"), Some("1"));
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn code(&self) -> String {
        self.json()["ResultCode"].as_str().unwrap().to_owned()
    }
}
