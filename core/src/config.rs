//! A client's settings, checked once and all together.

use std::fmt;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::address::Address;
use crate::argument::{Argument, List, Secret};
use crate::check::{self, Findings};
use crate::credentials::Credentials;
use crate::debris;
use crate::echoes::RequiredEchoes;
use crate::error::{Error, Field, FieldError};
use crate::machine;
use crate::proxy::{self, Proxy};
use crate::request::TIMEOUT;
use crate::signature::SignatureFormat;
use crate::timestamp::TimestampFormat;
use crate::variables::{NO_PROXY, PROXIES, Variables};

const MID: Field = Field::new("mid", "mid");
const SIGN_KEY: Field = Field::new("sign_key", "signKey");
const MKEY: Field = Field::new("mkey", "mkey");
const ENVIRONMENT: Field = Field::new("environment", "environment");
const BASE_URL: Field = Field::new("base_url", "baseUrl");
const CONNECT_TIMEOUT: Field = Field::new("connect_timeout", "connectTimeoutMs");
const CONNECT_RETRIES: Field = Field::new("connect_retries", "connectRetries");
const SIGNATURE_FORMAT: Field = Field::new("signature_format", "signatureFormat");
const TIMESTAMP_FORMAT: Field = Field::new("timestamp_format", "timestampFormat");
pub(crate) const REQUIRED_ECHOES: Field = Field::new("required_echoes", "requiredEchoes");
const PROXY: Field = Field::new("proxy", "proxy");
const CA_BUNDLE: Field = Field::new("ca_bundle", "caBundle");
const TRUST_ENV: Field = Field::new("trust_env", "trustEnv");

const MID_VARIABLE: &str = "PAYWELCOME_MID";
const SIGN_KEY_VARIABLE: &str = "PAYWELCOME_SIGN_KEY";
const MKEY_VARIABLE: &str = "PAYWELCOME_MKEY";
const ENVIRONMENT_VARIABLE: &str = "PAYWELCOME_ENVIRONMENT";
const BASE_URL_VARIABLE: &str = "PAYWELCOME_BASE_URL";

const PRODUCTION: &str = "https://payapi.paywelcome.co.kr";
/// The mkey of the key that a sandbox has unless it is given another.
const SANDBOX_MKEY: &str = "7c9ee6bc577b2da0e7312ee82499d3fee3c07d452eddac03a840b51ff2adeb31";
/// The gateway's own host for tests.
pub(crate) const TEST: &str = "https://tpayapi.paywelcome.co.kr";
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
const CONNECT_RETRIES_DEFAULT: u32 = 2;
const CONNECT_RETRIES_MOST: u32 = 10;
/// The longest merchant id, in characters (guide, payapi01).
const MID_LONGEST: usize = 10;

/// A client's settings as the caller gave them; what is absent has a default, if it can have one.
///
/// # Examples
///
/// ```
/// use paywelcome::{Client, ClientOptions};
///
/// let client = Client::new(ClientOptions {
///     mid: "welcometst".into(),
///     sign_key: "made-up".into(),
///     environment: "test".into(),
///     ..ClientOptions::default()
/// })?;
/// assert_eq!(client.base_url(), "https://tpayapi.paywelcome.co.kr");
/// # Ok::<(), paywelcome::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// The merchant id (가맹점ID); at most 10 characters.
    pub mid: Argument,
    /// The merchant's sign key, as the gateway issued it. Exactly one of this and `mkey`.
    pub sign_key: Secret,
    /// The SHA-256 of the sign key, as 64 hex digits. Exactly one of this and `sign_key`.
    pub mkey: Secret,
    /// `test` or `production`; it has no default, since money needs an explicit choice.
    pub environment: Argument,
    /// Replaces the environment's host, which may then be absent; plain http only to this machine.
    pub base_url: Argument,
    /// Seconds for a whole call: connecting, re-sends and the answer; 30 by default, at most 3,600.
    pub timeout: Argument,
    /// Seconds for DNS, TCP, proxy tunnel and TLS together; 5 by default, at most 3,600.
    pub connect_timeout: Argument,
    /// How often a request that provably never left is tried again within the time limit; 2 by default, at most 10.
    pub connect_retries: Argument,
    /// How the signed values are joined: `name_value` (the default) or `concatenated`.
    pub signature_format: Argument,
    /// How the timestamp is written: `kst`, 14 digits (the default), or `epoch_ms`, 13 digits.
    pub timestamp_format: Argument,
    /// Which echoes of a success must agree with what was asked before it is believed: a list of `tid`, `price` and
    /// `remaining_price`; all three by default. One that is left out and does not agree is told in the receipt's
    /// `mismatches`. A success is `ResultCode` `00` in any case.
    pub required_echoes: List,
    /// An http or https proxy's URL, in place of the environment's; for a plain http base URL there can be none.
    pub proxy: Argument,
    /// A PEM file of certificates to trust besides the bundled roots.
    pub ca_bundle: Argument,
    /// Whether the environment's proxies are honoured (never for this machine); yes by default. They are known only to
    /// options that [`fill_from`](Self::fill_from) filled in.
    pub trust_env: Argument,
    /// What [`fill_from`](Self::fill_from) read of the environment; leave it to that.
    pub variables: Variables,
}

