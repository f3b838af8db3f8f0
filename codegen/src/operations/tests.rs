//! Feeds `method` what a changed progenitor might write: each change is an error that says what was found.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ImplItemFn, parse_quote};

use super::*;
use crate::Sources;

const FETCH: &str = "FetchThingPart";
const UPDATE: &str = "UpdateThingPart";

const THING: &str = r"
x-resource: { title: Things, description: Made up., docs: 'https://example.com' }
paths:
  /v1/Things/{Sid}/Parts/{PartSid}:
    get:
      operationId: FetchThingPart
      summary: Fetches a part of a thing.
      parameters:
        - { name: Sid, in: path, required: true, description: Which., schema: { type: string } }
        - { name: PartSid, in: path, required: true, description: Which., schema: { type: string } }
        - { name: Depth, in: query, description: How deep., schema: { type: integer } }
        - { name: X-Twilio-Mood, in: header, description: How., schema: { type: boolean } }
      responses:
        '200':
          description: The response.
          content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } }
    post:
      operationId: UpdateThingPart
      summary: Updates a part of a thing.
      parameters:
        - { name: Sid, in: path, required: true, description: Which., schema: { type: string } }
        - { name: PartSid, in: path, required: true, description: Which., schema: { type: string } }
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { Name: { type: string, description: Name. } } }
      responses:
        '200':
          description: The response.
          content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } }
components:
  schemas:
    thing: { type: object, description: A thing., properties: { sid: { type: string, description: SID. } } }
";

/// Runs progenitor for one operation, lets `change` have what it wrote, and rewrites that.
fn rewritten_with(id: &str, change: impl FnOnce(&mut ImplItemFn)) -> Step<String> {
    let files = [
        ("base.yaml", "openapi: 3.0.3\n"),
        ("overlay.yaml", "overlay: 1.0.0\nactions: []\n"),
        ("v1/thing.yaml", THING),
    ];
    let sources = Sources(files.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    let document = crate::overlaid(&sources).unwrap();
    let api = Api::new(&document).unwrap();
    let operation = api.operations().find(|operation| operation.id == id).unwrap();
    let mut function = engine::run(&[operation]).unwrap().remove(&snake(id)).unwrap();
    change(&mut function);
    method(&api, operation, function).map(|method| method.method.to_token_stream().to_string())
}

/// The same with changes to the text. Spaces between tokens are of no account: the tests are written as people write.
fn rewritten(id: &str, changes: &[(&str, &str)]) -> Step<String> {
    rewritten_with(id, |function| {
        let mut text = tokens(&function.to_token_stream().to_string());
        for (from, to) in changes {
            let (from, to) = (tokens(from), tokens(to));
            assert_eq!(text.matches(&from).count(), 1, "{from:?} is to be found once in {text}");
            text = text.replace(&from, &to);
        }
        *function = syn::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    })
}

fn tokens(text: &str) -> String {
    text.parse::<TokenStream>().unwrap().to_string()
}

#[track_caller]
fn assert_refused(id: &str, from: &str, to: &str, expected: &str) {
    match rewritten(id, &[(from, to)]) {
        Ok(method) => panic!("{from} became {to}, and it was taken: {method}"),
        Err(problem) => assert!(problem.contains(expected), "{from} became {to}: {problem}"),
    }
}

const API_VERSION: &str = r#"header_map.append(
    ::reqwest::header::HeaderName::from_static("api-version"),
    ::reqwest::header::HeaderValue::from_static(Self::api_version()),
);"#;

