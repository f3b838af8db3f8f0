//! Parts of hand-written documents that are generated: copies of generated files between two marks.

use std::{fs, io, path::Path};

use codegen::Folders;

use crate::files;

/// A document, the mark of a section in it, and the generated file that the section repeats.
const SECTIONS: [(&str, &str, &str, &str); 1] =
    [("crates/facade/README.md", "resources", "crates/facade/src/generated", "resources.md")];

/// A document with a generated section.
pub(crate) struct Section {
    /// Path in the repository.
    pub(crate) path: &'static str,
    /// The document as it is.
    pub(crate) present: String,
    /// The document as it is to be.
    pub(crate) wanted: String,
}

/// Every document with a generated section.
///
/// # Errors
///
/// A document that cannot be read, or that lacks a mark.
pub(crate) fn all(root: &Path, folders: &Folders) -> Result<Vec<Section>, io::Error> {
    let sections = SECTIONS.iter().map(|&(path, mark, folder, file)| {
        let place = root.join(path);
        let present = fs::read_to_string(&place).map_err(|error| files::named(&place, &error))?.replace("\r\n", "\n");
        let text = folders.get(folder).and_then(|files| files.get(file)).map_or("", String::as_str);
        let wanted = with_section(&present, mark, text).map_err(|problem| {
            let problem = format!("finding the generated section: {problem}");
            files::named(&place, &io::Error::new(io::ErrorKind::InvalidData, problem))
        })?;
        Ok(Section { path, present, wanted })
    });
    sections.collect()
}

/// The document with this text between the marks.
fn with_section(document: &str, mark: &str, text: &str) -> Result<String, String> {
    let begin = format!("<!-- {mark}: written by cargo xtask regen -->\n");
    let end = format!("<!-- end of {mark} -->\n");
    let once = |mark: &str| match document.match_indices(mark).collect::<Vec<_>>()[..] {
        [(at, _)] => Ok(at),
        ref found => Err(format!("expected the line {:?} once, found it {} times", mark.trim_end(), found.len())),
    };
    let (from, to) = (once(&begin)? + begin.len(), once(&end)?);
    let before = document.get(..from).unwrap_or_default();
    match document.get(to..).filter(|_| from <= to) {
        Some(after) => Ok(format!("{before}\n{}\n\n{after}", text.trim_end())),
        None => Err(format!("the line {:?} stands before {:?}", end.trim_end(), begin.trim_end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- x: written by cargo xtask regen -->\n";
    const END: &str = "<!-- end of x -->\n";

    #[test]
    fn a_section_is_replaced_and_the_rest_is_kept() {
        let wanted = format!("a\n{BEGIN}\nnew\n\n{END}b\n");
        assert_eq!(with_section(&format!("a\n{BEGIN}{END}b\n"), "x", "new\n").unwrap(), wanted);
        assert_eq!(with_section(&format!("a\n{BEGIN}old\n{END}b\n"), "x", "new\n").unwrap(), wanted);
        assert_eq!(with_section(&wanted, "x", "new\n").unwrap(), wanted);
    }

    #[test]
    fn marks_that_are_missing_repeated_or_in_the_wrong_order_are_errors() {
        for (document, problem) in [
            (
                format!("a\n{END}"),
                "expected the line \"<!-- x: written by cargo xtask regen -->\" once, found it 0 times",
            ),
            (format!("a\n{BEGIN}"), "expected the line \"<!-- end of x -->\" once, found it 0 times"),
            (
                format!("{BEGIN}{BEGIN}{END}"),
                "expected the line \"<!-- x: written by cargo xtask regen -->\" once, found it 2 times",
            ),
            (
                format!("{END}{BEGIN}"),
                "the line \"<!-- end of x -->\" stands before \"<!-- x: written by cargo xtask regen -->\"",
            ),
        ] {
            assert_eq!(with_section(&document, "x", "new").unwrap_err(), problem);
        }
    }
}
