//! What a sandbox is started with.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use paywelcome_rehearsal::{Rehearsal, Template};

use crate::merchants;
use crate::rules::Rules;
use crate::signature::SignatureFormat;

/// How a sandbox listens and which merchant it knows.
///
/// # Examples
///
/// ```
/// use paywelcome_sandbox::Options;
///
/// let options = Options { mid: "myshop".into(), ..Options::default() };
/// assert_eq!(options.port, 0);
/// ```
#[derive(Clone, PartialEq)]
pub struct Options {
    /// The address to listen on; `127.0.0.1` by default. One that is not loopback needs `allow_remote`.
    pub host: IpAddr,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// The merchant id it knows: 1 to 10 printable ASCII characters without spaces; `sandbox001` by default.
    pub mid: String,
    /// The merchant's sign key, any text but an empty one; by default one that says it is not a real key.
    pub sign_key: String,
    /// How it expects signatures to be made; name=value pairs by default. Anything else here wins over the rules.
    pub signature_format: SignatureFormat,
    /// The rules it starts with, and goes back to when it is reset.
    pub rules: Rules,
    /// The gateway whose answers it gives; see [`Self::rehearsed`], which also takes over its rules. None by default.
    pub rehearsal: Option<Arc<Rehearsal>>,
    /// Whether it speaks https, with a certificate made at start; false by default.
    pub tls: bool,
    /// The names and addresses, besides those of this machine, that clients call it by: its certificate holds them, its
    /// admin API is let in by them, and the first is in its URL. None by default.
    pub names: Vec<String>,
    /// Whether it may listen where other machines reach it; false by default. Anybody there can then use its admin API.
    pub allow_remote: bool,
}

impl Options {
    /// Refuses what no sandbox can run with.
    pub(crate) fn check(&self) -> io::Result<()> {
        let wrong = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        if !self.host.is_loopback() && !self.allow_remote {
            return wrong(
                "the sandbox listens on loopback only, unless remote access is allowed: use 127.0.0.1 or ::1",
            );
        }
        if let Some(name) = self.names.iter().find(|name| !is_name(name)) {
            return wrong(&format!(
                "{name:?} is not a name of a host: use one such as sandbox or 10.0.0.5, without port"
            ));
        }
        merchants::check(&self.mid, &self.sign_key).or_else(|(_, text)| wrong(text))?;
        if let Some(rehearsal) = &self.rehearsal {
            let answers = rehearsal.findings.answers.values();
            let checked = answers.map(Template::check).find_map(Result::err);
            checked.map_or(Ok(()), |(part, why)| wrong(&format!("an answer of the rehearsal: its {part} {why}")))?;
        }
        self.rules.check().or_else(|(_, text)| wrong(text))
    }

    /// Has it behave as the gateway of a rehearsal did: with the rules that were found, and with its answers. What the
    /// rehearsal does not know stays as it is by default. Rules that are set after this win.
    #[must_use]
    pub fn rehearsed(self, rehearsal: Rehearsal) -> Self {
        Self { rules: Rules::found(&rehearsal), rehearsal: Some(Arc::new(rehearsal)), ..self }
    }

    /// The rules it starts with.
    pub(crate) fn first_rules(&self) -> Rules {
        let mut rules = self.rules.clone();
        if self.signature_format != SignatureFormat::default() {
            rules.signature_format = self.signature_format;
        }
        rules
    }
}

/// Whether clients can call a host so: an address, or a name as DNS has them. Service names have underscores, too.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let digits = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    // What ends in a number is an address or nothing.
    name.parse::<IpAddr>().is_ok() || (!digits && name.len() <= 253 && name.split('.').all(is_label))
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            mid: "sandbox001".to_owned(),
            sign_key: "paywelcome-sandbox-sign-key".to_owned(),
            signature_format: SignatureFormat::default(),
            rules: Rules::default(),
            rehearsal: None,
            tls: false,
            names: Vec::new(),
            allow_remote: false,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("mid", &self.mid)
            .field("signature_format", &self.signature_format)
            .field("rules", &self.rules)
            .field("rehearsal", &self.rehearsal.as_ref().map(|rehearsal| &rehearsal.gateway.base_url))
            .field("tls", &self.tls)
            .field("names", &self.names)
            .field("allow_remote", &self.allow_remote)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Rules};

    #[test]
    fn the_defaults_pass_and_the_key_stays_out_of_sight() {
        let options = Options::default();
        assert!(options.check().is_ok());
        assert!(!format!("{options:?}").contains(&options.sign_key));
    }

    #[test]
    fn refuses_other_hosts_and_impossible_merchants() {
        let host = |text: &str| Options { host: text.parse().unwrap_or(Options::default().host), ..Options::default() };
        let mid = |text: &str| Options { mid: text.into(), ..Options::default() };
        let name = |text: &str| Options { names: vec![text.into()], ..Options::default() };
        for (options, word) in [
            (host("0.0.0.0"), "loopback"),
            (host("192.168.0.1"), "loopback"),
            (host("::"), "loopback"),
            (mid(""), "mid"),
            (mid("elevenchars"), "mid"),
            (mid("my shop"), "mid"),
            (mid("상점"), "mid"),
            (Options { sign_key: String::new(), ..Options::default() }, "sign key"),
            (name(""), "name"),
            (name("sandbox:8443"), "name"),
            (name("https://sandbox"), "name"),
            (name("*.internal"), "name"),
            (name("샌드박스"), "name"),
            (name("a..b"), "name"),
            (name("-a"), "name"),
            (name("1.2.3.4.5"), "name"),
            (name("[::1]"), "name"),
        ] {
            let refusal = options.check().map_err(|error| error.to_string());
            assert!(refusal.is_err_and(|text| text.contains(word)), "{options:?}");
        }
        for known in ["sandbox", "pay_gateway", "gateway.test", "10.0.0.5", "fd00::5"] {
            assert!(name(known).check().is_ok(), "{known}");
        }
        let rules = Rules { cancel_tid_length: 1, ..Rules::default() };
        assert!(Options { rules, ..Options::default() }.check().is_err());
        assert!(Options { allow_remote: true, ..host("0.0.0.0") }.check().is_ok());
        assert!(host("::1").check().is_ok());
        assert!(host("127.1.2.3").check().is_ok());
    }
}
