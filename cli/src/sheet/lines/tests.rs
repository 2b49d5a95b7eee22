use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use super::{Line, Sheet, Wrong};
use crate::sheet::Charset;

fn file(bytes: &[u8]) -> File {
    let path =
        std::env::temp_dir().join(format!("paywelcome-sheet-{}-{:?}", std::process::id(), std::thread::current().id()));
    let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path).expect("a file");
    // Its name is not needed.
    std::fs::remove_file(&path).expect("it was just made");
    file.write_all(bytes).expect("a file takes bytes");
    file.seek(SeekFrom::Start(0)).expect("a file");
    file
}

fn lines(bytes: &[u8]) -> Vec<Result<Line, Wrong>> {
    let mut file = file(bytes);
    let charset = Charset::of(&mut file, None).expect("a file");
    let mut sheet = Sheet::open(file, charset).expect("a file");
    std::iter::from_fn(|| sheet.next().expect("a file")).collect()
}

fn fields(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    let lines = lines(bytes).into_iter();
    lines.map(|line| line.map_or_else(|wrong| panic!("{wrong:?}"), |line| (line.number, line.fields))).collect()
}

fn line(number: u64, fields: &[&str]) -> (u64, Vec<String>) {
    (number, fields.iter().map(|&field| field.to_owned()).collect())
}

#[test]
fn lines_are_numbered_as_an_editor_numbers_them() {
    for end in ["\n", "\r\n"] {
        let text = ["키,금액", "", "a,1", "\"b", "c\",\"x\"\"y\"", " ,", "\"d\" ,2", "e,3"].join(end);
        let broken = format!("b{end}c");
        let expected = [
            line(1, &["키", "금액"]),
            line(3, &["a", "1"]),
            line(4, &[&broken, "x\"y"]),
            line(7, &["d", "2"]),
            line(8, &["e", "3"]),
        ];
        assert_eq!(fields(text.as_bytes()), expected, "{end:?}");
        assert_eq!(fields(format!("{text}{end}").as_bytes()), expected, "{end:?}, at the end, too");
    }
    assert_eq!(fields(b"a,b\r1,2\r3,4"), [line(1, &["a", "b"]), line(2, &["1", "2"]), line(3, &["3", "4"])]);
}

#[test]
fn what_separates_is_told_by_the_header() {
    for (text, expected) in [
        ("a;b,c\n1;2", line(2, &["1;2"])),
        ("a;b;c,d\n1;2;3", line(2, &["1", "2", "3"])),
        ("a\tb\n1\t2,3", line(2, &["1", "2,3"])),
        ("\"a,b,c\";d\n1;2", line(2, &["1", "2"])),
        ("sep=;\na,b\n1,5;2", line(3, &["1,5", "2"])),
        ("a\n1", line(2, &["1"])),
    ] {
        assert_eq!(fields(text.as_bytes()).last(), Some(&expected), "{text}");
    }
}

#[test]
fn characters_are_told_by_the_content() {
    let (cp949, _, _) = encoding_rs::EUC_KR.encode("환불번호,똠방각하\n펲,1");
    let utf_16: Vec<u8> = "\u{feff}환불번호,똠방각하\n펲,1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        "환불번호,똠방각하\n펲,1".as_bytes().to_vec(),
        "\u{feff}환불번호,똠방각하\n펲,1".as_bytes().to_vec(),
        cp949.into_owned(),
        utf_16,
    ] {
        assert_eq!(fields(&bytes), [line(1, &["환불번호", "똠방각하"]), line(2, &["펲", "1"])]);
    }
    // A character on the edge of a block.
    for before in 65_530..65_540 {
        let mut text = "a,b\n".repeat(before / 4);
        text.push_str(&"x".repeat(before % 4));
        text.push_str("환불,1");
        let found = fields(text.as_bytes());
        assert_eq!(found.last().map(|(_, fields)| fields[0].trim_start_matches('x')), Some("환불"), "{before}");
        let (cp949, _, _) = encoding_rs::EUC_KR.encode(&text);
        assert_eq!(fields(&cp949), found, "{before}");
    }
}

#[test]
fn a_stray_quote_swallows_no_line() {
    for (text, number, says) in [
        ("a,b\n1,x\"y\n2,z", 2, "has a quote within a field"),
        ("a,b\n\"1\"x,y\n2,z", 2, "continues after a closing quote"),
        ("a,b\n1,\"y\n2,z\n3,z\"z\n4,z", 2, "continues after a closing quote"),
        ("a,b\n1,y\n2,\"z\n3,x", 3, "has a quote that is not closed"),
    ] {
        let wrong: Vec<_> = lines(text.as_bytes()).into_iter().filter_map(Result::err).collect();
        assert_eq!(wrong.len(), 1, "{text}");
        assert!(wrong[0].number == number && wrong[0].message.contains(says), "{text}: {wrong:?}");
    }
    let long = format!("a,b\n\"{}", "x\n".repeat(100_000));
    assert!(lines(long.as_bytes()).into_iter().any(|line| line.is_err_and(|wrong| wrong.number == 2 && wrong.is_last)));
}

#[test]
fn bytes_that_are_no_character_are_named_by_their_line() {
    let found = lines(b"a,b\n1,\xc8\xaf\n2,\xff\xff\n3,x");
    let Some(Err(wrong)) = found.last() else { panic!("{found:?}") };
    assert!(wrong.number == 3 && wrong.is_last && wrong.message.contains("--encoding"), "{wrong:?}");
    assert_eq!(found.len(), 3);
}

#[test]
fn an_empty_file_has_no_lines() {
    for text in ["", "\n\r\n", "\u{feff}"] {
        assert_eq!(lines(text.as_bytes()), []);
    }
}

#[test]
fn zeros_are_kept_where_a_spreadsheet_was_told_to() {
    assert_eq!(
        fields(b"a,b\n=\"0012\",\"=\"\"0013\"\"\""),
        [line(1, &["a", "b"]), line(2, &["=\"0012\"", "=\"0013\""])]
    );
}
