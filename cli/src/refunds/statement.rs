//! `reconcile`: a settlement file, or the merchant admin's export, is held against what is recorded.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::desk::Desk;
use crate::refunds::file::{Faults, Named};
use crate::refunds::host::Failed;
use crate::refunds::import::{refuse, tell_faults};
use crate::refunds::written::{grouped, kst, shown};
use crate::sheet::{self, Column, Columns};

const COLUMNS: Columns = &[
    Column {
        name: "tid",
        known: &["tid", "transactionid", "거래id", "거래번호", "거래아이디", "승인거래id", "원거래id", "원거래번호"],
        is_needed: true,
    },
    Column {
        name: "amount",
        known: &["amount", "cancelamount", "refundamount", "cancelprice", "취소금액", "환불금액", "부분취소금액"],
        is_needed: true,
    },
    Column {
        name: "remaining",
        known: &[
            "remaining",
            "remainingprice",
            "confirmprice",
            "취소후남은금액",
            "취소후잔액",
            "남은금액",
            "잔여금액",
            "잔액",
        ],
        is_needed: false,
    },
    Column {
        name: "cancel_tid",
        known: &["canceltid", "ctid", "취소거래id", "취소거래번호", "취소거래아이디"],
        is_needed: false,
    },
    Column {
        name: "cancelled_at",
        known: &["cancelledat", "canceldate", "취소일시", "취소일자", "취소일", "취소날짜", "환불일시", "환불일자"],
        is_needed: true,
    },
    Column { name: "cancel_time", known: &["canceltime", "취소시간", "취소시각"], is_needed: false },
];

const LISTS: [&str; 5] = ["closed", "contradicted", "unknown", "ambiguous", "missing"];

