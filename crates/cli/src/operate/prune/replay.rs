//! Reads a journal: what is planned, and what of it is done. Memory holds one line, and one bit for each conversation.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use twilio_conversations::{ConversationSid, ServiceSid};

use super::line::{Header, Line};
use crate::failure::{Failure, Result};

/// Limit of a line in bytes.
const LONGEST_LINE: u64 = 64 * 1024;
/// Limit of the conversations of a plan.
pub(super) const MOST_PLANNED: u64 = 10_000_000;

/// The content of a journal.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) header: Header,
    /// Position of the first planned conversation in the file.
    pub(super) plan: u64,
    pub(super) planned: u64,
    pub(super) is_complete: bool,
    /// Whether a run tried all that was left, and nothing was tried after it.
    is_ended: bool,
    pub(super) done: Bits,
    /// Bytes up to the end of the last whole line.
    pub(super) length: u64,
}

impl Replay {
    /// Reads a journal from its beginning; `None` if the file is empty.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not a journal of `prune`; the error names the line.
    pub(super) fn read(file: &File, path: &Path) -> Result<Option<Self>> {
        let mut lines = Lines::new(file, path);
        let header = match lines.next()? {
            Some(Line::Begin(header)) => header,
            None if lines.buffer.is_empty() => return Ok(None),
            _ => return Err(lines.problem("it does not begin as a journal of prune does")),
        };
        if let Some(problem) = header.problem() {
            return Err(lines.problem(&problem));
        }
        let mut replay = Self {
            plan: lines.position,
            header,
            planned: 0,
            is_complete: false,
            is_ended: false,
            done: Bits::default(),
            length: 0,
        };
        while let Some(line) = lines.next()? {
            replay.apply(line, lines.position).map_err(|problem| lines.problem(&problem))?;
        }
        replay.length = lines.position;
        Ok(Some(replay))
    }

    /// The header of a journal that is read from its beginning; `None` if it has none.
    pub(super) fn header(file: &File, path: &Path) -> Option<Header> {
        match Lines::new(file, path).next() {
            Ok(Some(Line::Begin(header))) if header.problem().is_none() => Some(header),
            _ => None,
        }
    }

    /// A plan that was written, from which nothing is deleted yet.
    ///
    /// - `plan`: position of the first planned conversation in the file.
    pub(super) fn planned(header: Header, plan: u64, planned: u64, length: u64) -> Self {
        Self { header, plan, planned, is_complete: true, is_ended: false, done: Bits::default(), length }
    }

    fn apply(&mut self, line: Line, position: u64) -> Result<(), String> {
        let is_ended = std::mem::replace(&mut self.is_ended, matches!(line, Line::Ended));
        match line {
            Line::Ended if self.is_complete && !is_ended => {}
            Line::Planned { n, .. } if n == self.planned && !self.is_complete && n < MOST_PLANNED => self.planned += 1,
            Line::PlanRestarted if !self.is_complete => (self.plan, self.planned) = (position, 0),
            Line::PlanComplete { count } if !self.is_complete && count == self.planned => self.is_complete = true,
            Line::Deleted { n, .. } | Line::Gone { n, .. } | Line::Kept { n, .. }
                if self.is_complete && n < self.planned =>
            {
                self.done.set(n);
            }
            Line::Failed { n, .. } if self.is_complete && n < self.planned => {}
            line => return Err(format!("unexpected at this place: {line:?}")),
        }
        Ok(())
    }

    /// Whether the run was cut off: by a signal, a kill, or an error that stopped it.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.is_complete || (self.left() > 0 && !self.is_ended)
    }

    /// Conversations that are neither deleted nor kept.
    pub(super) fn left(&self) -> u64 {
        self.planned - self.done.count
    }
}

/// The planned conversations that are left, in the order of the plan.
pub(super) struct Pending<'a> {
    lines: Lines<'a, File>,
    done: Bits,
}

impl<'a> Pending<'a> {
    /// - `file`: at the position of the plan.
    pub(super) fn new(file: File, path: &'a Path, done: Bits) -> Self {
        Self { lines: Lines::new(file, path), done }
    }

    /// The next conversation; `None` at the end of the plan.
    ///
    /// # Errors
    ///
    /// The journal cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<(u64, ServiceSid, ConversationSid)>> {
        loop {
            match self.lines.next()? {
                Some(Line::Planned { n, .. }) if self.done.get(n) => {}
                Some(Line::Planned { n, conversation, service, .. }) => return Ok(Some((n, service, conversation))),
                _ => return Ok(None),
            }
        }
    }
}

struct Lines<'a, R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    number: u64,
    /// Behind the last whole line.
    position: u64,
    path: &'a Path,
}

impl<'a, R: std::io::Read> Lines<'a, R> {
    fn new(source: R, path: &'a Path) -> Self {
        Self { reader: BufReader::new(source), buffer: Vec::new(), number: 0, position: 0, path }
    }

    /// The next line; `None` at the end, or at a line without its end.
    fn next(&mut self) -> Result<Option<Line>> {
        self.buffer.clear();
        self.number += 1;
        let read = self.reader.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut self.buffer);
        read.map_err(|error| Failure::new(format!("reading the journal {}", self.path.display())).source(error))?;
        if self.buffer.len() as u64 > LONGEST_LINE {
            return Err(self.problem("it is longer than 64 KiB"));
        }
        if self.buffer.last() != Some(&b'\n') {
            return Ok(None);
        }
        let line = serde_json::from_slice(&self.buffer).map_err(|error| self.problem(&error.to_string()))?;
        self.position += self.buffer.len() as u64;
        Ok(Some(line))
    }

    fn problem(&self, problem: &str) -> Failure {
        Failure::usage(format!("{}, line {}: {problem}", self.path.display(), self.number))
    }
}

/// A set of numbers, a bit each.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    count: u64,
}

impl Bits {
    fn set(&mut self, n: u64) {
        let (word, bit) =
            (usize::try_from(n / 64).expect("a plan has at most 10,000,000 conversations"), 1 << (n % 64));
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.count += u64::from(self.words[word] & bit == 0);
        self.words[word] |= bit;
    }

    fn get(&self, n: u64) -> bool {
        let word = usize::try_from(n / 64).ok().and_then(|word| self.words.get(word));
        word.is_some_and(|word| word & (1 << (n % 64)) != 0)
    }
}
