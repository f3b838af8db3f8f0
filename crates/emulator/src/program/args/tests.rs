//! Tests of the options: precedence, spelling and errors of each source.

use std::time::Duration;

use super::*;

const SECRET: &str = "hush-hush";

/// The builder that arguments, variables and a folder configure, in its debug format, and the lines for stderr.
fn parse(args: &[&str], variables: &[(&str, &str)], folder: &Path) -> Result<(String, Vec<String>), String> {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    match Args::parse(args.iter().map(OsString::from), variables, folder) {
        Ok(Args::Run(config)) => {
            let (builder, notes) = config.finish().map_err(|error| error.to_string())?;
            Ok((format!("{builder:?}"), notes))
        }
        Ok(_) => panic!("help or version"),
        Err(error) => {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            Err(format!("{error}{}", source.unwrap_or_default()))
        }
    }
}

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DEFAULT_FILE), text).unwrap();
    folder
}

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[track_caller]
fn shows(parsed: Result<(String, Vec<String>), String>, part: &str) {
    let (shown, _) = parsed.unwrap();
    assert!(shown.contains(part), "{part} is not in {shown}");
}

#[test]
fn the_command_line_comes_before_the_environment_and_the_environment_before_the_file() {
    let folder = folder_with("port = 3\n");
    let variable = [("TWILIO_EMULATOR_PORT", "2"), ("PATH", "/bin"), ("TWILIO_AUTH_TOKEN", "not ours")];
    shows(parse(&["--port", "1"], &variable, folder.path()), "port: 1,");
    shows(parse(&[], &variable, folder.path()), "port: 2,");
    shows(parse(&[], &[], folder.path()), "port: 3,");
    shows(parse(&[], &[("TWILIO_EMULATOR_PORT", "")], folder.path()), "port: 3,");
    shows(parse(&["--port", "1", "--port=4"], &[], empty().path()), "port: 4,");
    // The value of an overridden option is not parsed.
    shows(parse(&["--port", "1"], &[("TWILIO_EMULATOR_PORT", "x")], folder.path()), "port: 1,");
}

#[test]
fn every_option_is_known_by_its_three_names() {
    let value = |option: &OptionSpec| match option.name {
        "account-sid" => "AC0123456789abcdef0123456789abcdef",
        "bind" => "127.0.0.1",
        "fault" => "cut",
        "api-key" | "another-account" | "signing-key" => "a:b",
        "config" | "seed" => "/dev/null",
        _ if option.arity == Arity::Switch => "true",
        _ => "1",
    };
    for option in OPTIONS {
        let (name, value) = (option.name, value(option));
        // The folder of the proxy's CA needs a proxy.
        let others: &[&str] = if name == "ca-dir" { &["--proxy=0"] } else { &[] };
        let folder = empty();
        let arg = format!("--{name}={value}");
        parse(&[&[arg.as_str()], others].concat(), &[], folder.path()).unwrap_or_else(|error| panic!("{arg}: {error}"));
        let variable = format!("{PREFIX}{}", option.variable());
        parse(others, &[(&variable, value)], folder.path()).unwrap_or_else(|error| panic!("{variable}: {error}"));
        let folder = folder_with(&format!("{name} = {value:?}\n"));
        let of_file = parse(others, &[], folder.path());
        assert_eq!(of_file.is_ok(), name != CONFIG, "{name}: {of_file:?}");
    }
}

#[test]
fn repeated_options_are_a_list_in_each_source_and_come_from_one_source() {
    let accounts = |parsed: Result<(String, Vec<String>), String>| parsed.unwrap().0.matches("\"B").count();
    let folder = folder_with("another-account = ['B1:t', 'B2:t', 'B3:t']\n");
    assert_eq!(accounts(parse(&[], &[], folder.path())), 3);
    let variable = [("TWILIO_EMULATOR_ANOTHER_ACCOUNT", " B1:t,B2:t\tB3:t\n,, B4:t")];
    assert_eq!(accounts(parse(&[], &variable, folder.path())), 4);
    let args = ["--another-account", "B1:t", "--another-account", "B2:t"];
    assert_eq!(accounts(parse(&args, &variable, folder.path())), 2);
    assert_eq!(accounts(parse(&[], &[], folder_with("another-account = 'B1:a,b c'\n").path())), 1);
}

