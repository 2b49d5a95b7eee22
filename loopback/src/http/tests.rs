use super::{BODY_MAX, Chunked, Framing, HEAD_MAX, Head, Reply, parse_head};

fn head(text: &str) -> Result<Option<(Head, usize)>, u16> {
    parse_head(text.as_bytes()).map_err(|refusal| refusal.status)
}

fn complete(text: &str) -> Head {
    match head(text) {
        Ok(Some((head, used))) if used == text.len() => head,
        other => panic!("{text:?} gave {other:?}"),
    }
}

#[test]
fn reads_a_head_at_its_last_byte_and_not_before() {
    let text = "POST /cancel/cancel HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\ncontent-length: 12\r\n\r\n";
    for end in 0..text.len() {
        assert_eq!(head(&text[..end]), Ok(None), "{end}");
    }
    let expected = Head {
        method: "POST".to_owned(),
        target: "/cancel/cancel".to_owned(),
        host: Some("x".to_owned()),
        content_type: Some("a/b".to_owned()),
        origin: None,
        fetch_site: None,
        last_event_id: None,
        cookie: None,
        framing: Framing::Length(12),
        expects_continue: false,
        close: false,
    };
    assert_eq!(complete(text), expected);
    // What follows belongs to the body, or to the next request.
    let ahead = format!("{text}POST");
    assert_eq!(head(&ahead), Ok(Some((expected, text.len()))));
}

