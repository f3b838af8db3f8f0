//! The flags of the vendor's program, which makes them from a document that it brings along, are ours.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::Twconv;

/// Where the vendor's packages are, seen from the folder `node_modules`.
const DOCUMENT: &str = "@twilio/cli-core/src/services/twilio-api/twilio_conversations_v1.json";

/// The document beside the program, which is a link into its package.
fn document(program: &str) -> Value {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = if program.contains('/') {
        Some(PathBuf::from(program))
    } else {
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.exists())
    };
    let program = found.and_then(|path| path.canonicalize().ok()).unwrap_or_else(|| panic!("{program} is not a file"));
    let file =
        program.ancestors().flat_map(|folder| [folder.join(DOCUMENT), folder.join("node_modules").join(DOCUMENT)]);
    let file = file.into_iter().find(|file| file.exists()).unwrap_or_else(|| panic!("no {DOCUMENT} near {program:?}"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The vendor's name of a command below `api:conversations:v1:`.
fn topic(path: &str, path_type: &str, method: &str) -> String {
    let action = match (path_type, method) {
        ("list", "get") => "list",
        ("list", _) => "create",
        (_, "get") => "fetch",
        (_, "post") => "update",
        (_, _) => "remove",
    };
    let fixed = path.split('/').skip(2).filter(|segment| !segment.starts_with('{'));
    let words: Vec<String> = fixed.map(crate::every_operation::kebab).chain([action.to_owned()]).collect();
    words.join(":")
}

/// Name and schema of each parameter.
fn parameters(item: &Value, operation: &Value) -> Vec<(String, Value)> {
    let listed = [item, operation].into_iter().flat_map(|it| it["parameters"].as_array().into_iter().flatten());
    let listed = listed.map(|it| (it["name"].as_str().unwrap().to_owned(), it["schema"].clone()));
    let form = operation.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema/properties");
    let form = form.and_then(Value::as_object).into_iter().flatten();
    listed.chain(form.map(|(name, schema)| (name.clone(), schema.clone()))).collect()
}

/// The commands and flags of the document that our program lacks.
pub(super) fn missing(program: &str) -> (usize, Vec<String>) {
    let document = document(program);
    let ours = Twconv::new();
    let (mut count, mut missing) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        let path_type = item["x-twilio"]["pathType"].as_str().unwrap();
        for method in ["get", "post", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            count += 1;
            let topic = topic(path, path_type, method);
            let help = ours.run(&format!("api:conversations:v1:{topic} --help")).ok();
            // Lines are broken as they fit.
            let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
            let shown = format!("{} {path}", method.to_uppercase());
            if !help.contains(&shown) {
                missing.push(format!("{topic} is not {shown}"));
            }
            for (name, schema) in parameters(item, operation) {
                let flag = format!("--{}", crate::every_operation::kebab(&name));
                // A boolean stands alone, any other flag has a value.
                let is_bare = schema["type"] == "boolean";
                let (bare, valued) = (format!("{flag}[=<"), format!("{flag} <"));
                // The header's flag takes a value there, and may here.
                let is_header = name == "X-Twilio-Webhook-Enabled";
                let is_there = if is_bare || is_header { help.contains(&bare) } else { help.contains(&valued) };
                if !is_there {
                    missing.push(format!("{topic} has no {flag}"));
                }
            }
        }
    }
    (count, missing)
}