#[test]
fn what_progenitor_writes_today_is_taken_whole() {
    let method = rewritten(FETCH, &[]).unwrap();
    let expected = quote! {
        pub async fn fetch_thing_part(
            &self,
            sid: &str,
            part_sid: &str,
            params: &FetchThingPartParams,
            x_twilio_mood: Option<bool>
        ) -> Result<Response<Thing>, Error> {
            let operation = &FETCH_THING_PART;
            let sid = segment(operation, "Sid", sid)?;
            let part_sid = segment(operation, "PartSid", part_sid)?;
            let url = format!("{}/v1/Things/{sid}/Parts/{part_sid}", self.base_url());
            self.prepare(operation, url)
                .query(params)?
                .header("X-Twilio-Mood", x_twilio_mood)?
                .send()
                .await?
                .json()
        }
    };
    assert!(squeezed(&method).ends_with(&squeezed(&expected.to_string())), "{method}");
    let method = rewritten(UPDATE, &[]).unwrap();
    assert!(squeezed(&method).contains(".form(body)?.send().await?.json()"), "{method}");
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn an_api_version_that_is_no_longer_there_is_an_error() {
    assert_refused(FETCH, API_VERSION, "", "expected the api-version header, found \"if let Some (value)");
    assert_refused(FETCH, "\"api-version\"", "\"version\"", "expected the api-version header, found");
}

#[test]
fn another_way_to_write_a_path_segment_is_an_error() {
    let expected = "a path segment is not encode_path(..): encode_segment (& sid . to_string ())";
    assert_refused(FETCH, "encode_path(&sid.to_string())", "encode_segment(&sid.to_string())", expected);
    assert_refused(FETCH, "encode_path(&sid.to_string())", "sid", "a path segment is not encode_path(..): sid");
    assert_refused(FETCH, "encode_path(&sid.to_string())", "encode_path(sid)", "a path segment is not");
    assert_refused(FETCH, "encode_path(&sid.to_string())", "encode_path(&sid.as_str())", "a path segment is");
}

#[test]
fn another_url_is_an_error() {
    let expected = "url: it wrote \"{}/v2/Things/{}/Parts/{}\", the specification has \"{}/v1/Things/{}/Parts/{}\"";
    assert_refused(FETCH, "\"{}/v1/Things/{}/Parts/{}\"", "\"{}/v2/Things/{}/Parts/{}\"", expected);
    assert_refused(FETCH, "self.baseurl", "self.url", "expected the base url, found");
    assert_refused(FETCH, "let url", "let uri", "expected the url, found");
    assert_refused(FETCH, "format!", "concat!", "expected the url, found");
    let swapped = [("&sid.to_string()", "&other.to_string()"), ("&part_sid.to_string()", "&sid.to_string()")];
    let problem = rewritten(FETCH, &swapped).unwrap_err();
    assert_eq!(problem, "path parameter: it wrote \"other\", the specification has \"sid\"");
}

#[test]
fn a_missing_path_parameter_is_an_error() {
    let expected = "path parameters: it wrote 1, the specification has 2";
    assert_refused(FETCH, ", encode_path(&part_sid.to_string())", "", expected);
}

#[test]
fn another_method_is_an_error() {
    let expected = "method: it wrote \"post\", the specification has \"get\"";
    assert_refused(FETCH, "self.client.get(url)", "self.client.post(url)", expected);
    assert_refused(FETCH, "self.client.get(url)", "self.client.put(url)", "the request has a .put(..)");
}

#[test]
fn a_query_parameter_that_went_missing_is_an_error() {
    let query = ".query(&progenitor_client::QueryParam::new(\"Depth\", &depth))";
    let expected = "query parameters: it wrote [], the specification has [\"Depth\"]";
    assert_refused(FETCH, query, "", expected);
    let expected = "query parameters: it wrote [\"depth\"], the specification has [\"Depth\"]";
    assert_refused(FETCH, "\"Depth\"", "\"depth\"", expected);
    let expected = "a query parameter is not QueryParam::new(..)";
    assert_refused(FETCH, query, ".query(&[(\"Depth\", depth)])", expected);
}

#[test]
fn a_header_that_went_missing_is_an_error() {
    let header = "if let Some(value) = x_twilio_mood {
        header_map.append(\"X-Twilio-Mood\", value.to_string().try_into()?);
    }";
    let expected = "headers: it wrote [], the specification has [\"X-Twilio-Mood\"]";
    assert_refused(FETCH, header, "", expected);
    let expected = "headers: it wrote [\"Mood\"], the specification has [\"X-Twilio-Mood\"]";
    assert_refused(FETCH, "\"X-Twilio-Mood\"", "\"Mood\"", expected);
    assert_refused(FETCH, "if let Some(value) = x_twilio_mood", "if x_twilio_mood", "expected a header, found");
    let more = header.replace("try_into()?);", "try_into()?); more();");
    assert_refused(FETCH, header, &more, "expected a header, found");
}

#[test]
fn a_form_that_went_missing_is_an_error() {
    let expected = "a form: it wrote false, the specification has true";
    assert_refused(UPDATE, ".form_urlencoded(&body)?", "", expected);
    assert_refused(UPDATE, ".form_urlencoded(&body)?", ".json(&body)", "the request has a .json(..)");
}

#[test]
fn a_statement_more_or_less_is_an_error() {
    let more = format!("{API_VERSION} let token = 1;");
    assert_refused(FETCH, API_VERSION, &more, "expected the request, found");
    let expected = "expected a statement with \"pre\", found";
    assert_refused(FETCH, "self.pre(&mut request, &info).await? ;", "", expected);
    assert_refused(FETCH, "let response = result? ;", "let response = result?; log();", "expected a statement with");
    assert_refused(FETCH, "let response = result? ;", "", "expected a statement with \"result\", found");
    let cut = "let info = OperationInfo { operation_id: \"fetch_thing_part\", };";
    assert_refused(FETCH, cut, "", "expected a statement with \"OperationInfo\", found");
    assert_refused(FETCH, "let mut header_map", "let mut headers", "expected the header map, found");
}

#[test]
fn a_method_that_ends_early_or_late_is_an_error() {
    let problem = rewritten_with(FETCH, |function| _ = function.block.stmts.pop()).unwrap_err();
    assert_eq!(problem, "the method is shorter than expected");
    let problem = rewritten_with(FETCH, |function| function.block.stmts.push(parse_quote!(more();)));
    assert_eq!(problem.unwrap_err(), "the method is longer than expected");
}

#[test]
fn another_return_type_is_an_error() {
    let problem = rewritten_with(FETCH, |function| function.sig.output = syn::ReturnType::Default);
    assert_eq!(problem.unwrap_err(), "the method returns nothing");
    let problem = rewritten(FETCH, &[("ResponseValue<Thing>", "Thing")]).unwrap_err();
    assert!(problem.starts_with("the method returns Result < Thing"), "{problem}");
}

#[test]
fn an_argument_that_no_parameter_is_named_after_is_an_error() {
    let expected = "an argument rate that no parameter is named after";
    assert_refused(FETCH, "depth: Option<i64>", "rate: Option<i64>", expected);
}
