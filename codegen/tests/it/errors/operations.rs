//! Operations that cannot be named or called.

use super::{assert_error, thing_with};

const FETCH: &str = "/paths/~1v1~1Things~1{Sid}/get";
const UPDATE: &str = "/paths/~1v1~1Things~1{Sid}/post";
const LIST: &str = "/paths/~1v1~1Things/get";

#[track_caller]
fn assert_operation_error(from: &str, to: &str, pointer: &str, problem: &str) {
    assert_error(&thing_with(from, to), &format!("spec/v1/thing.yaml#{pointer}: {problem}"));
}

#[test]
fn an_operation_has_an_id_that_begins_with_a_verb() {
    assert_operation_error("      operationId: FetchThing\n", "", FETCH, "an operation has no operationId");
    let pointer = format!("{FETCH}/operationId");
    let problem = "GetThing does not begin with Create, Fetch, Update, List or Delete";
    assert_operation_error("operationId: FetchThing", "operationId: GetThing", &pointer, problem);
}

#[test]
fn two_operations_with_one_id_are_an_error() {
    let pointer = format!("{UPDATE}/operationId");
    let problem = &format!("UpdateThing is also the id at spec/v1/thing.yaml#{FETCH}/operationId");
    assert_operation_error("operationId: FetchThing", "operationId: UpdateThing", &pointer, problem);
}

#[test]
fn an_operation_has_a_summary() {
    let summary = "summary: Fetches a thing.";
    assert_operation_error(summary, "description: Fetches.", FETCH, "an operation has no summary");
    assert_operation_error(summary, "summary: ''", &format!("{FETCH}/summary"), "found \"\", expected a description");
}

#[test]
fn a_method_is_one_that_the_api_uses() {
    let problem = "unknown key of a path, expected x-twilio, x-name, get, post or delete";
    let pointer = "/paths/~1v1~1Things~1{Sid}/patch";
    assert_operation_error("    post:\n", "    patch:\n", pointer, problem);
}

#[test]
fn the_parameters_of_a_path_are_those_that_are_declared() {
    let update = "      summary: Updates a thing.\n      parameters:\n        - { name: Sid";
    let pointer = format!("{UPDATE}/parameters");
    let problem = "the path has parameters [\"Sid\"], the operation declares [\"ThingSid\"]";
    assert_operation_error(update, &update.replace("name: Sid", "name: ThingSid"), &pointer, problem);
    let none = update
        .replace("      parameters:\n        - { name: Sid", "      parameters: []\n      tags:\n        - Sid # {");
    let problem = "the path has parameters [\"Sid\"], the operation declares []";
    assert_operation_error(update, &none, &pointer, problem);
}

#[test]
fn a_parameter_has_a_name_a_place_and_a_schema() {
    let pointer = format!("{LIST}/parameters/0");
    assert_operation_error(
        "name: PageSize",
        "title: PageSize",
        &format!("{pointer}/title"),
        "unknown key of a parameter, expected name, in, required, description or schema",
    );
    let place = "found \"cookie\", expected path, query or header";
    assert_operation_error("in: query", "in: cookie", &format!("{pointer}/in"), place);
    assert_operation_error("name: PageSize\n          in: query", "in: query", &pointer, "a parameter has no name");
    let schema = "          schema: { type: integer, minimum: 1, maximum: 50 }\n";
    assert_operation_error(schema, "", &pointer, "a parameter has no schema");
}

#[test]
fn a_parameter_is_required_or_not() {
    let pointer = format!("{LIST}/parameters/0/required");
    let problem = "found [\"PageSize\"], expected true or false";
    assert_operation_error("in: query", "in: query\n          required: [PageSize]", &pointer, problem);
}

#[test]
fn a_parameter_has_a_description() {
    let pointer = format!("{LIST}/parameters/0");
    let description = "          description: Items per page.\n";
    assert_operation_error(description, "", &pointer, "a parameter has no description");
    let fetch = "      summary: Fetches a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one.,";
    let pointer = format!("{FETCH}/parameters/0");
    assert_operation_error(
        fetch,
        &fetch.replace(" description: Which one.,", ""),
        &pointer,
        "a parameter has no description",
    );
}

#[test]
fn a_body_is_a_form() {
    let problem = "unknown key of the content of a request, expected application/x-www-form-urlencoded";
    let pointer = format!("{UPDATE}/requestBody/content/application~1json");
    assert_operation_error("application/x-www-form-urlencoded:", "application/json:", &pointer, problem);
}

#[test]
fn an_operation_can_succeed() {
    let responses = "      responses:\n        '200':\n          description: The response.\n          content:\n            application/json:\n              schema:\n                type: object\n";
    let pointer = format!("{LIST}/responses");
    let problem = "there is no successful response";
    assert_operation_error(responses, &responses.replace("200", "404"), &pointer, problem);
}

#[test]
fn answers_of_several_statuses_have_one_schema() {
    let pointer = format!("{LIST}/responses");
    let problem = "the successful responses have different schemas";
    let responses = "      responses:\n        '200':\n          description: The response.\n          content:\n            application/json:\n              schema:\n                type: object\n";
    let two = responses.replace("responses:\n", "responses:\n        '202': { description: Later. }\n");
    assert_operation_error(responses, &two, &pointer, problem);
}

