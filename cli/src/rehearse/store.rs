//! The file of a rehearsal on disk, held by one process at a time.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use paywelcome_rehearsal::Rehearsal;

use crate::language::Words;

/// A file that is this process's alone until it is dropped.
pub(crate) struct Store {
    pub(crate) path: PathBuf,
    lock: PathBuf,
    _held: File,
}

/// Why a file can't be used, in words.
pub(crate) type Refused = String;

impl Store {
    /// Takes the file for this process.
    pub(crate) fn take(path: &Path, lang: &str) -> Result<Self, Refused> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = path.with_file_name(format!(".{name}.lock"));
        let at = path.display();
        let held = held(&lock).map_err(|error| {
            if error.kind() == io::ErrorKind::WouldBlock {
                let words = Words(
                    "another rehearsal uses it; wait for its end",
                    "다른 리허설이 사용 중입니다. 끝난 뒤 다시 실행하세요",
                );
                return format!("{at}: {}", words.of(lang));
            }
            let words = Words("can't be written; nothing was sent", "쓸 수 없습니다. 아무것도 보내지 않았습니다");
            format!("{at}: {} ({error})", words.of(lang))
        })?;
        Ok(Self { path: path.to_owned(), lock, _held: held })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // It is still held, so nobody else has it; one that stays does no harm.
        let _ = fs::remove_file(&self.lock);
    }
}

/// Reads a file; nothing where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Rehearsal>, Refused> {
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    Rehearsal::read(&text).map(Some).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(unix)]
fn held(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    use rustix::fs::{FlockOperation, flock};
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        // Whoever held it before may have removed it meanwhile.
        let (ours, there) = (file.metadata()?, fs::metadata(path));
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
            return Ok(file);
        }
    }
}

#[cfg(windows)]
fn held(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;

    /// Another process has the file open, which lets nobody else.
    const SHARING_VIOLATION: i32 = 32;
    let opened = OpenOptions::new().write(true).create(true).truncate(false).share_mode(0).open(path);
    opened.map_err(|error| match error.raw_os_error() {
        Some(SHARING_VIOLATION) => io::ErrorKind::WouldBlock.into(),
        _ => error,
    })
}

#[cfg(not(any(unix, windows)))]
fn held(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
