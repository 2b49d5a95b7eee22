//! The header of a file → which field is what.

/// A column that is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The name by which options and complaints call it.
    pub(crate) name: &'static str,
    /// Headers that are known to mean it, as [`plain`] writes them.
    pub(crate) known: &'static [&'static str],
    pub(crate) is_needed: bool,
}

/// Columns that may be there.
pub(crate) type Columns = &'static [Column];

/// Where the columns of a file are.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    columns: Columns,
    places: Vec<Option<usize>>,
    /// How many fields a line has.
    pub(crate) width: usize,
}

impl Mapped {
    /// Finds the columns: as they were named by options, else by the headers that are known. `elsewhere` are columns whose
    /// value is given for all lines. What is wrong is told with what to pass instead.
    pub(crate) fn read(
        columns: Columns,
        header: &[String],
        named: &[(String, String)],
        elsewhere: &[&str],
    ) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        for (name, _) in named {
            if !columns.iter().any(|column| column.name == name) {
                let all: Vec<_> = columns.iter().map(|column| column.name).collect();
                wrong.push(format!("--column {name}=…: there is no such column; pass one of {}", all.join(", ")));
            }
        }
        let headers: Vec<_> = header.iter().map(|text| plain(text)).collect();
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            let mine: Vec<_> = named.iter().filter(|(name, _)| name == column.name).map(|(_, header)| header).collect();
            let found: Vec<_> = match mine.as_slice() {
                [] => (0..headers.len()).filter(|at| column.known.contains(&headers[*at].as_str())).collect(),
                [one] => (0..headers.len()).filter(|at| headers[*at] == plain(one)).collect(),
                _ => {
                    wrong.push(format!("--column {}=… is given twice; pass it once", column.name));
                    continue;
                }
            };
            let by_name = mine.first().map(|header| format!("--column {}={header}", column.name));
            places.push(match (found.as_slice(), by_name) {
                ([one], _) => Some(*one),
                ([], Some(option)) => {
                    wrong.push(format!("{option}: the file has no such header; it has {}", shown(header)));
                    None
                }
                ([], None) if column.is_needed && !elsewhere.contains(&column.name) => {
                    wrong.push(format!(
                        "no column is known to be {0}; pass --column {0}=HEADER with one of {1}",
                        column.name,
                        shown(header)
                    ));
                    None
                }
                ([], None) => None,
                (several, _) => {
                    let several: Vec<_> = several.iter().map(|at| header[*at].clone()).collect();
                    wrong.push(format!(
                        "several columns may be {0}: {1}; pass --column {0}=HEADER with a header that is there once",
                        column.name,
                        shown(&several)
                    ));
                    None
                }
            });
        }
        if wrong.is_empty() { Ok(Self { columns, places, width: header.len() }) } else { Err(wrong) }
    }

    /// The field of a column; empty where the file has no such column.
    pub(crate) fn field<'a>(&self, fields: &'a [String], name: &str) -> &'a str {
        let place = self.columns.iter().position(|column| column.name == name).and_then(|at| self.places[at]);
        place.and_then(|at| fields.get(at)).map_or("", |field| field.trim())
    }

    /// What is wrong with the number of a line's fields. Spreadsheets add empty ones.
    pub(crate) fn misfit(&self, fields: &[String]) -> Option<String> {
        let count = fields.iter().rposition(|field| !field.trim().is_empty()).map_or(0, |last| last + 1);
        if count > self.width {
            let width = self.width;
            return Some(format!(
                "has {count} fields, and the header {width}; put a field with a separator in it into quotes"
            ));
        }
        if fields.len() < self.width {
            let count = fields.len();
            return Some(format!("has {count} fields, and the header {}; is something missing?", self.width));
        }
        None
    }
}

fn shown(header: &[String]) -> String {
    let mut named: Vec<_> = header.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    named.truncate(30);
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

/// A header without what people write differently: capitals, spaces, `_`, `-`, and what stands in brackets.
fn plain(text: &str) -> String {
    let outside =
        text.trim().split(['(', '[', '（']).next().filter(|outside| !outside.trim().is_empty()).unwrap_or(text);
    let kept = outside.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | '*' | '\u{feff}'));
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Column, Mapped};

    const COLUMNS: &[Column] = &[
        Column { name: "key", known: &["key", "환불번호"], is_needed: true },
        Column { name: "amount", known: &["amount", "취소금액", "환불금액"], is_needed: true },
        Column { name: "tax", known: &["tax"], is_needed: false },
    ];

    fn read(header: &[&str], named: &[(&str, &str)], elsewhere: &[&str]) -> Result<Mapped, Vec<String>> {
        let header: Vec<_> = header.iter().map(|&text| text.to_owned()).collect();
        let named: Vec<_> = named.iter().map(|&(name, header)| (name.to_owned(), header.to_owned())).collect();
        Mapped::read(COLUMNS, &header, &named, elsewhere)
    }

    #[test]
    fn headers_are_known_however_they_are_written() {
        for header in [["환불번호", "취소 금액(원)", "x"], [" KEY ", "Amount", ""], ["환불 번호*", "환불금액", "x"]]
        {
            let mapped = read(&header, &[], &[]).unwrap_or_else(|wrong| panic!("{header:?}: {wrong:?}"));
            let fields = ["a".to_owned(), " b ".to_owned(), "c".to_owned()];
            assert_eq!([mapped.field(&fields, "key"), mapped.field(&fields, "amount")], ["a", "b"]);
            assert_eq!(mapped.field(&fields, "tax"), "");
        }
        let mapped =
            read(&["no", "주문번호", "취소금액", "환불금액"], &[("key", "주문번호"), ("amount", "환불금액")], &[]);
        let fields = ["1", "2", "3", "4"].map(str::to_owned);
        let mapped = mapped.unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert_eq!([mapped.field(&fields, "key"), mapped.field(&fields, "amount")], ["2", "4"]);
    }

    #[test]
    fn what_is_not_clear_is_asked_for_by_name() {
        for (header, named, expected) in [
            (
                ["a", "amount"],
                vec![],
                vec!["no column is known to be key; pass --column key=HEADER with one of a, amount"],
            ),
            (
                ["key", "b"],
                vec![("amount", "c")],
                vec!["--column amount=c: the file has no such header; it has key, b"],
            ),
            (
                ["취소금액", "환불금액"],
                vec![("key", "취소금액")],
                vec![
                    "several columns may be amount: 취소금액, 환불금액; pass --column amount=HEADER with a header that is there once",
                ],
            ),
            (
                ["key", "amount"],
                vec![("price", "amount")],
                vec!["--column price=…: there is no such column; pass one of key, amount, tax"],
            ),
            (
                ["key", "amount"],
                vec![("key", "key"), ("key", "amount")],
                vec!["--column key=… is given twice; pass it once"],
            ),
        ] {
            assert_eq!(read(&header, &named, &[]).err().unwrap_or_default(), expected);
        }
        assert!(read(&["key", "x"], &[], &["amount"]).is_ok());
    }

    #[test]
    fn empty_fields_at_the_end_are_a_spreadsheets() {
        let mapped = read(&["key", "amount"], &[], &[]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let misfit = |fields: &[&str]| mapped.misfit(&fields.iter().map(|&field| field.to_owned()).collect::<Vec<_>>());
        assert_eq!(misfit(&["a", "1", "", " "]), None);
        assert!(misfit(&["a", "1", "000"]).is_some_and(|told| told.starts_with("has 3 fields, and the header 2")));
        assert!(misfit(&["a"]).is_some_and(|told| told.starts_with("has 1 fields, and the header 2")));
    }
}
