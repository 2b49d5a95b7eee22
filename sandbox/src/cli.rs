//! The command line: one for the program, `python -m paywelcome sandbox` and `npx paywelcome sandbox`.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use paywelcome_rehearsal::Rehearsal;
use serde_json::Value;

use crate::options::Options;
use crate::ready;
use crate::sandbox::Sandbox;

/// The help text.
const HELP: &str = "\
usage: paywelcome-sandbox [options]

Runs a gateway for tests: it approves made-up payments, answers the cancel endpoints, keeps a
ledger, and fails on demand. When it listens, it prints one line of JSON (url, mid, sign_key,
inspector, ca_file), and at a terminal also the variables for a client's shell. It ends on SIGTERM
or Ctrl-C.

  --port N           listen on this port; 0, the default, takes a free one
  --host ADDRESS     listen on this address; 127.0.0.1 by default
  --allow-remote     allow a --host that other machines can reach; they can all use the admin API
  --name NAME        a host name or address for its certificate and URL; may be repeated
  --mid MID          its merchant id; sandbox001 by default
  --sign-key KEY     the merchant's sign key; a made-up one by default. Never use a real one.
  --tls              speak https, with a certificate made at start
  --ca-file PATH     with --tls: write the certificate authority that clients must trust here
  --seed FILE        set it up from a JSON file: merchants, clock, rules, balances, payments, faults
  --rehearsal FILE   behave like the gateway in this file of paywelcome rehearse
  --help             show this

Its web page is at /_sandbox/. A script posts JSON to /_sandbox/api/COMMAND, such as
{\"price\": 12000} to /_sandbox/api/approve. GET /_sandbox/api/commands lists all commands. With
--tls, the certificate authority to trust is at /_sandbox/ca.pem, over https and plain http.
";

/// What a command line asks for.
///
/// # Examples
///
/// ```
/// use paywelcome_sandbox::Launch;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let launch = Launch::parse(["--port", "0", "--tls"].map(str::to_owned))?;
/// let (sandbox, ready) = launch.start()?;
/// assert!(sandbox.url().starts_with("https://") && ready.ends_with('\n'));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Launch {
    options: Options,
    ca_file: Option<PathBuf>,
    seed: Option<PathBuf>,
    rehearsal: Option<PathBuf>,
    terminal: bool,
}

/// Why a command line does not lead to a running sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LaunchError {
    /// Help was asked for: this is it, for standard output.
    Help(&'static str),
    /// An argument is wrong.
    Usage(String),
    /// The sandbox can't start.
    Start(String),
}

impl LaunchError {
    /// The exit code that belongs to it: 0, 2 or 1.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Help(_) => 0,
            Self::Usage(_) => 2,
            Self::Start(_) => 1,
        }
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Help(text) => formatter.write_str(text),
            Self::Usage(text) => write!(formatter, "paywelcome-sandbox: {text}\nTry --help."),
            Self::Start(text) => write!(formatter, "paywelcome-sandbox: {text}"),
        }
    }
}

impl Error for LaunchError {}

impl Launch {
    /// Reads a command line, without the program's name.
    ///
    /// # Errors
    ///
    /// Says which argument is wrong, or gives the help text where that was asked for.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, LaunchError> {
        let mut launch = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, attached) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let takes_none = matches!(name, "--help" | "-h" | "--tls" | "--allow-remote");
            if takes_none && attached.is_some() {
                return Err(LaunchError::Usage(format!("{name} takes no value")));
            }
            let mut value = |what: &str| {
                let value = attached.clone().or_else(|| arguments.next());
                value.ok_or_else(|| LaunchError::Usage(format!("{name} needs {what}")))
            };
            let usage = |what: &str| LaunchError::Usage(format!("{name} needs {what}"));
            match name {
                "--help" | "-h" => return Err(LaunchError::Help(HELP)),
                "--tls" => launch.options.tls = true,
                "--allow-remote" => launch.options.allow_remote = true,
                "--port" => {
                    let what = "a number from 0 to 65535";
                    launch.options.port = value(what)?.parse().map_err(|_| usage(what))?;
                }
                "--host" => {
                    let what = "an IP address, such as 127.0.0.1";
                    launch.options.host = value(what)?.parse().map_err(|_| usage(what))?;
                }
                "--name" => launch.options.names.push(value("a name, such as sandbox")?),
                "--mid" => launch.options.mid = value("a merchant id")?,
                "--sign-key" => launch.options.sign_key = value("a sign key")?,
                "--ca-file" => launch.ca_file = Some(value("a path")?.into()),
                "--seed" => launch.seed = Some(value("a path")?.into()),
                "--rehearsal" => launch.rehearsal = Some(value("a path")?.into()),
                _ => return Err(LaunchError::Usage(format!("unknown argument: {name}"))),
            }
        }
        if launch.ca_file.is_some() && !launch.options.tls {
            return Err(LaunchError::Usage("--ca-file needs --tls".to_owned()));
        }
        Ok(launch)
    }

    /// Has the ready line followed by what a person copies into a client's shell, where that is who reads it.
    #[must_use]
    pub fn for_terminal(mut self, terminal: bool) -> Self {
        self.terminal = terminal;
        self
    }

    /// Starts the sandbox and sets it up; gives it with its ready line, which ends with a newline.
    ///
    /// # Errors
    ///
    /// Says what can't be read, written, listened on or set up.
    pub fn start(self) -> Result<(Sandbox, String), LaunchError> {
        let seed = self.seed.as_ref().map(|path| {
            let told = |error: &dyn fmt::Display| LaunchError::Start(format!("--seed {}: {error}", path.display()));
            let text = fs::read_to_string(path).map_err(|error| told(&error))?;
            serde_json::from_str::<Value>(&text).map_err(|error| told(&error))
        });
        let seed = seed.transpose()?;
        let options = match &self.rehearsal {
            None => self.options,
            Some(path) => {
                let told =
                    |error: &dyn fmt::Display| LaunchError::Start(format!("--rehearsal {}: {error}", path.display()));
                let text = fs::read_to_string(path).map_err(|error| told(&error))?;
                self.options.rehearsed(Rehearsal::read(&text).map_err(|error| told(&error))?)
            }
        };
        let sandbox = Sandbox::start(options).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => LaunchError::Usage(error.to_string()),
            _ => LaunchError::Start(error.to_string()),
        })?;
        if let Some(path) = &self.ca_file {
            let told = |error| LaunchError::Start(format!("--ca-file {}: {error}", path.display()));
            sandbox.write_ca_file(path).map_err(told)?;
        }
        if let Some(seed) = seed {
            let told = |error| LaunchError::Start(format!("--seed: {error}"));
            sandbox.command("seed", seed).map_err(told)?;
        }
        let mut ready = ready::line(&sandbox, self.ca_file.as_deref());
        if self.terminal {
            ready.push_str(&ready::variables(&sandbox));
        }
        Ok((sandbox, ready))
    }
}

