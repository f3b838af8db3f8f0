//! `login`, `profiles`, and where credentials come from.

use std::{fs, os::unix::fs::PermissionsExt as _};

use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator};

use crate::support::Twconv;

const FILE: &str = ".config/twconv/profiles.toml";
const OTHER: &str = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn login(program: &Twconv, emulator: &Emulator, name: &str) {
    let args = format!("login {name} --account-sid {DEFAULT_ACCOUNT_SID} --base-url {}", emulator.base_url());
    program.run_with(&args, DEFAULT_AUTH_TOKEN).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn login_stores_what_later_commands_use_in_a_file_of_its_owner_alone() {
    let emulator = Emulator::builder().auth_token("the-secret").start().await.unwrap();
    let program = Twconv::new();
    let args = format!("login test --account-sid {DEFAULT_ACCOUNT_SID} --base-url {}", emulator.base_url());
    program.run_with(&args, "the-secret\n").ok();
    let mode = fs::metadata(program.home().join(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(program.run("configuration fetch --jq .account_sid").ok().contains(DEFAULT_ACCOUNT_SID));
    let list = program.run("profiles list");
    assert!(!format!("{list:?}").contains("the-secret"), "{list:?}");
    assert!(list.ok().contains(r#""name":"test","active":true"#));
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_credentials_are_not_stored() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::new();
    let args = format!("login --account-sid {DEFAULT_ACCOUNT_SID} --base-url {}", emulator.base_url());
    let stderr = program.run_with(&args, "wrong-token").fails(4);
    assert!(stderr.contains("which were not stored") && !stderr.contains("wrong-token"), "{stderr}");
    assert!(!program.home().join(FILE).exists());
    assert!(program.run_with(&args, "").fails(2).contains("auth token: it is empty"));
    assert!(program.run_with(&args, &"x".repeat(5000)).fails(2).contains("larger than 4 KiB"));
    assert!(program.run_with("login --account-sid AC1 --base-url x", "t").fails(2).contains("--account-sid"));
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_by_name_comes_before_the_environment_and_that_before_the_active_one() {
    let emulator = Emulator::builder().another_account(OTHER, "other-token").start().await.unwrap();
    let program = Twconv::new();
    login(&program, &emulator, "first");
    let program = program.with("TWILIO_CONVERSATIONS_BASE_URL", emulator.base_url());
    let program = program.with("TWILIO_ACCOUNT_SID", OTHER).with("TWILIO_AUTH_TOKEN", "other-token");
    let account = |args: &str| program.run(&format!("configuration fetch --jq .account_sid {args}")).ok();
    assert_eq!(account("").trim(), OTHER);
    assert_eq!(account("-p first").trim(), DEFAULT_ACCOUNT_SID);
    assert!(program.run("configuration fetch -p second").fails(4).contains(r#"no profile "second""#));
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_the_vendors_command_line_is_read_and_never_written() {
    let key = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let emulator = Emulator::builder().api_key(key, "the-secret").start().await.unwrap();
    let program = Twconv::new().with("TWILIO_CONVERSATIONS_BASE_URL", emulator.base_url());
    let folder = program.home().join(".twilio-cli");
    fs::create_dir(&folder).unwrap();
    let content = format!(
        r#"{{"email": {{}}, "prompts": {{}}, "projects": [], "activeProject": "work",
        "profiles": {{"work": {{"accountSid": "{DEFAULT_ACCOUNT_SID}", "apiKey": "{key}", "apiSecret": "the-secret"}}}}}}"#
    );
    fs::write(folder.join("config.json"), &content).unwrap();
    assert!(program.run("configuration fetch -p work").ok().contains(DEFAULT_ACCOUNT_SID));
    assert!(program.run("configuration fetch").ok().contains(DEFAULT_ACCOUNT_SID));
    assert!(program.run("profiles list").ok().contains(r#""from":"twilio-cli""#));
    assert!(program.run("profiles remove work --yes").fails(3).contains("no profile"));
    assert_eq!(fs::read_to_string(folder.join("config.json")).unwrap(), content);
    fs::write(folder.join("config.json"), r#"{"profiles": {"work": "the-secret"}}"#).unwrap();
    let stderr = program.run("configuration fetch").fails(1);
    assert!(stderr.contains("line 1") && !stderr.contains("the-secret"), "{stderr}");
    emulator.stop().await;
}

#[test]
fn a_file_of_profiles_that_others_can_read_is_not_used() {
    let program = Twconv::new();
    let file = program.home().join(FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "active = 'a'\n[profiles.a]\naccount-sid = 'AC1'\nauth-token = 'the-secret'\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(program.run("configuration fetch").fails(4).contains("chmod 600"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "[profiles.a]\naccount-sid = 'AC1'\nauth-tokn = 'the-secret'\n").unwrap();
    let stderr = program.run("configuration fetch").fails(4);
    assert!(stderr.contains("line 3") && stderr.contains("auth-tokn") && !stderr.contains("the-secret"), "{stderr}");
    fs::write(&file, "#".repeat(2 * 1024 * 1024)).unwrap();
    assert!(program.run("configuration fetch").fails(2).contains("larger than 1 MiB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_chosen_and_removed() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::new();
    login(&program, &emulator, "one");
    login(&program, &emulator, "two");
    let active = |program: &Twconv| program.run("profiles list --jq select(.active).name").ok();
    assert_eq!(active(&program), "two\n");
    program.run("profiles use one").ok();
    assert_eq!(active(&program), "one\n");
    assert!(program.run("profiles use three").fails(3).contains("no profile"));
    assert!(program.run("profiles remove one").fails(2).contains("--yes"));
    program.run("profiles remove one --yes").ok();
    assert_eq!(program.run("profiles list --jq .name").ok(), "two\n");
    emulator.stop().await;
}

#[test]
fn without_credentials_the_error_says_what_to_do() {
    let stderr = Twconv::new().run("conversations list").fails(4);
    assert!(stderr.contains("twconv login") && stderr.contains("TWILIO_ACCOUNT_SID"), "{stderr}");
    let half = Twconv::new().with("TWILIO_ACCOUNT_SID", OTHER).run("conversations list").fails(4);
    assert!(half.contains("TWILIO_AUTH_TOKEN is not set"), "{half}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_the_environment_need_no_file_of_profiles() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let file = program.home().join(FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "[profiles").unwrap();
    assert!(program.run("configuration fetch").ok().contains(DEFAULT_ACCOUNT_SID));
    assert!(program.run("configuration fetch --profile a").fails(4).contains("mode"));
    emulator.stop().await;
}

#[test]
fn an_active_profile_that_does_not_exist_is_not_replaced_by_another() {
    let program = Twconv::new();
    let file = program.home().join(FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "active = 'gone'\n[profiles.a]\naccount-sid = 'AC1'\nauth-token = 'the-secret'\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let vendor = program.home().join(".twilio-cli");
    fs::create_dir(&vendor).unwrap();
    let content =
        r#"{"activeProject": "b", "profiles": {"b": {"accountSid": "AC2", "apiKey": "SK", "apiSecret": "x"}}}"#;
    fs::write(vendor.join("config.json"), content).unwrap();
    let stderr = program.run("configuration fetch").fails(4);
    assert!(stderr.contains("no profile \"gone\"") && stderr.contains("profiles use"), "{stderr}");
    assert_eq!(program.run("profiles list --jq [.name,.active]").ok(), "[\"a\",false]\n[\"b\",false]\n");
    program.run("profiles use a").ok();
    assert_eq!(program.run("profiles list --jq [.name,.active]").ok(), "[\"a\",true]\n[\"b\",false]\n");
}
