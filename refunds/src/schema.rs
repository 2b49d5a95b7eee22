//! The tables.

use serde_json::json;

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::record::Columns;
use crate::refused::{Kind, Refused};
use crate::statement::{Statement, number, text};
use crate::work::Io;

/// The version of the tables that this library needs. Columns and tables are only ever added.
pub const VERSION: u64 = 2;

/// The tables as SQL, to be put into a migration: statements that end with a semicolon and a line. They are right for an empty
/// database and for one of an older version; running them again changes nothing.
pub const fn sql(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => include_str!("schema/sqlite.sql"),
        Dialect::Postgres => include_str!("schema/postgres.sql"),
        Dialect::Mysql => include_str!("schema/mysql.sql"),
    }
}

/// Refuses tables that are missing, or older than this library.
pub(crate) async fn check(ledger: Ledger, io: Io) -> Result<String, Refused> {
    let found = match ledger.dialect {
        Dialect::Sqlite => "SELECT CAST(count(*) AS text) AS found FROM sqlite_master WHERE name = 'paywelcome_schema'",
        Dialect::Postgres => "SELECT CASE WHEN to_regclass('paywelcome_schema') IS NULL THEN '0' ELSE '1' END AS found",
        Dialect::Mysql => {
            "SELECT CAST(count(*) AS char) AS found FROM information_schema.tables \
             WHERE table_schema = database() AND table_name = 'paywelcome_schema'"
        }
    };
    let installed = if first(&ledger, &io, found).await? == 0 { 0 } else { version(&ledger, &io).await? };
    if installed >= VERSION {
        return Ok(json!({ "version": installed }).to_string());
    }
    let message = match installed {
        0 => "this database has no tables for refunds; paywelcome refunds schema prints them for a migration, \
              paywelcome refunds init creates them"
            .to_owned(),
        older => format!(
            "this database's tables for refunds have version {older}, and {VERSION} is needed; paywelcome refunds schema \
             prints what brings them up, for a migration, and paywelcome refunds init does it"
        ),
    };
    Err(Refused::new(Kind::Schema, message))
}

/// A text as gateways answer it, in the characters that the smallest of Korean alphabets has.
const ANSWER: &str = "정상 처리";

/// Returns the version of the tables, and refuses a connection that loses texts: what a gateway answers must be recorded.
async fn version(ledger: &Ledger, io: &Io) -> Result<u64, Refused> {
    let template =
        "SELECT CAST(coalesce(max(version), 0) AS {as}) AS version, CAST({t} AS {as}) AS kept FROM paywelcome_schema";
    let rows = io.query(vec![Statement::new(ledger.dialect, template, vec![text(ANSWER)])]).await?;
    let mut row = Columns(rows.into_iter().next().unwrap_or_default().into_iter());
    let version = row.number("version")?;
    if row.value().as_deref() != Some(ANSWER) {
        let cure = match ledger.dialect {
            Dialect::Mysql => "set its character set to utf8mb4",
            Dialect::Postgres => "set its client_encoding to UTF8",
            Dialect::Sqlite => "pass texts as they are",
        };
        return Err(Refused::store(format!("the store's connection does not keep Korean texts; {cure}")));
    }
    Ok(version)
}

async fn first(ledger: &Ledger, io: &Io, template: &str) -> Result<u64, Refused> {
    let rows = io.query(vec![Statement::new(ledger.dialect, template, Vec::new())]).await?;
    let value = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| Refused::store("the store does not say which tables it has"))
}

/// The keys that a table of version 1 lacks, as `schema/mysql.sql` has them.
const KEYS: [(&str, &str); 2] = [
    ("paywelcome_refund_batch", "mid, batch, state, ended_at, amount"),
    ("paywelcome_refund_batch_due", "mid, batch, due_at"),
];

/// Creates what is missing.
pub(crate) async fn install(ledger: Ledger, io: Io) -> Result<String, Refused> {
    let dialect = ledger.dialect;
    let mut statements = Vec::new();
    match dialect {
        Dialect::Sqlite => {}
        // Two that begin at once would both find nothing.
        Dialect::Postgres => statements.push(Statement::new(
            dialect,
            "SELECT CAST(pg_advisory_xact_lock(7302946152) AS text) AS locked",
            Vec::new(),
        )),
        Dialect::Mysql => add_keys(&ledger, &io).await?,
    }
    statements
        .extend(statements_of(sql(dialect)).map(|statement| Statement { pieces: vec![statement], values: Vec::new() }));
    let known = "SELECT CAST(max(version) AS {as}) AS version FROM paywelcome_schema WHERE version <= {i}";
    statements.push(Statement::new(dialect, known, vec![number(VERSION)]));
    io.query(statements).await?;
    Ok(json!({ "version": VERSION }).to_string())
}

/// Adds the keys that a table of version 1 lacks. The file does it by `PREPARE`, which some drivers can't send.
async fn add_keys(ledger: &Ledger, io: &Io) -> Result<(), Refused> {
    let table = "information_schema.tables WHERE table_schema = database() AND table_name = 'paywelcome_refund'";
    if first(ledger, io, &format!("SELECT CAST(count(*) AS char) AS found FROM {table}")).await? == 0 {
        return Ok(());
    }
    for (name, columns) in KEYS {
        let known = format!(
            "SELECT CAST(count(*) AS char) AS found FROM information_schema.statistics WHERE table_schema = database() \
             AND table_name = 'paywelcome_refund' AND index_name = '{name}'"
        );
        if first(ledger, io, &known).await? == 0 {
            let add = format!("ALTER TABLE paywelcome_refund ADD KEY {name} ({columns})");
            io.query(vec![Statement::new(ledger.dialect, &add, Vec::new())]).await?;
        }
    }
    Ok(())
}

/// The statements of a file, without comments and without what [`add_keys`] does.
fn statements_of(sql: &'static str) -> impl Iterator<Item = String> {
    let lines: Vec<_> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let statements: Vec<_> =
        lines.join("\n").split(";\n").map(|each| each.trim().trim_end_matches(';').to_owned()).collect();
    let is_ours = |statement: &String| statement.starts_with("CREATE ") || statement.starts_with("INSERT ");
    statements.into_iter().filter(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_adds_the_keys_that_are_added_by_hand() {
        let file = sql(Dialect::Mysql);
        for (name, columns) in KEYS {
            assert!(file.contains(&format!("    KEY {name} ({columns})")), "{name}");
            assert!(file.contains(&format!("'ALTER TABLE paywelcome_refund ADD KEY {name} ({columns})'")), "{name}");
        }
    }

    #[test]
    fn every_statement_is_run_but_those_for_older_keys() {
        for (dialect, many) in [(Dialect::Sqlite, 11), (Dialect::Postgres, 11), (Dialect::Mysql, 6)] {
            assert_eq!(statements_of(sql(dialect)).count(), many, "{dialect:?}");
        }
    }
}
