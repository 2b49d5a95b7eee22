//! `import`: the refunds of a file are recorded, all or none.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::arguments::Line;
use crate::refunds::desk::Desk;
use crate::refunds::file::{Faults, Named};
use crate::refunds::host::Failed;
use crate::refunds::rows::{Looked, Rows, look};
use crate::refunds::written::{grouped, object, one_line, quoted};
use crate::terminal::Terminal;

/// A file that was looked at.
#[derive(Debug)]
pub(crate) struct Import {
    file: Named,
    all: Vec<(&'static str, String)>,
    looked: Looked,
}

impl Import {
    /// Looks at the file before a store is opened; gives the exit code where that is the end.
    pub(crate) fn read(program: &str, line: &Line, terminal: &mut dyn Terminal) -> Result<Self, i32> {
        let text = |name: &str| line.own.get(name).and_then(Value::as_str).map(str::to_owned);
        let wrong = |errors: Vec<String>, terminal: &mut dyn Terminal| {
            refuse(program, line, &errors, terminal);
            exit::WRONG
        };
        if text("batch").is_none() {
            return Err(wrong(vec!["--batch is missing: a name for the refunds of this file".to_owned()], terminal));
        }
        let values = [("batch", text("batch")), ("pay_type", text("pay_type")), ("currency", text("currency"))];
        let all: Vec<_> = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let file = Named::of(line).map_err(|error| wrong(vec![error], terminal))?;
        let looked = look(&file, &all, line.has("check")).map_err(|errors| wrong(errors, terminal))?;
        if !looked.faults.is_empty() {
            tell_faults(program, line, &file.path, &looked.faults, terminal);
            return Err(exit::WRONG);
        }
        if looked.refunds == 0 {
            return Err(wrong(vec![format!("{} has no lines behind its header", one_line(&file.path))], terminal));
        }
        let import = Self { file, all, looked };
        if line.has("check") {
            let told = if line.json {
                object(vec![
                    ("refunds", import.looked.refunds.into()),
                    ("won", import.looked.won.into()),
                    ("cents", import.looked.cents.into()),
                    ("encoding", import.looked.charset.into()),
                ])
                .to_string()
            } else {
                format!("{}, read as {}: no line is wrong; nothing was written", import.much(), import.looked.charset)
            };
            terminal.say(&format!("{told}\n"));
            return Err(exit::DONE);
        }
        Ok(import)
    }

    /// How many there are, and how much they are.
    fn much(&self) -> String {
        let Looked { refunds, won, cents, .. } = self.looked;
        let sums = [(won, "won"), (cents, "cents")].into_iter().filter(|(sum, _)| *sum > 0);
        let sums: Vec<_> = sums.map(|(sum, unit)| format!("{} {unit}", grouped(&sum.into()))).collect();
        let noun = if refunds == 1 { "refund" } else { "refunds" };
        format!("{} {noun} of {}", grouped(&refunds.into()), sums.join(" and "))
    }

