//! The folder of the CA: `ca.pem`, the certificate that clients must trust, and `ca-key.pem`.
//!
//! Several programs may start with the same folder at once. So the key is created first, by the one that succeeds, and
//! the certificate is made from it: a folder that has the key only is completed, and programs that complete it at the
//! same time agree on the first certificate.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use tempfile::NamedTempFile;

use super::ca::CertificateAuthority;
use crate::error::Error;

/// The CA certificate.
pub(super) const CERTIFICATE: &str = "ca.pem";
/// Its key, readable by the user only.
const KEY: &str = "ca-key.pem";

/// Largest file of the CA in bytes. Ours are under 1 KB.
const FILE_LIMIT: u64 = 64 * 1024;

/// Reads the CA of a folder; makes it where there is none, and renews the certificate where it is about to expire.
pub(super) fn open(folder: &Path) -> Result<CertificateAuthority, Error> {
    create_folder(folder).map_err(|error| failed("create the CA's folder", folder, error))?;
    let (key_file, certificate_file) = (folder.join(KEY), folder.join(CERTIFICATE));
    let (key, certificate) = (read(&key_file)?, read(&certificate_file)?);
    let key = match (key, &certificate) {
        (Some(pem), _) => KeyPair::from_pem(&pem).map_err(|error| failed("use the CA's key", &key_file, error))?,
        (None, None) => create_key(&key_file)?,
        (None, Some(_)) => {
            let file = certificate_file.display();
            return Err(Error::new(format!("cannot use the CA in {file}: its key {} is missing", key_file.display())));
        }
    };
    match certificate {
        Some(pem) => open_certificate(&certificate_file, pem, key),
        None => create_certificate(&certificate_file, key),
    }
}

fn create_key(file: &Path) -> Result<KeyPair, Error> {
    let doing = "create the CA's key";
    let key = KeyPair::generate().map_err(|error| failed(doing, file, error))?;
    if write(file, &key.serialize_pem(), 0o600, false).map_err(|error| failed(doing, file, error))? {
        return Ok(key);
    }
    // Another program that started with the same folder was first.
    let pem = read(file)?.ok_or_else(|| failed(doing, file, io::Error::from(io::ErrorKind::NotFound)))?;
    KeyPair::from_pem(&pem).map_err(|error| failed("use the CA's key", file, error))
}

fn create_certificate(file: &Path, key: KeyPair) -> Result<CertificateAuthority, Error> {
    let doing = "create the CA's certificate";
    let ca = CertificateAuthority::issue(key).map_err(|error| failed(doing, file, error))?;
    if write(file, ca.pem(), 0o644, false).map_err(|error| failed(doing, file, error))? {
        return Ok(ca);
    }
    let pem = read(file)?.ok_or_else(|| failed(doing, file, io::Error::from(io::ErrorKind::NotFound)))?;
    let key = KeyPair::from_pem(&ca.key_pem()).map_err(|error| failed(doing, file, error))?;
    open_certificate(file, pem, key)
}

fn open_certificate(file: &Path, pem: String, key: KeyPair) -> Result<CertificateAuthority, Error> {
    let ca = CertificateAuthority::read(pem, key).map_err(|error| failed("use the CA's certificate", file, error))?;
    if !ca.is_about_to_expire() {
        return Ok(ca);
    }
    let doing = "renew the CA's certificate";
    let renewed = ca.renew().map_err(|error| failed(doing, file, error))?;
    write(file, renewed.pem(), 0o644, true).map_err(|error| failed(doing, file, error))?;
    Ok(renewed)
}

/// Reads a file of at most [`FILE_LIMIT`] bytes; `None` where there is none.
fn read(file: &Path) -> Result<Option<String>, Error> {
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read the CA's file", file, error)),
    };
    let mut text = String::new();
    let length = opened.take(FILE_LIMIT + 1).read_to_string(&mut text);
    if length.map_err(|error| failed("read the CA's file", file, error))? as u64 > FILE_LIMIT {
        let problem = format!("it is larger than {FILE_LIMIT} bytes");
        return Err(failed("read the CA's file", file, io::Error::new(io::ErrorKind::FileTooLarge, problem)));
    }
    Ok(Some(text))
}

/// Writes a file whole or not at all. Returns `false`, having written nothing, if it is there and not to be replaced.
fn write(file: &Path, text: &str, mode: u32, replace: bool) -> io::Result<bool> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut temporary = temporary(folder, mode)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    let written = if replace { temporary.persist(file) } else { temporary.persist_noclobber(file) };
    match written {
        Ok(_) => Ok(true),
        Err(failure) if !replace && failure.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failure) => Err(failure.error),
    }
}

#[cfg(unix)]
fn temporary(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(mode)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Path, _mode: u32) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().tempfile_in(folder)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn failed(doing: &str, file: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::because(format!("cannot {doing} {}", file.display()), error)
}

/// The folder of a data file's CA: `state.db-ca` beside `state.db`.
pub(super) fn of_data_file(data: &Path) -> PathBuf {
    let mut folder = data.as_os_str().to_owned();
    folder.push("-ca");
    folder.into()
}

/// The folder of the CA of a user: `twilio-conversations-emulator` in `$XDG_CACHE_HOME`, which is `~/.cache` by default.
/// `None` where neither that variable nor `HOME` is an absolute path.
pub(crate) fn of_user(var: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("twilio-conversations-emulator"))
}
