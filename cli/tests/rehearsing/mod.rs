//! A merchant who rehearses with a gateway, and the file that comes of it.
#![allow(unreachable_pub, dead_code)]

#[path = "../scripted/mod.rs"]
pub mod scripted;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use paywelcome_cli::{Interrupts, Program, run};
use paywelcome_rehearsal::{Rehearsal, Step};
use paywelcome_sandbox::Sandbox;
pub use scripted::Scripted;
use serde_json::{Value, json};

/// What was paid in each of the two payments.
pub const PAID: u64 = 1_000;

/// A merchant with a folder of their own.
pub struct Merchant {
    pub folder: PathBuf,
    pub variables: Vec<(&'static str, String)>,
    pub interrupts: Interrupts,
}

impl Merchant {
    pub fn new(mid: &str, sign_key: &str, base_url: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("paywelcome-rehearse-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("there is room");
        let variables = [("MID", mid), ("SIGN_KEY", sign_key), ("BASE_URL", base_url)];
        let variables = variables.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self { folder, variables, interrupts: Interrupts::default() }
    }

    pub fn of(sandbox: &Sandbox) -> Self {
        Self::new(sandbox.mid(), sandbox.sign_key(), &sandbox.url())
    }

    pub fn path(&self) -> PathBuf {
        self.folder.join("rehearsal.json")
    }

    /// Runs `rehearse` with `options`, and a person who gives `answers`, the last one first.
    pub fn rehearse(&self, options: &str, answers: &[&'static str]) -> (i32, Scripted) {
        let mut terminal = Scripted { answers: answers.to_vec(), ..Scripted::default() };
        for (name, value) in &self.variables {
            terminal.variables.insert(format!("PAYWELCOME_{name}"), value.clone());
        }
        let out = self.path();
        let mut words: Vec<String> = options.split(' ').map(str::to_owned).collect();
        words.extend(["--out".to_owned(), out.display().to_string()]);
        let program = Program { name: "paywelcome", host: "a test", interrupts: &self.interrupts };
        let code = run(program, "rehearse", words, &mut terminal).expect("there is such a command");
        (code, terminal)
    }

    /// Rehearses to the end, as a merchant does who looks up in the ledger what went back whenever that is asked for. Gives how
    /// often the command was called.
    pub fn to_the_end(&self, sandbox: &Sandbox, tid: &str, full: &str, options: &str) -> u32 {
        let mut line =
            format!("--tid {tid} --price {PAID} --pay-type card --full-tid {full} --full-price {PAID} --yes{options}");
        for times in 1..20 {
            let (code, terminal) = self.rehearse(&line, &[]);
            assert!([0, 5].contains(&code), "{code}: {}{}", terminal.out, terminal.err);
            if code == 0 {
                return times;
            }
            line = format!("--yes{options}");
            for (option, tid) in [("remaining", tid), ("full-remaining", full)] {
                if terminal.err.contains(&format!("with --{option} AMOUNT")) {
                    let remaining = PAID - went_back(sandbox, tid);
                    line.extend([" --", option, " ", &remaining.to_string()]);
                }
            }
        }
        panic!("it does not come to an end");
    }

    /// What is recorded.
    pub fn file(&self) -> Rehearsal {
        Rehearsal::read(&self.text()).expect("it can be read")
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.path()).expect("it is there")
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A payment of [`PAID`] won.
pub fn approve(sandbox: &Sandbox) -> String {
    let payment = sandbox.command("approve", json!({ "price": PAID, "pay_type": "card" })).expect("it is approved");
    payment["tid"].as_str().or_else(|| payment.as_str()).expect("a payment has a tid").to_owned()
}

/// What went back of a payment.
pub fn went_back(sandbox: &Sandbox, tid: &str) -> u64 {
    PAID - sandbox.payment(tid).expect("it is approved").remaining
}

pub fn step<'a>(file: &'a Rehearsal, name: &str) -> &'a Step {
    file.steps.iter().find(|step| step.step == name).unwrap_or_else(|| panic!("no step {name}"))
}

/// The findings as the file has them.
pub fn found(file: &Rehearsal) -> Value {
    serde_json::to_value(&file.findings).expect("it can be written")
}
