//! Looking at refunds.

use serde_json::{Map, Value as Json, json};

use crate::ledger::Ledger;
use crate::record::{Columns, Record};
use crate::refused::Refused;
use crate::work::Io;
use crate::{process, sql, told};

pub(crate) async fn get(ledger: Ledger, io: Io, key: String) -> Result<String, Refused> {
    let record = process::load(&ledger, &io, &key).await?;
    Ok(told::refund(&ledger, &record).to_string())
}

pub(crate) async fn attempts(ledger: Ledger, io: Io, key: String) -> Result<String, Refused> {
    process::load(&ledger, &io, &key).await?;
    let rows = io.query(vec![sql::journal(ledger.dialect, &ledger.mid, &key)]).await?;
    Ok(Json::Array(rows.into_iter().map(told::entry).collect()).to_string())
}

pub(crate) async fn in_review(ledger: Ledger, io: Io, limit: u64) -> Result<String, Refused> {
    let rows = io.query(vec![sql::in_review(ledger.dialect, &ledger.mid, limit)]).await?;
    let mut refunds = Vec::with_capacity(rows.len());
    for row in rows {
        refunds.push(told::refund(&ledger, &Record::read(row)?));
    }
    Ok(Json::Array(refunds).to_string())
}

pub(crate) async fn counts(ledger: Ledger, io: Io) -> Result<String, Refused> {
    let rows = io.query(vec![sql::counts(ledger.dialect, &ledger.mid)]).await?;
    let mut counted: Map<String, Json> =
        told::STATES.iter().map(|state| (state.as_str().to_owned(), json!({ "refunds": 0, "amount": 0 }))).collect();
    for row in rows {
        let mut row = Columns(row.into_iter());
        let state = row.text("state")?;
        counted.insert(state, json!({ "refunds": row.number("refunds")?, "amount": row.number("amount")? }));
    }
    Ok(Json::Object(counted).to_string())
}