impl ClientOptions {
    /// The environment variables that [`fill_from`](Self::fill_from) asks for.
    pub const VARIABLES: [&'static str; 11] = [
        MID_VARIABLE,
        SIGN_KEY_VARIABLE,
        MKEY_VARIABLE,
        ENVIRONMENT_VARIABLE,
        BASE_URL_VARIABLE,
        PROXIES[0],
        PROXIES[1],
        PROXIES[2],
        PROXIES[3],
        NO_PROXY[0],
        NO_PROXY[1],
    ];

    /// Returns whether neither a sign key nor an mkey was given.
    pub fn has_no_key(&self) -> bool {
        self.sign_key.get().is_absent() && self.mkey.get().is_absent()
    }

    /// Takes what is absent from the environment, which `variable` reads, such as `|name| std::env::var(name)`; an empty
    /// variable is an absent one.
    ///
    /// A key is taken only where neither key was given. Beside an environment that was given, `PAYWELCOME_BASE_URL` may
    /// lead to this machine only. Of the proxies' variables, which other programs read as well, those in small letters
    /// take precedence.
    pub fn fill_from<V: Into<Argument>>(&mut self, mut variable: impl FnMut(&str) -> V) {
        let mut read = |name| match variable(name).into() {
            Argument::Text(text) if text.is_empty() => Argument::Absent,
            value => value,
        };
        if self.has_no_key() {
            self.sign_key = self.variables.take(SIGN_KEY, SIGN_KEY_VARIABLE, read(SIGN_KEY_VARIABLE)).into();
            self.mkey = self.variables.take(MKEY, MKEY_VARIABLE, read(MKEY_VARIABLE)).into();
        }
        for (setting, field, name) in [
            (&mut self.mid, MID, MID_VARIABLE),
            (&mut self.environment, ENVIRONMENT, ENVIRONMENT_VARIABLE),
            (&mut self.base_url, BASE_URL, BASE_URL_VARIABLE),
        ] {
            if setting.is_absent() {
                *setting = self.variables.take(field, name, read(name));
            }
        }
        self.variables.keep_proxies(read);
    }
}

/// Settings that hold together.
pub(crate) struct Config {
    pub(crate) credentials: Credentials,
    pub(crate) base_url: String,
    pub(crate) loopback: bool,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) connect_retries: u32,
    pub(crate) signature_format: SignatureFormat,
    pub(crate) timestamp_format: TimestampFormat,
    pub(crate) required_echoes: RequiredEchoes,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) roots: RootCertStore,
    /// What is worth a warning: that a variable leads elsewhere than the environment that code names.
    pub(crate) warning: Option<String>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("credentials", &self.credentials)
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("connect_retries", &self.connect_retries)
            .field("signature_format", &self.signature_format)
            .field("timestamp_format", &self.timestamp_format)
            .field("required_echoes", &self.required_echoes)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