#[test]
fn a_switch_is_turned_off_by_a_source_with_precedence() {
    let folder = folder_with("strict = true\nno-pre-hooks = 'false'\n");
    let strict = |args: &[&str], variables: &[(&str, &str)]| {
        let (shown, _) = parse(args, variables, folder.path()).unwrap();
        shown.contains("refuse_unknown_fields: true")
    };
    assert!(strict(&[], &[]) && strict(&["--strict"], &[("TWILIO_EMULATOR_STRICT", "false")]));
    assert!(!strict(&[], &[("TWILIO_EMULATOR_STRICT", "false")]));
    assert!(!strict(&["--strict=false"], &[("TWILIO_EMULATOR_STRICT", "true")]));
}

#[test]
fn retries_and_their_delay_are_set_independently() {
    let parsed = |args: &[&str]| parse(args, &[], empty().path()).unwrap().0;
    assert!(parsed(&["--retries", "7"]).contains("retries: 7, retry_delay: 1s"));
    assert!(parsed(&["--retry-delay", "20"]).contains("retries: 3, retry_delay: 20ms"));
    assert!(parsed(&[]).contains("retries: 3, retry_delay: 1s"));
}

#[test]
fn a_named_file_is_read_in_place_of_the_one_in_the_working_folder_which_is_named_on_stderr() {
    let folder = folder_with("port = 1\n");
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("sub/other.toml"), "port = 2\ndata = 'data.db'\n").unwrap();
    let (shown, notes) = parse(&[], &[], folder.path()).unwrap();
    assert!(shown.contains("port: 1,"), "{shown}");
    assert_eq!(notes, ["options from twilio-emulator.toml"]);
    for (args, variables) in [
        (&["--config", "sub/other.toml"][..], &[][..]),
        (&[], &[("TWILIO_EMULATOR_CONFIG", "sub/other.toml")]),
        (&["--config", "sub/other.toml"], &[("TWILIO_EMULATOR_CONFIG", "nowhere")]),
    ] {
        let (shown, notes) = parse(args, variables, folder.path()).unwrap();
        let data = folder.path().join("sub/data.db");
        assert!(shown.contains("port: 2,") && shown.contains(&format!("data: Some({data:?})")), "{shown}");
        assert_eq!(notes, <[String; 0]>::default());
    }
    shows(parse(&["--config=sub/other.toml", "--data=data.db"], &[], folder.path()), "data: Some(\"data.db\")");
}

#[test]
fn errors_name_the_option_as_it_was_set() {
    for (args, variables, file, problem) in [
        (&["--frobnicate"][..], &[][..], "", "--frobnicate: there is no such option"),
        (&["stray"], &[], "", "\"stray\" is neither an option nor the value of one"),
        (&["-x"], &[], "", "-x: there is no such option"),
        (&["--retries"], &[], "", "--retries: it takes COUNT"),
        (&["--retries", "x"], &[], "", "--retries: cannot use \"x\": invalid digit found in string"),
        (&["--retries", "-1"], &[], "", "--retries: cannot use \"-1\": invalid digit found in string"),
        (&["--strict=yes"], &[], "", "--strict: cannot use \"yes\": it takes true or false"),
        (&["--fault", "flood"], &[], "", "--fault: cannot use \"flood\" as a fault: the kind is"),
        (&["--seed", "/nowhere.yaml"], &[], "", "--seed: cannot read the scenario in /nowhere.yaml"),
        (&["--config", "none.toml"], &[], "", "cannot read the options in none.toml: No such file"),
        (&[], &[("TWILIO_EMULATOR_PROT", "1")], "", "TWILIO_EMULATOR_PROT: there is no such option"),
        (&[], &[("TWILIO_EMULATOR_", "1")], "", "TWILIO_EMULATOR_: there is no such option"),
        (&[], &[("TWILIO_EMULATOR_PORT", "65536")], "", "TWILIO_EMULATOR_PORT: cannot use \"65536\": number too large"),
        (
            &[],
            &[("TWILIO_EMULATOR_STRICT", "1")],
            "",
            "TWILIO_EMULATOR_STRICT: cannot use \"1\": it takes true or false",
        ),
        (&[], &[], "retries = 'x'", "twilio-emulator.toml: retries: cannot use \"x\": invalid digit found in string"),
        (&[], &[], "retries = 1.5", "twilio-emulator.toml: retries: it takes a string or a whole number"),
        (&[], &[], "retries = [1]", "twilio-emulator.toml: retries: it takes a string or a whole number"),
        (&[], &[], "strict = []", "twilio-emulator.toml: strict: it takes true or false"),
        (&[], &[], "fault = [['cut']]", "twilio-emulator.toml: fault: it takes a string or a list of strings"),
        (&[], &[], "retry_delay = 1", "twilio-emulator.toml: retry_delay: there is no such option; retry-delay is one"),
        (&[], &[], "[server]\nport = 1", "twilio-emulator.toml: server: there is no such option"),
        (&["--ca-dir", "x"], &[], "", "--ca-dir: it takes the option --proxy, which is missing"),
        (&[], &[("TWILIO_EMULATOR_CA_DIR", "x")], "", "TWILIO_EMULATOR_CA_DIR: it takes the option --proxy, which is"),
        (&[], &[], "ca-dir = 'x'", "twilio-emulator.toml: ca-dir: it takes the option --proxy, which is missing"),
        (&[], &[], "config = 'x'", "twilio-emulator.toml: config: there is no such option"),
        (&[], &[], "port = 1\nport = 2", "twilio-emulator.toml: line 2: duplicate key"),
        (&[], &[], "port = 1\n= 2", "twilio-emulator.toml: line 2: "),
    ] {
        let error = parse(args, variables, folder_with(file).path()).unwrap_err();
        assert!(error.starts_with(problem), "{problem:?} is not the start of {error:?}");
    }
}

