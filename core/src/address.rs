//! Where requests go, as people name it.

use url::{Position, Url};

/// The gateway's host, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// With the port where it is not the scheme's own.
    pub(crate) host: String,
    /// With the port in any case, as firewalls want to know it.
    pub(crate) with_port: String,
}

impl Address {
    /// Reads it out of a URL, which was checked.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let (name, port) = (url.host_str()?, url.port_or_known_default()?);
        Some(Self {
            host: url[Position::BeforeHost..Position::AfterPort].to_owned(),
            with_port: format!("{name}:{port}"),
        })
    }
}

/// Where a redirect leads, on one short line and without what may be a secret of somebody's; what is not a URL is a path.
pub(crate) fn target(location: &str) -> String {
    match Url::parse(location) {
        Ok(url) if url.has_host() => {
            format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPath])
        }
        _ => location.split(['?', '#']).next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_named_where_it_is_not_the_schemes_own() {
        for (url, host, with_port) in [
            ("https://payapi.paywelcome.co.kr", "payapi.paywelcome.co.kr", "payapi.paywelcome.co.kr:443"),
            ("https://gateway.example:8443/pay", "gateway.example:8443", "gateway.example:8443"),
            ("http://127.0.0.1:43211", "127.0.0.1:43211", "127.0.0.1:43211"),
            ("http://[::1]", "[::1]", "[::1]:80"),
        ] {
            let address = Address { host: host.to_owned(), with_port: with_port.to_owned() };
            assert_eq!(Address::of(url), Some(address), "{url}");
        }
        assert_eq!(Address::of("no URL"), None);
    }

    #[test]
    fn a_redirects_target_is_shown_without_user_and_query() {
        for (location, shown) in [
            ("https://user:word@login.example:8443/in?token=1#top", "https://login.example:8443/in"),
            ("http://gateway.example", "http://gateway.example/"),
            ("/maintenance.html?from=1", "/maintenance.html"),
            ("//other.example/x", "//other.example/x"),
            ("", ""),
        ] {
            assert_eq!(target(location), shown, "{location}");
        }
    }
}
