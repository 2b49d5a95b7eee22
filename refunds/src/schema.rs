//! The tables.

use serde_json::json;

use crate::dialect::Dialect;
use crate::ledger::Ledger;
use crate::refused::{Kind, Refused};
use crate::statement::{Statement, number};
use crate::work::Io;

/// The version of the tables that this library needs. Columns and tables are only ever added.
pub const VERSION: u64 = 1;

/// The tables as SQL, to be put into a migration: statements that end with a semicolon and a line.
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
    let installed = if first(&ledger, &io, found).await? == 0 {
        0
    } else {
        first(&ledger, &io, "SELECT CAST(coalesce(max(version), 0) AS {as}) AS version FROM paywelcome_schema").await?
    };
    if installed >= VERSION {
        return Ok(json!({ "version": installed }).to_string());
    }
    let what = match installed {
        0 => "this database has no tables for refunds".to_owned(),
        older => format!("this database's tables for refunds have version {older}, and {VERSION} is needed"),
    };
    let cure = "paywelcome refunds schema prints them for a migration, paywelcome refunds init creates them";
    Err(Refused::new(Kind::Schema, format!("{what}; {cure}")))
}

async fn first(ledger: &Ledger, io: &Io, template: &str) -> Result<u64, Refused> {
    let rows = io.query(vec![Statement::new(ledger.dialect, template, Vec::new())]).await?;
    let value = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| Refused::store("the store does not tell what tables it has"))
}

/// Creates what is missing.
pub(crate) async fn install(ledger: Ledger, io: Io) -> Result<String, Refused> {
    let dialect = ledger.dialect;
    let mut statements = Vec::new();
    if dialect == Dialect::Postgres {
        // Two that begin at once would both find nothing.
        statements.push(Statement::new(
            dialect,
            "SELECT CAST(pg_advisory_xact_lock(7302946152) AS text) AS locked",
            Vec::new(),
        ));
    }
    let lines: Vec<_> = sql(dialect).lines().filter(|line| !line.starts_with("--")).collect();
    let text = lines.join("\n");
    let each = text.split(";\n").map(str::trim).filter(|statement| !statement.is_empty());
    statements.extend(
        each.map(|statement| Statement {
            pieces: vec![statement.trim_end_matches(';').to_owned()],
            values: Vec::new(),
        }),
    );
    let known = "SELECT CAST(max(version) AS {as}) AS version FROM paywelcome_schema WHERE version <= {i}";
    statements.push(Statement::new(dialect, known, vec![number(VERSION)]));
    io.query(statements).await?;
    Ok(json!({ "version": VERSION }).to_string())
}
