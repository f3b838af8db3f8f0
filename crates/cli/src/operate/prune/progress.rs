//! Progress on stderr: a bar on a terminal, else a line for every 1,000 conversations.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::Terminal;

/// Conversations between two lines off a terminal.
const STEP: u64 = 1000;

pub(super) struct Progress {
    terminal: Terminal,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(terminal: Terminal) -> Self {
        let bar = terminal.can_animate.then(ProgressBar::no_length);
        Self { terminal, bar }
    }

    /// Shows the number of planned conversations.
    pub(super) fn planned(&self, count: u64) {
        match &self.bar {
            Some(bar) => {
                if count == 1 {
                    bar.set_style(style("{spinner} {pos} conversations found"));
                    bar.enable_steady_tick(Duration::from_millis(200));
                }
                bar.set_position(count);
            }
            None if count.is_multiple_of(STEP) => self.terminal.note(format!("found {count} conversations")),
            None => {}
        }
    }

    /// Shows that the deletion of this number of conversations begins.
    pub(super) fn begin(&self, count: u64) {
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_length(count);
            bar.set_style(style("{bar:30} {pos}/{len} {per_sec} {eta} left"));
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// Shows that `count` of `of` conversations are done.
    pub(super) fn done(&self, count: u64, of: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(count),
            None if count.is_multiple_of(STEP) => self.terminal.note(format!("{count} of {of} conversations done")),
            None => {}
        }
    }

    /// Prints a line above the bar.
    pub(super) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.note(text)),
            None => self.terminal.note(text),
        }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are valid")
}
