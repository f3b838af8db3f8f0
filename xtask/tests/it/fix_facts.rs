//! `cargo xtask drift --fix` and facts that are one keyword, one name or one entry.

use serde_json::{Value, json};

use crate::fix::{CREATE, Fixed, USER, at, fixed};

fn user(test: &str, change: impl FnOnce(&mut Value)) -> Fixed {
    fixed(test, &["user.yaml"], change)
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().expect("an object").shift_remove(member).expect("the member is there");
}

#[test]
fn limits_patterns_formats_and_defaults_are_added_changed_and_removed() {
    let fixed = user("keywords", |document| {
        let page_size = at(document, "/paths/~1v1~1Users/get/parameters/0/schema");
        page_size["maximum"] = json!(100);
        page_size["default"] = json!(50);
        remove(page_size, "minimum");
        remove(page_size, "format");
        at(document, CREATE)["properties"]["FriendlyName"]["maxLength"] = json!(256);
        at(document, CREATE)["properties"]["RoleSid"]["pattern"] = json!("^R[LM][0-9a-fA-F]{32}$");
        at(document, USER)["properties"]["url"]["format"] = json!("email");
    });
    let lines = [
        "+maxLength: 256",
        "-pattern: ^RL[0-9a-fA-F]{32}$",
        "+pattern: ^R[LM][0-9a-fA-F]{32}$",
        "-format: int64",
        "-minimum: 1",
        "-maximum: 50",
        "+maximum: 100",
        "+default: 50",
        "-format: uri",
        "+format: email",
    ];
    fixed.expect(&lines, "7 fixed, 0 to do by hand");
}

#[test]
fn a_default_is_changed_and_removed() {
    const RECEIPT: &str =
        "/components/schemas/conversations.v1.conversation.conversation_message.conversation_message_receipt";
    let fragments = ["conversation_message_receipt.yaml"];
    let changed = fixed("default", &fragments, |document| {
        at(document, RECEIPT)["properties"]["error_code"]["default"] = json!(7);
    });
    changed.expect(&["-default: 0", "+default: 7"], "1 fixed, 0 to do by hand");
    let removed = fixed("default-removed", &fragments, |document| {
        remove(&mut at(document, RECEIPT)["properties"]["error_code"], "default");
    });
    removed.expect(&["-default: 0"], "1 fixed, 0 to do by hand");
}

#[test]
fn a_property_becomes_nullable_before_its_description() {
    let fixed = user("nullable-added", |document| {
        at(document, CREATE)["properties"]["FriendlyName"]["nullable"] = json!(true);
    });
    fixed.expect(&["+nullable: true"], "1 fixed, 0 to do by hand");
}

#[test]
fn samples_get_another_value_where_null_or_a_number_is_not_allowed_any_more() {
    let fixed = user("null", |document| {
        at(document, USER)["properties"]["is_online"]["nullable"] = json!(false);
    });
    let lines = ["-is_online: null", "+is_online: false", "-is_online: null", "+is_online: false", "-nullable: true"];
    fixed.expect(&lines, "1 fixed, 0 to do by hand");
    let fixed = user("name-length", |document| {
        at(document, USER)["properties"]["identity"]["maxLength"] = json!(3);
        remove(&mut at(document, USER)["properties"]["identity"], "nullable");
    });
    let lines = [
        "-identity: alice",
        "+identity: ide",
        "-identity: alice",
        "+identity: ide",
        "+maxLength: 3",
        "-nullable: true",
    ];
    assert_eq!(fixed.run.out.lines().last(), Some("2 fixed, 0 to do by hand"));
    let mut found = fixed.diff();
    found.sort();
    let mut lines = lines.map(str::to_owned).to_vec();
    lines.sort();
    assert_eq!(found, lines);
}

#[test]
fn names_of_required_properties_are_added_and_removed() {
    let add = user("required", |document| at(document, CREATE)["required"] = json!(["Identity", "Attributes"]));
    add.expect(&["-required: [Identity]", "+required: [Identity, Attributes]"], "1 fixed, 0 to do by hand");
    let other = user("required-other", |document| at(document, CREATE)["required"] = json!(["RoleSid"]));
    other.expect(&["-required: [Identity]", "+required: [RoleSid]"], "2 fixed, 0 to do by hand");
    let first = user("required-first", |document| {
        at(document, &CREATE.replace("Users/", "Users~1{Sid}/"))["required"] = json!(["Attributes"]);
    });
    first.expect(&["+required: [Attributes]"], "1 fixed, 0 to do by hand");
}

