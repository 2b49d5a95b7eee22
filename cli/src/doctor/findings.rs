//! What was found, one line each, and what to do about it.

use serde_json::{Value, json};

/// How well something is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Well,
    /// It may be wrong, which only the merchant can know.
    Doubtful,
    Wrong,
}

struct Finding {
    about: &'static str,
    level: Level,
    detail: String,
    advice: Option<String>,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, about: &'static str, level: Level, detail: String, advice: Option<String>) {
        self.0.push(Finding { about, level, detail, advice });
    }

    pub(crate) fn well(&mut self, about: &'static str, detail: impl Into<String>) {
        self.add(about, Level::Well, detail.into(), None);
    }

    pub(crate) fn doubtful(&mut self, about: &'static str, detail: impl Into<String>, advice: impl Into<String>) {
        self.add(about, Level::Doubtful, detail.into(), Some(advice.into()));
    }

    pub(crate) fn wrong(&mut self, about: &'static str, detail: impl Into<String>, advice: impl Into<String>) {
        self.add(about, Level::Wrong, detail.into(), Some(advice.into()).filter(|advice| !advice.is_empty()));
    }

    pub(crate) fn append(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn all_is_well(&self) -> bool {
        self.0.iter().all(|found| found.level != Level::Wrong)
    }

    /// As one line of JSON.
    pub(crate) fn data(&self, ok: bool) -> String {
        let checks: Vec<Value> = self
            .0
            .iter()
            .map(|Finding { about, level, detail, advice }| {
                json!({
                    "about": about,
                    "ok": *level != Level::Wrong,
                    "doubtful": *level == Level::Doubtful,
                    "detail": detail,
                    "advice": advice,
                })
            })
            .collect();
        format!("{}\n", json!({ "ok": ok, "checks": checks }))
    }

    pub(crate) fn in_words(&self, ok: bool) -> String {
        let mut text = String::new();
        for Finding { about, level, detail, advice } in &self.0 {
            let mark = match level {
                Level::Well => " ",
                Level::Doubtful => "!",
                Level::Wrong => "✗",
            };
            text.extend([mark, "  ", &format!("{about:<23} {detail}\n")]);
            if let Some(advice) = advice {
                text.extend([" ".repeat(27).as_str(), "→ ", advice, "\n"]);
            }
        }
        text += match (ok, self.0.iter().any(|found| found.level == Level::Doubtful)) {
            (false, _) => "problems were found: see ✗\n",
            (true, true) => "all is well, as far as can be seen from here: see !\n",
            (true, false) => "all is well\n",
        };
        text
    }
}