#[test]
fn no_error_holds_a_secret() {
    let lines = [
        format!("auth-token = {SECRET}"),
        format!("auth-token = '{SECRET}"),
        format!("auth-token = ['{SECRET}']"),
        format!("api-key = '{SECRET}'"),
        format!("api-key = {{SK = '{SECRET}'}}"),
        format!("another-account = [['{SECRET}']]"),
        format!("signing-key = '{SECRET}'"),
        format!("signing-key = '{SECRET}\nport = 1"),
        format!("port = 1\nsigning-key = \"id:{SECRET}\\q\""),
    ];
    for line in lines {
        let error = parse(&[], &[], folder_with(&line).path()).unwrap_err();
        assert!(!error.contains(SECRET), "{line}: {error}");
        assert!(error.starts_with("twilio-emulator.toml: "), "{error}");
    }
    for option in OPTIONS.iter().filter(|option| option.secret && option.name != "auth-token") {
        let option = option.name;
        let error = parse(&[&format!("--{option}"), SECRET], &[], empty().path()).unwrap_err();
        assert!(error.contains(option) && !error.contains(SECRET), "{error}");
        let variable = format!("{PREFIX}{}", OptionSpec::find(option).unwrap().variable());
        let error = parse(&[], &[(&variable, SECRET)], empty().path()).unwrap_err();
        assert!(error.contains(&variable) && !error.contains(SECRET), "{error}");
    }
    let error = parse(&["--auth-token=", SECRET], &[], empty().path()).unwrap_err();
    assert!(!error.contains(SECRET), "{error}");
    let (shown, _) = parse(&["--auth-token", SECRET, "--signing-key", "id:hush-hush"], &[], empty().path()).unwrap();
    assert!(!shown.contains(SECRET), "{shown}");
}

#[test]
fn a_file_of_options_has_at_most_a_megabyte_of_utf_8() {
    let line = "port = 1 #";
    let fill = "x".repeat(1024 * 1024 - line.len());
    shows(parse(&[], &[], folder_with(&format!("{line}{fill}")).path()), "port: 1,");
    let error = parse(&[], &[], folder_with(&format!("{line}{fill}x")).path()).unwrap_err();
    assert_eq!(error, "cannot read the options in twilio-emulator.toml: larger than 1048576 bytes");
    let folder = empty();
    std::fs::write(folder.path().join(DEFAULT_FILE), b"port = 1 # \xff").unwrap();
    let error = parse(&[], &[], folder.path()).unwrap_err();
    assert_eq!(error, "cannot read the options in twilio-emulator.toml: not UTF-8");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_an_error_unless_it_is_a_file() {
    use std::os::unix::ffi::OsStringExt as _;
    let bad = || OsString::from_vec(vec![b'x', 0xff]);
    let parse = |option: &str| {
        let variables = [(OsString::from(format!("{PREFIX}{option}")), bad())];
        Args::parse([], variables, empty().path())
    };
    assert!(parse("DATA").is_ok());
    for option in ["AUTH_TOKEN", "PORT", "STRICT", "FAULT"] {
        let Err(error) = parse(option) else { panic!("{option} is taken") };
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(format!("{error}: {source}").contains("not UTF-8"), "{error}: {source}");
    }
}

#[test]
fn time_limits_are_in_milliseconds() {
    let (shown, _) = parse(&["--pre-hook-timeout=1", "--post-hook-timeout=2"], &[], empty().path()).unwrap();
    let expected = (Duration::from_millis(1), Duration::from_millis(2));
    assert!(shown.contains(&format!("pre_hook_timeout: {:?}, post_hook_timeout: {:?}", expected.0, expected.1)));
}