    /// Writes them down.
    pub(crate) async fn write(self, desk: &mut Desk) -> Result<i32, Failed> {
        let batch = desk.own("batch");
        let name = one_line(batch.as_str().unwrap_or_default());
        let (much, kept_in, mid) = (self.much(), desk.kept_in.clone(), desk.mid.clone());
        let line = format!("{much} of {mid}, batch {name}, into {kept_in}; nothing is sent.");
        if desk.terminal.is_there() && !desk.line.has("yes") && !desk.line.json {
            let answer = desk.terminal.ask(&format!("{line}\nType yes to record them: "));
            if !answer.is_ok_and(|answer| answer == "yes") {
                desk.terminal.complain("Nothing was written.\n");
                return Ok(exit::STOPPED);
            }
        } else {
            desk.terminal.complain(&format!("Writing {line}\n"));
        }
        let rows = match Rows::open(&self.file, self.all.clone()) {
            Ok(rows) => rows,
            Err(errors) => {
                let (program, line) = (desk.program.clone(), &desk.line);
                refuse(&program, line, &errors, &mut *desk.terminal);
                return Ok(exit::WRONG);
            }
        };
        let source = rows.source(self.looked.fingerprint);
        let written = match desk.host.lines(source, settings(&desk.line, &batch)).await {
            Ok(written) => written,
            Err(Failed(error)) => {
                let Some(faults) = Faults::of(&error, &[]) else { return Err(Failed(error)) };
                tell_faults(&desk.program, &desk.line, &self.file.path, &faults, &mut *desk.terminal);
                return Ok(exit::WRONG);
            }
        };
        let count = |name: &str| written[name].as_u64().unwrap_or_default();
        let (new, known, elsewhere) = (count("requested"), count("known"), count("elsewhere"));
        let mut text = format!("{} new, {} known already\n", grouped(&new.into()), grouped(&known.into()));
        if new == 0 {
            text.push_str("nothing was changed: all of them had been recorded before\n");
        }
        if elsewhere > 0 {
            let _ = writeln!(
                text,
                "{} of those known are of another batch, or of none, and stay so",
                grouped(&elsewhere.into())
            );
        }
        let sums = [("won", self.looked.won.into()), ("cents", self.looked.cents.into())];
        let counts = [("requested", new.into()), ("known", known.into()), ("elsewhere", elsewhere.into())];
        let program = desk.program.clone();
        if new > 0 {
            let _ = writeln!(text, "to send them: {program} run --batch {}", quoted(&batch));
        }
        desk.tell([("batch", batch)].into_iter().chain(counts).chain(sums).collect(), text);
        Ok(exit::DONE)
    }
}

/// What is set of the batch in the same transaction: verbs of the ledger and their arguments.
fn settings(line: &Line, batch: &Value) -> Vec<(&'static str, Map<String, Value>)> {
    let of = |names: &[&str]| {
        let given = names.iter().filter_map(|name| Some(((*name).to_owned(), line.own.get(*name)?.clone())));
        [("batch".to_owned(), batch.clone())].into_iter().chain(given).collect::<Map<_, _>>()
    };
    let set = of(&["pace", "most_in_a_row", "most_percent"]);
    let mut settings = Vec::new();
    if set.len() > 1 {
        settings.push(("set_batch", set));
    }
    if line.has("paused") {
        let mut pause = of(&["by"]);
        pause.entry("by").or_insert_with(|| "import".into());
        settings.push(("pause", pause));
    }
    settings
}

/// Returns what is wrong with a command line, or with its file as a whole.
pub(crate) fn refuse(program: &str, line: &Line, errors: &[String], terminal: &mut dyn Terminal) {
    let told = errors.join("; ");
    let verb = line.verb.name;
    if line.json {
        let told = object(vec![
            ("outcome", "not_sent".into()),
            ("kind", "invalid_request".into()),
            ("message", told.into()),
            ("errors", Value::Array(Vec::new())),
        ]);
        terminal.say(&format!("{told}\n"));
    } else {
        terminal.complain(&format!("{program} {verb}: {told}\nTry {program} {verb} --help.\n"));
    }
}

/// Returns what is wrong with the lines of a file.
pub(crate) fn tell_faults(program: &str, line: &Line, path: &str, faults: &Faults, terminal: &mut dyn Terminal) {
    let verb = line.verb.name;
    if line.json {
        let errors = faults.first.iter().map(|fault| {
            object(vec![
                ("line", Some(fault.line).filter(|line| *line > 0).into()),
                ("field", fault.column.as_str().into()),
                ("value", fault.value.as_str().into()),
                ("message", one_line(&fault.message).into()),
            ])
        });
        let told = object(vec![
            ("outcome", "not_sent".into()),
            ("kind", "invalid_request".into()),
            ("message", "nothing was written: lines of the file are wrong".into()),
            ("errors", errors.collect()),
            ("more", faults.more.into()),
        ]);
        terminal.say(&format!("{told}\n"));
        return;
    }
    let mut text = format!("{program} {verb}: nothing was written; in {} these are wrong:\n", one_line(path));
    for fault in &faults.first {
        let value = if fault.value.is_empty() { String::new() } else { format!(" {:?}", one_line(&fault.value)) };
        let column = if fault.column.is_empty() { String::new() } else { format!(", {}{value}", fault.column) };
        // What has no number is the file as a whole.
        let place = if fault.line == 0 { String::new() } else { format!("line {}{column}: ", fault.line) };
        let _ = writeln!(text, "  {place}{}", one_line(&fault.message));
    }
    if faults.more > 0 {
        let _ = writeln!(text, "  and {} more", faults.more);
    }
    terminal.complain(&text);
}
