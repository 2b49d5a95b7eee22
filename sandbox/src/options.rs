//! What a sandbox is started with.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use crate::signature::SignatureFormat;
use crate::tid::MID_WIDTH;

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
    /// The loopback address to listen on; `127.0.0.1` by default.
    pub host: IpAddr,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// The merchant id it knows: 1 to 10 printable ASCII characters without spaces; `sandbox001` by default.
    pub mid: String,
    /// The merchant's sign key, any text but an empty one; by default one that says it is no real key.
    pub sign_key: String,
    /// How it expects signatures to be made; name=value pairs by default.
    pub signature_format: SignatureFormat,
}

impl Options {
    /// Refuses what no sandbox can run with.
    pub(crate) fn check(&self) -> io::Result<()> {
        let wrong = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        if !self.host.is_loopback() {
            return wrong("the sandbox listens on loopback only: host must be 127.0.0.1 or ::1");
        }
        if !(1..=MID_WIDTH).contains(&self.mid.len()) || !self.mid.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("the sandbox's mid must have 1 to 10 printable ASCII characters and no space");
        }
        if self.sign_key.is_empty() {
            return wrong("the sandbox's sign key must not be empty");
        }
        Ok(())
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
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

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
        assert!(host("::1").check().is_ok());
        assert!(host("127.1.2.3").check().is_ok());
    }
}
