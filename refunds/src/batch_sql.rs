//! The statements of batches.

use crate::dialect::Dialect;
use crate::limits::{MOST_IN_A_ROW, MOST_PERCENT, Setting, Settings};
use crate::statement::{Statement, Value, number, text};

/// Who has paused a batch that has paused by itself.
const ITSELF: &str = "paywelcome";
/// A minute, over which the rate is told.
pub(crate) const MINUTE: u64 = 60_000;
/// Of how many attempts the ends are kept, and from how many on a share of them counts.
const KEPT: u64 = 200;
const LEAST_FOR_SHARE: u64 = 50;
/// The letter of an attempt whose worker died.
pub(crate) const DIED: char = 'x';

/// What is read of a batch.
const BATCH: &str = "batch state gap_us most_in_a_row most_percent recent paused_by pause_note pause_reason paused_at \
                     resumed_by resumed_at";

/// One batch, or all.
pub(crate) fn load(dialect: Dialect, mid: &str, only: Option<&str>) -> Statement {
    let columns: Vec<_> =
        BATCH.split_whitespace().map(|name| format!("CAST(b.{name} AS {{as}}) AS b_{name}")).collect();
    let (of_one, one) = of_one("b", only);
    let template = format!("SELECT {} FROM paywelcome_batch b WHERE b.mid = {{t}}{of_one}", columns.join(", "));
    Statement::new(dialect, &template, [vec![text(mid)], one].concat())
}

fn of_one(table: &str, only: Option<&str>) -> (String, Vec<Value>) {
    match only {
        Some(batch) => (format!(" AND {table}.batch = {{t}}"), vec![text(batch)]),
        None => (format!(" AND {table}.batch IS NOT NULL"), Vec::new()),
    }
}

/// How many refunds of a batch, or of each, are in each state, how much they are, how many of them have ended in the last
/// minute, and how long ago the first of these.
pub(crate) fn counts(dialect: Dialect, mid: &str, only: Option<&str>) -> Statement {
    let (of_one, one) = of_one("r", only);
    let lately = format!("CASE WHEN r.ended_at > {{now}} - {MINUTE}");
    let template = format!(
        "SELECT CAST(r.batch AS {{as}}) AS batch, CAST(r.state AS {{as}}) AS state, CAST(count(*) AS {{as}}) AS refunds, \
         CAST(sum(r.amount) AS {{as}}) AS amount, CAST(sum({lately} THEN 1 ELSE 0 END) AS {{as}}) AS lately, \
         CAST({{now}} - min({lately} THEN r.ended_at END) AS {{as}}) AS since \
         FROM paywelcome_refund r WHERE r.mid = {{t}}{of_one} GROUP BY r.batch, r.state"
    );
    Statement::new(dialect, &template, [vec![text(mid)], one].concat())
}

const COLUMNS: &str = "INSERT INTO paywelcome_batch (mid, batch, state, gap_us, most_in_a_row, most_percent, recent, paused_by, \
                       pause_note, pause_reason, paused_at, created_at, updated_at, version, writer)";

/// Sets what is to be set.
pub(crate) fn set(dialect: Dialect, mid: &str, batch: &str, settings: Settings) -> Statement {
    let Settings { gap, most_in_a_row, most_percent } = settings;
    let mut sets = Vec::new();
    let mut values = vec![
        text(mid),
        text(batch),
        gap.written().flatten(),
        most_in_a_row.written().unwrap_or(number(MOST_IN_A_ROW)),
        most_percent.written().unwrap_or(number(MOST_PERCENT)),
    ];
    for (name, setting) in [("gap_us", gap), ("most_in_a_row", most_in_a_row), ("most_percent", most_percent)] {
        if let Some(value) = setting.written() {
            sets.push(format!("{name} = {{i}}"));
            values.push(value);
        }
    }
    if let Setting::To(gap) = gap {
        // What an older, slower pace has put far ahead does not count.
        sets.push(
            "next_at_us = CASE WHEN paywelcome_batch.next_at_us > {now} * 1000 + {i} THEN {now} * 1000 + {i} \
             ELSE paywelcome_batch.next_at_us END"
                .to_owned(),
        );
        values.extend([number(gap), number(gap)]);
    }
    sets.push("updated_at = {now}".to_owned());
    sets.push("version = paywelcome_batch.version + 1".to_owned());
    let template = format!(
        "{COLUMNS} VALUES ({{t}}, {{t}}, 'running', {{i}}, {{i}}, {{i}}, '', NULL, NULL, NULL, NULL, {{now}}, {{now}}, 1, 0) \
         {} {}",
        dialect.or_set(),
        sets.join(", ")
    );
    Statement::new(dialect, &template, values)
}

