//! The folder of the CA: `ca.pem`, the certificate that clients must trust, and `ca-key.pem`.
//!
//! Several programs may start with the same folder concurrently. The key is created first, atomically, and the
//! certificate is made from it. A folder that has only the key is completed. Programs that complete it concurrently all
//! use the certificate that was written first.

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

/// Reads the CA of a folder. Creates a missing one, and renews a certificate that is about to expire.
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
    // Another program created the key first.
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

/// Reads a file of at most [`FILE_LIMIT`] bytes; `None` if it does not exist.
fn read(file: &Path) -> Result<Option<String>, Error> {
    match fs::metadata(file) {
        // Reading a pipe could block without end.
        Ok(metadata) if !metadata.is_file() => {
            return Err(failed("read the CA's file", file, "it is not a regular file"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read the CA's file", file, error)),
    }
    let opened = File::open(file).map_err(|error| failed("read the CA's file", file, error))?;
    let mut text = String::new();
    let length = opened.take(FILE_LIMIT + 1).read_to_string(&mut text);
    if length.map_err(|error| failed("read the CA's file", file, error))? as u64 > FILE_LIMIT {
        let problem = format!("it is larger than {FILE_LIMIT} bytes");
        return Err(failed("read the CA's file", file, io::Error::new(io::ErrorKind::FileTooLarge, problem)));
    }
    Ok(Some(text))
}

/// Writes a file atomically. Returns `false` and writes nothing if it exists and is not to be replaced.
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
/// `None` if neither that variable nor `HOME` is an absolute path.
pub(crate) fn of_user(var: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("twilio-conversations-emulator"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::super::ca::RENEWAL;
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

    fn message(error: &Error) -> String {
        let source = std::error::Error::source(error).map(|source| format!(": {source}"));
        format!("{error}{}", source.unwrap_or_default())
    }

    /// Names of the files in a folder.
    fn names(folder: &Path) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = fs::read_dir(folder)?
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }

    #[test]
    fn the_ca_is_made_once_and_used_again() -> Outcome {
        let parent = tempfile::tempdir()?;
        let folder = parent.path().join("a/b");
        let first = open(&folder)?;
        assert_eq!(names(&folder)?, [KEY, CERTIFICATE]);
        assert_eq!(fs::read_to_string(folder.join(CERTIFICATE))?, first.pem());
        assert_eq!(open(&folder)?.pem(), first.pem());
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_the_key() -> Outcome {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir()?;
        let folder = parent.path().join("ca");
        open(&folder)?;
        let mode = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.permissions().mode() & 0o777);
        assert_eq!(mode(&folder)?, 0o700);
        assert_eq!(mode(&folder.join(KEY))?, 0o600);
        assert_eq!(mode(&folder.join(CERTIFICATE))? & 0o600, 0o600);
        Ok(())
    }

    #[test]
    fn a_folder_with_the_key_only_is_completed() -> Outcome {
        let folder = tempfile::tempdir()?;
        let first = open(folder.path())?;
        fs::remove_file(folder.path().join(CERTIFICATE))?;
        let second = open(folder.path())?;
        assert_eq!(second.key_pem(), first.key_pem());
        assert_eq!(open(folder.path())?.pem(), second.pem());
        Ok(())
    }

    #[test]
    fn broken_files_are_errors_that_name_them_and_stay_unchanged() -> Outcome {
        let folder = tempfile::tempdir()?;
        let ca = open(folder.path())?;
        let other = CertificateAuthority::generate()?;
        let large = "x".repeat(usize::try_from(FILE_LIMIT)? + 1);
        let (key, certificate) = (ca.key_pem(), ca.pem().to_owned());
        for (name, text) in [
            (KEY, ""),
            (KEY, "no key"),
            (KEY, &key[..key.len() / 2]),
            (KEY, &certificate),
            (KEY, &large),
            (CERTIFICATE, ""),
            (CERTIFICATE, "no certificate"),
            (CERTIFICATE, &certificate[..certificate.len() / 2]),
            (CERTIFICATE, other.pem()),
            (CERTIFICATE, &key),
            (CERTIFICATE, &large),
        ] {
            let file = folder.path().join(name);
            let good = fs::read(&file)?;
            fs::write(&file, text)?;
            let Err(error) = open(folder.path()) else { panic!("{name} was taken: {text:.20}") };
            let message = message(&error);
            assert!(message.contains(&file.display().to_string()), "{message}");
            assert!(!message.contains(key.lines().nth(1).unwrap_or_default()), "{message}");
            assert_eq!(fs::read_to_string(&file)?, text);
            fs::write(&file, good)?;
        }
        assert_eq!(open(folder.path())?.pem(), ca.pem());
        Ok(())
    }

    #[test]
    fn a_certificate_without_its_key_and_unreadable_files_are_errors() -> Outcome {
        let folder = tempfile::tempdir()?;
        open(folder.path())?;
        fs::write(folder.path().join(CERTIFICATE), [0xff, 0xfe])?;
        assert!(open(folder.path()).is_err(), "it is no text");
        fs::write(folder.path().join(CERTIFICATE), "text")?;
        fs::remove_file(folder.path().join(KEY))?;
        let Err(error) = open(folder.path()) else { panic!("there is no key") };
        assert!(error.to_string().ends_with("ca-key.pem is missing"), "{error}");
        fs::create_dir(folder.path().join(KEY))?;
        let Err(error) = open(folder.path()) else { panic!("the key is a folder") };
        assert!(message(&error).ends_with("ca-key.pem: it is not a regular file"), "{}", message(&error));
        let Err(error) = open(&folder.path().join(CERTIFICATE)) else { panic!("it is no folder") };
        assert!(error.to_string().starts_with("cannot create the CA's folder"), "{error}");
        Ok(())
    }

    #[test]
    fn programs_that_start_at_once_agree_on_one_ca() -> Outcome {
        let folder = tempfile::tempdir()?;
        let all: Result<Vec<String>, Error> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| Ok(open(folder.path())?.pem().to_owned()))).collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        let all = all?;
        assert!(all.iter().all(|pem| *pem == all[0]));
        assert_eq!(names(folder.path())?, [KEY, CERTIFICATE]);
        Ok(())
    }

    #[test]
    fn a_certificate_that_is_about_to_expire_or_has_expired_is_renewed() -> Outcome {
        let folder = tempfile::tempdir()?;
        let key = open(folder.path())?.key_pem();
        let hour = Duration::from_secs(3600);
        for not_after in [SystemTime::now() + RENEWAL - hour, SystemTime::now() - hour] {
            let old = CertificateAuthority::issue_until(KeyPair::from_pem(&key)?, not_after)?;
            fs::write(folder.path().join(CERTIFICATE), old.pem())?;
            let renewed = open(folder.path())?;
            assert!(!renewed.is_about_to_expire());
            assert_eq!(renewed.key_pem(), key);
            assert_eq!(fs::read_to_string(folder.path().join(CERTIFICATE))?, renewed.pem());
        }
        Ok(())
    }

    #[test]
    fn the_user_s_folder_is_in_the_cache() {
        let of = |cache: Option<&str>, home: Option<&str>| {
            of_user(|name| match name {
                "XDG_CACHE_HOME" => cache.map(Into::into),
                "HOME" => home.map(Into::into),
                _ => None,
            })
        };
        let name = "twilio-conversations-emulator";
        assert_eq!(of(Some("/cache"), Some("/home")), Some(Path::new("/cache").join(name)));
        assert_eq!(of(None, Some("/home")), Some(Path::new("/home/.cache").join(name)));
        assert_eq!(of(Some("relative"), Some("/home")), Some(Path::new("/home/.cache").join(name)));
        assert_eq!(of(Some(""), Some("relative")), None);
        assert_eq!(of(None, None), None);
        assert_eq!(of_data_file(Path::new("/x/state.db")), Path::new("/x/state.db-ca"));
    }
}
