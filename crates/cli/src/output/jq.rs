//! jq filters.

use std::io::Write;

use jaq_core::{
    Compiler, Ctx, Exn, Vars,
    data::JustLut,
    load::{Arena, File, Loader},
};
use jaq_json::{Val, read};
use serde_json::value::RawValue;

use super::json;
use crate::{
    failure::{Exit, Failure, Result},
    printable::printable,
};

/// A compiled filter.
pub(super) struct Filter {
    filter: jaq_core::compile::Filter<jaq_core::Native<JustLut<Val>>>,
    /// Members that are selected first; none for all.
    members: Vec<String>,
    /// Whether strings go to a terminal.
    is_terminal: bool,
}

impl Filter {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// It is no jq, or names a filter or variable that does not exist.
    pub(super) fn new(expression: &str, members: Vec<String>, is_terminal: bool) -> Result<Self> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let wrong = |place: String| Failure::usage(format!("--jq {expression:?} is no jq filter{place}"));
        let modules = Loader::new(definitions)
            .load(&arena, File { path: (), code: expression })
            .map_err(|errors| wrong(load_problem(expression, &errors)))?;
        let filter = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
            let names: Vec<&str> = errors.iter().flat_map(|(_, undefined)| undefined).map(|(name, _)| *name).collect();
            wrong(format!(": there is no {}", names.join(", ")))
        })?;
        Ok(Self { filter, members, is_terminal })
    }

    /// Applies the filter to an item and prints each result on a line, strings without quotes.
    ///
    /// # Errors
    ///
    /// The filter fails, or stdout cannot be written.
    pub(super) fn apply(&self, out: &mut dyn Write, item: &RawValue) -> Result<()> {
        let failed = |error: String| Failure::new(format!("--jq: {error}"));
        let selected = if self.members.is_empty() { None } else { Some(json::select(item, &self.members)?) };
        let input = read::parse_single(selected.as_deref().unwrap_or(item.get()).as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        for result in self.filter.id.run((context, input)) {
            match result.map_err(stopped)? {
                Val::TStr(text) | Val::BStr(text) if self.is_terminal => {
                    writeln!(out, "{}", printable(&String::from_utf8_lossy(&text)))?;
                }
                Val::TStr(text) | Val::BStr(text) => {
                    out.write_all(&text)?;
                    out.write_all(b"\n")?;
                }
                value => writeln!(out, "{value}")?,
            }
        }
        Ok(())
    }
}

/// The error of a filter. `halt` ends the program in success, and `halt_error` in failure.
fn stopped(exception: Exn<'_, Val>) -> Failure {
    let exception = match exception.get_halt() {
        Ok(0) => return Failure::silent(Exit::Success),
        Ok(code) => return Failure::new(format!("--jq: the filter halted with code {code}")),
        Err(exception) => exception,
    };
    match exception.get_err() {
        Ok(error) => Failure::new(format!("--jq: {error}")),
        Err(_) => Failure::new("--jq: the filter left a label that does not enclose it"),
    }
}

/// The place of a syntax error.
fn load_problem(expression: &str, errors: &jaq_core::load::Errors<&str, ()>) -> String {
    use jaq_core::load::Error;
    let rest = errors.iter().find_map(|(_, error)| match error {
        Error::Lex(errors) => errors.first().map(|(_, rest)| *rest),
        Error::Parse(errors) => errors.first().map(|(_, rest)| *rest),
        Error::Io(_) => None,
    });
    match rest {
        Some(rest) if expression.contains(rest) && !rest.is_empty() => format!(": unexpected {rest:?}"),
        _ => ": unexpected end".to_owned(),
    }
}
