//! The maintainers' commands: `cargo xtask COMMAND`.
#![allow(clippy::print_stdout, reason = "a program prints")]

mod bless;
mod ci;
mod drift;
mod files;
mod history;
mod links;
mod manuals;
mod openapi;
mod regen;
mod section;
mod tidy;
mod weigh;
mod yaml;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  regen              writes the generated folders from spec/, and prints what users gain or lose since the last commit
  regen --check      compares them instead, prints what differs, and exits 1 if anything does
  bless              writes the generated test data: golden files, calls, the table of types, compiler messages
  bless --check      compares it instead, prints what differs, and exits 1 if anything does
  openapi            prints the merged specification as JSON, as documented
  openapi --overlaid prints it with our corrections applied
  drift FILE...      compares documentation with spec/: pages about resources or events (Markdown) and whole
                     OpenAPI documents (JSON); with --spec DIR before the files, another folder than spec/
  drift --fix FILE... edits spec/ where a difference is mechanical, and prints the rest with the reason; exits 1
                     while anything is to be done by hand or a description is to be written
  links              checks the links of documents into this repository and its documentation; needs `cargo doc` before
  man DIR            writes a man page for each command of twconv
  completions DIR    writes a completion script of twconv for each shell
  tidy               checks the repository's own rules
  weigh [TLS...]     builds programs with the facade and with raw reqwest, and compares what they cost
  ci                 runs everything that must pass before a change lands
";

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["regen"] => regen::write(),
        ["regen", "--check"] => regen::check(),
        ["bless", arguments @ ..] => bless::run(arguments),
        ["openapi"] => openapi::print(false),
        ["openapi", "--overlaid"] => openapi::print(true),
        ["drift", arguments @ ..] => drift::run(arguments),
        ["links"] => links::run(),
        ["man", folder] => manuals::man(folder),
        ["completions", folder] => manuals::completions(folder),
        ["tidy"] => tidy::run(),
        ["weigh", features @ ..] => weigh::run(features),
        ["ci"] => ci::run(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