#[test]
fn a_body_becomes_required_and_optional() {
    let update = "/paths/~1v1~1Users~1{Sid}/post/requestBody";
    let added = user("body-required", |document| at(document, update)["required"] = json!(true));
    added.expect(&["+required: true"], "1 fixed, 0 to do by hand");
    let create = "/paths/~1v1~1Users/post/requestBody";
    let removed = user("body-optional", |document| at(document, create)["required"] = json!(false));
    removed.expect(&["-required: true", "+required: false"], "1 fixed, 0 to do by hand");
}

#[test]
fn the_last_required_property_takes_the_list_with_it() {
    let fixed = user("required-none", |document| remove(at(document, CREATE), "required"));
    fixed.expect(&["-required: [Identity]"], "1 fixed, 0 to do by hand");
}

#[test]
fn a_property_that_becomes_required_is_added_to_the_samples_without_it() {
    let fixed = fixed("required-sample", &["conversation_message.yaml"], |document| {
        let create = "/paths/~1v1~1Conversations~1{ConversationSid}~1Messages/post/requestBody/content/application~1x-www-form-urlencoded/schema";
        at(document, create)["required"] = json!(["Subject"]);
    });
    let lines = fixed.diff();
    assert!(lines.contains(&"+required: [Subject]".to_owned()), "{lines:?}");
    assert!(lines[1..].iter().all(|line| line == "+Subject: subject"), "{lines:?}");
    assert_eq!(fixed.run.out.lines().last(), Some("1 fixed, 0 to do by hand"));
}

#[test]
fn a_removed_property_leaves_the_samples_as_well() {
    let fixed = user("removed", |document| remove(&mut at(document, USER)["properties"], "is_notifiable"));
    let lines = [
        "-is_notifiable: null",
        "-is_notifiable: null",
        "-is_notifiable:",
        "-type: boolean",
        "-nullable: true",
        "-description: |-",
        "-Whether the user can be reached by push notification. Null unless the reachability indicator of the",
        "-service is on.",
    ];
    let mut found = fixed.diff();
    found.sort();
    let mut wanted = lines.map(str::to_owned).to_vec();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(fixed.run.out.lines().last(), Some("1 fixed, 0 to do by hand"));
}

#[test]
fn query_parameters_are_removed_by_their_names() {
    let fixed = user("parameter-removed", |document| {
        let parameters = at(document, "/paths/~1v1~1Users/get/parameters").as_array_mut().expect("a list");
        parameters.retain(|parameter| parameter["name"] == "PageToken");
    });
    let lines = fixed.diff();
    assert_eq!(lines.iter().filter(|line| line.starts_with("-- name: Page")).count(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with('-') && !line.contains("PageToken")), "{lines:?}");
    assert_eq!((fixed.run.code, fixed.run.out.lines().last()), (Some(0), Some("2 fixed, 0 to do by hand")));
}

#[test]
fn an_alias_of_a_parameter_is_removed_where_the_vendor_removed_the_parameter() {
    let fixed = user("alias-removed", |document| {
        let parameters = at(document, "/paths/~1v1~1Users~1{Sid}/delete/parameters").as_array_mut().expect("a list");
        parameters.retain(|parameter| parameter["in"] != "header");
    });
    fixed.expect(&["-- *webhook_enabled"], "1 fixed, 0 to do by hand");
}

#[test]
fn a_parameter_with_an_anchor_is_removed_with_its_aliases() {
    let fixed = user("anchor-removed", |document| {
        for operation in ["Users/post", "Users~1{Sid}/post", "Users~1{Sid}/delete"] {
            let parameters = at(document, &format!("/paths/~1v1~1{operation}"));
            parameters["parameters"].as_array_mut().expect("a list").retain(|parameter| parameter["in"] != "header");
        }
    });
    let lines = fixed.diff();
    assert_eq!(lines.iter().filter(|line| **line == "-- *webhook_enabled").count(), 2, "{lines:?}");
    assert!(lines.contains(&"-- &webhook_enabled".to_owned()), "{lines:?}");
    assert_eq!((fixed.run.code, fixed.run.out.lines().last()), (Some(0), Some("1 fixed, 0 to do by hand")));
}