/// Pauses a batch that is not paused, for a person.
pub(crate) fn pause(dialect: Dialect, mid: &str, batch: &str, by: String, note: Option<String>) -> Statement {
    // MySQL sets one after the other, and reads what it has set; the state is last.
    let set = |name: &str, value: &str| {
        format!("{name} = CASE WHEN paywelcome_batch.state = 'running' THEN {value} ELSE paywelcome_batch.{name} END")
    };
    let sets = [
        set("paused_by", "{t}"),
        set("pause_note", "{t}"),
        set("pause_reason", "'person'"),
        set("paused_at", "{now}"),
        set("version", "paywelcome_batch.version + 1"),
        set("updated_at", "{now}"),
        set("state", "'paused'"),
    ];
    let template = format!(
        "{COLUMNS} VALUES ({{t}}, {{t}}, 'paused', NULL, {MOST_IN_A_ROW}, {MOST_PERCENT}, '', {{t}}, {{t}}, 'person', {{now}}, \
         {{now}}, {{now}}, 1, 0) {} {}",
        dialect.or_set(),
        sets.join(", ")
    );
    let (by, note) = (Some(by), note);
    Statement::new(dialect, &template, vec![text(mid), text(batch), by.clone(), note.clone(), by, note])
}

/// Lets a batch continue that is paused.
pub(crate) fn resume(dialect: Dialect, mid: &str, batch: &str, by: String) -> Statement {
    let template = "UPDATE paywelcome_batch SET state = 'running', recent = '', paused_by = NULL, pause_note = NULL, \
                    pause_reason = NULL, paused_at = NULL, resumed_by = {t}, resumed_at = {now}, updated_at = {now}, \
                    version = version + 1 WHERE mid = {t} AND batch = {t} AND state = 'paused'";
    Statement::new(dialect, template, vec![Some(by), text(mid), text(batch)])
}

/// Notes how an attempt has ended, and pauses the batch where its error budget is used up; gives 1 where this has paused it.
/// What comes after that is not noted, so that why it has paused stays as it was. `writer` is a number that no other write has.
pub(crate) fn note(dialect: Dialect, mid: &str, batch: &str, letter: char, writer: u64) -> Vec<Statement> {
    let recent = dialect.last(&dialect.joined("paywelcome_batch.recent", &format!("'{letter}'")), &KEPT.to_string());
    let most = "paywelcome_batch.most_in_a_row";
    let not_done = |letters: &str| format!("length(replace({letters}, 'd', ''))");
    // What workers had in flight when they were killed ends all at once, and says nothing of the gateway. Where they die again
    // and again, the share grows.
    let heard = format!("replace({recent}, '{DIED}', '')");
    let in_a_row = format!("length({heard}) >= {most} AND {} = {most}", not_done(&dialect.last(&heard, most)));
    let share = format!(
        "length({recent}) >= {LEAST_FOR_SHARE} AND {} * 100 >= paywelcome_batch.most_percent * length({recent})",
        not_done(&recent)
    );
    let is_over = format!("paywelcome_batch.state = 'running' AND ({in_a_row} OR {share})");
    let set =
        |name: &str, value: &str| format!("{name} = CASE WHEN {is_over} THEN {value} ELSE paywelcome_batch.{name} END");
    // MySQL sets one after the other, and reads what it has set; what is looked at comes last.
    let sets = [
        format!(
            "pause_reason = CASE WHEN {is_over} THEN CASE WHEN {in_a_row} THEN 'in_a_row' ELSE 'share' END \
             ELSE paywelcome_batch.pause_reason END"
        ),
        set("paused_by", &format!("'{ITSELF}'")),
        set("pause_note", "NULL"),
        set("paused_at", "{now}"),
        set("version", "paywelcome_batch.version + 1"),
        set("updated_at", "{now}"),
        set("writer", "{i}"),
    ];
    let recent =
        format!("recent = CASE WHEN paywelcome_batch.state = 'running' THEN {recent} ELSE paywelcome_batch.recent END");
    let state = match dialect {
        Dialect::Mysql => {
            "state = CASE WHEN paywelcome_batch.writer = {i} THEN 'paused' ELSE paywelcome_batch.state END".to_owned()
        }
        _ => set("state", "'paused'"),
    };
    let insert = format!(
        "{COLUMNS} VALUES ({{t}}, {{t}}, 'running', NULL, {MOST_IN_A_ROW}, {MOST_PERCENT}, '{letter}', NULL, NULL, NULL, NULL, \
         {{now}}, {{now}}, 1, 0) {} {}, {recent}, {state}",
        dialect.or_set(),
        sets.join(", ")
    );
    let mut values = vec![text(mid), text(batch), number(writer)];
    match dialect {
        Dialect::Postgres => {
            let template = format!(
                "WITH w AS ({insert} RETURNING writer) SELECT CAST(count(*) AS text) AS paused FROM w WHERE writer = {{i}}"
            );
            values.push(number(writer));
            vec![Statement::new(dialect, &template, values)]
        }
        Dialect::Sqlite | Dialect::Mysql => {
            if dialect == Dialect::Mysql {
                values.push(number(writer));
            }
            let paused = "SELECT CAST(count(*) AS {as}) AS paused FROM paywelcome_batch WHERE mid = {t} AND batch = {t} AND writer = {i}";
            vec![
                Statement::new(dialect, &insert, values),
                Statement::new(dialect, paused, vec![text(mid), text(batch), number(writer)]),
            ]
        }
    }
}
