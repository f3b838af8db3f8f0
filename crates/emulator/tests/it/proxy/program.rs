//! The proxy of the program.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_twilio-conversations-emulator");

/// The program, killed when dropped, and the lines that it prints once it serves.
struct Program(Child, Vec<String>);

impl Program {
    /// Starts it with a cache folder. It prints a known number of lines.
    fn start(cache: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(args).env("XDG_CACHE_HOME", cache).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        for line in lines.map(Result::unwrap) {
            printed.push(line);
            if printed.last().unwrap().starts_with("# Java") {
                break;
            }
        }
        Self(child, printed)
    }

    fn value(&self, start: &str) -> &str {
        self.1.iter().find_map(|line| line.strip_prefix(start)).unwrap_or_else(|| panic!("{start}: {:#?}", self.1))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn fails(args: &[&str], variables: &[(&str, &str)]) -> String {
    let output: Output = Command::new(PROGRAM).args(args).env_clear().envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn it_prints_lines_to_paste_for_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("it's here/ca");
    let program = Program::start(folder.path(), &["--proxy", "0", "--ca-dir", ca.to_str().unwrap()]);
    let url = program.value("proxy on ");
    let quoted = format!("'{}'", ca.join("ca.pem").to_str().unwrap().replace('\'', r"'\''"));
    for name in ["HTTPS_PROXY", "HTTP_PROXY"] {
        assert_eq!(program.value(&format!("export {name}=")), url);
    }
    assert_eq!(program.value("export NO_PROXY="), "localhost,127.0.0.1,::1");
    for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"] {
        assert_eq!(program.value(&format!("export {name}=")), quoted);
    }
    let port = url.rsplit_once(':').unwrap().1;
    let java = program.value("export JAVA_TOOL_OPTIONS=");
    assert!(
        java.starts_with(&format!("'-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={port} -Djavax.net.ssl")),
        "{java}"
    );
    // A shell evaluates every line to the intended value.
    let script = program.1[1..]
        .iter()
        .filter(|line| !line.starts_with("proxy on"))
        .fold(String::new(), |all, line| all + line + "\n");
    let script = format!("{script}printf '%s\\n%s' \"$SSL_CERT_FILE\" \"$JAVA_TOOL_OPTIONS\"");
    let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let (file, java) = printed.split_once('\n').unwrap();
    assert_eq!(Path::new(file), ca.join("ca.pem"));
    assert!(java.contains(&format!("-Djavax.net.ssl.trustStore=\"{}\"", ca.join("ca.p12").display())), "{java}");
}

#[test]
fn the_ca_is_that_of_the_user_unless_there_is_a_data_file() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("twilio-conversations-emulator/ca.pem");
    let certificate = || std::fs::read(&users).unwrap();
    let program = Program::start(folder.path(), &["--proxy", "0"]);
    assert_eq!(Path::new(program.value("export SSL_CERT_FILE=")), users);
    let first = certificate();
    drop(program);
    drop(Program::start(folder.path(), &["--proxy", "0"]));
    assert_eq!(certificate(), first);
    let data = folder.path().join("state.db");
    let program = Program::start(folder.path(), &["--proxy", "0", "--data", data.to_str().unwrap()]);
    assert_eq!(Path::new(program.value("export SSL_CERT_FILE=")), folder.path().join("state.db-ca/ca.pem"));
}

#[test]
fn bad_options_of_the_proxy_are_errors() {
    let message = fails(&["--proxy", "x"], &[]);
    assert!(message.contains("\"x\""), "{message}");
    fails(&["--proxy", "65536"], &[]);
    fails(&["--proxy"], &[]);
    let message = fails(&["--ca-dir", "/tmp"], &[]);
    assert!(message.contains("--ca-dir: it takes the option --proxy, which is missing"), "{message}");
    let message = fails(&["--proxy", "0"], &[]);
    assert!(message.contains("neither XDG_CACHE_HOME nor HOME"), "{message}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let message = fails(&["--proxy", "0"], &[("HOME", file.to_str().unwrap())]);
    assert!(message.contains("cannot create the CA's folder") && message.contains("file/.cache"), "{message}");
    std::fs::write(folder.path().join("ca.pem"), "half").unwrap();
    let message = fails(&["--proxy", "0", "--ca-dir", folder.path().to_str().unwrap()], &[]);
    assert!(message.contains("ca-key.pem is missing"), "{message}");
}
