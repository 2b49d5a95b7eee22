//! The sandbox gateway as a program: starts, says where on one line of JSON, and serves until it is killed.
#![forbid(unsafe_code)]

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use paywelcome_sandbox::{Options, Sandbox};

const USAGE: &str =
    "usage: paywelcome-sandbox [--port N]\n\n  --port N   listen on 127.0.0.1:N; 0, the default, takes a free port\n";

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return say(USAGE),
        Err(mistake) => return fail(2, &format!("{mistake}\n{USAGE}")),
    };
    let sandbox = match Sandbox::start(options) {
        Ok(sandbox) => sandbox,
        Err(error) => return fail(1, &format!("paywelcome-sandbox: {error}\n")),
    };
    let ready = serde_json::json!({
        "url": sandbox.url(),
        "mid": sandbox.mid(),
        "sign_key": sandbox.sign_key(),
    });
    if say(&format!("{ready}\n")) != ExitCode::SUCCESS {
        return ExitCode::FAILURE;
    }
    // SIGTERM and Ctrl-C end the process, and the system closes its sockets; nothing has to be saved.
    loop {
        thread::park();
    }
}

/// The options, or none where help is asked for.
fn options(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--port" => {
                options.port = arguments
                    .next()
                    .and_then(|number| number.parse().ok())
                    .ok_or("--port needs a number from 0 to 65535")?;
            }
            other => return Err(format!("unknown argument: {other}")),
        }
    }
    Ok(Some(options))
}

fn say(text: &str) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(code: u8, text: &str) -> ExitCode {
    // Where even this can't be written, the exit code has to do.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}
