//! The handle of a client.

use std::time::{Duration, SystemTime};

use napi::Result;
use napi::bindgen_prelude::{Either, Object};
use napi_derive::napi;
use paywelcome::{Client, ClientOptions};

use crate::convert;
use crate::report::{self, Failure, Faultless, Finding};
use crate::request::Request;

/// A client of the core.
#[napi]
pub struct NativeClient {
    pub(crate) client: Client,
}

/// The environment variables that a client's absent settings are taken from.
#[napi]
pub fn variables() -> Vec<&'static str> {
    ClientOptions::VARIABLES.to_vec()
}

/// Makes a client, unless a setting is wrong or TypeScript found something wrong: then it gives the failure as JSON.
#[napi]
pub fn open(values: Object, environment: Object, findings: Vec<Finding>) -> Result<Either<NativeClient, String>> {
    let mut options = convert::settings(&values)?;
    options.fill_from(|name| environment.get::<String>(name).ok().flatten());
    Ok(match Client::new(options) {
        Ok(client) if findings.is_empty() => Either::A(NativeClient { client }),
        found => {
            let found = found.map(|client| Faultless::settings(&client));
            Either::B(report::json(&Failure::refused(found, findings))?)
        }
    })
}

#[napi]
impl NativeClient {
    /// The merchant id.
    #[napi(getter)]
    pub fn mid(&self) -> &str {
        self.client.mid()
    }

    /// The gateway's address.
    #[napi(getter)]
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// The gateway's host, with its port where that is not the scheme's own.
    #[napi(getter)]
    pub fn host(&self) -> &str {
        self.client.host()
    }

    /// What is worth a warning when the client was made.
    #[napi(getter)]
    pub fn warning(&self) -> Option<&str> {
        self.client.warning()
    }

    /// Refuses calls from now on.
    #[napi]
    pub fn close(&self) {
        self.client.close();
    }

    /// The failure of a call whose arguments TypeScript found wrong, as JSON: what the core finds as well, and what it found.
    #[napi]
    pub fn refuse(&self, operation: String, values: Either<String, Object>, findings: Vec<Finding>) -> Result<String> {
        let request = Request::read(&operation, &values)?;
        let found = request.form(&self.client, SystemTime::now()).map(|_| request.faultless(&self.client));
        report::json(&Failure::refused(found, findings))
    }

    /// The form that a call would post at `at`, in milliseconds since 1970, or the failure, as JSON; nothing is sent. For this
    /// project's tests.
    #[napi]
    pub fn form(
        &self,
        operation: String,
        values: Either<String, Object>,
        findings: Vec<Finding>,
        at: i64,
    ) -> Result<String> {
        let request = Request::read(&operation, &values)?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap_or_default());
        match request.form(&self.client, at) {
            Ok(form) if findings.is_empty() => report::json(&form),
            found => report::json(&Failure::refused(found.map(|_| request.faultless(&self.client)), findings)),
        }
    }
}
