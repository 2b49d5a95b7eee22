//! Answers as the gateway writes them.

use crate::request::Request;

/// Writes an answer with a body of known length; `start` is its status and reason, such as `200 OK`.
pub fn http(start: &str, content_type: Option<&str>, body: &[u8]) -> Vec<u8> {
    let content_type = content_type.map(|value| format!("Content-Type: {value}\r\n")).unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {start}\r\n{content_type}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Writes an answer of status 200 with a JSON body.
pub fn json(body: &str) -> Vec<u8> {
    http("200 OK", Some("application/json; charset=utf-8"), body.as_bytes())
}

/// Writes the answer that does what `request` asks.
pub fn done(request: &Request) -> Vec<u8> {
    let (mid, tid) = (request.field("mid"), request.field("tid"));
    let amounts = match request.target.as_str() {
        "/cancel/repay" => {
            let (price, remains) = (request.field("cancelPrice"), request.field("confirmPrice"));
            format!(r#""C_Tid":"C{tid}","Price":"{price}","RmainPrice":"{remains}""#)
        }
        _ => format!(r#""Moid":"order-1","Price":"{}""#, request.field("price")),
    };
    json(&format!(
        r#"{{"ResultCode":"00","ResultMsg":"정상처리","Mid":"{mid}","Tid":"{tid}",{amounts},"CancelDate":"20260930","CancelTime":"151500"}}"#
    ))
}
