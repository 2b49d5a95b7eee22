//! A statement as a store is handed it: pieces of text, and the values between them.

use crate::dialect::Dialect;

/// A value of a statement: a text, or null.
pub type Value = Option<String>;

/// A statement: between two pieces stands a placeholder of the driver's own, so that none has to be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// One more than there are values.
    pub pieces: Vec<String>,
    /// In the order of their placeholders, each used once.
    pub values: Vec<Value>,
}

impl Statement {
    /// Makes a statement of a template, in which `{i}` is a whole number, `{t}` a text, `{rows}` the rows of a JSON array,
    /// `{now}` the database's time, and `{as}` the type that columns are read as.
    ///
    /// # Panics
    ///
    /// If the template holds anything else in braces: templates are this crate's own.
    pub(crate) fn new(dialect: Dialect, template: &str, values: Vec<Value>) -> Self {
        let mut pieces = Vec::with_capacity(values.len() + 1);
        let mut piece = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            piece.push_str(before);
            let (token, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            let (open, close) = match token {
                "i" => dialect.number(),
                "t" => dialect.text(),
                "rows" => dialect.rows(),
                "now" => {
                    piece.push_str(dialect.now());
                    continue;
                }
                "as" => {
                    piece.push_str(dialect.read_as());
                    continue;
                }
                other => unreachable!("no template holds {{{other}}}"),
            };
            piece.push_str(open);
            pieces.push(std::mem::take(&mut piece));
            piece.push_str(close);
        }
        piece.push_str(rest);
        pieces.push(piece);
        debug_assert_eq!(pieces.len(), values.len() + 1, "{template}");
        Self { pieces, values }
    }
}

/// A whole number as a value.
#[allow(clippy::unnecessary_wraps, reason = "values may be null")]
pub(crate) fn number(value: impl Into<i128>) -> Value {
    Some(value.into().to_string())
}

/// A text as a value.
#[allow(clippy::unnecessary_wraps, reason = "values may be null")]
pub(crate) fn text(value: impl Into<String>) -> Value {
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_place_between_two_pieces() {
        let values = vec![text("a"), number(1)];
        let made = Statement::new(Dialect::Postgres, "SELECT {t}, {i}, '{now}'", values.clone());
        assert_eq!(made.values, values);
        assert_eq!(made.pieces[0], "SELECT CAST(");
        assert_eq!(made.pieces[1], " AS text), CAST(CAST(");
        assert!(made.pieces[2].starts_with(" AS text) AS bigint), 'CAST(floor("));
        let made = Statement::new(Dialect::Mysql, "SELECT {t} FROM {rows}", vec![text("a"), text("[]")]);
        assert_eq!(made.pieces.len(), 3);
        assert_eq!(made.pieces[0], "SELECT ");
    }

    #[test]
    #[should_panic(expected = "no template holds")]
    fn an_unknown_token_is_a_fault_of_the_crate() {
        Statement::new(Dialect::Sqlite, "SELECT {x}", vec![None]);
    }
}
