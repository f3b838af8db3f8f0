//! Files of settings: read within a limit, replaced whole, readable by their owner only.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    failure::{Exit, Failure, Result},
    input,
};

/// Limit of a file of settings: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

/// `$XDG_CONFIG_HOME/twconv`, `~/.config/twconv` unless set.
pub(crate) fn folder() -> Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::base_strategy::Xdg::new()
        .map_err(|error| Failure::new("finding the folder of settings").source(error))?;
    Ok(strategy.config_dir().join("twconv"))
}

/// `$XDG_STATE_HOME/twconv`, `~/.local/state/twconv` unless set.
///
/// # Errors
///
/// There is no home folder.
pub(crate) fn state_folder() -> Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::base_strategy::Xdg::new()
        .map_err(|error| Failure::new("finding the folder of states").source(error))?;
    Ok(strategy.state_dir().unwrap_or_else(|| strategy.home_dir().join(".local/state")).join("twconv"))
}

/// The content of a file; `None` if it does not exist.
///
/// # Errors
///
/// It cannot be read, is larger than 1 MiB, or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    let failed = |error: io::Error| Failure::new(format!("reading {}", path.display())).source(error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let text = input::read(file, LARGEST).and_then(input::utf8).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => failed(error).exit(Exit::Usage),
        _ => failed(error),
    });
    text.map(Some)
}

/// Replaces a file whole, with mode 0600 in a folder of mode 0700.
///
/// # Errors
///
/// It cannot be written; the earlier file is unchanged.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let failed = |error: io::Error| Failure::new(format!("writing {}", path.display())).source(error);
    let folder = path.parent().expect("a file of settings is in a folder");
    create_folder(folder)?;
    // Temporary files have mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    // The new name survives a loss of power only if the folder is on disk, too.
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(())
}

/// Creates a folder of mode 0700 and those above it.
///
/// # Errors
///
/// It cannot be created.
pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Failure::new(format!("creating {}", folder.display())).source(error))
}

/// Opens a file with mode 0600, which is created if it does not exist. Writes go to its end.
///
/// # Errors
///
/// It cannot be opened.
pub(crate) fn open_private(path: &Path) -> Result<File> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Failure::new(format!("opening {}", path.display())).source(error))
}
