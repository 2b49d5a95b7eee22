//! The commands of batches: how far they have come, and what a person changes about them.

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::bar;
use crate::refunds::desk::Desk;
use crate::refunds::host::Failed;
use crate::refunds::told::message;
use crate::refunds::written::{grouped, shown};

/// Seconds between two looks at a terminal, and the columns of one that does not tell.
const EVERY: f64 = 1.0;
const COLUMNS: u64 = 80;

/// Returns how far a batch has come; at a terminal again and again, until nothing is left for workers.
pub(crate) async fn progress(desk: &mut Desk) -> Result<i32, Failed> {
    let batch = desk.key();
    if batch.is_null() {
        let batches = desk.verb("batches", Vec::new()).await?;
        let lines: String = batches.as_array().into_iter().flatten().map(|each| bar::line(each, desk.lang)).collect();
        let none = if desk.lang == "ko" { "일괄 환불이 없습니다.\n" } else { "There are no batches.\n" };
        desk.tell(vec![("batches", batches)], if lines.is_empty() { none.to_owned() } else { lines });
        return Ok(exit::DONE);
    }
    let is_drawn = desk.terminal.is_shown() && desk.terminal.variable("TERM").as_deref() != Ok("dumb");
    let every = desk.own("every").as_f64().or((is_drawn && !desk.line.json).then_some(EVERY));
    let every = every.filter(|_| !desk.line.has("once"));
    let mut found = desk.verb("progress", vec![("batch", batch.clone())]).await?;
    let mut drawn = None;
    loop {
        let is_over = bar::open(&found) == 0;
        if is_drawn && !desk.line.json {
            let columns = desk.host.columns().await?.as_u64().filter(|columns| *columns > 0).unwrap_or(COLUMNS);
            let columns = usize::try_from(columns).unwrap_or(usize::MAX);
            let text = bar::block(&found, desk.lang, columns, &desk.program);
            desk.terminal.say(&format!("{}{text}", over(drawn)));
            drawn = Some(bar::rows(&text, columns));
        } else if every.is_none() {
            let text = bar::block(&found, desk.lang, usize::MAX, &desk.program);
            desk.tell(vec![("progress", found)], text);
            return Ok(exit::DONE);
        } else {
            let text = bar::line(&found, desk.lang);
            desk.tell(vec![("progress", found)], text);
        }
        let Some(every) = every.filter(|_| !is_over) else { return Ok(exit::DONE) };
        loop {
            desk.host.pause(every).await?;
            match desk.verb("progress", vec![("batch", batch.clone())]).await {
                Ok(again) => {
                    found = again;
                    break;
                }
                // The store may come back: this only looks.
                Err(Failed(error)) => {
                    desk.terminal.complain(&format!("{}{}\n", over(drawn.take()), message(&error)));
                }
            }
        }
    }
}

/// What takes back so many rows of a terminal.
fn over(rows: Option<usize>) -> String {
    rows.map_or_else(String::new, |rows| format!("\r\x1b[{rows}A\x1b[J"))
}

pub(crate) async fn pause(desk: &mut Desk) -> Result<i32, Failed> {
    let arguments = named(desk);
    let found = desk.host.verb("pause", arguments).await?;
    tell(desk, found);
    Ok(exit::DONE)
}

pub(crate) async fn resume(desk: &mut Desk) -> Result<i32, Failed> {
    if desk.asks {
        let found = desk.verb("progress", vec![("batch", desk.key())]).await?;
        let (many, much) = sum(&found, &["requested", "sending", "unknown"]);
        let (what, name) = (amount(desk, &many, &much), shown(&found["batch"]));
        let question = if desk.lang == "ko" {
            format!("{name}: {what} 처리를 재개합니다. 가맹점 {}, {}.\n", desk.mid, desk.gateway(desk.lang))
        } else {
            format!("{name}: workers continue with {what} of {}, at {}.\n", desk.mid, desk.gateway(desk.lang))
        };
        if !agreed(desk, &question) {
            return Ok(exit::STOPPED);
        }
    }
    let arguments = named(desk);
    let found = desk.host.verb("resume", arguments).await?;
    tell(desk, found);
    Ok(exit::DONE)
}

