//! The person at the terminal.

use std::env::VarError;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Where a command talks to.
pub trait Terminal {
    /// Says something on standard output.
    fn say(&mut self, text: &str);
    /// Says something on standard error.
    fn complain(&mut self, text: &str);
    /// Whether there is a person to ask.
    fn is_there(&self) -> bool;
    /// Whether standard output is read by a person.
    fn is_shown(&self) -> bool;
    /// Asks for a line.
    ///
    /// # Errors
    ///
    /// No answer came.
    fn ask(&mut self, question: &str) -> io::Result<String>;
    /// Asks for a line that is not shown while it is typed.
    ///
    /// # Errors
    ///
    /// No answer came.
    fn ask_hidden(&mut self, question: &str) -> io::Result<String>;
    /// Reads standard input to its end.
    ///
    /// # Errors
    ///
    /// It can't be read.
    fn input(&mut self) -> io::Result<Vec<u8>>;
    /// Reads an environment variable.
    ///
    /// # Errors
    ///
    /// There is none, or it is not a Unicode text.
    fn variable(&self, name: &str) -> Result<String, VarError>;
}

/// How a command is told of Ctrl-C, which its host catches.
#[derive(Clone, Debug, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Debug, Default)]
struct State {
    listens: AtomicBool,
    pressed: Notify,
    /// What the person reads where Ctrl-C ends the program.
    parting: Mutex<Option<String>>,
}

impl Interrupts {
    /// Tells the command that the person pressed Ctrl-C; `false` where it does not listen, and can simply be ended. What the
    /// person has to know then is on standard output already.
    #[must_use]
    pub fn interrupt(&self) -> bool {
        let listens = self.0.listens.load(Ordering::Acquire);
        if listens {
            self.0.pressed.notify_one();
        } else if let Some(words) = self.parting().take() {
            Streams.say(&words);
        }
        listens
    }

    /// What the person reads where Ctrl-C ends the program from now on.
    pub(crate) fn part_with(&self, words: Option<String>) {
        *self.parting() = words;
    }

    fn parting(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0.parting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) {
        self.0.listens.store(true, Ordering::Release);
    }

    /// Listens no more: Ctrl-C simply ends the program, as where a person is asked.
    pub(crate) fn rest(&self) {
        self.0.listens.store(false, Ordering::Release);
    }

    /// Waits for the next Ctrl-C.
    pub(crate) async fn next(&self) {
        self.0.pressed.notified().await;
    }
}

/// The process's own streams and variables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streams;

// Where a stream is closed, the exit code still tells.
impl Terminal for Streams {
    fn say(&mut self, text: &str) {
        let mut stream = io::stdout().lock();
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    fn complain(&mut self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    fn is_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn is_shown(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.complain(question);
        // A terminal may leave half a character where one was taken back.
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(String::from_utf8_lossy(&line).trim().to_owned()),
        }
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        self.complain(question);
        rpassword::read_password()
    }

    fn input(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn variable(&self, name: &str) -> Result<String, VarError> {
        std::env::var(name)
    }
}
