//! Who is let in: the one browser that came with the token, from no page of another site.

use std::net::SocketAddr;

use paywelcome_loopback::http::Head;
use paywelcome_loopback::visitor::{LetIn, refuse};

use crate::refunds::page::query::query;

/// What becomes of a visitor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Let in.
    Known,
    /// Came with the token: is given this cookie, and then comes again.
    New(String),
    /// Kept away: why, and the status that says it.
    Refused(u16, Why),
}

/// Why a visitor is kept away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// By a name that may be somebody else's, or from another site's page.
    Elsewhere,
    /// Without the cookie, and without the token.
    Stranger,
    /// With the token, which was used already.
    Used,
    /// By a method that is none here.
    Method,
}

/// The door of the page.
pub(crate) struct Door {
    here: SocketAddr,
    /// The token, until it is used.
    token: Option<String>,
    used: String,
    cookie: String,
}

impl Door {
    /// A door that opens once for `token`, and then for `secret`.
    pub(crate) fn new(here: SocketAddr, token: String, secret: &str) -> Self {
        // Cookies are not kept apart by ports.
        let cookie = format!("paywelcome-{}={secret}", here.port());
        Self { here, used: token.clone(), token: Some(token), cookie }
    }

    /// Judges a visitor by the head of a request.
    pub(crate) fn judge(&mut self, head: &Head) -> Visitor {
        if refuse(head, self.here, false, LetIn::default()).is_some() {
            return Visitor::Refused(403, Why::Elsewhere);
        }
        let is_post = head.method == "POST";
        // A browser always says from where a form comes.
        if is_post && head.origin.is_none() {
            return Visitor::Refused(403, Why::Elsewhere);
        }
        if !is_post && head.method != "GET" && head.method != "HEAD" {
            return Visitor::Refused(405, Why::Method);
        }
        let cookies = head.cookie.as_deref().unwrap_or_default();
        if cookies.split(';').any(|cookie| same(cookie.trim(), &self.cookie)) {
            return Visitor::Known;
        }
        let token = query(head).remove("token").unwrap_or_default();
        match &self.token {
            Some(own) if head.method == "GET" && same(&token, own) => {
                self.token = None;
                Visitor::New(format!("{}; Path=/; HttpOnly; SameSite=Strict", self.cookie))
            }
            None if same(&token, &self.used) => Visitor::Refused(403, Why::Used),
            _ => Visitor::Refused(403, Why::Stranger),
        }
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn same(given: &str, own: &str) -> bool {
    given.len() == own.len() && given.bytes().zip(own.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use paywelcome_loopback::http::{Head, parse_head};

    use super::{Door, Visitor, Why};

    fn head(method: &str, target: &str, headers: &[&str]) -> Head {
        let host =
            if headers.iter().any(|header| header.starts_with("Host:")) { "" } else { "Host: 127.0.0.1:8080\r\n" };
        let text = format!(
            "{method} {target} HTTP/1.1\r\n{host}{}\r\n",
            headers.iter().flat_map(|header| [*header, "\r\n"]).collect::<String>()
        );
        parse_head(text.as_bytes()).ok().flatten().map_or_else(|| panic!("{text}"), |(head, _)| head)
    }

    fn door() -> Door {
        Door::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), "once".to_owned(), "secret")
    }

    const COOKIE: &str = "Cookie: other=1; paywelcome-8080=secret";

    #[test]
    fn the_token_is_used_once() {
        let mut door = door();
        for target in ["/", "/?token=", "/?token=onc", "/?token=oncE", "/refund?key=a"] {
            assert_eq!(door.judge(&head("GET", target, &[])), Visitor::Refused(403, Why::Stranger), "{target}");
        }
        // What a browser or a chat only looks at uses nothing up.
        assert_eq!(door.judge(&head("HEAD", "/?token=once", &[])), Visitor::Refused(403, Why::Stranger));
        let cookie = "paywelcome-8080=secret; Path=/; HttpOnly; SameSite=Strict";
        assert_eq!(door.judge(&head("GET", "/?token=once", &[])), Visitor::New(cookie.to_owned()));
        assert_eq!(door.judge(&head("GET", "/?token=once", &[])), Visitor::Refused(403, Why::Used));
        assert_eq!(door.judge(&head("GET", "/?token=other", &[])), Visitor::Refused(403, Why::Stranger));
        assert_eq!(door.judge(&head("GET", "/?token=once", &[COOKIE])), Visitor::Known);
    }

    #[test]
    fn only_the_cookie_opens() {
        let mut door = door();
        for cookie in
            ["Cookie: paywelcome-8080=secre", "Cookie: paywelcome-8081=secret", "Cookie: x=paywelcome-8080=secret"]
        {
            assert_eq!(door.judge(&head("GET", "/", &[cookie])), Visitor::Refused(403, Why::Stranger), "{cookie}");
        }
        assert_eq!(door.judge(&head("GET", "/", &[COOKIE])), Visitor::Known);
        assert_eq!(door.judge(&head("PUT", "/", &[COOKIE])), Visitor::Refused(405, Why::Method));
    }

    #[test]
    fn pages_of_other_sites_are_kept_away_with_the_cookie_too() {
        let mut door = door();
        for header in [
            "Host: evil.example",
            "Host: 127.0.0.1.nip.io:8080",
            "Origin: http://evil.example",
            "Origin: null",
            "Origin: http://127.0.0.1:3000",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
        ] {
            for method in ["GET", "POST"] {
                let visitor = door.judge(&head(method, "/rule", &[header, COOKIE]));
                assert_eq!(visitor, Visitor::Refused(403, Why::Elsewhere), "{method} {header}");
            }
        }
        assert_eq!(door.judge(&head("POST", "/rule", &[COOKIE])), Visitor::Refused(403, Why::Elsewhere));
        let own = ["Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin", COOKIE];
        assert_eq!(door.judge(&head("POST", "/rule", &own)), Visitor::Known);
        let named = ["Host: localhost:8080", "Origin: http://localhost:8080", COOKIE];
        assert_eq!(door.judge(&head("POST", "/rule", &named)), Visitor::Known);
    }
}
