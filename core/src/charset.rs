//! Bytes → text: in the charset that is declared where that can be, else in the one that it must be.

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE};

const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A body as a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) content: String,
    /// Nothing declares the charset that it was read in, or some bytes were replaced: what is not ASCII may say something
    /// else.
    pub(crate) guessed: bool,
    /// Its bytes are others than those of the body: what was not in these may be in it.
    pub(crate) decoded: bool,
    /// What it was read in.
    pub(crate) charset: &'static Encoding,
}

impl Text {
    const fn decoded(content: String, guessed: bool, charset: &'static Encoding) -> Self {
        Self { content, guessed, decoded: true, charset }
    }
}

/// Reads a body as a text, whatever it is; what can't be read is replaced, one `U+FFFD` for each.
///
/// The gateway writes UTF-8, and its siblings CP949. Both keep every byte of ASCII but letters to themselves, and so does
/// every other charset that is believed: a mistake may spoil a message, but no digit, quote or brace.
pub(crate) fn read(body: Vec<u8>, content_type: Option<&str>) -> Text {
    let body = if body.starts_with(UTF_8_MARK) { body[UTF_8_MARK.len()..].to_vec() } else { body };
    let declared = declared(content_type);
    let is = |encoding| declared == Some(encoding);
    if let Some(text) = utf_16(&body, declared) {
        return text;
    }
    let body = match String::from_utf8(body) {
        Ok(text) if is(EUC_KR) && !has_long_sequence(&text) => {
            return match whole(text.as_bytes(), EUC_KR) {
                Some(read) => Text::decoded(read, false, EUC_KR),
                None => Text::decoded(text, false, UTF_8),
            };
        }
        Ok(text) => return Text { content: text, guessed: false, decoded: false, charset: UTF_8 },
        Err(error) => error.into_bytes(),
    };
    let guessed = !is(EUC_KR);
    if let Some(text) = whole(&body, EUC_KR) {
        return Text::decoded(text, guessed, EUC_KR);
    }
    let of_single_bytes = declared.filter(|encoding| encoding.is_single_byte() && encoding.is_ascii_compatible());
    if let Some((text, charset)) = of_single_bytes.and_then(|encoding| Some((whole(&body, encoding)?, encoding))) {
        return Text::decoded(text, false, charset);
    }
    let (text, charset) = replaced(&body);
    Text::decoded(text, true, charset)
}

/// The text, where it is in UTF-16: two bytes a letter, of which one is zero for what JSON and HTML begin with.
fn utf_16(body: &[u8], declared: Option<&'static Encoding>) -> Option<Text> {
    let (encoding, rest, is_marked) = match body {
        [0xff, 0xfe, rest @ ..] => (UTF_16LE, rest, true),
        [0xfe, 0xff, rest @ ..] => (UTF_16BE, rest, true),
        [first, 0, ..] if *first != 0 => (UTF_16LE, body, false),
        [0, second, ..] if *second != 0 => (UTF_16BE, body, false),
        _ => return None,
    };
    let text = whole(rest, encoding)?;
    Some(Text::decoded(text, !is_marked && declared != Some(encoding), encoding))
}

/// The declared charset, by the names Korean servers use.
fn declared(content_type: Option<&str>) -> Option<&'static Encoding> {
    let parameters = content_type?.split(';').skip(1);
    let mut charsets = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').trim())
    });
    let label = charsets.next()?;
    let windows_names = ["cp949", "ms949", "uhc", "x-windows-949"];
    if windows_names.iter().any(|name| label.eq_ignore_ascii_case(name)) {
        return Some(EUC_KR);
    }
    Encoding::for_label(label.as_bytes())
}

/// Three bytes that UTF-8 knows are hardly ever one and a half characters of CP949; two may well be one.
fn has_long_sequence(text: &str) -> bool {
    text.chars().any(|c| c.len_utf8() > 2)
}

/// The text, where every byte of it is one of the charset's.
fn whole(body: &[u8], encoding: &'static Encoding) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(body).map(Cow::into_owned)
}

