//! The proxy on the way to the gateway: read once, from its setting or the environment's variables.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::argument::Argument;
use crate::debris;
use crate::exempt;
use crate::machine;
use crate::variables::{NO_PROXY, PROXIES, Variables};

const WANTED: &str = "pass an http or https URL such as \"http://proxy.example:3128\"";

/// A proxy that stands between this machine and the gateway.
#[derive(Clone)]
pub(crate) struct Proxy {
    scheme: &'static str,
    host: Host,
    port: u16,
    user: Zeroizing<Vec<u8>>,
    password: Zeroizing<Vec<u8>>,
    /// The variable it was taken from.
    variable: Option<&'static str>,
}

impl Proxy {
    /// Its address, which tells nothing of its user and password.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.host, self.port)
    }

    /// The variable of the environment that names it.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// The value of a `Proxy-Authorization` header (RFC 7617); a password that is not written in UTF-8 is sent as it is.
    pub(crate) fn authorization(&self) -> Option<Zeroizing<String>> {
        if self.user.is_empty() && self.password.is_empty() {
            return None;
        }
        let pair = Zeroizing::new([self.user.as_slice(), b":", self.password.as_slice()].concat());
        Some(Zeroizing::new(format!("Basic {}", Zeroizing::new(STANDARD.encode(&pair)).as_str())))
    }

    /// Returns whether the HTTP client, which reads the address again, goes this way to `target`.
    pub(crate) fn stands_before(&self, target: &Url) -> bool {
        let target = target.as_str().parse().ok();
        let intercept = target.and_then(|target| Matcher::builder().all(self.url()).build().intercept(&target));
        intercept.is_some_and(|intercept| {
            let uri = intercept.uri();
            uri.scheme_str() == Some(self.scheme)
                && uri.host() == Some(self.host.to_string().as_str())
                && uri.port_u16() == Some(self.port)
        })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.url()).finish()
    }
}

/// Finds the proxy on the way to `target`: the one that was given, or the environment's; or why it can't be used.
///
/// Whatever names a proxy gives one or an error: a request never goes out beside it.
pub(crate) fn choose(
    given: &Argument,
    environment: Option<&Variables>,
    target: Option<&Url>,
) -> Result<Option<Proxy>, String> {
    let found = if given.is_absent() {
        let variables = environment.and_then(Variables::proxies).zip(target);
        variables.map_or(Ok(None), |(variables, target)| of_environment(variables, target))?
    } else {
        Some(read(given.text("an http or https URL")?, false)?)
    };
    let Some((proxy, target)) = found.as_ref().zip(target) else { return Ok(found) };
    if target.scheme() == "http" {
        return Err("can't be used with a plain http base URL, since it would read the request and its signature; \
                    pass an https base URL, or no proxy"
            .to_owned());
    }
    if !proxy.stands_before(target) {
        return Err(format!("can't be used on the way to {}; {WANTED}", target.host_str().unwrap_or_default()));
    }
    Ok(found)
}

