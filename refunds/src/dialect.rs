//! What databases write differently.

/// A database's kind of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `SQLite` 3.33 or later.
    Sqlite,
    /// `PostgreSQL` 13 or later.
    Postgres,
    /// `MySQL` 8 or `MariaDB` 10.6, or later.
    Mysql,
}

impl Dialect {
    /// Reads `sqlite`, `postgres` or `mysql`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "sqlite" => Some(Self::Sqlite),
            "postgres" => Some(Self::Postgres),
            "mysql" => Some(Self::Mysql),
            _ => None,
        }
    }

    /// What stands before and after a parameter that is a whole number. Parameters are texts, whatever a driver makes of
    /// a statement.
    pub(crate) const fn number(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => ("CAST(", " AS integer)"),
            // What infers a parameter's type from a cast is told that it is a text first.
            Self::Postgres => ("CAST(CAST(", " AS text) AS bigint)"),
            Self::Mysql => ("CAST(", " AS signed)"),
        }
    }

    /// What stands before and after a parameter that is a text.
    pub(crate) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite | Self::Postgres => ("CAST(", " AS text)"),
            // A cast would have a collation of its own, which could not be compared with a column's.
            Self::Mysql => ("", ""),
        }
    }

    /// The type that every column is read as.
    pub(crate) const fn read_as(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "text",
            Self::Mysql => "char",
        }
    }

    /// The database's own time, in milliseconds since 1970. It continues within a transaction, and stands still within a
    /// statement, so that an index can be asked by it.
    pub(crate) const fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS integer)",
            Self::Postgres => "CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)",
            Self::Mysql => "(timestampdiff(MICROSECOND, '1970-01-01 00:00:00', utc_timestamp(3)) DIV 1000)",
        }
    }

    /// The last so many letters of a text; both are SQL.
    pub(crate) fn last(self, text: &str, many: &str) -> String {
        match self {
            Self::Sqlite => format!("substr({text}, -({many}))"),
            Self::Postgres => format!("right({text}, CAST({many} AS integer))"),
            Self::Mysql => format!("right({text}, {many})"),
        }
    }

    /// Two texts as one; both are SQL.
    pub(crate) fn joined(self, text: &str, more: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("{text} || {more}"),
            Self::Mysql => format!("concat({text}, {more})"),
        }
    }

    /// What an INSERT says where the row of a batch is there already, before what it then sets.
    pub(crate) const fn or_set(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "ON CONFLICT (mid, batch) DO UPDATE SET",
            Self::Mysql => "ON DUPLICATE KEY UPDATE",
        }
    }

    /// Many rows out of one parameter: the members of a JSON array, as a table named `j`.
    pub(crate) const fn rows(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => (
                "(SELECT json_extract(value, '$.n') AS n, json_extract(value, '$.k') AS k, \
                 json_extract(value, '$.tid') AS tid, json_extract(value, '$.pay_type') AS pay_type, \
                 json_extract(value, '$.currency') AS currency, json_extract(value, '$.amount') AS amount, \
                 json_extract(value, '$.paid') AS paid, json_extract(value, '$.remaining') AS remaining, \
                 json_extract(value, '$.tax') AS tax, json_extract(value, '$.taxfree') AS taxfree, \
                 json_extract(value, '$.reference') AS reference, json_extract(value, '$.batch') AS batch \
                 FROM json_each(CAST(",
                " AS text))) AS j",
            ),
            Self::Postgres => (
                "json_to_recordset(CAST(CAST(",
                " AS text) AS json)) AS j (n bigint, k text, tid text, pay_type text, currency text, amount bigint, \
                 paid bigint, remaining bigint, tax bigint, taxfree bigint, reference text, batch text)",
            ),
            // The alphabet of its columns is the database's, which may have no room for a text, unless it is named.
            Self::Mysql => (
                "(SELECT n, convert(k USING utf8mb4) COLLATE utf8mb4_bin AS k, \
                 convert(tid USING utf8mb4) COLLATE utf8mb4_bin AS tid, \
                 convert(pay_type USING utf8mb4) COLLATE utf8mb4_bin AS pay_type, \
                 convert(currency USING utf8mb4) COLLATE utf8mb4_bin AS currency, amount, paid, remaining, tax, taxfree, \
                 convert(reference USING utf8mb4) COLLATE utf8mb4_bin AS reference, \
                 convert(batch USING utf8mb4) COLLATE utf8mb4_bin AS batch FROM json_table(",
                ", '$[*]' COLUMNS (n bigint PATH '$.n', \
                 k varchar(100) CHARACTER SET utf8mb4 PATH '$.k', tid varchar(40) CHARACTER SET utf8mb4 PATH '$.tid', \
                 pay_type varchar(10) CHARACTER SET utf8mb4 PATH '$.pay_type', \
                 currency varchar(3) CHARACTER SET utf8mb4 PATH '$.currency', \
                 amount bigint PATH '$.amount', paid bigint PATH '$.paid', remaining bigint PATH '$.remaining', \
                 tax bigint PATH '$.tax', taxfree bigint PATH '$.taxfree', \
                 reference varchar(200) CHARACTER SET utf8mb4 PATH '$.reference', \
                 batch varchar(100) CHARACTER SET utf8mb4 PATH '$.batch')) AS given) AS j",
            ),
        }
    }
}
