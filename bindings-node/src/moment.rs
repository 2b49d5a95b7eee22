//! Since when the time limit of a call counts, where that is not since its start.

use std::time::Duration;

use napi::{Error, Result, Status};
use napi_derive::napi;
use paywelcome::Moment;

/// The instant that it is now, in seconds of the clock that time limits count by.
#[napi]
#[must_use]
pub fn moment() -> f64 {
    Moment::now().counted().as_secs_f64()
}

pub(crate) fn read(counted: f64) -> Result<Moment> {
    let counted = Duration::try_from_secs_f64(counted);
    counted.map(Moment::at).map_err(|_| Error::new(Status::InvalidArg, "began must be what moment() has given"))
}
