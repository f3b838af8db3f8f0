//! Records of received events: lines of JSON, from which `resend` sends an event again.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    config::file,
    failure::{Failure, Result},
};

/// The number of events that the record of the state folder keeps. It is shortened when it has twice as many.
pub(crate) const KEPT: usize = 1_000;
/// The size at which that record is shortened to half of it: 64 MiB.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Longest line that is read: 4 MiB. A request has at most 256 KiB and a recorded response 64 KiB.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// A received event and the response to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Entry {
    /// The idempotency token; an id of this program where the request had none.
    pub(crate) id: String,
    /// When it was received.
    pub(crate) time: String,
    pub(crate) event: String,
    pub(crate) method: String,
    /// The URL that was called, without user and password.
    pub(crate) url: String,
    /// The idempotency token of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// The other headers that are forwarded.
    pub(crate) headers: Vec<(String, String)>,
    /// In their order; names may repeat.
    pub(crate) fields: Vec<(String, String)>,
    /// URL of the receiver, without user and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded_to: Option<String>,
    pub(crate) response: Reply,
}

/// The response to an event.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Reply {
    /// Status that was sent to the caller.
    pub(crate) status: u16,
    /// Status of the receiver, if it responded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receiver_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// The first 64 KiB of the receiver's body.
    pub(crate) body: String,
    /// Whether the body was longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_cut: bool,
    pub(crate) duration_ms: u64,
    /// The reason why the receiver's response is missing or incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// A file that entries are appended to, with mode 0600.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    file: File,
    /// Whether old entries are removed.
    is_bounded: bool,
    count: usize,
    size: u64,
    /// Whether the file ends with a part of a line, as after a disk that was full.
    is_cut: bool,
}

impl Record {
    /// Opens the file of `--record`, which grows without limit.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = open(path)?;
        Ok(Self { path: path.to_owned(), file, is_bounded: false, count: 0, size: 0, is_cut: false })
    }

    /// Opens a record that keeps the latest 1,000 entries or 32 MiB. Only one process may have it open.
    ///
    /// # Errors
    ///
    /// It cannot be opened or read.
    pub(crate) fn open_bounded(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut count = 0;
        each_line(path, |_| count += 1)?;
        let mut record = Self { path: path.to_owned(), file, is_bounded: true, count, size, is_cut: false };
        record.shorten()?;
        Ok(record)
    }

    /// Appends an entry.
    ///
    /// # Errors
    ///
    /// It cannot be written, or only in part. That part is not read as an entry, nor as a part of the next one.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<()> {
        let mut line = if self.is_cut { "\n".to_owned() } else { String::new() };
        line.push_str(&serde_json::to_string(entry).expect("a struct of strings and numbers"));
        line.push('\n');
        let failed = |error| Failure::new(format!("writing {}", self.path.display())).source(error);
        let written = self.file.write_all(line.as_bytes());
        self.is_cut = written.is_err();
        written.map_err(failed)?;
        self.count += 1;
        self.size += line.len() as u64;
        self.shorten()
    }

    fn shorten(&mut self) -> Result<()> {
        if !self.is_bounded || (self.count <= 2 * KEPT && self.size <= LARGEST) {
            return Ok(());
        }
        let mut all = Vec::new();
        each_line(&self.path, |line| all.push(line))?;
        let (mut first, mut size) = (all.len(), 0);
        while first > 0 && all.len() - first < KEPT && size + all[first - 1].len() as u64 <= LARGEST / 2 {
            first -= 1;
            size += all[first].len() as u64 + 1;
        }
        let mut text = all[first..].join("\n");
        text.push_str(if text.is_empty() { "" } else { "\n" });
        file::replace(&self.path, &text)?;
        self.file = file::open_private(&self.path)?;
        (self.count, self.size) = (all.len() - first, text.len() as u64);
        Ok(())
    }
}

