//! Keeps the keys out of everything that is recorded or said.

use paywelcome_loopback::form;

use crate::merchants::Merchant;

/// Of a sign key shorter than this, only values that equal it are redacted: parts of others would match by accident.
const SEARCHED_KEY_MIN: usize = 8;
const HIDDEN: &str = "(hidden)";
/// Headers that carry a secret of somebody.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

/// The secrets of every merchant.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<Secret>);

#[derive(Clone)]
struct Secret {
    sign_key: String,
    /// The key in plain letters, as [`plain`] writes them.
    searched: String,
    merchant_key: String,
}

impl Secrets {
    /// Hides one more merchant's.
    pub(crate) fn add(&mut self, merchant: &Merchant) {
        if self.0.iter().any(|known| known.sign_key == merchant.sign_key) {
            return;
        }
        self.0.push(Secret {
            sign_key: merchant.sign_key.clone(),
            searched: plain(&merchant.sign_key),
            merchant_key: merchant.mkey.clone(),
        });
    }

    /// The text itself, or a mark in its place where it holds a key.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.holds(text) { HIDDEN } else { text }.to_owned()
    }

    /// The fields with every key redacted, also an unknown one in a field that is named like one.
    pub(crate) fn hide_fields(&self, fields: &[(String, String)]) -> Vec<(String, String)> {
        fields
            .iter()
            .map(|(name, value)| {
                let value = if is_key_name(name) { HIDDEN.to_owned() } else { self.redact(value) };
                (self.redact(name), value)
            })
            .collect()
    }

    /// A request's head as it came, but for the keys.
    pub(crate) fn hide_head(&self, head: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(head.len());
        for line in head.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let name = text.split_once(':').map(|(name, _)| name).filter(|_| !shown.is_empty());
            let secret = name.is_some_and(|name| SECRET_HEADERS.iter().any(|other| name.eq_ignore_ascii_case(other)));
            if secret || self.holds(&text) {
                let kept = name.map_or(String::new(), |name| format!("{}: ", self.redact(name)));
                shown.extend_from_slice(format!("{kept}{HIDDEN}\r\n").as_bytes());
            } else {
                shown.extend_from_slice(line);
            }
        }
        shown
    }

    /// A form as it came, but for the keys.
    pub(crate) fn hide_body(&self, body: &[u8]) -> Vec<u8> {
        let pairs = body.split(|byte| *byte == b'&').map(|pair| {
            let middle = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = middle.map_or((pair, None), |at| (&pair[..at], Some(&pair[at + 1..])));
            let decoded = |part: &[u8]| form::text(part).unwrap_or_else(|_| String::from_utf8_lossy(part).into_owned());
            let named = decoded(name);
            let redacted = |part: &[u8], redact: bool| if redact { HIDDEN.as_bytes().to_vec() } else { part.to_vec() };
            let mut shown = redacted(name, self.holds(&named));
            if let Some(value) = value {
                shown.push(b'=');
                shown.extend(redacted(value, is_key_name(&named) || self.holds(&decoded(value))));
            }
            shown
        });
        pairs.collect::<Vec<_>>().join(&b'&')
    }

    fn holds(&self, text: &str) -> bool {
        let decoded = form::text(text.as_bytes()).unwrap_or_default();
        [plain(text), plain(&decoded)].iter().any(|text| self.0.iter().any(|secret| secret.is_in(text)))
    }
}

impl Secret {
    /// Returns whether a text in plain letters holds a key.
    fn is_in(&self, text: &str) -> bool {
        text == self.searched
            || (self.sign_key.len() >= SEARCHED_KEY_MIN && text.contains(&self.searched))
            || text.contains(&self.merchant_key)
    }
}

/// Letters whose mistakes still show a key: in another case, or with the plus signs that a form reads as spaces.
fn plain(text: &str) -> String {
    text.replace('+', " ").to_lowercase()
}

fn is_key_name(name: &str) -> bool {
    ["mkey", "signkey", "sign_key", "key"].iter().any(|key| name.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::Secrets;
    use crate::merchants::Merchant;
    use crate::signature::merchant_key;

    fn secrets(keys: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        for key in keys {
            secrets.add(&Merchant::new("shop".into(), (*key).into()));
        }
        secrets
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap_or_default()
    }

    #[test]
    fn hides_every_key() {
        let sign_key = "made-up-key";
        let mkey = merchant_key(sign_key);
        let secrets = secrets(&["first-key", sign_key]);
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = [
            field("mid", "shop"),
            field("tid", &format!("x{}x", mkey.to_uppercase())),
            field("signature", sign_key),
            field("price", "say made-up-key twice"),
            field("mKey", "of another merchant"),
            field(&mkey, "1"),
        ];
        assert_eq!(
            secrets.hide_fields(&fields),
            [
                field("mid", "shop"),
                field("tid", "(hidden)"),
                field("signature", "(hidden)"),
                field("price", "(hidden)"),
                field("mKey", "(hidden)"),
                field("(hidden)", "1"),
            ]
        );
    }

    #[test]
    fn a_short_key_hides_only_itself() {
        let secrets = secrets(&["1"]);
        assert_eq!(secrets.redact("1"), "(hidden)");
        assert_eq!(secrets.redact("1000"), "1000");
    }

    #[test]
    fn bytes_stay_as_they_came_but_for_the_keys() {
        let secrets = secrets(&["made+up/key=="]);
        let mkey = merchant_key("made+up/key==");
        let body = "mid=shop&tid=%zz&a&=&signature=abc&&price=1+0";
        assert_eq!(text(secrets.hide_body(body.as_bytes())), body);
        for (body, shown) in [
            ("a=1&b=made%2Bup%2Fkey%3D%3D&c=2".to_owned(), "a=1&b=(hidden)&c=2"),
            ("a=1&b=%6dade%2bup%2Fkey%3D%3D".to_owned(), "a=1&b=(hidden)"),
            ("mkey=anything&made+up/key==".to_owned(), "mkey=(hidden)&made+up/key=="),
            (format!("{mkey}=1&x={}", mkey.to_uppercase()), "(hidden)=1&x=(hidden)"),
            (format!("a=%zz{mkey}"), "a=(hidden)"),
        ] {
            // A key's bare plus signs are spaces in a form: the text is not a key any more.
            assert_eq!(text(secrets.hide_body(body.as_bytes())), shown);
        }
        let head = format!(
            "POST /x?k=made%2Bup%2Fkey%3D%3D HTTP/1.1\r\nHost: x\r\nAuthorization: Basic abc\r\nX-A: {mkey}\r\n\r\n"
        );
        assert_eq!(
            text(secrets.hide_head(head.as_bytes())),
            "(hidden)\r\nHost: x\r\nAuthorization: (hidden)\r\nX-A: (hidden)\r\n\r\n"
        );
    }
}
