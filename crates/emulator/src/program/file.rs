//! Reads files with limits in bytes and time.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Time limit for reading a file, which may be a named pipe.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Reads a text file of at most `limit` bytes.
///
/// It is read on a thread of its own: opening a named pipe blocks until a process writes to it, and such a thread does not
/// keep the process alive.
pub(super) fn read(file: &Path, limit: u64, time: Duration) -> Result<String> {
    let (sender, receiver) = sync_channel(1);
    let path = file.to_owned();
    std::thread::Builder::new().spawn(move || {
        // Fails if the time limit was reached.
        let _ = sender.send(read_now(&path, limit));
    })?;
    match receiver.recv_timeout(time) {
        Ok(read) => read,
        Err(RecvTimeoutError::Timeout) => {
            Err(Error::new(ErrorKind::TimedOut, format!("not read within {} s", time.as_secs_f32())))
        }
        Err(RecvTimeoutError::Disconnected) => Err(Error::other("the thread that reads it has ended")),
    }
}

fn read_now(file: &Path, limit: u64) -> Result<String> {
    let mut bytes = Vec::new();
    File::open(file)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x".repeat(10)).unwrap();
        assert_eq!(read(&file, 10, TIME_LIMIT).unwrap().len(), 10);
        assert_eq!(read(&file, 9, TIME_LIMIT).unwrap_err().to_string(), "larger than 9 bytes");
        std::fs::write(&file, [0xff]).unwrap();
        assert_eq!(read(&file, 10, TIME_LIMIT).unwrap_err().to_string(), "not UTF-8");
        assert_eq!(read(&folder.path().join("none"), 10, TIME_LIMIT).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_no_program_writes_to_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = read(&pipe, 10, Duration::from_millis(20)).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::TimedOut, "not read within 0.02 s".to_owned()));
    }
}