#[test]
fn a_list_has_items() {
    let problem = "the response to a list has no array of items beside meta";
    let items = "                  things: { type: array, description: The things., items: { $ref: '#/components/schemas/api.v1.thing' } }\n";
    assert_operation_error(items, "", LIST, problem);
    let count = "                  things: { type: integer, description: How many. }\n";
    assert_operation_error(items, count, LIST, problem);
    let both = format!("{items}{}", count.replace("things", "total"));
    assert_operation_error(items, &both, LIST, "the response to a list has members beside its items and meta");
}

#[test]
fn a_list_says_where_its_pages_are() {
    let meta = "                  meta: { $ref: '#/components/schemas/page_meta', description: Where the page is in its list. }\n";
    assert_operation_error(meta, "", LIST, "the response to a list has no meta");
}

#[test]
fn a_path_parameter_means_the_same_to_all_operations() {
    let update = "      summary: Updates a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string }";
    let sid = update.replace("{ type: string }", "{ type: string, pattern: '^IS[0-9a-fA-F]{32}$' }");
    let pointer = format!("{UPDATE}/parameters/0");
    let problem = "path parameter Sid is ServiceSid here and a string elsewhere";
    assert_operation_error(update, &sid, &pointer, problem);
}

#[test]
fn a_name_in_place_of_a_sid_is_for_a_known_sid() {
    let fetch = "      summary: Fetches a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string }";
    let pointer = format!("{FETCH}/parameters/0/schema/x-sid");
    let problem = "\"QQ\" is not a prefix of x-sids: AC, CH, MB, IS, US, WH";
    assert_operation_error(fetch, &fetch.replace("{ type: string }", "{ type: string, x-sid: QQ }"), &pointer, problem);
}

#[test]
fn a_parameter_whose_name_makes_none_in_rust_is_an_error() {
    let pointer = format!("{LIST}/parameters/0/name");
    for name in ["+", "2"] {
        let problem = format!("{name:?} does not make a name in Rust");
        assert_operation_error("name: PageSize", &format!("name: '{name}'"), &pointer, &problem);
    }
}

#[test]
fn an_id_that_is_no_name_in_rust_is_an_error() {
    let pointer = format!("{FETCH}/operationId");
    for id in ["Fetch", "Fetch-Thing", "FetchThing<T>"] {
        let problem = format!("{id:?} does not make a name in Rust");
        assert_operation_error("operationId: FetchThing", &format!("operationId: {id}"), &pointer, &problem);
    }
}

#[test]
fn a_path_begins_with_the_version_and_a_collection() {
    let problem = "a path begins with /v1/ and the name of a collection";
    for (path, pointer) in [
        ("/v1/", "/paths/~1v1~1/get"),
        ("/Things", "/paths/~1Things/get"),
        ("/v2/Things", "/paths/~1v2~1Things/get"),
        ("/v1/{Sid}", "/paths/~1v1~1{Sid}/get"),
    ] {
        assert_operation_error("  /v1/Things:\n", &format!("  {path}:\n"), pointer, problem);
    }
}

#[test]
fn what_a_collection_is_called_is_a_name_in_rust() {
    for name in ["a-b", "type"] {
        assert_operation_error(
            "  /v1/Things:\n",
            &format!("  /v1/Things:\n    x-twilio: {{ mountName: {name} }}\n"),
            "/paths/~1v1~1Things/x-twilio/mountName",
            "expected a name in Rust",
        );
    }
}

#[test]
fn an_operation_in_a_file_that_is_no_resource_is_an_error() {
    let resource = "x-resource:\n  title: Things\n  description: Made up.\n  docs: https://example.com\n";
    assert_operation_error(resource, "", LIST, "an operation in a file without x-resource");
}

#[test]
fn a_list_takes_a_page_size_or_leaves_it_out() {
    let problem = "a list has an optional parameter PageSize";
    assert_operation_error("name: PageSize", "name: Size", LIST, problem);
    assert_operation_error("in: query", "in: query\n          required: true", LIST, problem);
}

#[test]
fn a_fragment_has_one_collection_and_its_items() {
    let problem = "a fragment has one collection and its items, and /v1/Things/{Sid} is another";
    assert_operation_error("  /v1/Things:\n", "  /v1/Stuff:\n", "/paths/~1v1~1Stuff/get", problem);
}

#[test]
fn the_columns_of_a_path_without_a_response_are_an_error() {
    assert_operation_error(
        "paths:\n",
        "paths:\n  /v1/Nothing:\n    x-twilio: { defaultOutputProperties: [sid] }\n",
        "/paths/~1v1~1Nothing/x-twilio/defaultOutputProperties",
        "it has no effect: no operation of the path has a response with properties",
    );
}

#[test]
fn two_parameters_of_one_flag_are_an_error() {
    let problem = "Sid and Sid are both --sid in a command line";
    assert_operation_error("Name: { type: string", "Sid: { type: string", UPDATE, problem);
}

#[test]
fn a_parameter_that_no_flag_can_hold_is_an_error() {
    let problem = "parameter Name has no form in a command line";
    assert_operation_error("Name: { type: string", "Name: { type: object", UPDATE, problem);
}