/// The environment's proxy on the way to `target`: never to this machine, nor to what `NO_PROXY` names.
fn of_environment(variables: &[(&'static str, Argument)], target: &Url) -> Result<Option<Proxy>, String> {
    if machine::is_own(target) {
        return Ok(None);
    }
    let set = |names: &[&'static str]| {
        for (name, value) in variables.iter().filter(|(name, _)| names.contains(name)) {
            let text = value.text("a URL").map(debris::unquoted);
            match text {
                Ok("") => {}
                Ok(text) => return Ok(Some((*name, text))),
                Err(_) if value.is_absent() => {}
                Err(message) => return Err(format!("{name} {message}")),
            }
        }
        Ok(None)
    };
    let Some((name, text)) = set(&PROXIES)? else { return Ok(None) };
    if let Some((_, list)) = set(&NO_PROXY)?
        && exempt::is_in(list, target)
    {
        return Ok(None);
    }
    let proxy = read(text, true).map_err(|message| format!("{name} {message}"))?;
    Ok(Some(Proxy { variable: Some(name), ..proxy }))
}

/// Reads `scheme://user:password@host:port`, whose user and password may be written with percent escapes or as they are;
/// where it may be `bare`, http is the scheme of one that has none.
fn read(text: &str, bare: bool) -> Result<Proxy, String> {
    debris::found_in(text).map_err(|message| {
        let escaped = if text.contains('@') { ", or in a password as a percent escape such as %24" } else { "" };
        format!("{message}{escaped}")
    })?;
    let starts_with = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let (scheme, rest) = match text.split_once("://") {
        Some(parts) => parts,
        None if bare && !starts_with("http:") && !starts_with("https:") => ("http", text),
        None => return Err(format!("has no scheme, or no // after it; {WANTED}")),
    };
    let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => ("http", 80),
        "https" => ("https", 443),
        "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
            return Err(format!("is a socks proxy, and only http and https proxies are supported; {WANTED}"));
        }
        _ => return Err(format!("is not an http proxy; {WANTED}")),
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if tail.contains('@') {
        return Err("holds a /, ? or # before its last @; in a user name or a password write them as %2F, %3F and %23"
            .to_owned());
    }
    if !matches!(tail, "" | "/") {
        return Err(format!("holds more than a host and a port; {WANTED}"));
    }
    // The last one, as a browser and Python's requests have it: a password may hold others.
    let (userinfo, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let (user, password) = (decoded(user), decoded(password));
    if user.iter().chain(password.iter()).any(u8::is_ascii_control) {
        return Err(
            "holds a control character, such as a line break, in its user name or password; pass it without".to_owned()
        );
    }
    if user.contains(&b':') {
        return Err("holds a colon in its user name, which would end it; pass another user name".to_owned());
    }
    let (host, port) = host_and_port(place)?;
    Ok(Proxy { scheme, host, port: port.unwrap_or(default_port), user, password, variable: None })
}

fn decoded(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(percent_decode_str(text).collect())
}

fn host_and_port(place: &str) -> Result<(Host, Option<u16>), String> {
    // An IPv6 address in its brackets has colons of its own.
    let after_brackets = place.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match place[after_brackets..].rfind(':') {
        Some(at) => (&place[..after_brackets + at], Some(&place[after_brackets + at + 1..])),
        None => (place, None),
    };
    if host.is_empty() {
        return Err(format!("has no host; {WANTED}"));
    }
    if !host.starts_with('[') && host.contains(':') {
        return Err(format!("has an IPv6 address without [brackets], or two ports; {WANTED}"));
    }
    let no_host = || format!("has a host that is neither a name nor an address; {WANTED}");
    let host = Host::parse(host).map_err(|_| no_host())?;
    if let Host::Domain(name) = &host
        && !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    {
        return Err(no_host());
    }
    let Some(digits) = port else { return Ok((host, None)) };
    let number = digits.parse().ok().filter(|port| *port > 0 && digits.bytes().all(|b| b.is_ascii_digit()));
    let port = number.ok_or_else(|| format!("has no port from 1 to 65535 after its host; {WANTED}"))?;
    Ok((host, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Url {
        Url::parse(url).expect("it is a URL")
    }

    fn given(text: &str) -> Result<Option<Proxy>, String> {
        choose(&text.into(), None, Some(&target("https://gateway.example")))
    }

    fn pair(proxy: &Proxy) -> Option<Vec<u8>> {
        let header = proxy.authorization()?;
        let encoded = header.strip_prefix("Basic ").expect("it is basic authorization");
        Some(STANDARD.decode(encoded).expect("it is base64"))
    }

    #[test]
    fn what_a_proxy_is_asked_with_is_what_was_written() {
        for (text, url, credentials) in [
            ("http://proxy.example:3128", "http://proxy.example:3128", None),
            ("HTTP://PROXY.example", "http://proxy.example:80", None),
            ("https://proxy.example/", "https://proxy.example:443", None),
            ("http://my_proxy:3128", "http://my_proxy:3128", None),
            ("http://프록시.회사.example:3128", "http://xn--3o2b05qmuo.xn--vf4b131b.example:3128", None),
            ("http://127.0.0.1:1", "http://127.0.0.1:1", None),
            ("http://[::1]:3128", "http://[::1]:3128", None),
            ("http://u:p@[2001:db8::1]", "http://[2001:db8::1]:80", Some("u:p")),
            ("http://user@127.0.0.1:1", "http://127.0.0.1:1", Some("user:")),
            ("http://user:@127.0.0.1:1", "http://127.0.0.1:1", Some("user:")),
            ("http://:word@127.0.0.1:1", "http://127.0.0.1:1", Some(":word")),
            ("http://@127.0.0.1:1", "http://127.0.0.1:1", None),
            ("http://:@127.0.0.1:1", "http://127.0.0.1:1", None),
            ("http://user:p@ss@127.0.0.1:1", "http://127.0.0.1:1", Some("user:p@ss")),
            ("http://us@er:p@ss@127.0.0.1:1", "http://127.0.0.1:1", Some("us@er:p@ss")),
            ("http://user:p:ss@127.0.0.1:1", "http://127.0.0.1:1", Some("user:p:ss")),
            ("http://user:p%zs%@127.0.0.1:1", "http://127.0.0.1:1", Some("user:p%zs%")),
            ("http://user:a%40b%23c%2Fd%3Fe%25@127.0.0.1:1", "http://127.0.0.1:1", Some("user:a@b#c/d?e%")),
            ("http://CORP\\user:word@127.0.0.1:1", "http://127.0.0.1:1", Some("CORP\\user:word")),
            ("http://CORP%5Cuser:word@127.0.0.1:1", "http://127.0.0.1:1", Some("CORP\\user:word")),
            ("http://user:^|{}<>\"` 'x@127.0.0.1:1", "http://127.0.0.1:1", Some("user:^|{}<>\"` 'x")),
            ("http://user:p\\@other:1@127.0.0.1:1", "http://127.0.0.1:1", Some("user:p\\@other:1")),
            ("http://user:비밀@127.0.0.1:1", "http://127.0.0.1:1", Some("user:비밀")),
            ("http://user:p+w&x=y;z,$!*()~[]@127.0.0.1:1", "http://127.0.0.1:1", Some("user:p+w&x=y;z,$!*()~[]")),
        ] {
            let proxy = given(text).unwrap_or_else(|error| panic!("{text}: {error}")).expect("one was given");
            assert_eq!((proxy.url().as_str(), pair(&proxy)), (url, credentials.map(Into::into)), "{text}");
            assert_eq!(format!("{proxy:?}"), format!("Proxy({url:?})"));
        }
        let proxy = given("http://user:%BA%F1@127.0.0.1:1").ok().flatten().expect("it is right");
        assert_eq!(pair(&proxy), Some(b"user:\xBA\xF1".to_vec()), "a password that is not in UTF-8 stays what it is");
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_repeated() {
        for (text, words) in [
            ("http://user:S3CRET#x@127.0.0.1:1", "%23"),
            ("http://user:S3CRET/x@127.0.0.1:1", "%2F"),
            ("http://user:S3CRET?x@127.0.0.1:1", "%3F"),
            ("http://user:12#S3CRET@127.0.0.1:1", "%23"),
            ("http://user:12/S3CRET@127.0.0.1:1", "%2F"),
            ("http://user:S3CRET%0A@127.0.0.1:1", "control character"),
            ("http://us%3Aer:S3CRET@127.0.0.1:1", "colon"),
            ("http://user:S3CRET@127.0.0.1:1\n", "line break"),
            ("http://user:S3CRET\u{200B}@127.0.0.1:1", "U+200B"),
            ("http://user:${S3CRET}@127.0.0.1:1", "percent escape"),
            ("http://user:S3CRET@", "no host"),
            ("http://user:S3CRET@:3128", "no host"),
            ("http://user:S3CRET@proxy:", "port"),
            ("http://user:S3CRET@proxy:0", "port"),
            ("http://user:S3CRET@proxy:+80", "port"),
            ("http://user:S3CRET@proxy:65536", "port"),
            ("http://user:S3CRET@proxy:８０", "port"),
            ("http://user:S3CRET@::1:3128", "[brackets]"),
            ("http://user:S3CRET@proxy:1:2", "[brackets]"),
            ("http://user:S3CRET@[::1", ""),
            ("http://user:S3CRET@[::1]x:1", "host"),
            ("http://user:S3CRET@pro xy:1", "host"),
            ("http://user:S3CRET@pro\"xy:1", "host"),
            ("http://user:S3CRET@$PROXY:1", "host"),
            ("http://user:S3CRET@a|b:1", "host"),
            ("http://user:S3CRET@proxy:1/path", "more than"),
            ("http://user:S3CRET@proxy:1?S3CRET", "more than"),
            ("http:127.0.0.1:1", "//"),
            ("http:/127.0.0.1:1", "//"),
            ("http:///127.0.0.1:1", ""),
            ("http://", "no host"),
            ("//proxy:3128", "//"),
            ("proxy:3128", "scheme"),
            ("user:S3CRET@proxy:3128", "scheme"),
            ("ftp://user:S3CRET@proxy", "not an http proxy"),
            ("socks5://user:S3CRET@proxy:1080", "socks"),
            ("SOCKS5H://user:S3CRET@proxy:1080", "socks"),
            ("S3CRET://proxy", "not an http proxy"),
            ("", "empty"),
            ("undefined", "missing"),
            ("'http://proxy:3128'", "quotes"),
        ] {
            let error = given(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
            assert!(!error.contains("S3CRET"), "{text}: {error}");
        }
    }

    #[test]
    fn a_plain_http_gateway_is_never_behind_a_proxy() {
        for at in ["http://127.0.0.1:9", "http://localhost"] {
            for proxy in ["http://127.0.0.1:1", "https://proxy.example"] {
                let error = choose(&proxy.into(), None, Some(&target(at))).expect_err("the proxy would read it");
                assert!(error.contains("plain http"), "{error}");
            }
        }
        assert!(choose(&"http://127.0.0.1:1".into(), None, Some(&target("https://127.0.0.1:9"))).is_ok());
    }

    fn of(variables: &[(&str, &str)], at: &str) -> Result<Option<(String, Option<&'static str>)>, String> {
        let mut read = Variables::default();
        read.keep_proxies(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let found = choose(&Argument::Absent, Some(&read), Some(&target(at)))?;
        Ok(found.map(|proxy| (proxy.url(), proxy.variable())))
    }

    #[test]
    fn variables_have_the_precedence_that_curl_gives_them() {
        let at = "https://gateway.example";
        let (a, b) = ("http://a.example:1", "http://b.example:1");
        let from = |url: &str, name| Ok(Some((url.to_owned(), Some(name))));
        for (variables, expected) in [
            (vec![], Ok(None)),
            (vec![("https_proxy", a), ("HTTPS_PROXY", b), ("ALL_PROXY", b)], from(a, "https_proxy")),
            (vec![("HTTPS_PROXY", a), ("all_proxy", b)], from(a, "HTTPS_PROXY")),
            (vec![("all_proxy", a), ("ALL_PROXY", b)], from(a, "all_proxy")),
            (vec![("ALL_PROXY", a)], from(a, "ALL_PROXY")),
            (vec![("https_proxy", ""), ("HTTPS_PROXY", a)], from(a, "HTTPS_PROXY")),
            (vec![("https_proxy", " \n"), ("HTTPS_PROXY", "\"\""), ("all_proxy", a)], from(a, "all_proxy")),
            (vec![("HTTPS_PROXY", "a.example:1")], from(a, "HTTPS_PROXY")),
            (vec![("HTTPS_PROXY", "user:word@a.example:1")], from(a, "HTTPS_PROXY")),
            (vec![("HTTPS_PROXY", " http://a.example:1/\n")], from(a, "HTTPS_PROXY")),
            (vec![("HTTPS_PROXY", "\"http://a.example:1\"")], from(a, "HTTPS_PROXY")),
            (vec![("HTTPS_PROXY", "' http://a.example:1 '")], from(a, "HTTPS_PROXY")),
            (vec![("http_proxy", a), ("HTTP_PROXY", a)], Ok(None)),
            (vec![("HTTPS_PROXY", a), ("NO_PROXY", "gateway.example")], Ok(None)),
            (vec![("HTTPS_PROXY", "socks5://x"), ("NO_PROXY", "gateway.example")], Ok(None)),
            (vec![("HTTPS_PROXY", a), ("no_proxy", "x"), ("NO_PROXY", "*")], from(a, "HTTPS_PROXY")),
            (vec![("HTTPS_PROXY", a), ("no_proxy", ""), ("NO_PROXY", "*")], Ok(None)),
            (vec![("HTTPS_PROXY", a), ("NO_PROXY", "\"gateway.example,x\"")], Ok(None)),
        ] {
            assert_eq!(of(&variables, at), expected, "{variables:?}");
        }
        for own in ["http://127.0.0.1:1", "https://localhost", "https://[::1]:8443"] {
            assert_eq!(of(&[("https_proxy", a), ("all_proxy", "nonsense://")], own), Ok(None), "{own}");
        }
    }

    #[test]
    fn a_variable_that_is_not_understood_is_named() {
        for (name, value) in [
            ("HTTPS_PROXY", "http://"),
            ("https_proxy", "https://"),
            ("ALL_PROXY", "socks5://user:S3CRET@proxy.example:1080"),
            ("all_proxy", "http:127.0.0.1:1"),
            ("HTTPS_PROXY", "HTTPS:proxy:1"),
            ("HTTPS_PROXY", "http://user:S3CRET@proxy.example:1\""),
            ("HTTPS_PROXY", "“http://proxy.example:1”"),
            ("HTTPS_PROXY", "http://user:S3CRET/x@proxy.example:1"),
            ("HTTPS_PROXY", "http://proxy.example:1,http://user:S3CRET@other.example:1"),
            ("HTTPS_PROXY", "http://${PROXY}"),
            ("HTTPS_PROXY", "$PROXY"),
            ("HTTPS_PROXY", "undefined"),
            ("HTTPS_PROXY", "\u{FEFF}http://proxy.example:1"),
        ] {
            let error = of(&[(name, value)], "https://gateway.example").expect_err(value);
            assert!(error.starts_with(&format!("{name} ")) && !error.contains("S3CRET"), "{value}: {error}");
        }
    }
}
