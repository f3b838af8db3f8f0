//! The specification of the last commit.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
};

use codegen::Sources;

use crate::files;

/// Largest file that is read from the repository's history, in bytes.
const LARGEST: u64 = 16 << 20;

/// The files of `spec/` as the last commit has them.
///
/// # Errors
///
/// When there is no commit, git cannot be run, or a file is not UTF-8 or larger than 16 MiB.
pub(crate) fn committed() -> Result<Sources, Box<dyn Error>> {
    let output = git(&["ls-tree", "-r", "--name-only", "HEAD", "spec/"]).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err("listing the specification of the last commit: git failed".into());
    }
    let listed = String::from_utf8(output.stdout)?;
    let names: Vec<String> = listed.lines().filter(|name| name.ends_with(".yaml")).map(str::to_owned).collect();
    // One process for all files; it writes each as a line with its size, and its content.
    let mut child =
        git(&["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
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

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(files::root()).args(arguments);
    command
}