impl Config {
    pub(crate) fn check(options: &ClientOptions) -> Result<Self, Error> {
        let mut findings = Findings::default();
        let mid = findings.take(MID, mid(&options.mid));
        let credentials = credentials(options, mid.clone().unwrap_or_default(), &mut findings);
        let host = findings.take(ENVIRONMENT, environment(options));
        let base = findings.take(BASE_URL, base_url(&options.base_url));
        let in_production = match &base {
            Some(Some(given)) => given.url == PRODUCTION,
            Some(None) => host == Some(PRODUCTION),
            None => false,
        };
        if in_production {
            refuse_sandbox(options, &mut findings);
        }
        let timeout = findings.take(TIMEOUT, check::time_limit(&options.timeout, TIMEOUT_DEFAULT));
        let connect_timeout =
            findings.take(CONNECT_TIMEOUT, check::time_limit(&options.connect_timeout, CONNECT_TIMEOUT_DEFAULT));
        let connect_retries = findings.take(CONNECT_RETRIES, connect_retries(&options.connect_retries));
        let signature_format = findings.take(SIGNATURE_FORMAT, signature_format(&options.signature_format));
        let timestamp_format = findings.take(TIMESTAMP_FORMAT, timestamp_format(&options.timestamp_format));
        let required_echoes = findings.take(REQUIRED_ECHOES, RequiredEchoes::read(&options.required_echoes));
        let warning = match base.as_ref().zip(host) {
            Some((Some(given), host)) => findings.take(BASE_URL, led_aside(options, given, host)).flatten(),
            _ => None,
        };
        let base = base.zip(host).map(|(given, host)| given.unwrap_or(Base { url: host.to_owned(), loopback: false }));
        let target = base.as_ref().and_then(|base| Url::parse(&base.url).ok());
        let trusted = trust_env(&options.trust_env, &options.variables);
        let environment = (trusted == Ok(true)).then_some(&options.variables);
        let proxy = findings.take(PROXY, proxy::choose(&options.proxy, environment, target.as_ref()));
        let roots = findings.take(CA_BUNDLE, roots(&options.ca_bundle));
        let trust_env = findings.take(TRUST_ENV, trusted);
        let known = (base.as_ref().and_then(|base| Address::of(&base.url)), mid.clone());
        let complete = || {
            let (base, _, _) = (base?, mid?, trust_env?);
            Some(Self {
                credentials: credentials?,
                proxy: proxy?,
                base_url: base.url,
                loopback: base.loopback,
                timeout: timeout?,
                connect_timeout: connect_timeout?,
                connect_retries: connect_retries?,
                signature_format: signature_format?,
                timestamp_format: timestamp_format?,
                required_echoes: required_echoes?,
                roots: roots?,
                warning,
            })
        };
        match complete() {
            Some(config) if findings.is_empty() => Ok(config),
            _ => {
                let refused = Error::configuration(options.variables.name(findings.into_errors()));
                Err(refused.of_client(known.0.as_ref(), known.1.as_deref()))
            }
        }
    }
}

fn mid(argument: &Argument) -> Result<String, String> {
    if argument.is_absent() {
        return Err("is missing; pass the merchant id, or set PAYWELCOME_MID".to_owned());
    }
    check::identifier(argument, MID_LONGEST)
}

fn credentials(options: &ClientOptions, mid: String, findings: &mut Findings) -> Option<Credentials> {
    match (options.sign_key.get(), options.mkey.get()) {
        (Argument::Absent, Argument::Absent) => {
            findings.note(
                SIGN_KEY,
                "is missing; pass the sign key or the mkey made from it, or set PAYWELCOME_SIGN_KEY or PAYWELCOME_MKEY",
            );
            None
        }
        (sign_key, Argument::Absent) => {
            let sign_key = findings.take(SIGN_KEY, secret(sign_key))?;
            Some(Credentials::from_sign_key(mid, sign_key))
        }
        (Argument::Absent, mkey) => {
            let mkey = findings.take(MKEY, secret(mkey).and_then(mkey_digits))?;
            Some(Credentials::from_mkey(mid, mkey))
        }
        _ => {
            findings.note(MKEY, "was given besides the sign key; pass exactly one of the two");
            None
        }
    }
}

fn secret(argument: &Argument) -> Result<&str, String> {
    let text = argument.text("a text")?;
    debris::found_in(text)?;
    Ok(text)
}

fn mkey_digits(text: &str) -> Result<&str, String> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text);
    }
    let hint = if text.bytes().all(|b| b.is_ascii_hexdigit()) {
        format!("has {} hex digits", text.len())
    } else {
        "is not hex; if this is the sign key itself, pass it as the sign key".to_owned()
    };
    Err(format!("{hint}; an mkey is the SHA-256 of the sign key, as 64 hex digits"))
}

/// Refuses in production what only a sandbox knows: a setting was mixed up, and money should have moved.
fn refuse_sandbox(options: &ClientOptions, findings: &mut Findings) {
    let begins = |argument: &Argument, with: &str| matches!(argument, Argument::Text(text) if text.starts_with(with));
    if matches!(&options.mid, Argument::Text(mid) if mid.to_ascii_lowercase().starts_with("sandbox")) {
        findings.note(MID, "is a sandbox's; pass the merchant id that the gateway issued");
    }
    if begins(options.sign_key.get(), "paywelcome-sandbox-") {
        findings.note(SIGN_KEY, "is a sandbox's; pass the sign key that the gateway issued");
    }
    if matches!(options.mkey.get(), Argument::Text(mkey) if mkey.eq_ignore_ascii_case(SANDBOX_MKEY)) {
        findings.note(MKEY, "is a sandbox's; pass the one of the sign key that the gateway issued");
    }
}

