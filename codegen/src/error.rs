//! What is wrong with the specification, and where.

use std::fmt;

/// One problem, in one line that a person can act on: `spec/v1/service.yaml#/paths/~1v1~1Services/get: …`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    file: String,
    pointer: String,
    problem: String,
}

impl Error {
    /// A problem at a JSON pointer of a file. An empty pointer means the file as a whole.
    pub fn new(file: impl Into<String>, pointer: impl Into<String>, problem: impl fmt::Display) -> Self {
        let problem = problem.to_string().replace('\n', " ");
        Self { file: file.into(), pointer: pointer.into(), problem }
    }

    /// The same problem of a value that stands elsewhere, at `pointer` of `file`.
    pub(crate) fn within(self, file: &str, pointer: &str) -> Self {
        Self { file: file.to_owned(), pointer: format!("{pointer}{}", self.pointer), ..self }
    }

    /// The file, as the specification names it: `v1/service.yaml`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// JSON pointer (RFC 6901) into the file.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, pointer, problem } = self;
        write!(f, "spec/{file}#{pointer}: {problem}")
    }
}

impl std::error::Error for Error {}

/// A result with the problem's place.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Escapes one token of a JSON pointer.
pub fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that one token of a JSON pointer stands for: the inverse of [`token`].
pub fn untoken(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
