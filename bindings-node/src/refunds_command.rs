//! The command `refunds`, whose work is done in JavaScript.

use napi::bindgen_prelude::Either;
use napi_derive::napi;
use paywelcome_cli::Streams;
use paywelcome_cli::refunds::{Prepared, confirm, finish, prepare};

/// Reads a command line, and gives what is to be done as JSON, or the exit code.
#[napi]
pub fn refunds_prepare(program: String, arguments: Vec<String>) -> Either<String, i32> {
    match prepare(&program, true, &arguments, &mut Streams) {
        Prepared::Command(command) => Either::A(command),
        Prepared::Over(code) => Either::B(code),
    }
}

/// Asks before real money moves; gives the exit code where the person says no.
#[napi]
pub fn refunds_confirm(command: String, looked: String) -> Option<i32> {
    confirm(&command, &looked, &mut Streams)
}

/// Tells what came of it, and gives the exit code.
#[napi]
pub fn refunds_finish(command: String, result: String) -> i32 {
    finish(&command, &result, &mut Streams)
}
