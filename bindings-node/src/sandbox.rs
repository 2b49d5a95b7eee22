//! The handle of a sandbox gateway, for merchants' tests.

use napi::{Error, Result, Status};
use napi_derive::napi;
use paywelcome_sandbox::{Approval, Options, Sandbox};
use serde::Serialize;

/// A running sandbox gateway; its records are handed over as JSON, in the sandbox's own names.
#[napi]
pub struct NativeSandbox {
    sandbox: Sandbox,
}

#[napi]
impl NativeSandbox {
    /// Starts a sandbox, which listens when this returns.
    #[napi(constructor)]
    pub fn new(port: u16, mid: Option<String>, sign_key: Option<String>) -> Result<Self> {
        let mut options = Options { port, ..Options::default() };
        if let Some(mid) = mid {
            options.mid = mid;
        }
        if let Some(sign_key) = sign_key {
            options.sign_key = sign_key;
        }
        Sandbox::start(options).map(|sandbox| Self { sandbox }).map_err(refused)
    }

    /// Where it listens.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.sandbox.url()
    }

    /// The merchant id it knows.
    #[napi(getter)]
    pub fn mid(&self) -> &str {
        self.sandbox.mid()
    }

    /// The merchant's sign key.
    #[napi(getter)]
    pub fn sign_key(&self) -> &str {
        self.sandbox.sign_key()
    }

    /// How many cancels moved money.
    #[napi(getter)]
    pub fn executions(&self) -> i64 {
        i64::try_from(self.sandbox.executions()).unwrap_or(i64::MAX)
    }

    /// How many requests arrived at the two endpoints.
    #[napi(getter)]
    pub fn request_count(&self) -> i64 {
        i64::try_from(self.sandbox.request_count()).unwrap_or(i64::MAX)
    }

    /// Makes a payment and gives its tid; `price` was checked to be a safe integer above zero.
    #[napi]
    pub fn approve(&self, price: i64, pay_type: String, currency: String, moid: Option<String>) -> Result<String> {
        let price = u64::try_from(price).unwrap_or(0);
        let approved = self.sandbox.approve(Approval { price, pay_type, currency, moid });
        approved.map_err(|error| refused(error.to_string().replace("pay_type", "payType")))
    }

    /// The payment with this tid.
    #[napi]
    pub fn payment(&self, tid: String) -> Result<Option<String>> {
        self.sandbox.payment(&tid).as_ref().map(json).transpose()
    }

    /// Every payment.
    #[napi]
    pub fn payments(&self) -> Result<String> {
        json(&self.sandbox.payments())
    }

    /// The newest requests.
    #[napi]
    pub fn requests(&self) -> Result<String> {
        json(&self.sandbox.requests())
    }

    /// Stops it.
    #[napi]
    pub fn stop(&self) {
        self.sandbox.stop();
    }
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(refused)
}

fn refused(error: impl ToString) -> Error {
    Error::new(Status::GenericFailure, error.to_string())
}
