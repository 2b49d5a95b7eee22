//! The commands: what each asks of the ledger, and what it tells.

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::bar;
use crate::refunds::batches;
use crate::refunds::desk::Desk;
use crate::refunds::host::Failed;
use crate::refunds::import::Import;
use crate::refunds::page::page;
use crate::refunds::review::review;
use crate::refunds::statement::reconcile;
use crate::refunds::words;
use crate::refunds::written::{money, object, shown};

/// Does what the command line asks for, and gives the exit code.
pub(crate) async fn work(desk: &mut Desk, import: Option<Import>) -> Result<i32, Failed> {
    let verb = desk.line.verb.name;
    if verb != "init" {
        desk.verb("check", Vec::new()).await?;
    }
    if let Some(import) = import {
        return import.write(desk).await;
    }
    match verb {
        "init" => init(desk).await,
        "request" => request(desk).await,
        "run" => run(desk).await,
        "process" => process(desk).await,
        "review" => review(desk).await,
        "page" => page(desk).await,
        "resolve" => resolve(desk).await,
        "restored" => restored(desk).await,
        "progress" => batches::progress(desk).await,
        "pause" => batches::pause(desk).await,
        "resume" => batches::resume(desk).await,
        "void-unsent" => batches::void_unsent(desk).await,
        "pace" => batches::pace(desk).await,
        "reconcile" => reconcile(desk).await,
        _ => status(desk).await,
    }
}

async fn init(desk: &mut Desk) -> Result<i32, Failed> {
    desk.verb("install", Vec::new()).await?;
    let tables = desk.verb("check", Vec::new()).await?;
    let text = format!("the tables are there: {}\n", desk.kept_in);
    desk.tell(vec![("tables", tables)], text);
    Ok(exit::DONE)
}

async fn request(desk: &mut Desk) -> Result<i32, Failed> {
    // What is missing is named by the ledger, together with what is wrong.
    let needed = ["key", "tid", "amount", "paid", "pay_type"].map(|name| (name.to_owned(), Value::Null));
    let mut arguments = Map::from_iter(needed);
    arguments.extend(desk.line.own.clone());
    arguments.insert("key".to_owned(), desk.key());
    let refund = desk.host.within("request", arguments).await?;
    desk.tell_one(refund, Value::Null);
    Ok(exit::DONE)
}

async fn run(desk: &mut Desk) -> Result<i32, Failed> {
    let waiting = format!("\nNothing new is started. Refunds in flight end within {} seconds.\n", desk.limit);
    let batch = desk.own("batch");
    if !batch.is_null() {
        batches::begun(desk, batch.clone()).await?;
    }
    let arguments = desk.line.own.clone().into_iter().filter(|(name, _)| name != "lang").collect();
    let processed = desk.host.run(arguments, waiting).await?;
    let counts = desk.verb("counts", Vec::new()).await?;
    let mut text = words::ran(desk, "processed", &processed, &counts);
    let mut found = vec![("processed", processed), ("counts", counts)];
    if !batch.is_null()
        && let Ok(progress) = desk.verb("progress", vec![("batch", batch)]).await
    {
        text += &bar::block(&progress, desk.lang, usize::MAX, &desk.program);
        found.push(("progress", progress));
    }
    desk.tell(found, text);
    Ok(exit::DONE)
}

async fn process(desk: &mut Desk) -> Result<i32, Failed> {
    let key = desk.key();
    if desk.asks && !agreed(desk, "refund").await? {
        return Ok(exit::STOPPED);
    }
    let waiting = format!(
        "\nThe request may have left and can't be called back. Waiting for its answer, {} seconds at most.\n",
        desk.limit
    );
    desk.began = true;
    desk.host.process(key.as_str().unwrap_or_default(), waiting).await?;
    let refund = desk.verb("get", vec![("key", key)]).await?;
    let code = match refund["state"].as_str() {
        Some("done") => exit::DONE,
        Some("declined") => exit::DECLINED,
        Some("requested" | "void") => exit::NOT_SENT,
        _ => exit::UNKNOWN,
    };
    desk.tell_one(refund, Value::Null);
    Ok(code)
}

async fn status(desk: &mut Desk) -> Result<i32, Failed> {
    let key = desk.key();
    if key.is_null() {
        let counts = desk.verb("counts", Vec::new()).await?;
        let oldest = desk.verb("in_review", vec![("limit", 1.into())]).await?;
        let due = desk.verb("due", vec![("limit", words::MOST_DUE.into())]).await?;
        let text = words::counts(desk, &counts, &oldest[0], due.as_array().map_or(0, Vec::len));
        desk.tell(vec![("counts", counts), ("oldest", oldest), ("due", due)], text);
    } else {
        let refund = desk.verb("get", vec![("key", key.clone())]).await?;
        let journal = desk.verb("attempts", vec![("key", key)]).await?;
        desk.tell_one(refund, journal);
    }
    Ok(exit::DONE)
}

async fn resolve(desk: &mut Desk) -> Result<i32, Failed> {
    let ruling = desk.line.words.get(1).cloned().unwrap_or_default();
    let what = if ruling == "retry" {
        "have a worker refund, by a new request,"
    } else {
        "have a worker refund, by the same request,"
    };
    if desk.asks && !agreed(desk, what).await? {
        return Ok(exit::STOPPED);
    }
    let mut arguments = Map::from_iter([
        ("key".to_owned(), desk.key()),
        ("ruling".to_owned(), ruling.into()),
        // What is missing is named by the ledger.
        ("by".to_owned(), Value::Null),
    ]);
    arguments.extend(desk.line.own.clone().into_iter().filter(|(name, _)| name != "yes"));
    let refund = desk.host.verb("resolve", arguments).await?;
    desk.tell_one(refund, Value::Null);
    Ok(exit::DONE)
}

async fn restored(desk: &mut Desk) -> Result<i32, Failed> {
    let doubted = desk.verb("restored", vec![("since", desk.own("since"))]).await?["refunds"].take();
    let counts = desk.verb("counts", Vec::new()).await?;
    let text = words::ran(desk, "doubted", &doubted, &counts);
    desk.tell(vec![("doubted", doubted), ("counts", counts)], text);
    Ok(exit::DONE)
}

/// Asks before real money moves.
async fn agreed(desk: &mut Desk, what: &str) -> Result<bool, Failed> {
    let refund = desk.verb("get", vec![("key", desk.key())]).await?;
    let question = format!(
        "{}, {}: {what} {} of the payment {}\nat {}, as {}.\nType yes to continue: ",
        shown(&refund["key"]),
        shown(&refund["state"]),
        money(&refund["amount"], &refund["currency"]),
        shown(&refund["tid"]),
        desk.gateway("en"),
        desk.mid,
    );
    let agreed = desk.terminal.ask(&question).is_ok_and(|answer| answer == "yes");
    if !agreed {
        desk.terminal.complain("Nothing was sent.\n");
    }
    Ok(agreed)
}

impl Desk {
    /// Returns what was found: as JSON where that is asked for, else in words.
    pub(crate) fn tell(&mut self, found: Vec<(&str, Value)>, text: String) {
        let told = if self.line.json { format!("{}\n", words::in_json(object(found))) } else { text };
        self.terminal.say(&told);
    }

    /// Tells one refund, and its journal where there is one.
    fn tell_one(&mut self, refund: Value, journal: Value) {
        let text = words::one(self, &refund, &journal);
        let journal = Some(("journal", journal)).filter(|(_, journal)| !journal.is_null());
        self.tell([("refund", refund)].into_iter().chain(journal).collect(), text);
    }
}
