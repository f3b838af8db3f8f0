//! Running the program, and changing one fact of a document at a time.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use codegen::Sources;
use serde_json::{Value, json};

/// What a run of the program came to.
pub(crate) struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub(crate) fn xtask(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// `cargo xtask drift` with files, and with another specification if one is given.
pub(crate) fn drift(spec: Option<&Path>, files: &[PathBuf]) -> Run {
    let option = spec.map(|folder| [OsStr::new("--spec"), folder.as_os_str()]);
    xtask(
        [OsStr::new("drift")]
            .into_iter()
            .chain(option.into_iter().flatten())
            .chain(files.iter().map(|f| f.as_os_str())),
    )
}

/// An empty folder of one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

pub(crate) fn write(file: PathBuf, text: &str) -> PathBuf {
    fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder can be made");
    fs::write(&file, text).expect("a file can be written");
    file
}

/// A page of ours in the vendor's form.
pub(crate) fn page(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = fs::read_to_string(&path).expect("the page is there");
    (path, text)
}

/// An expectation with the numbers of lines of a page: `«| Source»` is the first line that begins so, and
/// `«| Source+2»` the second line after it.
pub(crate) fn numbered(page: &str, expected: &str) -> String {
    let mut parts = expected.split('«');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (start, rest) = part.split_once('»').expect("the beginning of a line has an end");
        let (start, more) =
            start.split_once('+').map_or((start, 0), |(start, more)| (start, more.parse().expect("a number")));
        let line = page.lines().position(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line {start}"));
        text.push_str(&(line + 1 + more).to_string());
        text.push_str(rest);
    }
    text
}

/// The fragments of these names and what they share, as texts. No name stands for all.
pub(crate) fn sources(fragments: &[&str]) -> Sources {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let mut files = BTreeMap::from([("base.yaml".to_owned(), spec.join("base.yaml"))]);
    for entry in fs::read_dir(spec.join("v1")).expect("the fragments are there") {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if fragments.is_empty() || fragments.contains(&name.as_str()) {
            files.insert(format!("v1/{name}"), path);
        }
    }
    let read = |path| fs::read_to_string(path).expect("a fragment can be read");
    Sources(files.into_iter().map(|(name, path)| (name, read(path))).collect())
}

/// A folder with a few fragments as they are, which is read sooner than all of them.
pub(crate) fn spec_of(test: &str, fragments: &[&str]) -> PathBuf {
    let spec = folder(test).join("spec");
    for (name, text) in sources(fragments).0 {
        write(spec.join(name), &text);
    }
    spec
}

/// The files of events and the fragments that they refer to. Events that the guide among the test data does not name are
/// left out, so that a new event needs no new guide.
pub(crate) fn event_sources() -> Sources {
    let mut sources = sources(&["conversation.yaml", "conversation_message_receipt.yaml"]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/events");
    for entry in fs::read_dir(folder).expect("the events are there") {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("a file can be read");
        if let Some(text) = of_the_guide(text) {
            sources.0.insert(format!("events/{name}"), text);
        }
    }
    sources
}

/// A file of events without those that the guide does not name; nothing if none is left.
fn of_the_guide(text: String) -> Option<String> {
    static GUIDE: LazyLock<String> = LazyLock::new(|| page("webhooks.md").1);
    let mut file: Value = serde_saphyr::from_str(&text).expect("a file of events is YAML");
    let Some(events) = file.get_mut("events").and_then(Value::as_object_mut) else { return Some(text) };
    let all = events.len();
    events.retain(|name, _| GUIDE.split(|c: char| !c.is_alphanumeric()).any(|word| word == name));
    if events.len() == all {
        return Some(text);
    }
    let listed = |member: &str| -> Vec<Value> {
        events.values().flat_map(|event| event[member].as_array().cloned().unwrap_or_default()).collect()
    };
    let (fields, answers) = (listed("fields"), listed("answer"));
    for (member, kept) in [("fields", fields), ("changes", answers)] {
        let is_kept = |name: &str| kept.iter().any(|item| item == name || item["name"] == name);
        file[member].as_object_mut().into_iter().for_each(|members| members.retain(|name, _| is_kept(name)));
    }
    let is_left = file["events"].as_object().is_some_and(|events| !events.is_empty());
    is_left.then(|| file.to_string())
}

/// The whole specification in a folder, with the events that the guide names.
pub(crate) fn guide_spec() -> &'static Path {
    static SPEC: LazyLock<PathBuf> = LazyLock::new(|| {
        let spec = folder("guide-spec");
        for (name, text) in sources(&[]).0.into_iter().chain(event_sources().0) {
            write(spec.join(name), &text);
        }
        spec
    });
    &SPEC
}

pub(crate) fn documented(fragments: &[&str]) -> Value {
    codegen::documented(&sources(fragments)).expect("the specification is in order").root
}

/// The number of operations of a document.
pub(crate) fn operations(root: &Value) -> usize {
    let items = root["paths"].as_object().expect("paths").values().filter_map(Value::as_object);
    items.flat_map(|item| item.values()).filter(|member| member.get("operationId").is_some()).count()
}

/// What is printed for a page that agrees with its fragment.
pub(crate) fn agrees(page: &str, fragment: &str) -> String {
    format!("{page}: agrees, {} operations\n", operations(&documented(&[fragment])))
}

/// The number of events of the specification.
pub(crate) fn events() -> usize {
    let files = codegen::events(&event_sources()).expect("the events are in order");
    files.values().filter_map(|file| file.get("events")?.as_object()).map(|events| events.len()).sum()
}

/// What is printed for the guide to webhooks if it agrees.
pub(crate) fn guide_agrees() -> String {
    format!("webhooks.md: agrees, {} events\n", events())
}

/// A fragment on its own, as JSON, which is YAML too.
pub(crate) fn fragment(name: &str) -> Value {
    let root = documented(&[name]);
    let shared = documented(&["no fragment at all"]);
    let mut schemas = root["components"]["schemas"].clone();
    schemas.as_object_mut().expect("schemas").retain(|name, _| shared["components"]["schemas"].get(name).is_none());
    json!({
        "x-resource": { "title": "Anything", "docs": "https://example.com", "description": "Anything." },
        "paths": root["paths"],
        "components": { "schemas": schemas },
    })
}

/// The pointers of everything below a value, parents first.
pub(crate) fn pointers(value: &Value) -> Vec<String> {
    fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
        let mut step = |name: &str, value| {
            let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            found.push(pointer.clone());
            walk(value, &pointer, found);
        };
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| step(name, value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| step(&i.to_string(), value)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// The document with another scalar at a pointer; nothing where no scalar is.
pub(crate) fn changed(document: &Value, pointer: &str) -> Option<Value> {
    let mut document = document.clone();
    let place = document.pointer_mut(pointer)?;
    *place = match place {
        Value::Null => json!("changed"),
        Value::Bool(flag) => json!(!*flag),
        Value::Number(number) => json!(number.as_i64()? + 1),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(_) | Value::Object(_) => return None,
    };
    Some(document)
}

/// The document without what stands at a pointer.
pub(crate) fn removed(document: &Value, pointer: &str) -> Value {
    let mut document = document.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("something below the root");
    let name = name.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).expect("the pointer is of this document") {
        Value::Object(members) => drop(members.shift_remove(&name).expect("the member is there")),
        Value::Array(items) => drop(items.remove(name.parse().expect("a number"))),
        _ => unreachable!("a scalar has nothing below it"),
    }
    document
}

/// The lines of a report without the summary for a changelog and without the verdict.
pub(crate) fn differences(report: &str) -> Vec<&str> {
    let verdict =
        |line: &str| line.ends_with(" differ") || line.ends_with(" difference") || line.ends_with(" differences");
    report.lines().take_while(|line| *line != "changelog:" && !verdict(line)).collect()
}

/// Whether a place of the specification exists: `spec/v1/user.yaml#/paths`. `spec/v1/*.yaml` stands for each of them.
pub(crate) fn resolves(place: &str) -> bool {
    let (file, pointer) = place.split_once('#').expect("a pointer");
    let name = file.strip_prefix("spec/").expect("a file of the specification");
    let root = match name.split_once('/') {
        None => documented(&["no fragment at all"]),
        Some(("v1", "*.yaml")) => documented(&[]),
        Some(("v1", fragment)) => {
            // What the shared files have is not in the fragment.
            let root = self::fragment(fragment);
            assert_ne!(root["paths"], json!(null), "{file} is there");
            root
        }
        Some(("events", "*.yaml")) => json!({ "events": {} }),
        Some(_) => codegen::events(&event_sources()).expect("the events are in order").remove(name).expect("the file"),
    };
    root.pointer(pointer).is_some()
}

/// Whether a line names this place of a file, or one of the two around it. What is missing is named by its parent.
pub(crate) fn names(line: &str, file: &str, pointer: &str) -> bool {
    let mut wanted = pointer;
    for _ in 0..3 {
        let place = if wanted.is_empty() { file.to_owned() } else { format!("{file}#{wanted}") };
        let found = line.find(&place).is_some_and(|start| {
            let rest = &line[start + place.len()..];
            rest.is_empty() || rest.starts_with([':', ' '])
        });
        if found {
            return true;
        }
        match wanted.rfind('/') {
            Some(end) => wanted = &wanted[..end],
            None => return false,
        }
    }
    false
}

/// The differences of a document, and all that is printed about it.
pub(crate) fn report_on(test: &str, document: &Value) -> (Vec<String>, String) {
    let file = write(folder(test).join("next.json"), &document.to_string());
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{}", run.out);
    let lines = differences(&run.out).into_iter().filter(|line| line.starts_with("  "));
    (lines.map(|line| line.trim_start().to_owned()).collect(), run.out)
}

/// The entries of a summary with their sections: `added: event onInventedAdded`.
pub(crate) fn summary(out: &str) -> Vec<String> {
    let mut section = "";
    let mut entries = Vec::new();
    for line in out.lines().skip_while(|line| *line != "changelog:").skip(1) {
        match (line.strip_prefix("    "), line.strip_prefix("  ")) {
            (Some(entry), _) => entries.push(format!("{section} {entry}")),
            (None, Some(heading)) => section = heading,
            (None, None) => break,
        }
    }
    entries
}

/// Checks that both places of a line exist: in the specification and in the document.
pub(crate) fn expect_places(line: &str, document: &Value) {
    let (ours, rest) = line.split_once(": ").expect("a place");
    assert!(resolves(ours), "{ours} does not exist: {line}");
    let (_, theirs) = rest.rsplit_once(" at next.json#").expect("a place");
    assert!(document.pointer(theirs).is_some(), "{theirs} does not exist: {line}");
}
