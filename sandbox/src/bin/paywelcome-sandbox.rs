//! The sandbox gateway as a program: starts, says where on one line of JSON, and serves until it is told to end.
#![forbid(unsafe_code)]

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use paywelcome_sandbox::run;
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    // Before the ready line: who reads it may end the program at once.
    let signals = match Signals::expect() {
        Ok(signals) => signals,
        Err(error) => {
            // Where even this can't be written, the exit code has to do.
            let _ = writeln!(io::stderr(), "paywelcome-sandbox: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code =
        run(env::args().skip(1), io::stdout().is_terminal(), &mut io::stdout(), &mut io::stderr(), |_| signals.wait());
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// The signals that end a program.
struct Signals {
    runtime: Runtime,
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    fn expect() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        #[cfg(unix)]
        let streams = {
            use tokio::signal::unix::{SignalKind, signal};
            let _inside = runtime.enter();
            [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]
        };
        Ok(Self {
            runtime,
            #[cfg(unix)]
            streams,
        })
    }

    fn wait(self) -> io::Result<()> {
        self.runtime.block_on(async {
            #[cfg(unix)]
            {
                let [mut term, mut interrupt] = self.streams;
                tokio::select! {
                    _ = term.recv() => {}
                    _ = interrupt.recv() => {}
                }
                Ok(())
            }
            #[cfg(not(unix))]
            tokio::signal::ctrl_c().await
        })
    }
}
