//! What a sandbox is started with.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

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
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// The address to listen on; `127.0.0.1` by default. One that is not loopback needs `allow_remote`.
    pub host: IpAddr,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// The merchant id it knows: 1 to 10 printable ASCII characters without spaces; `sandbox001` by default.
    pub mid: String,
    /// The merchant's sign key, any text but an empty one; by default one that says it is no real key.
    pub sign_key: String,
    /// How it expects signatures to be made; name=value pairs by default. Anything else here wins over the rules.
    pub signature_format: SignatureFormat,
    /// The rules it starts with, and goes back to when it is reset.
    pub rules: Rules,
    /// Whether it speaks https, with a certificate made at start; false by default.
    pub tls: bool,
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
        merchants::check(&self.mid, &self.sign_key).or_else(|(_, text)| wrong(text))?;
        self.rules.check().or_else(|(_, text)| wrong(text))
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

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            mid: "sandbox001".to_owned(),
            sign_key: "paywelcome-sandbox-sign-key".to_owned(),
            signature_format: SignatureFormat::default(),
            rules: Rules::default(),
            tls: false,
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
            .field("tls", &self.tls)
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
        for (options, word) in [
            (host("0.0.0.0"), "loopback"),
            (host("192.168.0.1"), "loopback"),
            (host("::"), "loopback"),
            (mid(""), "mid"),
            (mid("elevenchars"), "mid"),
            (mid("my shop"), "mid"),
            (mid("상점"), "mid"),
            (Options { sign_key: String::new(), ..Options::default() }, "sign key"),
        ] {
            let refusal = options.check().map_err(|error| error.to_string());
            assert!(refusal.is_err_and(|text| text.contains(word)), "{options:?}");
        }
        let rules = Rules { cancel_tid_length: 1, ..Rules::default() };
        assert!(Options { rules, ..Options::default() }.check().is_err());
        assert!(Options { allow_remote: true, ..host("0.0.0.0") }.check().is_ok());
        assert!(host("::1").check().is_ok());
        assert!(host("127.1.2.3").check().is_ok());
    }
}