pub(crate) async fn void_unsent(desk: &mut Desk) -> Result<i32, Failed> {
    if desk.asks {
        let found = desk.verb("progress", vec![("batch", desk.key())]).await?;
        let (many, much) = sum(&found, &["requested"]);
        let (what, name) = (amount(desk, &many, &much), shown(&found["batch"]));
        let question = if desk.lang == "ko" {
            format!("{name}: 아직 보내지 않은 {what}까지 포기합니다. 되돌릴 수 없습니다.\n")
        } else {
            format!("{name}: gives up as many as {what} that were not sent. This can't be undone.\n")
        };
        if !agreed(desk, &question) {
            return Ok(exit::STOPPED);
        }
    }
    let arguments = named(desk);
    let voided = desk.host.verb("void_unsent", arguments).await?;
    let found = desk.verb("progress", vec![("batch", desk.key())]).await?;
    let what = amount(desk, &voided["refunds"], &voided["amount"]);
    let text = if desk.lang == "ko" { format!("포기함: {what}\n") } else { format!("given up: {what}\n") };
    let text = text + &bar::block(&found, desk.lang, usize::MAX, &desk.program);
    desk.tell(vec![("voided", voided), ("progress", found)], text);
    Ok(exit::DONE)
}

pub(crate) async fn pace(desk: &mut Desk) -> Result<i32, Failed> {
    let pace = desk.line.words.get(1).map_or("", String::as_str);
    // What is not a number is named by the ledger.
    let pace = match pace.parse::<f64>() {
        _ if pace == "none" => Value::Bool(false),
        Ok(number) => number.into(),
        Err(_) => pace.into(),
    };
    let found = desk.verb("set_batch", vec![("batch", desk.key()), ("pace", pace)]).await?;
    tell(desk, found);
    Ok(exit::DONE)
}

/// What a run is about to do with its batch.
pub(crate) async fn begun(desk: &mut Desk, batch: Value) -> Result<(), Failed> {
    match desk.verb("progress", vec![("batch", batch.clone())]).await {
        Ok(found) => desk.terminal.complain(&bar::block(&found, desk.lang, usize::MAX, &desk.program)),
        Err(Failed(error)) if error["kind"] == "not_found" => {
            let batch = shown(&batch);
            let text = if desk.lang == "ko" {
                format!("{batch}: 아직 환불이 없습니다.\n")
            } else {
                format!("{batch}: no refunds yet.\n")
            };
            desk.terminal.complain(&text);
        }
        Err(failed) => return Err(failed),
    }
    Ok(())
}

fn tell(desk: &mut Desk, found: Value) {
    let text = bar::block(&found, desk.lang, usize::MAX, &desk.program);
    desk.tell(vec![("progress", found)], text);
}

/// The arguments of what a person changes; who that is, is asked where a person is there.
fn named(desk: &mut Desk) -> Map<String, Value> {
    let mut arguments = Map::from_iter([("batch".to_owned(), desk.key()), ("by".to_owned(), Value::Null)]);
    let own = desk.line.own.clone().into_iter();
    arguments.extend(own.filter(|(name, _)| matches!(name.as_str(), "by" | "note")));
    if arguments["by"].is_null() && desk.terminal.is_there() {
        let who = if desk.lang == "ko" { "기록에 남길 이름: " } else { "Your name, which is recorded: " };
        if let Ok(by) = desk.terminal.ask(who) {
            arguments.insert("by".to_owned(), by.into());
        }
    }
    arguments
}

fn agreed(desk: &mut Desk, question: &str) -> bool {
    let (yes, nothing) = if desk.lang == "ko" {
        ("계속하려면 yes를 입력하세요: ", "아무것도 하지 않았습니다.\n")
    } else {
        ("Type yes to continue: ", "Nothing was done.\n")
    };
    let agreed = desk.terminal.ask(&format!("{question}{yes}")).is_ok_and(|answer| answer == "yes");
    if !agreed {
        desk.terminal.complain(nothing);
    }
    agreed
}

fn sum(progress: &Value, states: &[&str]) -> (Value, Value) {
    let of = |what: &str| {
        states.iter().map(|state| progress["counts"][state][what].as_u64().unwrap_or_default()).sum::<u64>()
    };
    (of("refunds").into(), of("amount").into())
}

/// A number of refunds, and what they are together.
fn amount(desk: &Desk, many: &Value, much: &Value) -> String {
    let (many, much) = (grouped(many), grouped(much));
    if desk.lang == "ko" {
        format!("{many}건, {much}원(USD는 센트)")
    } else {
        format!("{many} refunds, {much} won (USD: cents)")
    }
}
