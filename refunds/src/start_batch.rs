//! What may be asked of batches, by the names that faces use.

use crate::arguments::{self, Arguments, Findings, limit, name, setting};
use crate::ledger::Ledger;
use crate::limits::Settings;
use crate::refused::{Kind, Refused};
use crate::work::Work;
use crate::{batch, pace, resolve, void};

impl Ledger {
    /// Starts what `verb` names: see [`start`](Self::start).
    pub(crate) fn start_of_batch(&self, verb: &str, arguments: &Arguments, seed: u64) -> Result<Work, Refused> {
        let own = self.clone();
        let mut findings = Findings::of(arguments);
        Ok(match verb {
            "batches" => Work::new(|io| batch::batches(own, io)),
            "progress" => {
                let batch = self.all(findings.take("batch", name), findings)?;
                Work::new(|io| batch::progress(own, io, batch))
            }
            "turns" => {
                let batch = findings.take("batch", name);
                let many = findings.take("many", limit);
                let (batch, many) = self.all(batch.zip(many), findings)?;
                Work::new(move |io| pace::told(own, io, batch, many, seed))
            }
            "set_batch" => {
                let batch = findings.take("batch", name);
                let settings = settings(&mut findings);
                let (batch, settings) = self.all(batch.zip(settings), findings)?;
                Work::new(move |io| batch::set(own, io, batch, settings))
            }
            "pause" | "resume" | "void_unsent" => {
                let batch = findings.take("batch", name);
                let by = findings.take("by", name);
                let note = findings.take("note", resolve::note);
                let ((batch, by), note) = self.all(batch.zip(by).zip(note), findings)?;
                match verb {
                    "pause" => Work::new(|io| batch::pause(own, io, batch, by, note)),
                    "resume" => Work::new(|io| batch::resume(own, io, batch, by)),
                    _ => Work::new(move |io| void::unsent(own, io, batch, (by, note), seed)),
                }
            }
            _ => return Err(Refused::new(Kind::InvalidRequest, format!("there is no {verb:?}"))),
        })
    }
}

/// What is set of a batch.
fn settings(findings: &mut Findings<'_>) -> Option<Settings> {
    let gap = findings.take("pace", arguments::pace);
    let most_in_a_row = findings.take("most_in_a_row", |most| setting(most, 200));
    let most_percent = findings.take("most_percent", |most| setting(most, 100));
    Some(Settings { gap: gap?, most_in_a_row: most_in_a_row?, most_percent: most_percent? })
}
