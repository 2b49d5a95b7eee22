//! Who may come in: those on this machine, and those whom its owner has let in; no page of another site.

use std::net::{IpAddr, SocketAddr};

use crate::http::{Head, Reply};

/// Who is let in besides those on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LetIn<'a> {
    /// Names and addresses that this machine was given.
    pub names: &'a [String],
    /// Whether those of other machines may come in by an address of this one, or by a name of one word.
    pub remote: bool,
}

/// Why a request is kept away: it comes by a name that may be somebody else's, or from another site's page. `here` is what is
/// listened on.
pub fn refuse(head: &Head, here: SocketAddr, secure: bool, let_in: LetIn<'_>) -> Option<&'static str> {
    let host = head.host.as_deref().unwrap_or_default();
    if !is_own(host, here, let_in) {
        return Some("the Host must be this machine: localhost, a loopback address, what it listens on, or a --name");
    }
    let scheme = if secure { "https" } else { "http" };
    if head.origin.as_ref().is_some_and(|origin| *origin != format!("{scheme}://{host}")) {
        return Some("pages of other sites are not let in");
    }
    if head.fetch_site.as_deref().is_some_and(|site| site != "same-origin" && site != "none") {
        return Some("pages of other sites are not let in");
    }
    None
}

/// Keeps a browser from taking a reply for something else, or loading anything from elsewhere.
pub fn protect(reply: &mut Reply) {
    for (name, value) in [
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        // With less, a browser says of a form that it comes from nowhere.
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ] {
        reply.header(name, value);
    }
}

/// Whether a Host names this machine. Names that others give out can be made to point here, so that only those are
/// taken that nobody gives out, and those that it was given; addresses point where they say.
fn is_own(host: &str, here: SocketAddr, let_in: LetIn<'_>) -> bool {
    let remote = let_in.remote;
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    if let Ok(address) = name.parse::<IpAddr>() {
        let named = let_in.names.iter().any(|name| name.parse() == Ok(address));
        return named || address.is_loopback() || address == here.ip() || (remote && here.ip().is_unspecified());
    }
    let name = name.to_ascii_lowercase();
    let single = !name.is_empty() && !name.contains('.');
    let named = let_in.names.iter().any(|known| known.eq_ignore_ascii_case(&name));
    named || name == "localhost" || name.ends_with(".localhost") || (remote && single)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::{LetIn, is_own};

    #[test]
    fn only_own_names_are_own() {
        let at = |ip: &str| ip.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 8080));
        let (Ok(loopback), Ok(any), Ok(lan)) = (at("127.0.0.1"), at("0.0.0.0"), at("192.168.0.5")) else {
            panic!("these are addresses");
        };
        let (alone, remote) = (LetIn::default(), LetIn { remote: true, names: &[] });
        for host in ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:8080", "a.localhost:80"] {
            assert!(is_own(host, loopback, alone), "{host}");
        }
        for host in
            ["", "evil.example", "127.0.0.1.nip.io", "192.168.0.5", "sandbox", "localhost.evil.example", "[::2]"]
        {
            assert!(!is_own(host, loopback, alone), "{host}");
        }
        assert!(is_own("192.168.0.5:8080", lan, remote) && is_own("sandbox:8080", lan, remote));
        assert!(!is_own("192.168.0.6", lan, remote) && !is_own("evil.example", lan, remote));
        assert!(is_own("10.1.2.3", any, remote) && !is_own("evil.example", any, remote));
        let given = ["gateway.test", "10.0.0.5", "fd00::5"].map(str::to_owned).to_vec();
        for (options, here) in [(alone, loopback), (remote, lan)] {
            let named = LetIn { names: &given, ..options };
            for host in ["gateway.test", "GATEWAY.test:8443", "10.0.0.5:1", "[fd00::5]:8443", "127.0.0.1"] {
                assert!(is_own(host, here, named), "{host}");
            }
            for host in ["evil.example", "a.gateway.test", "gateway.test.evil.example", "test", "10.0.0.6", "[fd00::6]"]
            {
                assert!(!is_own(host, here, named) || (named.remote && host == "test"), "{host}");
            }
        }
    }
}
