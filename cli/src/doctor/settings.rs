//! Whether the settings agree with each other, and which proxy is used and why.

use std::env::VarError;

use paywelcome::Client;

use super::findings::Findings;
use super::key;
use crate::refund::TEST;
use crate::terminal::Terminal;

const PRODUCTION: &str = "https://payapi.paywelcome.co.kr";
/// The merchant id of the guide's samples, which the test host takes.
const TEST_MID: &str = "welcometst";
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// What is written by mistake, and what it should have been.
const MISSPELT: [(&str, &str); 12] = [
    ("PAYWELCOME_SIGNKEY", "PAYWELCOME_SIGN_KEY"),
    ("PAYWELCOME_KEY", "PAYWELCOME_SIGN_KEY"),
    ("PAYWELCOME_SECRET", "PAYWELCOME_SIGN_KEY"),
    ("PAYWELCOME_M_KEY", "PAYWELCOME_MKEY"),
    ("PAYWELCOME_ENV", "PAYWELCOME_ENVIRONMENT"),
    ("PAYWELCOME_MODE", "PAYWELCOME_ENVIRONMENT"),
    ("PAYWELCOME_URL", "PAYWELCOME_BASE_URL"),
    ("PAYWELCOME_BASEURL", "PAYWELCOME_BASE_URL"),
    ("PAYWELCOME_HOST", "PAYWELCOME_BASE_URL"),
    ("PAYWELCOME_MERCHANT_ID", "PAYWELCOME_MID"),
    ("PAYWELCOME_MERCHANT", "PAYWELCOME_MID"),
    ("PAYWELCOME_PROXY", "HTTPS_PROXY"),
];

fn set(name: &str, terminal: &dyn Terminal) -> Option<String> {
    terminal.variable(name).ok().filter(|value| !value.is_empty())
}

fn is_set(name: &str, terminal: &dyn Terminal) -> bool {
    match terminal.variable(name) {
        Ok(value) => !value.is_empty(),
        Err(error) => error != VarError::NotPresent,
    }
}

/// Names variables that nothing reads.
pub(crate) fn misspelt(terminal: &dyn Terminal, found: &mut Findings) {
    for (name, meant) in MISSPELT {
        if is_set(name, terminal) && !is_set(meant, terminal) {
            found.doubtful(name, "is set, but nothing reads it", format!("the variable is called {meant}"));
        }
    }
    if is_set("PAYWELCOME_SIGN_KEY", terminal) && is_set("PAYWELCOME_MKEY", terminal) {
        let advice = "unset one: the sign key is enough, and the mkey is made from it";
        found.doubtful("key", "PAYWELCOME_SIGN_KEY and PAYWELCOME_MKEY are both set", advice);
    }
}

/// Looks at the keys that were taken from the environment: `gave` tells which.
pub(crate) fn keys(gave: impl Fn(&str) -> bool, mid: &str, terminal: &dyn Terminal, found: &mut Findings) {
    let sign_key = set("PAYWELCOME_SIGN_KEY", terminal).filter(|_| gave("PAYWELCOME_SIGN_KEY"));
    let mkey = set("PAYWELCOME_MKEY", terminal).filter(|_| gave("PAYWELCOME_MKEY"));
    let doubts = [
        ("PAYWELCOME_SIGN_KEY", sign_key.and_then(|key| key::sign_key(&key, mid))),
        ("PAYWELCOME_MKEY", mkey.and_then(|mkey| key::mkey(&mkey))),
    ];
    for (name, doubt) in doubts.into_iter().filter_map(|(name, doubt)| Some((name, doubt?))) {
        if doubt.is_sure {
            found.wrong(name, doubt.what, doubt.advice);
        } else {
            found.doubtful(name, doubt.what, doubt.advice);
        }
    }
}

/// Whether merchant, environment and address belong together.
pub(crate) fn together(client: &Client, gave: impl Fn(&str) -> bool, terminal: &dyn Terminal, found: &mut Findings) {
    let (at, mid) = (client.base_url(), client.mid());
    if at == PRODUCTION {
        if mid == TEST_MID {
            let advice = "production takes real merchants only: set PAYWELCOME_MID to yours and the key that belongs to it, or \
                          PAYWELCOME_ENVIRONMENT to test";
            found.wrong("mid", "is the test merchant's, but the gateway is production", advice);
        } else if mid.to_ascii_lowercase().contains("test") || mid.to_ascii_lowercase().ends_with("tst") {
            found.doubtful(
                "mid",
                "looks like a test merchant's, but the gateway is production",
                "check that it is yours",
            );
        }
    }
    if !gave("PAYWELCOME_BASE_URL") {
        return;
    }
    let named = match set("PAYWELCOME_ENVIRONMENT", terminal).as_deref() {
        Some("production") => PRODUCTION,
        Some("test") => TEST,
        _ => "",
    };
    let disagree =
        "PAYWELCOME_ENVIRONMENT and PAYWELCOME_BASE_URL disagree: PAYWELCOME_BASE_URL wins, and requests go to";
    let unset =
        "unset PAYWELCOME_BASE_URL to use PAYWELCOME_ENVIRONMENT, or PAYWELCOME_ENVIRONMENT to keep this address";
    if !named.is_empty() && at != named && (named == PRODUCTION || at == PRODUCTION) {
        found.wrong("PAYWELCOME_BASE_URL", format!("{disagree} {at}"), unset);
    } else if at != PRODUCTION && at != TEST && !client.is_local() {
        let advice = "check that this is intended: the gateway's own hosts need no PAYWELCOME_BASE_URL";
        found.doubtful("PAYWELCOME_BASE_URL", format!("leads to {at}, which is not a host of the gateway"), advice);
    }
}

/// Returns which proxy is used, and why.
pub(crate) fn proxy(client: &Client, terminal: &dyn Terminal, found: &mut Findings) {
    let mut named = PROXIES.into_iter().filter(|name| is_set(name, terminal));
    let detail = match client.proxy() {
        Some((proxy, None)) => format!("{proxy}, from --proxy"),
        Some((proxy, Some(variable))) => {
            let passed_over: Vec<_> = named.filter(|name| *name != variable).collect();
            match passed_over.as_slice() {
                [] => format!("{proxy}, from {variable}"),
                later => format!("{proxy}, from {variable}, which comes before {}", later.join(" and ")),
            }
        }
        None => match named.next() {
            _ if client.is_local() => "none: this machine is reached without one".to_owned(),
            None => "none: neither HTTPS_PROXY nor ALL_PROXY is set".to_owned(),
            Some(name) => {
                let exempt = ["no_proxy", "NO_PROXY"].into_iter().find(|name| is_set(name, terminal));
                format!("none: {name} is set, and {} names {}", exempt.unwrap_or("NO_PROXY"), client.host())
            }
        },
    };
    found.well("proxy", detail);
    let plain = ["http_proxy", "HTTP_PROXY"].into_iter().find(|name| is_set(name, terminal));
    let is_alone = client.proxy().is_none() && !client.is_local() && !PROXIES.iter().any(|name| is_set(name, terminal));
    if let Some(name) = plain.filter(|_| is_alone) {
        let advice = "if the gateway is reached through that proxy, set HTTPS_PROXY as well";
        found.doubtful(name, "is set, but is for plain http only: it is not used", advice);
    }
}