/// The text in UTF-8, or in CP949 where that leaves far less to be replaced: it takes two bytes for one.
fn replaced(body: &[u8]) -> (String, &'static Encoding) {
    let holes = |text: &str| text.matches(char::REPLACEMENT_CHARACTER).count();
    let (utf_8, (cp949, _)) = (String::from_utf8_lossy(body), EUC_KR.decode_without_bom_handling(body));
    if 2 * holes(&cp949) < holes(&utf_8) { (cp949.into_owned(), EUC_KR) } else { (utf_8.into_owned(), UTF_8) }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GB18030, ISO_8859_2, KOI8_R, SHIFT_JIS, WINDOWS_1252};

    use super::*;

    /// What a reader of JSON looks at, and every digit.
    const SYNTAX: &[u8] = b"\"\\{}[]:,0123456789 +-.\t\r\n";

    #[test]
    fn no_charset_that_is_believed_takes_a_sign_of_json_or_a_digit_for_a_part_of_another_character() {
        let mut believed = vec![None, Some("euc-kr"), Some("utf-8"), Some("shift_jis"), Some("gb18030"), Some("big5")];
        believed.extend([
            Some("iso-8859-1"),
            Some("windows-1251"),
            Some("koi8-r"),
            Some("iso-2022-jp"),
            Some("utf-16"),
        ]);
        for charset in believed {
            let content_type = charset.map(|charset| format!("application/json; charset={charset}"));
            for lead in 0x80..=0xff_u8 {
                for trail in [0x80, 0x81, 0xa0, 0xa1, 0xb0, 0xc2, 0xfe, 0xff] {
                    for sign in SYNTAX {
                        let twice = [lead, *sign, trail, *sign];
                        for (bytes, kept) in [(&twice[..2], 1), (&[lead, trail, *sign], 1), (&twice, 2)] {
                            let read = read(bytes.to_vec(), content_type.as_deref()).content;
                            let found = read.chars().filter(|c| *c == char::from(*sign)).count();
                            assert_eq!(found, kept, "{bytes:x?} as {charset:?} is {read:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn others_do_take_them_and_are_not_believed() {
        assert_eq!(whole(b"\x83\\\"", SHIFT_JIS).as_deref(), Some("ソ\""));
        assert_eq!(whole(b"\x810\x810", GB18030).map(|text| text.chars().count()), Some(1));
        for charset in ["shift_jis", "gb18030", "gbk", "big5", "iso-2022-jp", "iso-2022-kr", "utf-7", "x-none"] {
            let read = read(b"\"\x83\\n\"".to_vec(), Some(&format!("text/plain; charset={charset}")));
            assert!(read.content.contains('\\') && read.guessed, "{charset}: {read:?}");
        }
    }

    #[test]
    fn a_declared_charset_is_believed_where_its_bytes_can_be_read_in_it_and_in_no_likelier_one() {
        let korean = "정상처리";
        let (cp949, _, _) = EUC_KR.encode(korean);
        let read_as = |bytes: &[u8], charset: Option<&str>| {
            let content_type = charset.map(|charset| format!("text/html;charset={charset}"));
            let Text { content: text, guessed, .. } = read(bytes.to_vec(), content_type.as_deref());
            (text, guessed)
        };
        for charset in [None, Some("utf-8"), Some("iso-8859-1"), Some("us-ascii"), Some("shift_jis"), Some("utf-16")] {
            assert_eq!(read_as(&cp949, charset), (korean.to_owned(), true), "{charset:?}");
            assert_eq!(read_as(korean.as_bytes(), charset), (korean.to_owned(), false), "{charset:?}");
        }
        for charset in ["euc-kr", "\"MS949\"", "ks_c_5601-1987", "CP949"] {
            assert_eq!(read_as(&cp949, Some(charset)), (korean.to_owned(), false), "{charset}");
            assert_eq!(read_as(korean.as_bytes(), Some(charset)), (korean.to_owned(), false), "{charset}");
            // Bytes that are whole characters of CP949, too.
            assert_eq!(read_as("각각".as_bytes(), Some(charset)), ("각각".to_owned(), false), "{charset}");
        }
        // Two bytes that both charsets know: as declared, or as documented.
        assert_eq!(read_as(b"\xc3\xb3", Some("euc-kr")).0, "처");
        assert_eq!(read_as(b"\xc3\xb3", None).0, "ó");
        for (charset, encoding) in [("latin1", WINDOWS_1252), ("iso-8859-2", ISO_8859_2), ("koi8-r", KOI8_R)] {
            let bytes = b"caf\xe9 \xff";
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            assert_eq!(read_as(bytes, Some(charset)), (text.into_owned(), false), "{charset}");
        }
        let text = "{\"가\":1}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, charset) in [(&little, "utf-16le"), (&little, "utf-16"), (&big, "utf-16be")] {
            assert_eq!(read_as(bytes, Some(charset)), (text.to_owned(), false), "{charset}");
            assert_eq!(read_as(bytes, None), (text.to_owned(), true));
        }
        for (mark, bytes) in [(b"\xff\xfe", &little), (b"\xfe\xff", &big)] {
            assert_eq!(read_as(&[mark.as_slice(), bytes].concat(), None), (text.to_owned(), false));
        }
    }

    #[test]
    fn what_no_charset_knows_is_replaced_in_the_likeliest_one() {
        let (cp949, _, _) = EUC_KR.encode("정상처리");
        let broken = [cp949.as_ref(), b"\xff\"00\""].concat();
        let read_of = |bytes: &[u8]| read(bytes.to_vec(), None);
        let replaced = |charset| Text::decoded("정상처리\u{fffd}\"00\"".to_owned(), true, charset);
        assert_eq!(read_of(&broken), replaced(EUC_KR));
        let broken = ["정상처리".as_bytes(), b"\xff\"00\""].concat();
        assert_eq!(read_of(&broken), replaced(UTF_8));
        let marked = Text { content: "{}".to_owned(), guessed: false, decoded: false, charset: UTF_8 };
        assert_eq!(read_of(b"\xef\xbb\xbf{}"), marked);
    }
}
