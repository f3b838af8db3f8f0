//! Forms of the output.

use serde_json::Value;
use twilio_conversations_emulator::Emulator;

use crate::support::Twconv;

/// An emulator with so many conversations, `name 0` first.
async fn with_conversations(count: usize) -> (Emulator, Twconv) {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let client = twilio_conversations::ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
    for number in 0..count {
        client.conversations().create().friendly_name(format!("name {number}")).await.unwrap();
    }
    (emulator, program)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_complete_unless_it_has_a_limit() {
    let (emulator, program) = with_conversations(120).await;
    let lines = |args: &str| program.run(args).ok().lines().count();
    assert_eq!(lines("conversations list"), 120);
    assert_eq!(lines("conversations list --no-limit"), 120);
    assert_eq!(lines("conversations list --page-size 7"), 120);
    assert_eq!(lines("conversations list --limit 101"), 101);
    assert_eq!(lines("conversations list --limit 3"), 3);
    assert_eq!(lines("api:conversations:v1:conversations:list --limit 3"), 3);
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn off_a_terminal_each_item_is_a_line_of_json() {
    let (emulator, program) = with_conversations(2).await;
    let text = program.run("conversations list").ok();
    let items: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(items.iter().all(|item| item["sid"].is_string() && item["links"].is_object()));
    let array: Value = serde_json::from_str(&program.run("conversations list -o json").ok()).unwrap();
    assert_eq!(array, Value::Array(items.clone()));
    let sid = items[0]["sid"].as_str().unwrap();
    let one: Value = serde_json::from_str(&program.run(&format!("conversations fetch {sid} -o json")).ok()).unwrap();
    assert_eq!(one, items[0]);
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_and_tsv_have_the_vendors_columns_unless_others_are_named() {
    let (emulator, program) = with_conversations(1).await;
    let table = program.run("conversations list -o columns").ok();
    let header = table.lines().next().unwrap();
    assert_eq!(
        header.split("  ").filter(|part| !part.is_empty()).map(str::trim).collect::<Vec<_>>(),
        ["SID", "CHAT SERVICE SID", "FRIENDLY NAME", "DATE CREATED"]
    );
    let tsv = program.run("conversations list -o tsv --properties friendlyName,timers.date_closed,state").ok();
    assert_eq!(tsv, "friendly_name\ttimers.date_closed\tstate\nname 0\t\tactive\n");
    let tsv = program.run("conversations list -o tsv --properties friendly_name --no-header").ok();
    assert_eq!(tsv, "name 0\n");
    assert_eq!(program.run("conversations list -o none").ok(), "");
    assert_eq!(program.run("conversations list --silent").ok(), "");
    assert_eq!(program.run("conversations list --quiet").ok().lines().count(), 1);
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_selected_and_filtered() {
    let (emulator, program) = with_conversations(2).await;
    let text = program.run("conversations list --json friendlyName,state").ok();
    assert_eq!(text.lines().last().unwrap(), r#"{"friendly_name":"name 0","state":"active"}"#);
    let names =
        program.run_args(&["conversations", "list", "--jq", r#"select(.friendly_name | test("1")) | .friendly_name"#]);
    assert_eq!(names.ok(), "name 1\n");
    let keys = program.run("conversations list --limit 1 --json sid,state --jq keys").ok();
    assert_eq!(keys, "[\"sid\",\"state\"]\n");
    emulator.stop().await;
}

#[test]
fn members_are_listed_without_a_request() {
    let program = Twconv::new();
    let members = program.run("conversations list --json").ok();
    assert!(members.lines().any(|line| line == "friendly_name"), "{members}");
    let stderr = program.run("conversations list --json nme").fails(2);
    assert!(stderr.contains(r#"no member "nme""#) && stderr.contains("friendly_name"), "{stderr}");
    let stderr = program.run("conversations list -o tsv --properties nme").fails(2);
    assert!(stderr.contains("--properties"), "{stderr}");
    for expression in [".[", "nosuch", ". |"] {
        let stderr = program.run_args(&["conversations", "list", "--jq", expression]).fails(2);
        assert!(stderr.contains("no jq filter"), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_prints_nothing_but_an_empty_array() {
    let (emulator, program) = with_conversations(0).await;
    assert_eq!(program.run("conversations list").ok(), "");
    assert_eq!(program.run("conversations list -o json").ok(), "[]\n");
    assert_eq!(program.run("conversations list -o tsv").ok(), "");
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_of_others_do_not_reach_a_table() {
    let (emulator, program) = with_conversations(0).await;
    let name = "a\u{1b}[31mred\tb\u{202e}c";
    program.run_args(&["conversations", "create", "--friendly-name", name]).ok();
    let table = program.run("conversations list -o table").ok();
    assert!(table.contains(r"a\u{1b}[31mred b\u{202e}c"), "{table:?}");
    let tsv = program.run("conversations list -o tsv --properties friendly_name --no-header").ok();
    assert_eq!(tsv, "a\\u{1b}[31mred\\tb\u{202e}c\n");
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_ends_the_program_quietly() {
    let (emulator, program) = with_conversations(150).await;
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "\"$0\" conversations list --page-size 5 | head -n 1; exit ${PIPESTATUS:-0}"]);
    command.arg(env!("CARGO_BIN_EXE_twconv"));
    for (name, value) in program.bare().get_envs() {
        command.env(name, value.unwrap());
    }
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
    emulator.stop().await;
}
