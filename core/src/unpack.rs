//! Undoes what compressed a body on its way: nothing of the kind is asked for, and some do it all the same.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

/// How gzip begins, and no text.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
/// More codings than this, one on top of the other, are nobody's honest answer.
const MOST_CODINGS: usize = 4;
/// A coding's name that is longer is not worth repeating.
const LONGEST_NAME: usize = 12;

/// A body that can't be had: as much of it as could be read, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) body: Vec<u8>,
    pub(crate) why: Why,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Why {
    TooLarge,
    /// To be read after "the answer".
    Unreadable(String),
}

/// Undoes the codings that a `Content-Encoding` header names, the last one first; no more than `most` bytes come of any.
///
/// Whoever compresses an answer that nobody wanted compressed may also forget to say so, or say so of one that is not.
pub(crate) fn unpack(mut body: Vec<u8>, codings: Option<&str>, most: usize) -> Result<Vec<u8>, Packed> {
    let named = codings.unwrap_or_default().split(',').map(str::trim);
    let mut codings: Vec<&str> =
        named.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity")).collect();
    if codings.is_empty() && body.starts_with(&GZIP) {
        codings.push("gzip");
    }
    if codings.len() > MOST_CODINGS {
        let why = Why::Unreadable(format!("is compressed {} times over", codings.len()));
        return Err(Packed { body, why });
    }
    for name in codings.into_iter().rev() {
        if body.is_empty() {
            break;
        }
        body = match undone(&body, name, most) {
            Ok(undone) => undone,
            Err(_) if is_plain(&body) => body,
            // What it says is more than nothing, even if its end is missing.
            Err(packed) if packed.body.is_empty() => return Err(Packed { body, ..packed }),
            Err(packed) => return Err(packed),
        };
    }
    Ok(body)
}

fn undone(body: &[u8], name: &str, most: usize) -> Result<Vec<u8>, Packed> {
    let broken = |body| {
        let why = Why::Unreadable(format!("says that it is compressed by {}, and can't be decompressed", shown(name)));
        Packed { body, why }
    };
    let (text, is_whole) = match name.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => gunzip(body, most),
        "deflate" => {
            // The name means zlib's format; some send what stands within it.
            let (text, is_whole) = inflate(body, true, most);
            if is_whole || text.len() > most { (text, is_whole) } else { inflate_bare(body, text, most) }
        }
        _ => {
            let why = Why::Unreadable(format!("is compressed by {}, which was not asked for", shown(name)));
            return Err(Packed { body: Vec::new(), why });
        }
    };
    if text.len() > most {
        return Err(Packed { body: text, why: Why::TooLarge });
    }
    if is_whole { Ok(text) } else { Err(broken(text)) }
}

/// Returns one byte more than `most` where there is more, and whether it was read to its end.
fn gunzip(body: &[u8], most: usize) -> (Vec<u8>, bool) {
    let mut text = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut text);
    (text, read.is_ok())
}

/// As [`gunzip`]; what follows the end makes it another thing than it says.
fn inflate(body: &[u8], zlib: bool, most: usize) -> (Vec<u8>, bool) {
    let mut text = Vec::with_capacity(most.saturating_add(1));
    let mut state = Decompress::new(zlib);
    let ended = state.decompress_vec(body, &mut text, FlushDecompress::Finish);
    let is_whole = matches!(ended, Ok(Status::StreamEnd)) && usize::try_from(state.total_in()) == Ok(body.len());
    (text, is_whole)
}

fn inflate_bare(body: &[u8], otherwise: Vec<u8>, most: usize) -> (Vec<u8>, bool) {
    let (text, is_whole) = inflate(body, false, most);
    if is_whole || text.len() > otherwise.len() { (text, is_whole) } else { (otherwise, false) }
}

