//! The problems of a file, each with its line.

use super::Source;
use crate::failure::{Exit, Failure, Result};

/// Most problems that are printed.
const MOST: usize = 20;

/// Collects problems, so that all are reported at once.
pub(in crate::webhooks) struct Problems<'a> {
    source: &'a Source,
    /// Where lines end: a file may have very many.
    ends: Vec<usize>,
    found: Vec<(usize, String)>,
    /// `NotFound` while every problem is a service or conversation that does not exist.
    exit: Exit,
}

impl<'a> Problems<'a> {
    pub(in crate::webhooks) fn new(source: &'a Source) -> Self {
        let bytes = source.text.bytes().enumerate();
        let ends = bytes.filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Self { source, ends, found: Vec::new(), exit: Exit::NotFound }
    }

    /// Adds a problem at a line.
    pub(in crate::webhooks) fn add(&mut self, line: usize, problem: impl Into<String>) {
        self.found.push((line, problem.into()));
        self.exit = Exit::Usage;
    }

    /// Adds a service or conversation that does not exist.
    pub(in crate::webhooks) fn add_missing(&mut self, line: usize, problem: impl Into<String>) {
        self.found.push((line, problem.into()));
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < at)
    }

    pub(in crate::webhooks) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// # Errors
    ///
    /// All problems, in the order of their lines.
    pub(in crate::webhooks) fn check(self) -> Result<()> {
        self.check_after("nothing was changed")
    }

    /// The same after `done`, such as `all changes were sent`.
    pub(in crate::webhooks) fn check_after(mut self, done: &str) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort();
        let name = &self.source.name;
        let mut text = format!("{name} cannot be used, and {done}:");
        for (line, problem) in self.found.iter().take(MOST) {
            text.push_str(&format!("\n  {name}:{line}: {problem}"));
        }
        if self.found.len() > MOST {
            text.push_str(&format!("\n  and {} more", self.found.len() - MOST));
        }
        Err(Failure::new(text).exit(self.exit))
    }
}