/// Calls a function with each entry of a file, in their order. A line that is not an entry is skipped, such as the last one
/// after a crash.
///
/// # Errors
///
/// The file cannot be read.
pub(crate) fn each(path: &Path, mut take: impl FnMut(Entry)) -> Result<()> {
    each_line(path, |line| {
        if let Ok(entry) = serde_json::from_str(&line) {
            take(entry);
        }
    })
}

/// Opens a file, and ends a line that was cut by a crash.
fn open(path: &Path) -> Result<File> {
    let failed = |error| Failure::new(format!("reading {}", path.display())).source(error);
    let mut file = file::open_private(path)?;
    if file.metadata().map_err(failed)?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(failed)?;
        if last != *b"\n" {
            file.write_all(b"\n").map_err(failed)?;
        }
    }
    Ok(file)
}

/// Calls a function with each line of a file that is not blank and within the limit.
fn each_line(path: &Path, mut take: impl FnMut(String)) -> Result<()> {
    let failed = |error| Failure::new(format!("reading {}", path.display())).source(error);
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(failed)?;
            continue;
        }
        if let Ok(line) = String::from_utf8(line)
            && !line.trim().is_empty()
        {
            take(line.trim_end().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: usize, body: &str) -> Entry {
        Entry {
            id: id.to_string(),
            time: "2026-01-02T03:04:05.678Z".to_owned(),
            event: "onMessageAdded".to_owned(),
            method: "POST".to_owned(),
            url: "http://127.0.0.1:1/".to_owned(),
            token: None,
            headers: Vec::new(),
            fields: vec![("Body".to_owned(), body.to_owned())],
            forwarded_to: None,
            response: Reply::default(),
        }
    }

    fn ids(path: &Path) -> Vec<String> {
        let mut ids = Vec::new();
        each(path, |entry| ids.push(entry.id)).unwrap();
        ids
    }

    #[test]
    fn a_bounded_record_keeps_the_latest_entries() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.ndjson");
        let mut record = Record::open_bounded(&path).unwrap();
        for id in 0..=2 * KEPT {
            record.append(&entry(id, "hello")).unwrap();
        }
        let kept = ids(&path);
        assert_eq!(kept.len(), KEPT);
        assert_eq!((kept[0].as_str(), kept[KEPT - 1].as_str()), ("1001", "2000"));
        record.append(&entry(9, "after")).unwrap();
        assert_eq!(ids(&path).last().unwrap(), "9");
    }

    #[test]
    fn a_bounded_record_over_64_mib_is_shortened_to_its_latest_32_mib() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.ndjson");
        let mut record = Record::open_bounded(&path).unwrap();
        let body = "x".repeat(3 * 1024 * 1024);
        let size = |path: &Path| std::fs::metadata(path).unwrap().len();
        for id in 0..21 {
            record.append(&entry(id, &body)).unwrap();
        }
        assert!((63 * 1024 * 1024..=LARGEST).contains(&size(&path)), "{}", size(&path));
        record.append(&entry(21, &body)).unwrap();
        assert_eq!(ids(&path), ["12", "13", "14", "15", "16", "17", "18", "19", "20", "21"]);
        assert!(size(&path) <= LARGEST / 2);
        record.append(&entry(22, "after")).unwrap();
        assert_eq!(ids(&path).len(), 11);
    }

    #[test]
    fn a_line_that_was_cut_by_a_crash_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.ndjson");
        Record::open(&path).unwrap().append(&entry(1, "first")).unwrap();
        let mut file = file::open_private(&path).unwrap();
        file.write_all(b"{\"id\":\"2\",\"ti").unwrap();
        Record::open(&path).unwrap().append(&entry(3, "third")).unwrap();
        assert_eq!(ids(&path), ["1", "3"]);
    }

    #[test]
    fn a_line_over_the_limit_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.ndjson");
        let mut file = file::open_private(&path).unwrap();
        file.write_all(&vec![b'x'; LONGEST_LINE as usize + 10]).unwrap();
        file.write_all(b"\n").unwrap();
        Record::open(&path).unwrap().append(&entry(1, "after")).unwrap();
        assert_eq!(ids(&path), ["1"]);
    }
}
