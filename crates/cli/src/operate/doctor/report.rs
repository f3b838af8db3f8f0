//! The findings of `doctor`, and how they are printed.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    output::{Printer, Shape},
    printable::printable,
};

/// Limit of the findings that are printed. More are counted.
const MOST_FINDINGS: usize = 10_000;

/// The checks, in the order in which they are printed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    Credentials,
    /// A part of the account could not be read, so its checks are missing.
    Api,
    Clock,
    Region,
    BaseUrl,
    DefaultService,
    Timers,
    WebhookUrl,
    WebhookMethod,
    WebhookFilters,
    WebhookTarget,
    AddressService,
    AddressAction,
    DefaultRoles,
    Probe,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warning,
    Problem,
}

/// A row of the output.
#[derive(Clone, Debug, Serialize)]
struct Row {
    check: Check,
    result: Level,
    /// The object, such as `service IS… (shop)`.
    subject: String,
    /// The state that was found.
    finding: String,
    /// The steps to take; empty for `ok`.
    advice: &'static str,
    /// How many further conversations have the same finding.
    #[serde(skip_serializing_if = "is_zero")]
    others: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

pub(super) const ROW: Shape = Shape {
    columns: &["result", "check", "subject", "finding"],
    fields: &["check", "result", "subject", "finding", "advice", "others"],
};

/// Collects findings. A check without a finding is printed as `ok`.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
    /// Rows by check and finding, for conversations that have the same.
    grouped: HashMap<(Check, String), usize>,
    /// How many objects were looked at.
    covered: BTreeMap<Check, u64>,
    /// Findings beyond the limit.
    dropped: u64,
    has_problem: bool,
}

impl Report {
    /// Counts an object that a check looks at.
    pub(super) fn cover(&mut self, check: Check) {
        *self.covered.entry(check).or_default() += 1;
    }

    /// A check that found nothing wrong, with what it saw.
    pub(super) fn ok(&mut self, check: Check, subject: impl Into<String>, finding: impl Into<String>) {
        self.push(check, Level::Ok, subject.into(), finding.into(), "");
    }

    pub(super) fn warn(&mut self, check: Check, subject: &str, finding: impl Into<String>, advice: &'static str) {
        self.add(Level::Warning, check, subject, finding, advice);
    }

    pub(super) fn problem(&mut self, check: Check, subject: &str, finding: impl Into<String>, advice: &'static str) {
        self.add(Level::Problem, check, subject, finding, advice);
    }

    pub(super) fn add(
        &mut self,
        level: Level,
        check: Check,
        subject: &str,
        finding: impl Into<String>,
        advice: &'static str,
    ) {
        self.push(check, level, subject.to_owned(), finding.into(), advice);
    }

    fn push(&mut self, check: Check, result: Level, subject: String, finding: String, advice: &'static str) {
        self.has_problem |= result == Level::Problem;
        if self.rows.len() < MOST_FINDINGS {
            self.rows.push(Row { check, result, subject, finding, advice, others: 0 });
        } else {
            self.dropped += 1;
        }
    }

    /// Adds the findings about one conversation. Those that another conversation has as well are counted with it.
    pub(super) fn merge(&mut self, scoped: Self) {
        for (check, count) in scoped.covered {
            *self.covered.entry(check).or_default() += count;
        }
        for row in scoped.rows {
            let key = (row.check, row.finding.clone());
            if let Some(index) = self.grouped.get(&key) {
                self.rows[*index].others += 1;
                continue;
            }
            if self.rows.len() < MOST_FINDINGS {
                self.grouped.insert(key, self.rows.len());
            }
            self.push(row.check, row.result, row.subject, row.finding, row.advice);
        }
    }

    #[cfg(test)]
    pub(super) fn levels(&self) -> Vec<Level> {
        self.rows.iter().map(|row| row.result).collect()
    }

    /// A part of the account that could not be read.
    pub(super) fn unreadable(&mut self, subject: &str, error: impl Into<Failure>) {
        let failure = error.into();
        self.problem(
            Check::Api,
            subject,
            failure.to_string(),
            "run doctor again; the checks of this object are missing",
        );
    }

    /// Prints everything, and ends with exit code 1 if there is a problem.
    ///
    /// # Errors
    ///
    /// There is a problem, or stdout cannot be written.
    pub(super) fn print(mut self, context: &Context, mut printer: Printer) -> Result<()> {
        for (check, count) in std::mem::take(&mut self.covered) {
            if !self.rows.iter().any(|row| row.check == check) {
                self.ok(check, format!("{count} checked"), "nothing found");
            }
        }
        self.rows.sort_by_key(|row| row.check);
        for row in &mut self.rows {
            if row.others > 0 {
                row.subject = format!("{} and {} more", row.subject, row.others);
            }
            printer.row(row)?;
        }
        printer.finish()?;
        // The table has no column for the advice.
        for row in self.rows.iter().filter(|row| context.terminal.stdout && row.result > Level::Ok) {
            let Row { result, subject, finding, advice, .. } = row;
            let result = if *result == Level::Problem { "problem" } else { "warning" };
            context.terminal.note(printable(&format!("{result}: {subject}: {finding}: {advice}")));
        }
        if self.dropped > 0 {
            context.terminal.note(format!("{} more findings are not printed", self.dropped));
        }
        if self.has_problem { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_beyond_the_first_10_000_are_counted_and_a_problem_among_them_is_known() {
        let mut report = Report::default();
        for number in 0..MOST_FINDINGS {
            report.warn(Check::WebhookUrl, "account", number.to_string(), "advice");
        }
        assert_eq!((report.rows.len(), report.dropped, report.has_problem), (MOST_FINDINGS, 0, false));
        report.problem(Check::WebhookUrl, "account", "one more", "advice");
        assert_eq!((report.rows.len(), report.dropped, report.has_problem), (MOST_FINDINGS, 1, true));
    }
}
