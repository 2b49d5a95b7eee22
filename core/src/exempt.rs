//! `NO_PROXY`: the hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// Returns whether the value of `NO_PROXY` names the host of `target`.
///
/// Its entries are set apart by commas or white space: a name stands for itself and all below it, as does one that starts
/// with a dot; `*.name` for all below it; an address for itself; `10.0.0.0/8` for all within; and `*` for everything. A
/// port after an entry narrows it to that port.
pub(crate) fn is_in(list: &str, target: &Url) -> bool {
    let Some(host) = target.host() else { return false };
    let port = target.port_or_known_default();
    let entries = list.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).any(|entry| {
        entry == "*"
            || match host {
                Host::Domain(name) => names(entry, name, port),
                Host::Ipv4(address) => covers(entry, address.into(), port),
                Host::Ipv6(address) => covers(entry, address.into(), port),
            }
    })
}

fn names(entry: &str, host: &str, port: Option<u16>) -> bool {
    let Some(entry) = of_port(entry, port) else { return false };
    let (entry, itself) = match entry.strip_prefix("*.") {
        Some(rest) => (rest, false),
        None => (entry.strip_prefix('.').unwrap_or(entry), true),
    };
    let ended = |name: &str| name.strip_suffix('.').unwrap_or(name).to_owned();
    // Read as the host of a URL is: in small letters, and what is not ASCII in Punycode.
    let Ok(Host::Domain(entry)) = Host::parse(&ended(entry)) else { return false };
    let host = ended(host);
    host.strip_suffix(&entry).is_some_and(|rest| if rest.is_empty() { itself } else { rest.ends_with('.') })
}

fn covers(entry: &str, address: IpAddr, port: Option<u16>) -> bool {
    let bare = |text: &str| text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).to_owned();
    if let Ok(found) = bare(entry).parse::<IpAddr>() {
        return found == address;
    }
    if let Ok(network) = entry.replace(['[', ']'], "").parse::<IpNet>() {
        return network.contains(&address);
    }
    of_port(entry, port).is_some_and(|entry| bare(entry).parse() == Ok(address))
}

/// The entry without its port; nothing where that is another.
fn of_port(entry: &str, port: Option<u16>) -> Option<&str> {
    match entry.rsplit_once(':') {
        None => Some(entry),
        Some((entry, digits)) => digits.parse().ok().filter(|named| Some(*named) == port).map(|_: u16| entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(list: &str, target: &str) -> bool {
        is_in(list, &Url::parse(target).expect("it is a URL"))
    }

    #[test]
    fn names_stand_for_themselves_and_all_below() {
        let at = "https://pay.gateway.example/path";
        for list in [
            "*",
            "a,*",
            "pay.gateway.example",
            "PAY.Gateway.Example",
            ".gateway.example",
            "gateway.example",
            "example",
            ".example",
            "*.gateway.example",
            "*.example",
            "a, pay.gateway.example",
            "a pay.gateway.example",
            "a,\tgateway.example ,b",
            "pay.gateway.example.",
            "gateway.example:443",
            "*.gateway.example:443",
            ".pay.gateway.example",
        ] {
            assert!(is(list, at), "{list}");
        }
        for list in [
            "",
            ",",
            " ",
            ".",
            "*.",
            "ay.gateway.example",
            "way.example",
            "*.pay.gateway.example",
            "x.pay.gateway.example",
            "gateway.example:80",
            "gateway.example:",
            "pay.gateway.example:4430",
            "https://pay.gateway.example",
            "10.0.0.0/8",
            "gateway.example;x",
            "*gateway.example",
            "**",
            "gateway",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert!(!is(list, at), "{list}");
        }
        assert!(is("gateway.example:8443", "https://gateway.example:8443"));
        assert!(is("결제.example", "https://xn--p89a133c.example"));
        assert!(is("gateway.example", "https://gateway.example."));
    }

    #[test]
    fn addresses_stand_for_themselves_and_networks_for_all_within() {
        for (list, target) in [
            ("192.0.2.1", "https://192.0.2.1:8443"),
            ("192.0.2.0/24", "https://192.0.2.1"),
            ("192.0.2.77/24", "https://192.0.2.1"),
            ("0.0.0.0/0", "https://192.0.2.1"),
            ("x 192.0.2.1:443", "https://192.0.2.1"),
            ("2001:db8::1", "https://[2001:db8::1]"),
            ("2001:DB8:0::1", "https://[2001:db8::1]"),
            ("[2001:db8::1]", "https://[2001:db8::1]"),
            ("[2001:db8::1]:443", "https://[2001:db8::1]"),
            ("2001:db8::/32", "https://[2001:db8::1]"),
            ("[2001:db8::]/32", "https://[2001:db8::1]"),
        ] {
            assert!(is(list, target), "{list} and {target}");
        }
        for (list, target) in [
            ("192.0.2.1:80", "https://192.0.2.1"),
            ("192.0.2.0/33", "https://192.0.2.1"),
            ("192.0.2", "https://192.0.2.1"),
            ("2.1", "https://192.0.2.1"),
            ("192.0.2.*", "https://192.0.2.1"),
            ("192.0.3.0/24", "https://192.0.2.1"),
            ("[2001:db8::1]:80", "https://[2001:db8::1]"),
            ("::/0", "https://192.0.2.1"),
            ("2001:db8::2", "https://[2001:db8::1]"),
        ] {
            assert!(!is(list, target), "{list} and {target}");
        }
    }
}
