//! The file, replaced as a whole: whoever reads it finds the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    /// Writes it to `path`, and returns when it would outlast a crash of the machine. Its owner alone may read it.
    ///
    /// # Errors
    ///
    /// The folder can't be written to, or the disk is full; what was at `path` is still there.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        // Beside the file that a link leads to, so that the link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
        let written = whole(&beside, self.to_text().as_bytes()).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            // What is half written helps nobody.
            let _ = fs::remove_file(&beside);
            return written;
        }
        keep(&folder)
    }
}

fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name last.
#[cfg(unix)]
fn keep(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn keep(_: &Path) -> io::Result<()> {
    Ok(())
}
