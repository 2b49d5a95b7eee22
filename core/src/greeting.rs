//! The greeting of an older client of TLS, and what a server answers first: for hosts that agree to nothing newer.

use std::io;

use rustls::AlertDescription;

/// What older servers choose from, and what this library has: numbers of TLS.
const SUITES: [(u16, &str); 39] = [
    (0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
    (0x002f, "RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "RSA_WITH_AES_256_CBC_SHA"),
    (0x003c, "RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "RSA_WITH_AES_256_CBC_SHA256"),
    (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0096, "RSA_WITH_SEED_CBC_SHA"),
    (0x009a, "DHE_RSA_WITH_SEED_CBC_SHA"),
    (0xc03c, "RSA_WITH_ARIA_128_CBC_SHA256"),
    (0xc050, "RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc060, "ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc061, "ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0005, "RSA_WITH_RC4_128_SHA"),
];
/// Says that a client starts anew, and is not a cipher (RFC 5746).
const SIGNALLING: u16 = 0x00ff;

/// What a host answers to a greeting that offers what is old, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeted {
    /// It chooses a version and a cipher.
    Chooses(String, String),
    /// It refuses all of it, with an alert of TLS: its number and its name.
    Refuses(u8, String),
    /// It answers, but in another language than TLS.
    NoTls,
    /// It was reached, and ended the connection without a word.
    Closes,
    /// It was reached, and says nothing.
    Silent,
    /// It was not reached.
    NotReached(io::ErrorKind),
}

/// The first message of a client that knows nothing newer than TLS 1.2 (RFC 5246, 7.4.1.2).
pub(crate) fn hello(host: &str) -> Vec<u8> {
    let mut extensions = Vec::new();
    if host.parse::<std::net::IpAddr>().is_err() {
        let name = with_length(host.as_bytes());
        extension(&mut extensions, 0, &with_length(&[&[0], name.as_slice()].concat()));
    }
    // x25519, secp256r1, secp384r1, secp521r1.
    extension(&mut extensions, 10, &with_length(&[0, 29, 0, 23, 0, 24, 0, 25]));
    extension(&mut extensions, 11, &[1, 0]);
    // RSA, PSS and ECDSA with SHA-256 to SHA-512, and with SHA-1.
    let signatures = [4, 1, 5, 1, 6, 1, 8, 4, 8, 5, 8, 6, 4, 3, 5, 3, 6, 3, 2, 1, 2, 3];
    extension(&mut extensions, 13, &with_length(&signatures));
    let numbers = SUITES.iter().map(|(number, _)| *number).chain([SIGNALLING]);
    let ciphers: Vec<u8> = numbers.flat_map(u16::to_be_bytes).collect();
    let mut body = vec![3, 3];
    // Random in name only: nothing is agreed on.
    body.extend((0..32).map(|at: u8| at.wrapping_mul(73) ^ 0x5a));
    body.push(0);
    body.extend(with_length(&ciphers));
    body.extend([1, 0]);
    body.extend(with_length(&extensions));
    let message = [&[1, 0], with_length(&body).as_slice()].concat();
    [&[22, 3, 1], with_length(&message).as_slice()].concat()
}

fn extension(all: &mut Vec<u8>, number: u16, body: &[u8]) {
    all.extend(number.to_be_bytes());
    all.extend(with_length(body));
}

/// All of it has less than 64 KiB.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or_default();
    [&length.to_be_bytes(), bytes].concat()
}

/// Returns whether what a server chooses is in there, or why not.
pub(crate) fn is_enough(answer: &[u8]) -> bool {
    match answer.first() {
        None => false,
        Some(21) => answer.len() >= 7,
        Some(22) => answer.len() >= 44 && answer.len() >= 46 + usize::from(answer[43]),
        Some(_) => true,
    }
}

/// Reads an alert or the choice of a server; nothing where too little came.
pub(crate) fn read_answer(answer: &[u8]) -> Option<Greeted> {
    match answer {
        [21, _, _, _, _, _, why, ..] => Some(Greeted::Refuses(*why, format!("{:?}", AlertDescription::from(*why)))),
        [22, _, _, _, _, 2, ..] if is_enough(answer) => {
            let at = 44 + usize::from(answer[43]);
            let version = match answer[9..11] {
                [3, 3] => "TLS 1.2",
                [3, 2] => "TLS 1.1",
                [3, 1] => "TLS 1.0",
                [3, 0] => "SSL 3",
                _ => "TLS",
            };
            let number = u16::from_be_bytes([answer[at], answer[at + 1]]);
            let known = SUITES.iter().find(|(known, _)| *known == number);
            let cipher = known.map_or_else(|| format!("cipher {number:#06x}"), |(_, name)| format!("TLS_{name}"));
            Some(Greeted::Chooses(version.to_owned(), cipher))
        }
        [] | [21 | 22, ..] => None,
        _ => Some(Greeted::NoTls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_greeting_is_read() {
        let mut chosen = vec![22, 3, 1, 0, 48, 2, 0, 0, 44, 3, 1];
        chosen.extend([7; 32]);
        chosen.extend([2, 9, 9, 0, 0x2f, 0]);
        let read = |bytes: &[u8]| read_answer(bytes);
        let old = Greeted::Chooses("TLS 1.0".to_owned(), "TLS_RSA_WITH_AES_128_CBC_SHA".to_owned());
        assert_eq!(read(&chosen), Some(old));
        for end in 0..chosen.len() - 1 {
            assert_eq!(read(&chosen[..end]), None, "{end}");
            assert!(!is_enough(&chosen[..end]), "{end}");
        }
        assert_eq!(read(&[21, 3, 1, 0, 2, 2, 40]), Some(Greeted::Refuses(40, "HandshakeFailure".to_owned())));
        assert_eq!(read(b"HTTP/1.1 400 Bad Request"), Some(Greeted::NoTls));
    }
}
