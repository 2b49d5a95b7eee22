//! What a program says once its sandbox listens: one line for scripts, and more for a person at a terminal.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use crate::merchants::KEY_PREFIX;
use crate::rehearsed;
use crate::sandbox::Sandbox;

/// The line of JSON, with its newline.
pub(crate) fn line(sandbox: &Sandbox, ca_file: Option<&Path>) -> String {
    let mut ready = json!({
        "url": sandbox.url(),
        "mid": sandbox.mid(),
        "sign_key": made_up_key(sandbox),
        "inspector": format!("{}/_sandbox/", sandbox.url()),
        "ca_file": ca_file,
    });
    if let Some(rehearsal) = sandbox.rehearsal() {
        ready["rehearsal"] = rehearsed::show(rehearsal);
    }
    format!("{ready}\n")
}

/// The variables that lead a client here, as lines to copy into a shell.
pub(crate) fn variables(sandbox: &Sandbox) -> String {
    let key = made_up_key(sandbox);
    let url = sandbox.url();
    let mut text = sandbox.rehearsal().map_or_else(String::new, |rehearsal| {
        format!("\nIt behaves as {} did for {}.\n", rehearsal.gateway.base_url, rehearsal.mid)
    });
    text.push_str("\nTo lead a client here, copy into its shell:\n\n");
    for (name, value) in [("MID", Some(sandbox.mid())), ("SIGN_KEY", key), ("BASE_URL", Some(&url))] {
        if let Some(value) = value {
            text.push_str(&assignment(&format!("PAYWELCOME_{name}"), value));
        }
    }
    if key.is_none() {
        text.push_str("\nPAYWELCOME_SIGN_KEY is the key that you gave.\n");
    }
    if sandbox.ca_pem().is_some() {
        let plain = url.replacen("https:", "http:", 1);
        // Writing to a String can't fail.
        let _ = writeln!(text, "\nIt has to trust, by ca_bundle (caBundle): {plain}/_sandbox/ca.pem");
    }
    text
}

/// The merchant's key; one that was given is the caller's to keep.
fn made_up_key(sandbox: &Sandbox) -> Option<&str> {
    Some(sandbox.sign_key()).filter(|key| key.starts_with(KEY_PREFIX))
}

#[cfg(not(windows))]
fn assignment(name: &str, value: &str) -> String {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte));
    if plain {
        format!("export {name}={value}\n")
    } else {
        format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
    }
}

#[cfg(windows)]
fn assignment(name: &str, value: &str) -> String {
    format!("$env:{name} = '{}'\n", value.replace('\'', "''"))
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::assignment;

    #[test]
    fn a_shell_takes_every_value_as_it_is() {
        for (value, written) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "'http://[::1]:8080'"),
            ("it's$HOME", r"'it'\''s$HOME'"),
        ] {
            assert_eq!(assignment("A", value), format!("export A={written}\n"));
        }
    }
}