/// Holds the file against the ledger, and tells what agrees and what does not.
pub(crate) async fn reconcile(desk: &mut Desk) -> Result<i32, Failed> {
    let (rows, numbers) = match read(desk) {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    let given =
        [("rows", Value::Array(rows).to_string().into()), ("since", desk.own("since")), ("until", desk.own("until"))];
    let found = match desk.verb("reconcile", given.into_iter().collect()).await {
        Ok(found) => found,
        Err(Failed(error)) => {
            let Some(faults) = Faults::of(&error, &numbers) else { return Err(Failed(error)) };
            let path = desk.line.words.first().cloned().unwrap_or_default();
            tell_faults(&desk.program, &desk.line, &path, &faults, &mut *desk.terminal);
            return Ok(exit::WRONG);
        }
    };
    let found = with_lines(found, &numbers);
    let is_clean = ["contradicted", "unknown", "ambiguous"].iter().all(|list| count(&found[*list]) == 0)
        && !found["missing"].as_array().into_iter().flatten().any(|finding| finding["state"] == "done");
    let text = words(desk, &found);
    let lists = ["agreed", "under_way"].into_iter().chain(LISTS).map(|name| (name, found[name].clone()));
    desk.tell(lists.collect(), text);
    Ok(if is_clean { exit::DONE } else { exit::LOOK })
}

/// The cancels of the file, and the line of each; or the exit code where something is wrong with it.
fn read(desk: &mut Desk) -> Result<(Vec<Value>, Vec<u64>), i32> {
    let opened =
        Named::of(&desk.line).map_err(|wrong| vec![wrong]).and_then(|file| Ok((file.open(COLUMNS, &[])?, file.path)));
    let (mut lines, path) = opened.map_err(|errors| {
        refuse(&desk.program, &desk.line, &errors, &mut *desk.terminal);
        exit::WRONG
    })?;
    let (mut rows, mut numbers, mut faults) = (Vec::new(), Vec::new(), Faults::default());
    while let Some((number, fields)) = lines.next() {
        let fields = match fields {
            Ok(fields) => fields,
            Err(message) => {
                faults.add(number, "", "", message);
                continue;
            }
        };
        let mut row = Map::new();
        for Column { name, .. } in COLUMNS {
            let field = lines.mapped.field(&fields, name);
            let value = match *name {
                "amount" => sheet::amount(field).map(|amount| amount.trim_start_matches('-').trim_start()),
                "remaining" => sheet::amount(field),
                _ => sheet::text(field),
            };
            match value {
                Ok("") => {}
                Ok(value) => drop(row.insert((*name).to_owned(), value.into())),
                Err(message) => faults.add(number, name, field, message),
            }
        }
        // Where the time of day has a column of its own.
        if let Some(time) = row.remove("cancel_time")
            && let Some(day) = row.get("cancelled_at").and_then(Value::as_str)
        {
            let at = format!("{day} {}", clock(time.as_str().unwrap_or_default()));
            row.insert("cancelled_at".to_owned(), at.into());
        }
        rows.push(row.into());
        numbers.push(number);
    }
    if faults.is_empty() {
        return Ok((rows, numbers));
    }
    tell_faults(&desk.program, &desk.line, &path, &faults, &mut *desk.terminal);
    Err(exit::WRONG)
}

/// `140509` → `14:05:09`.
fn clock(time: &str) -> String {
    match time.len() {
        6 if time.bytes().all(|byte| byte.is_ascii_digit()) => format!("{}:{}:{}", &time[..2], &time[2..4], &time[4..]),
        4 if time.bytes().all(|byte| byte.is_ascii_digit()) => format!("{}:{}", &time[..2], &time[2..]),
        _ => time.to_owned(),
    }
}

/// The findings with the lines of their rows.
fn with_lines(mut found: Value, numbers: &[u64]) -> Value {
    for list in LISTS {
        for finding in found[list].as_array_mut().into_iter().flatten() {
            let row = finding["row"].as_u64().and_then(|row| usize::try_from(row).ok());
            finding["line"] = row.and_then(|row| numbers.get(row)).copied().into();
            if let Some(finding) = finding.as_object_mut() {
                finding.remove("row");
            }
        }
    }
    found
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn words(desk: &Desk, found: &Value) -> String {
    let is_korean = desk.lang == "ko";
    let names: [&str; 5] = if is_korean {
        ["완료 처리", "기록과 다름", "기록에 없음", "판단 불가", "내역에 없음"]
    } else {
        LISTS
    };
    let mut text = format!("{}: {}\n", if is_korean { "일치" } else { "agreed" }, grouped(&found["agreed"]));
    if found["under_way"] != 0 {
        let _ = writeln!(text, "{}: {}", if is_korean { "처리 중" } else { "under way" }, grouped(&found["under_way"]));
    }
    for (list, name) in LISTS.iter().zip(names) {
        let _ = writeln!(text, "{name}: {}", grouped(&count(&found[*list]).into()));
        for finding in found[*list].as_array().into_iter().flatten() {
            let line = finding["line"]
                .as_u64()
                .map(|line| if is_korean { format!("{line}행: ") } else { format!("line {line}: ") });
            let amount = grouped(&finding["amount"]);
            let _ = write!(text, "  {}{} · {amount}", line.unwrap_or_default(), shown(&finding["tid"]));
            for name in ["cancel_tid", "cancelled_at"] {
                if !finding[name].is_null() {
                    let _ = write!(
                        text,
                        " · {}",
                        if name == "cancelled_at" { kst(&finding[name]) } else { shown(&finding[name]) }
                    );
                }
            }
            let keys: Vec<_> = finding["keys"].as_array().into_iter().flatten().map(shown).collect();
            if !keys.is_empty() {
                let _ = write!(text, " · {}", keys.join(", "));
            }
            let _ = writeln!(text, "\n    {}", shown(&finding["why"][desk.lang]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn a_time_of_day_is_read_without_colons_too() {
        for (time, expected) in
            [("140509", "14:05:09"), ("1405", "14:05"), ("14:05:09", "14:05:09"), ("오후 2:05", "오후 2:05")]
        {
            assert_eq!(clock(time), expected);
        }
    }
}