#[test]
fn the_mounting_of_a_path_is_changed() {
    let fixed = user("mounting", |document| {
        at(document, "/paths/~1v1~1Users~1{Sid}/x-twilio")["mountName"] = json!("people");
        at(document, "/paths/~1v1~1Users/x-twilio")["pathType"] = json!("instance");
        at(document, "/paths/~1v1~1Users/x-twilio")["defaultOutputProperties"] = json!(["sid", "friendly_name"]);
    });
    let lines = [
        "-pathType: list",
        "-defaultOutputProperties: [sid, identity]",
        "+pathType: instance",
        "+defaultOutputProperties: [sid, friendly_name]",
        "+mountName: people",
    ];
    fixed.expect(&lines, "3 fixed, 0 to do by hand");
}

#[test]
fn a_change_of_what_aliases_share_is_made_once_if_all_operations_have_it() {
    let all = user("shared", |document| {
        for operation in ["get", "post", "delete"] {
            at(document, &format!("/paths/~1v1~1Users~1{{Sid}}/{operation}/parameters/0/schema"))["maxLength"] =
                json!(256);
        }
    });
    all.expect(&["+maxLength: 256"], "1 fixed, 0 to do by hand");
    let one = user("shared-by-one", |document| {
        at(document, "/paths/~1v1~1Users~1{Sid}/get/parameters/0/schema")["maxLength"] = json!(256);
    });
    one.expect_by_hand("after it, spec/v1/user.yaml#/paths/");
}

#[test]
fn a_fact_that_cannot_be_fixed_alone_does_not_stop_the_others() {
    let fixed = user("mixed", |document| {
        at(document, "/paths/~1v1~1Users~1{Sid}/get/parameters/0/schema")["maxLength"] = json!(256);
        at(document, CREATE)["properties"]["FriendlyName"]["maxLength"] = json!(99);
        at(document, USER)["properties"]["is_online"]["type"] = json!("string");
    });
    assert_eq!(fixed.diff(), ["+maxLength: 99"]);
    assert_eq!((fixed.run.code, fixed.run.out.lines().last()), (Some(1), Some("1 fixed, 2 to do by hand")));
    assert!(fixed.run.out.contains("properties/is_online/type: \"boolean\" here"), "{}", fixed.run.out);
}

#[test]
fn operations_types_and_path_parameters_are_changed_by_hand() {
    let operation = |document: &Value| document["paths"]["/v1/Users/{Sid}"]["delete"].clone();
    type Case<'c> = (&'c str, &'c dyn Fn(&mut Value), &'c str);
    let cases: [Case<'_>; 9] = [
        (
            "new operation",
            &|d| d["paths"]["/v1/Users/{Sid}/Again"] = json!({ "delete": operation(d) }),
            "which file it belongs to",
        ),
        ("new method", &|d| d["paths"]["/v1/Users"]["delete"] = operation(d), "an operation is written"),
        ("removed operation", &|d| remove(&mut d["paths"]["/v1/Users/{Sid}"], "delete"), "an operation is written"),
        ("type", &|d| at(d, USER)["properties"]["identity"]["type"] = json!("integer"), "a change of type"),
        (
            "object",
            &|d| at(d, USER)["properties"]["x"] = json!({ "type": "object", "properties": { "y": {} } }),
            "need a schema with a name",
        ),
        (
            "values",
            &|d| at(d, USER)["properties"]["x"] = json!({ "type": "string", "enum": ["y"] }),
            "need a schema with a name",
        ),
        (
            "reference",
            &|d| {
                at(d, USER)["properties"]["x"] = json!({ "$ref": "#/components/schemas/x" });
                d["components"]["schemas"]["x"] = json!({ "type": "object" });
            },
            "the schema x, which spec/ does not have",
        ),
        (
            "required parameter",
            &|d| {
                let parameter = json!({ "name": "X", "in": "query", "required": true, "schema": { "type": "string" } });
                at(d, "/paths/~1v1~1Users/get/parameters").as_array_mut().expect("a list").push(parameter);
            },
            "a parameter that is required",
        ),
        (
            "path parameter",
            &|d| {
                let parameters = at(d, "/paths/~1v1~1Users~1{Sid}/get/parameters").as_array_mut().expect("a list");
                parameters.clear();
            },
            "a path parameter",
        ),
    ];
    for (name, change, reason) in cases {
        user(&format!("by-hand-{}", name.replace(' ', "-")), |document| change(document)).expect_by_hand(reason);
    }
}
