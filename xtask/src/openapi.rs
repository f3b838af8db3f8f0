//! `cargo xtask openapi`: the merged specification as JSON.

use std::process::ExitCode;

use crate::{Outcome, files};

pub(crate) fn print(overlaid: bool) -> Outcome {
    let sources = files::sources()?;
    let document = if overlaid { codegen::overlaid(&sources)? } else { codegen::documented(&sources)? };
    print!("{}", codegen::to_json(&document));
    Ok(ExitCode::SUCCESS)
}
