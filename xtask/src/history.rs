//! The specification of the last commit.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use codegen::Sources;

/// Largest file that is read from the repository's history, in bytes.
const LARGEST: u64 = 16 << 20;

/// The files of `spec/` below a repository's root as the last commit has them.
///
/// # Errors
///
/// When there is no commit, git cannot be run, or a file is not UTF-8 or larger than 16 MiB.
pub(crate) fn committed(root: &Path) -> Result<Sources, Box<dyn Error>> {
    let output = git(root, &["ls-tree", "-r", "--name-only", "HEAD", "spec/"]).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err("listing the specification of the last commit: git failed".into());
    }
    let listed = String::from_utf8(output.stdout)?;
    let names: Vec<String> = listed.lines().filter(|name| name.ends_with(".yaml")).map(str::to_owned).collect();
    // One process for all files; it writes each as a line with its size, and its content.
    let mut child = git(root, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("git takes no input")?;
    let wanted: String = names.iter().map(|name| format!("HEAD:{name}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(wanted.as_bytes()));
    let mut output = BufReader::new(child.stdout.take().ok_or("git has no output")?);
    let mut sources = Sources::default();
    for name in names {
        let text = blob(&mut output).map_err(|error| format!("reading {name} of the last commit: {error}"))?;
        let short = name.strip_prefix("spec/").unwrap_or(&name).to_owned();
        sources.0.insert(short, text.replace("\r\n", "\n"));
    }
    writer.join().map_err(|_| "writing to git failed")??;
    child.wait()?;
    Ok(sources)
}

/// One file: `<id> blob <size>`, a line end, the content, a line end.
fn blob(output: &mut impl BufRead) -> Result<String, Box<dyn Error>> {
    let mut head = String::new();
    output.take(1000).read_line(&mut head)?;
    let size: u64 = head.trim_end().rsplit(' ').next().unwrap_or_default().parse()?;
    if size > LARGEST {
        return Err(format!("{size} bytes, at most {LARGEST}").into());
    }
    let mut content = Vec::new();
    output.take(size).read_to_end(&mut content)?;
    output.read_exact(&mut [0])?;
    Ok(String::from_utf8(content)?)
}

fn git(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments);
    // A hook of git has these set, and they come before the folder.
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"].iter().for_each(|name| _ = command.env_remove(name));
    command
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;
    use crate::files;

    /// An empty repository of one test.
    fn repository(test: &str) -> PathBuf {
        let root = files::root().join("target/tmp/history").join(test);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        fs::create_dir_all(root.join("spec/v1")).unwrap();
        run(&root, &["init", "--quiet"]);
        root
    }

    fn run(root: &Path, arguments: &[&str]) {
        let own = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        assert!(git(root, &[&own, arguments].concat()).status().unwrap().success(), "{arguments:?}");
    }

    #[test]
    fn the_files_are_those_of_the_last_commit() {
        let root = repository("committed");
        fs::write(root.join("spec/base.yaml"), "é: 1\r\n\nb: 2").unwrap();
        fs::write(root.join("spec/v1/thing.yaml"), "").unwrap();
        fs::write(root.join("spec/README.md"), "no").unwrap();
        run(&root, &["add", "."]);
        run(&root, &["commit", "--quiet", "--message", "one"]);
        fs::write(root.join("spec/base.yaml"), "changed").unwrap();
        fs::write(root.join("spec/v1/new.yaml"), "new").unwrap();
        let committed = committed(&root).unwrap().0;
        let expected = [("base.yaml", "é: 1\n\nb: 2"), ("v1/thing.yaml", "")];
        assert_eq!(committed, expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    }

    #[test]
    fn a_repository_without_a_commit_is_an_error() {
        let error = committed(&repository("empty")).unwrap_err();
        assert_eq!(error.to_string(), "listing the specification of the last commit: git failed");
    }

    #[test]
    fn a_file_that_git_does_not_have_or_that_is_too_large_is_an_error() {
        let read = |text: &[u8]| blob(&mut BufReader::new(text)).map_err(|error| error.to_string());
        assert_eq!(read(b"0123 blob 2\nab\n").as_deref(), Ok("ab"));
        assert_eq!(read(b"0123 blob 16777217\n"), Err("16777217 bytes, at most 16777216".to_owned()));
        assert!(read(b"HEAD:spec/x.yaml missing\n").is_err());
        assert!(read(b"0123 blob 2\na").is_err());
        assert!(read(b"0123 blob 1\n\xff\n").is_err());
    }
}
