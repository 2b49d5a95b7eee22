//! What is signed, and the signature, to compare with another system.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::arguments::Sign;
use crate::exit;
use crate::refund::{TEST, client, refused};
use crate::terminal::Terminal;

pub(crate) fn run(sign: Sign, terminal: &mut dyn Terminal) -> i32 {
    let Sign { mut options, at, json } = sign;
    if options.environment.is_absent() && options.base_url.is_absent() {
        // Nothing is sent, so it makes no difference, and the variables of both need not agree.
        options.environment = "test".into();
        options.base_url = TEST.into();
    }
    let signing = client(options, terminal).and_then(|client| {
        let at = at.map_or_else(SystemTime::now, |at| SystemTime::UNIX_EPOCH + Duration::from_millis(at));
        client.signing(at)
    });
    let signing = match signing {
        Ok(signing) => signing,
        Err(error) => return refused(&error, json, terminal),
    };
    let (plaintext, timestamp, signature) = (&signing.plaintext, &signing.timestamp, &signing.signature);
    terminal.say(&if json {
        format!("{}\n", json!({ "timestamp": timestamp, "plaintext": plaintext, "signature": signature }))
    } else {
        format!("timestamp  {timestamp}\nplaintext  {plaintext}\nsignature  {signature}\n")
    });
    exit::DONE
}
