//! Files and stdin, read within a limit of bytes.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
};

/// The whole of a file, or of stdin for `-`.
///
/// # Errors
///
/// It cannot be opened or read; [`ErrorKind::FileTooLarge`] if it has more than `limit` bytes.
pub(crate) fn bytes(path: &str, limit: u64) -> io::Result<Vec<u8>> {
    if path == "-" { read(io::stdin(), limit) } else { read(File::open(path)?, limit) }
}

/// As [`bytes()`], a string.
///
/// # Errors
///
/// As [`bytes()`]; [`ErrorKind::InvalidData`] if it is not UTF-8.
pub(crate) fn text(path: &str, limit: u64) -> io::Result<String> {
    utf8(bytes(path, limit)?)
}

/// All of `source`.
///
/// # Errors
///
/// It cannot be read; [`ErrorKind::FileTooLarge`] if it has more than `limit` bytes.
pub(crate) fn read(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is allowed shows that there is more.
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let limit = if limit < MIB { format!("{} KiB", limit / 1024) } else { format!("{} MiB", limit / MIB) };
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit}")));
    }
    Ok(bytes)
}

/// The bytes as a string.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] if they are not UTF-8, with the line.
pub(crate) fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        io::Error::new(ErrorKind::InvalidData, format!("line {line} is not UTF-8"))
    })
}

const MIB: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_the_limit_is_read_and_one_byte_more_is_an_error() {
        assert_eq!(read(&[b'x'; 4096][..], 4096).unwrap().len(), 4096);
        let error = read(&[b'x'; 4097][..], 4096).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::FileTooLarge, "it is larger than 4 KiB"));
        let error = read(io::repeat(b'x'), 2 * MIB).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 2 MiB");
    }

    #[test]
    fn the_line_that_is_not_utf8_is_named() {
        let error = utf8(b"a\nb\n\xff".to_vec()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidData, "line 3 is not UTF-8"));
    }
}