/// Returns whether a body may be the object that it should be, as it is.
fn is_plain(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

fn shown(name: &str) -> &str {
    let is_name = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name { name } else { "something" }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const MOST: usize = 1_000;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it all")
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it all")
    }

    fn bare(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it all")
    }

    fn unpacked(body: &[u8], codings: &str) -> Result<Vec<u8>, Packed> {
        unpack(body.to_vec(), Some(codings), MOST)
    }

    fn text() -> Vec<u8> {
        br#"{"ResultCode":"00"}"#.repeat(3)
    }

    #[test]
    fn each_coding_is_undone_in_its_order() {
        for (body, codings) in [
            (text(), ""),
            (text(), "identity"),
            (text(), " Identity , identity"),
            (gzip(&text()), "gzip"),
            (gzip(&text()), " X-GZIP "),
            (gzip(&text()), ""),
            (gzip(&text()), "identity,"),
            (zlib(&text()), "deflate"),
            (bare(&text()), "Deflate"),
            (gzip(&zlib(&text())), "deflate, gzip"),
            (bare(&gzip(&text())), "x-gzip,identity,deflate"),
            ([gzip(&text()[..7]), gzip(&text()[7..])].concat(), "gzip"),
        ] {
            assert_eq!(unpacked(&body, codings), Ok(text()), "{codings}");
        }
        assert_eq!(unpacked(b"", "gzip"), Ok(Vec::new()));
        assert_eq!(unpacked(&gzip(b""), "gzip"), Ok(Vec::new()));
        assert_eq!(unpack(gzip(&text()), None, MOST), Ok(text()));
    }

    #[test]
    fn what_is_not_compressed_after_all_is_read_as_it_is() {
        for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
            assert_eq!(unpacked(&text(), coding), Ok(text()), "{coding}");
        }
        assert_eq!(unpacked(&gzip(&text()), "gzip, br"), Err(refused(&gzip(&text()), "br")));
        assert_eq!(unpacked(&gzip(&text()), "br, gzip"), Ok(text()));
    }

    fn refused(body: &[u8], name: &str) -> Packed {
        Packed {
            body: body.to_vec(),
            why: Why::Unreadable(format!("is compressed by {name}, which was not asked for")),
        }
    }

    #[test]
    fn a_coding_that_is_not_known_is_named() {
        for name in ["br", "zstd", "compress"] {
            assert_eq!(unpacked(b"\x0b\x02\x80", name), Err(refused(b"\x0b\x02\x80", name)));
        }
        for name in ["a-coding-with-a-long-name", "<b>", "g\u{7f}zip"] {
            assert_eq!(unpacked(b"\x0b\x02\x80", name), Err(refused(b"\x0b\x02\x80", "something")));
        }
        let many = unpacked(&gzip(&text()), "gzip, gzip, gzip, gzip, gzip").expect_err("nobody does that");
        assert_eq!(many.why, Why::Unreadable("is compressed 5 times over".to_owned()));
    }

    #[test]
    fn what_is_broken_is_given_as_far_as_it_goes() {
        let long: Vec<u8> = (0..900_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).take(900).collect();
        for (packed, coding) in [(gzip(&long), "gzip"), (zlib(&long), "deflate"), (bare(&long), "deflate")] {
            for at in 1..packed.len() {
                let cut = unpacked(&packed[..at], coding).expect_err("its end is missing");
                let why = format!("says that it is compressed by {coding}, and can't be decompressed");
                assert_eq!(cut.why, Why::Unreadable(why), "{coding} {at}");
                assert!(long.starts_with(&cut.body) || cut.body == packed[..at], "{coding} {at}");
            }
            let cut = unpacked(&packed[..packed.len() - 2], coding).expect_err("its end is missing");
            assert!(cut.body.len() > 800, "{coding}: {}", cut.body.len());
            let more = [packed, b"more".to_vec()].concat();
            assert!(unpacked(&more, coding).is_err(), "{coding}");
        }
        let mut spoilt = zlib(&long);
        *spoilt.last_mut().expect("it has an end") ^= 1;
        assert!(unpacked(&spoilt, "deflate").is_err(), "the checksum differs");
        let mut spoilt = gzip(&long);
        let at = spoilt.len() - 6;
        spoilt[at] ^= 1;
        assert!(unpacked(&spoilt, "gzip").is_err(), "the checksum differs");
    }

    #[test]
    fn the_limit_is_of_what_comes_out() {
        for (pack, coding) in [(gzip as fn(&[u8]) -> Vec<u8>, "gzip"), (zlib, "deflate"), (bare, "deflate")] {
            assert_eq!(unpacked(&pack(&[b'x'; MOST]), coding), Ok(vec![b'x'; MOST]), "{coding}");
            for size in [MOST + 1, 10 * MOST, 10_000 * MOST] {
                let body = pack(&vec![b'x'; size]);
                let bomb = unpacked(&body, coding).expect_err("it is too large");
                assert_eq!((bomb.why, bomb.body), (Why::TooLarge, vec![b'x'; MOST + 1]), "{coding} {size}");
                let twice = unpacked(&pack(&body), &format!("{coding}, {coding}")).expect_err("it is too large");
                assert_eq!(twice.why, Why::TooLarge, "{coding} {size}");
            }
        }
    }
}
