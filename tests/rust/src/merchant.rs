//! A made-up merchant, and its signature computed without the library under test.

use paywelcome::{CancelRequest, Client, ClientOptions, PartialCancelRequest};
use sha2::{Digest, Sha256};

/// The merchant's id.
pub const MID: &str = "welcometst";
/// The merchant's sign key.
pub const KEY: &str = "made-up-secret-key";

/// Returns the merchant's settings for a gateway at `base_url`, which a test changes as it needs.
pub fn options(base_url: &str) -> ClientOptions {
    ClientOptions {
        mid: MID.into(),
        sign_key: KEY.into(),
        environment: "test".into(),
        base_url: base_url.into(),
        ..ClientOptions::default()
    }
}

/// Returns the merchant's client for a gateway at `base_url`, with `change` made to its settings.
pub fn client(base_url: &str, change: impl FnOnce(&mut ClientOptions)) -> Client {
    let mut options = options(base_url);
    change(&mut options);
    Client::new(options).expect("the made-up settings are right")
}

/// Returns the `number`th of the made-up transaction ids.
pub fn tid(number: usize) -> String {
    format!("WPTSTCARD0welcometst20260930{number:012}")
}

/// Asks for a full cancel of 12,000 won on the payment `tid`.
pub fn full(tid: &str) -> CancelRequest {
    CancelRequest::new("card", tid, 12_000)
}

/// Asks to give back 3,000 of the 12,000 won of the payment `tid`.
pub fn partial(tid: &str) -> PartialCancelRequest {
    PartialCancelRequest::new("card", tid, 3_000, 9_000)
}

/// Returns the mkey made from [`KEY`].
pub fn mkey() -> String {
    hex::encode(Sha256::digest(KEY))
}

/// Returns the signature that belongs to a posted `timestamp`.
pub fn signature(timestamp: &str) -> String {
    hex::encode(Sha256::digest(format!("mid={MID}&mkey={}&timestamp={timestamp}", mkey())))
}
