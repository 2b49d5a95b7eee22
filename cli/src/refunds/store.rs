//! Which database refunds are kept in: a text → what a driver is given. What was typed is never repeated: it may hold a password.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use crate::refunds::written::object;

/// A database, as it was named.
#[derive(Debug)]
pub(crate) enum Store {
    Sqlite {
        file: String,
    },
    /// Its address, which the driver reads.
    Postgres {
        url: String,
    },
    Mysql {
        url: Url,
        tls: Option<Tls>,
    },
}

/// Whether a connection is encrypted, and to whom.
#[derive(Debug)]
pub(crate) struct Tls {
    is_verified: bool,
    ca: Option<String>,
}

pub(crate) const FORMS: &str = "pass sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE";

impl Store {
    /// Reads what was typed, or what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("sqlite") => sqlite(&text["sqlite:".len()..]),
            Some("postgres" | "postgresql") if text.contains("://") => Ok(Self::Postgres { url: text.to_owned() }),
            Some("mysql" | "mariadb") => mysql(text),
            _ => Err(format!("is not a store; {FORMS}")),
        }
    }

    /// What it is called before people, without a password.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite { file } => format!("sqlite:{file}"),
            Self::Postgres { .. } => "PostgreSQL".to_owned(),
            Self::Mysql { url, .. } => format!("MySQL at {}{}", url.host_str().unwrap_or_default(), url.path()),
        }
    }

    /// What the host opens it with.
    pub(crate) fn to_json(&self) -> Value {
        object(match self {
            Self::Sqlite { file } => vec![("dialect", "sqlite".into()), ("file", file.as_str().into())],
            Self::Postgres { url } => vec![("dialect", "postgres".into()), ("url", url.as_str().into())],
            Self::Mysql { url, tls } => {
                let tls = tls
                    .as_ref()
                    .map(|tls| object(vec![("verified", tls.is_verified.into()), ("ca", tls.ca.clone().into())]));
                vec![
                    ("dialect", "mysql".into()),
                    ("host", url.host_str().unwrap_or_default().trim_matches(['[', ']']).into()),
                    ("port", url.port().unwrap_or(3306).into()),
                    ("user", decoded(url.username()).into()),
                    ("password", url.password().map(decoded).unwrap_or_default().into()),
                    ("database", decoded(url.path().trim_start_matches('/')).into()),
                    ("tls", tls.into()),
                ]
            }
        })
    }
}

fn sqlite(file: &str) -> Result<Store, String> {
    if file.starts_with("//") {
        // Others read three slashes as a relative path.
        return Err("names a file in two ways; pass sqlite:FILE, such as sqlite:/var/lib/shop/refunds.db".to_owned());
    }
    if file.is_empty() || file == ":memory:" {
        return Err("names no file, so that refunds would be lost with the process; pass sqlite:FILE".to_owned());
    }
    Ok(Store::Sqlite { file: file.to_owned() })
}

fn mysql(text: &str) -> Result<Store, String> {
    const FORM: &str = "pass mysql://USER:PASSWORD@HOST:PORT/DATABASE";
    let url = Url::parse(text).map_err(|_| format!("is not an address; {FORM}, with %xx for other characters"))?;
    let (host, database) = (url.host_str().unwrap_or_default(), url.path().trim_start_matches('/'));
    if host.is_empty() || database.is_empty() || url.username().is_empty() {
        return Err(format!("has no user, host or database; {FORM}"));
    }
    let (mut mode, mut ca) = (None, None);
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("ssl-mode", "REQUIRED") => mode = Some(false),
            ("ssl-mode", "VERIFY_IDENTITY") => mode = Some(true),
            ("ssl-ca", file) => ca = Some(file.to_owned()),
            _ => {
                return Err(
                    "asks for what is not known; pass ssl-mode=REQUIRED, ssl-mode=VERIFY_IDENTITY or ssl-ca=FILE"
                        .to_owned(),
                );
            }
        }
    }
    // Whoever names certificates wants them looked at.
    let is_verified = mode.or_else(|| ca.as_ref().map(|_| true));
    Ok(Store::Mysql { tls: is_verified.map(|is_verified| Tls { is_verified, ca }), url })
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Store;

    #[test]
    fn a_store_is_read_as_its_driver_takes_it() {
        for (text, expected) in [
            ("sqlite:refunds.db", json!({ "dialect": "sqlite", "file": "refunds.db" })),
            ("sqlite:/var/a b.db", json!({ "dialect": "sqlite", "file": "/var/a b.db" })),
            ("SQLITE:C:\\shop\\refunds.db", json!({ "dialect": "sqlite", "file": "C:\\shop\\refunds.db" })),
            (
                "postgresql://shop@db-1,db-2:5433/shop?target_session_attrs=read-write",
                json!({ "dialect": "postgres", "url": "postgresql://shop@db-1,db-2:5433/shop?target_session_attrs=read-write" }),
            ),
            (
                "mysql://sh%40p:p%2Fw@[::1]:3307/sh%20op?ssl-ca=/etc/ca.pem",
                json!({
                    "dialect": "mysql", "host": "::1", "port": 3307, "user": "sh@p", "password": "p/w", "database": "sh op",
                    "tls": { "verified": true, "ca": "/etc/ca.pem" },
                }),
            ),
            (
                "mariadb://shop@db/shop",
                json!({
                    "dialect": "mysql", "host": "db", "port": 3306, "user": "shop", "password": "", "database": "shop",
                    "tls": null,
                }),
            ),
        ] {
            assert_eq!(Store::read(text).map(|store| store.to_json()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_what_was_typed() {
        for text in [
            "",
            "PLANTED",
            "redis://PLANTED",
            "postgres:PLANTED",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:///PLANTED",
            "mysql:PLANTED",
            "mysql://PLANTED",
            "mysql://u@h/",
            "mysql://u:PLANTED@h:x/db",
            "mysql://u:PLANTED@h/db?ssl=true",
            "mysql://u@h/db?ssl-mode=PREFERRED",
        ] {
            let wrong = Store::read(text).err().unwrap_or_default();
            assert!(wrong.contains("pass ") && !wrong.contains("PLANTED"), "{text}: {wrong}");
        }
        let named = Store::read("mysql://u:PLANTED@h/db").map(|store| store.name());
        assert_eq!(named.as_deref(), Ok("MySQL at h/db"));
    }
}