#[test]
fn understands_what_clients_may_say() {
    let post = |more: &str| complete(&format!("POST / HTTP/1.1\r\nHost: x\r\n{more}\r\n"));
    assert_eq!(post("").framing, Framing::Length(0));
    assert_eq!(post("Transfer-Encoding: Chunked\r\n").framing, Framing::Chunked);
    assert_eq!(post("Content-Length: 7\r\nContent-Length: 7\r\n").framing, Framing::Length(7));
    assert!(post("Expect: 100-Continue\r\n").expects_continue);
    assert!(post("Connection: Keep-Alive, Close\r\n").close);
    assert!(!post("Connection: keep-alive\r\n").close);
    assert_eq!(post("Content-Type: a/b\r\nContent-Type: a/b\r\n").content_type.as_deref(), Some(""));
    let old = complete("GET / HTTP/1.0\r\n\r\n");
    assert!(old.close);
    for (target, path) in [
        ("http://x:1/cancel/repay", "/cancel/repay"),
        ("http://x", "/"),
        ("http://x?a=b", "?a=b"),
        ("/a?b=c://d", "/a?b=c://d"),
        ("*", "*"),
    ] {
        let head = complete(&format!("POST {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_eq!(head.target, path);
    }
}

#[test]
fn refuses_nonsense_with_the_fitting_status() {
    let post = |more: &str| head(&format!("POST / HTTP/1.1\r\nHost: x\r\n{more}\r\n"));
    for (more, status) in [
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: 1, 1\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: +1\r\n", 400),
        ("Content-Length: 0x1\r\n", 400),
        ("Content-Length:\r\n", 400),
        ("Content-Length: 99999999999999999999999\r\n", 413),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
        ("Expect: 200-ok\r\n", 417),
        ("Host: y\r\n", 400),
        ("No colon\r\n", 400),
        ("Space : x\r\n", 400),
        ("A: b\r\n folded\r\n", 400),
        ("A: \0\r\n", 400),
    ] {
        assert_eq!(post(more), Err(status), "{more:?}");
    }
    for (text, status) in [
        ("POST / HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("POST /\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0", 400),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    ] {
        assert_eq!(head(text), Err(status), "{text:?}");
    }
}

#[test]
fn heads_have_a_limit() {
    let pad = |length: usize| {
        let start = "POST / HTTP/1.1\r\nHost: x\r\nA: ";
        format!("{start}{}\r\n\r\n", "a".repeat(length - start.len() - 4))
    };
    assert!(head(&pad(HEAD_MAX)).is_ok_and(|found| found.is_some()));
    assert_eq!(head(&pad(HEAD_MAX + 1)), Err(431));
    assert_eq!(head(&pad(HEAD_MAX + 5)[..=HEAD_MAX]), Err(431));
    let many = format!("POST / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(64));
    assert_eq!(head(&many), Err(431));
}

/// Feeds a body byte by byte; gives the body and how many bytes it took, or the status of the refusal.
fn dechunk(wire: &[u8]) -> Result<Option<(Vec<u8>, usize)>, u16> {
    let mut chunked = Chunked::default();
    for end in 0..=wire.len() {
        if chunked.advance(&wire[..end]).map_err(|refusal| refusal.status)? {
            return Ok(Some((chunked.body, chunked.used)));
        }
    }
    Ok(None)
}

#[test]
fn puts_chunks_together() {
    for (wire, body) in [
        (&b"0\r\n\r\n"[..], &b""[..]),
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"1\r\na\r\n02;x=y\r\n\r\n\r\n0\r\n\r\n", b"a\r\n"),
        (b"A\r\n0123456789\r\n0\r\nTrailer: x\r\nB: c\r\n\r\n", b"0123456789"),
    ] {
        assert_eq!(dechunk(wire), Ok(Some((body.to_vec(), wire.len()))));
        // In one piece, with the next request behind it.
        let mut ahead = wire.to_vec();
        ahead.extend_from_slice(b"POST / HTTP/1.1\r\n");
        let mut chunked = Chunked::default();
        assert_eq!(chunked.advance(&ahead), Ok(true));
        assert_eq!((&chunked.body[..], chunked.used), (body, wire.len()));
    }
    assert_eq!(dechunk(b"3\r\nabc\r\n0\r\n"), Ok(None));
}

#[test]
fn refuses_bad_and_endless_chunks() {
    for bad in
        [&b"x\r\n"[..], b"-1\r\n", b"\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\r\nabc0\r\n\r\n", b"0\r\nno colon\r\n\r\n"]
    {
        assert_eq!(dechunk(bad), Err(400), "{bad:?}");
    }
    let large = format!("{:x}\r\n", BODY_MAX + 1);
    assert_eq!(dechunk(large.as_bytes()), Err(413));
    assert_eq!(dechunk(b"ffffffffffffffff\r\n"), Err(413));
    let full = format!("{:x}\r\n{}\r\n", BODY_MAX, "a".repeat(BODY_MAX));
    assert_eq!(dechunk(format!("{full}1\r\n").as_bytes()), Err(413));
    assert!(dechunk(format!("{full}0\r\n\r\n").as_bytes()).is_ok_and(|done| done.is_some()));
}

#[test]
fn writes_replies_in_one_piece() {
    let mut reply = Reply::new(405, "application/json; charset=utf-8", "{\"가\":\"\"}");
    reply.header("Allow", "POST");
    let expected = "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json; charset=utf-8\r\n\
                    Content-Length: 10\r\nAllow: POST\r\n";
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
    assert_eq!(text(reply.encode(false, false)), format!("{expected}\r\n{{\"가\":\"\"}}"));
    assert_eq!(text(reply.encode(true, true)), format!("{expected}Connection: close\r\n\r\n"));
}

#[test]
fn tells_a_form_and_a_path() {
    let post = |content_type: &str| {
        complete(&format!("POST /a/b?c=d?e HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n\r\n"))
    };
    assert_eq!(post("a/b").path(), "/a/b");
    for (content_type, is_form) in [
        ("application/x-www-form-urlencoded", true),
        ("Application/X-WWW-Form-Urlencoded; charset=\"UTF-8\"", true),
        ("application/x-www-form-urlencoded; charset=euc-kr", false),
        ("multipart/form-data; boundary=x", false),
        ("text/plain", false),
    ] {
        assert_eq!(post(content_type).is_form(), is_form, "{content_type}");
    }
}
