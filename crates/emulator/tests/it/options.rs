//! Options of the program from the environment and from files.

use std::process::Command;

use serde_json::Value;

use crate::program::{PROGRAM, Program, error};
use crate::support::{Http, Method, each};

const ACCOUNT: &str = "AC00000000000000000000000000000007";
const OTHER: &str = "AC00000000000000000000000000000008";

async fn services(program: &Program, account: &str, token: &str) -> (u16, Value) {
    let url = format!("{}/v1/Services", program.base_url);
    let response = Http::new().request(Method::GET, &url).login(account, token).send().await;
    (response.status, response.body)
}

#[tokio::test]
async fn a_container_is_configured_by_variables_alone() {
    let key = "SK00000000000000000000000000000001";
    let variables = [
        ("TWILIO_EMULATOR_ACCOUNT_SID", ACCOUNT.to_owned()),
        ("TWILIO_EMULATOR_AUTH_TOKEN", "token".to_owned()),
        ("TWILIO_EMULATOR_API_KEY", format!("{key}:one,SK{}:two", &OTHER[2..])),
        ("TWILIO_EMULATOR_ANOTHER_ACCOUNT", format!("{OTHER}:other")),
        ("TWILIO_EMULATOR_SIGNING_KEY", "webhooks_sharedkey_1:secret".to_owned()),
        ("TWILIO_EMULATOR_SEED_IDS", "7".to_owned()),
        ("TWILIO_EMULATOR_VENDOR_URLS", "true".to_owned()),
        ("TWILIO_EMULATOR_STRICT", String::new()),
    ];
    let start = || Program::spawn(Command::new(PROGRAM).envs(variables.iter().map(|(name, value)| (name, value)))).0;
    let (one, other) = (start(), start());
    let (status, list) = services(&one, ACCOUNT, "token").await;
    assert_eq!(status, 200);
    assert_eq!(services(&other, ACCOUNT, "token").await.1, list, "the same SIDs, dates and URLs");
    assert_eq!(services(&one, key, "one").await, (200, list));
    assert_eq!(services(&one, &format!("SK{}", &OTHER[2..]), "two").await.0, 200);
    assert_eq!(services(&one, OTHER, "other").await.0, 200);
    let url = format!("{}/_emulator/signing-key", one.base_url);
    let key = Http::new().request(Method::GET, &url).send().await.expect(200).body;
    assert_eq!(key["key_id"], "webhooks_sharedkey_1");
}

#[tokio::test]
async fn the_file_of_the_working_folder_is_read_and_its_paths_are_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let sub = folder.path().join("sub");
    std::fs::create_dir(&sub).unwrap();
    std::fs::write(sub.join("scenario.yaml"), "services: {friendly_name: from the scenario}").unwrap();
    let options = format!("account-sid = '{ACCOUNT}'\nauth-token = 'token'\nseed = 'scenario.yaml'\n");
    std::fs::write(sub.join("twilio-emulator.toml"), &options).unwrap();
    let by_folder = Program::spawn(Command::new(PROGRAM).current_dir(&sub)).0;
    let mut named = Command::new(PROGRAM);
    named.current_dir(folder.path()).args(["--config", "sub/twilio-emulator.toml", "--auth-token", "another"]);
    let by_name = Program::spawn(&mut named).0;
    for (program, token) in [(by_folder, "token"), (by_name, "another")] {
        let (_, list) = services(&program, ACCOUNT, token).await;
        assert_eq!(each(&list["services"], "friendly_name")[1..], ["from the scenario"]);
    }
}

#[test]
fn a_program_that_does_not_start_names_the_place_of_the_option() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("options.toml");
    std::fs::write(&file, "retries = 'many'\n").unwrap();
    let file = file.to_str().unwrap();
    for (args, variables, expected) in [
        (&["--config", file][..], &[][..], "options.toml: retries: cannot use \"many\": invalid digit"),
        (&[], &[("TWILIO_EMULATOR_CONFIG", file)], "options.toml: retries: cannot use \"many\": invalid digit"),
        (&[], &[("TWILIO_EMULATOR_RETRIES", "many")], "TWILIO_EMULATOR_RETRIES: cannot use \"many\": invalid digit"),
        (&[], &[("TWILIO_EMULATOR_RETIRES", "1")], "TWILIO_EMULATOR_RETIRES: there is no such option"),
        (&["--retries", "many"], &[("TWILIO_EMULATOR_RETRIES", "1")], "--retries: cannot use \"many\": invalid digit"),
        (&["--signing-key", "hush"], &[], "--signing-key: it takes KEY_ID:SECRET"),
        (&["--signing-key", "a b:hush"], &[], "cannot use the signing key: Invalid parameter KeyId: "),
        (&["--another-account", "hush:AC1"], &[], "cannot use the value as account SID"),
        (&["--api-key", "hush:SK1"], &[], "cannot use the value as API key"),
        (&["--auth-token", "x", "hush"], &[], "an argument is neither an option nor the value of one"),
    ] {
        let error = error(args, variables);
        assert!(error.contains(expected) && !error.contains("hush"), "{error} has no {expected}");
    }
}

#[tokio::test]
async fn help_and_version_need_no_valid_environment() {
    for option in ["--help", "--version"] {
        let mut command = Command::new(PROGRAM);
        let output = command.arg(option).env("TWILIO_EMULATOR_NONSENSE", "1").output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}