/// Runs a sandbox as a program would: prints the ready line, serves while `wait` waits, and gives the exit code.
///
/// Where `terminal`, a person reads the output.
/// No signal handler is installed here: `wait` returns when the program has to end, such as at a signal.
pub fn run(
    arguments: impl IntoIterator<Item = String>,
    terminal: bool,
    output: &mut dyn Write,
    errors: &mut dyn Write,
    wait: impl FnOnce(&Sandbox) -> io::Result<()>,
) -> i32 {
    let started = Launch::parse(arguments).and_then(|launch| launch.for_terminal(terminal).start());
    let (sandbox, ready) = match started {
        Ok(started) => started,
        Err(error) => {
            let text = error.to_string();
            // Where even this can't be written, the exit code has to do.
            let _ = match error {
                LaunchError::Help(_) => output.write_all(text.as_bytes()),
                _ => writeln!(errors, "{text}"),
            };
            return error.exit_code();
        }
    };
    let served = output.write_all(ready.as_bytes()).and_then(|()| output.flush()).and_then(|()| wait(&sandbox));
    sandbox.stop();
    match served {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(errors, "paywelcome-sandbox: {error}");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Launch, LaunchError, run};

    fn parse(arguments: &[&str]) -> Result<Launch, LaunchError> {
        Launch::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn reads_every_argument_in_both_spellings() {
        for arguments in [
            &[
                "--port",
                "8080",
                "--host",
                "::1",
                "--name",
                "a",
                "--name",
                "b",
                "--tls",
                "--ca-file",
                "c",
                "--seed",
                "s",
                "--rehearsal",
                "r",
            ][..],
            &["--port=8080", "--host=::1", "--name=a", "--name=b", "--tls", "--ca-file=c", "--seed=s", "--rehearsal=r"],
        ] {
            let launch = parse(arguments).unwrap_or_default();
            assert_eq!((launch.options.port, launch.options.host.is_ipv6(), launch.options.tls), (8080, true, true));
            assert!(launch.ca_file.is_some() && launch.seed.is_some() && launch.rehearsal.is_some());
            assert_eq!(launch.options.names, ["a", "b"]);
        }
        assert!(matches!(parse(&["--help"]), Err(LaunchError::Help(text)) if text.starts_with("usage:")));
    }

    #[test]
    fn names_what_is_wrong() {
        for (arguments, words) in [
            (&["--port"][..], "--port needs a number"),
            (&["--port", "65536"], "--port needs a number"),
            (&["--port=x"], "--port needs a number"),
            (&["--host", "example.com"], "--host needs an IP address"),
            (&["--name"], "--name needs a name"),
            (&["--ca-file", "x"], "--ca-file needs --tls"),
            (&["--tls=yes"], "--tls takes no value"),
            (&["--verbose"], "unknown argument: --verbose"),
            (&["x"], "unknown argument: x"),
        ] {
            let error = parse(arguments).err();
            assert!(error.is_some_and(|error| error.to_string().contains(words) && error.exit_code() == 2), "{words}");
        }
    }

    #[test]
    fn runs_until_it_is_told_to_end() {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let code = run([], false, &mut output, &mut errors, |sandbox| {
            assert!(sandbox.url().starts_with("http://127.0.0.1:"));
            Ok(())
        });
        assert_eq!((code, errors.len()), (0, 0));
        assert_eq!(String::from_utf8_lossy(&output).lines().count(), 1);
        let failed = run([], false, &mut output, &mut errors, |_| Err(io::Error::other("no signals here")));
        assert_eq!(
            (failed, String::from_utf8_lossy(&errors).into_owned()),
            (1, "paywelcome-sandbox: no signals here\n".into())
        );
        let missing = ["--seed", "/nonexistent/seed.json"].map(str::to_owned);
        assert_eq!(run(missing, false, &mut output, &mut errors, |_| Ok(())), 1);
        let remote = ["--host", "0.0.0.0"].map(str::to_owned);
        assert_eq!(run(remote, false, &mut output, &mut errors, |_| Ok(())), 2);
    }
}