fn environment(options: &ClientOptions) -> Result<&'static str, String> {
    if options.environment.is_absent() && !options.base_url.is_absent() {
        return Ok(TEST);
    }
    if options.environment.is_absent() {
        return Err("is missing; pass \"test\" or \"production\", or set PAYWELCOME_ENVIRONMENT".to_owned());
    }
    check::one_of(&options.environment, &[("test", TEST), ("production", PRODUCTION)])
}

/// Where requests go instead of the gateway's own hosts.
struct Base {
    url: String,
    loopback: bool,
}

fn base_url(argument: &Argument) -> Result<Option<Base>, String> {
    if argument.is_absent() {
        return Ok(None);
    }
    let text = argument.text("an https URL")?;
    debris::found_in(text)?;
    let url =
        Url::parse(text).map_err(|_| "is not a URL; pass one such as \"https://payapi.example.com\"".to_owned())?;
    if url.host().is_none() {
        return Err("has no host; pass a URL such as \"https://payapi.example.com\"".to_owned());
    }
    let loopback = machine::is_own(&url);
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err("is plain http to another machine; pass an https URL".to_owned()),
        _ => return Err("must be an https URL, or http to this machine".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password; pass it without".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("holds a query or a fragment; pass it without".to_owned());
    }
    Ok(Some(Base { url: url.as_str().trim_end_matches('/').to_owned(), loopback }))
}

fn connect_retries(argument: &Argument) -> Result<u32, String> {
    match argument {
        Argument::Absent => Ok(CONNECT_RETRIES_DEFAULT),
        Argument::Integer(value) => {
            let retries = u32::try_from(*value).ok().filter(|retries| *retries <= CONNECT_RETRIES_MOST);
            retries.ok_or_else(|| format!("must be from 0 to {CONNECT_RETRIES_MOST}"))
        }
        Argument::Wrong(what) => Err(what.clone()),
        other => Err(format!("{}; pass a whole number from 0 to {CONNECT_RETRIES_MOST}", other.what())),
    }
}

fn signature_format(argument: &Argument) -> Result<SignatureFormat, String> {
    if argument.is_absent() {
        return Ok(SignatureFormat::default());
    }
    let words = [("name_value", SignatureFormat::NameValue), ("concatenated", SignatureFormat::Concatenated)];
    check::one_of(argument, &words)
}

fn timestamp_format(argument: &Argument) -> Result<TimestampFormat, String> {
    if argument.is_absent() {
        return Ok(TimestampFormat::default());
    }
    check::one_of(argument, &[("kst", TimestampFormat::Kst), ("epoch_ms", TimestampFormat::EpochMs)])
}

/// The error of a base URL that is right, and wrong now.
pub(crate) fn wrong_base_url(message: String) -> Error {
    Error::configuration(vec![FieldError::new(BASE_URL, message)])
}

/// Checks where the variable of the base URL leads beside an environment that code names, whose host is `host`: nowhere
/// else, or to this machine, which is worth a warning.
fn led_aside(options: &ClientOptions, base: &Base, host: &str) -> Result<Option<String>, String> {
    let variables = &options.variables;
    let named = !options.environment.is_absent() && variables.of(ENVIRONMENT).is_none();
    if variables.of(BASE_URL).is_none() || !named || base.url == host {
        return Ok(None);
    }
    if base.loopback {
        let led = format!("{BASE_URL_VARIABLE} leads this client to {}, in place of {host}", base.url);
        return Ok(Some(format!("{led}, which is the environment that the code names")));
    }
    Err(format!(
        "leads to {}, but the environment given in code is at {host}; the variable may then only lead to this machine, \
         such as to a sandbox: unset it, or give the base URL in code",
        base.url
    ))
}

fn roots(argument: &Argument) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if argument.is_absent() {
        return Ok(roots);
    }
    let path = argument.text("the path of a PEM file")?;
    let pem = std::fs::read(path).map_err(|error| match debris::found_in(path) {
        _ if path.starts_with('~') => format!("can't be read: {error}; pass the folder itself in place of ~"),
        Err(what) => format!("can't be read: {error}; it {what}"),
        Ok(()) => format!("can't be read: {error}"),
    })?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|_| "is not a PEM file".to_owned())?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err("holds no certificate".to_owned());
    }
    Ok(roots)
}

fn trust_env(argument: &Argument, variables: &Variables) -> Result<bool, String> {
    match argument {
        Argument::Absent => Ok(true),
        Argument::Flag(true) if variables.proxies().is_none() => {
            Err("was set, but no variable of the environment was read; call fill_from before".to_owned())
        }
        Argument::Flag(flag) => Ok(*flag),
        Argument::Wrong(what) => Err(what.clone()),
        other => Err(format!("{}; pass yes or no", other.what())),
    }
}
