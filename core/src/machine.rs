//! Which addresses are this machine's own.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Returns whether a URL leads to this machine.
pub(crate) fn is_own(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
    }
}
