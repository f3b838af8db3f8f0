//! What is wrong with a specification is said in one line, with file and place, and nothing is generated.

mod events;
mod fragments;
mod merges;
mod operations;
mod overlay;
mod schemas;

use codegen::Sources;

use crate::support::sources;

/// A fragment that is right: a list, a fetch and an update of a resource that nobody has.
pub(crate) const THING: &str = r"x-resource:
  title: Things
  description: Made up.
  docs: https://example.com
paths:
  /v1/Things:
    get:
      operationId: ListThing
      summary: Lists the things.
      parameters:
        - name: PageSize
          in: query
          description: Items per page.
          schema: { type: integer, minimum: 1, maximum: 50 }
      responses:
        '200':
          description: The response.
          content:
            application/json:
              schema:
                type: object
                properties:
                  things: { type: array, description: The things., items: { $ref: '#/components/schemas/api.v1.thing' } }
                  meta: { $ref: '#/components/schemas/page_meta', description: Where the page is in its list. }
  /v1/Things/{Sid}:
    get:
      operationId: FetchThing
      summary: Fetches a thing.
      parameters:
        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string } }
      responses:
        '200':
          description: The response.
          content: { application/json: { schema: { $ref: '#/components/schemas/api.v1.thing' } } }
    post:
      operationId: UpdateThing
      summary: Updates a thing.
      parameters:
        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string } }
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties:
                Name: { type: string, description: Its name. }
      responses:
        '200':
          description: The response.
          content: { application/json: { schema: { $ref: '#/components/schemas/api.v1.thing' } } }
components:
  schemas:
    api.v1.thing:
      type: object
      description: A thing.
      properties:
        sid: { type: string, description: Its SID. }
        kind: { $ref: '#/components/schemas/thing_enum_kind', description: Its kind. }
    thing_enum_kind:
      type: string
      description: A kind of thing.
      enum: [big, small]
    page_meta:
      type: object
      description: Where a page stands.
      properties:
        next_page_url: { type: string, nullable: true, description: The next page. }
";

/// The fragment with one text in place of another, which has to be there.
#[track_caller]
fn thing_with(from: &str, to: &str) -> Sources {
    assert_eq!(THING.matches(from).count(), 1, "{from:?} is to be there once");
    sources(&[("v1/thing.yaml", &THING.replace(from, to))])
}

/// Nothing comes out but this one line.
#[track_caller]
fn assert_error(sources: &Sources, expected: &str) {
    match codegen::generate(sources) {
        Ok(folders) => panic!("expected {expected:?}, got {} folders", folders.len()),
        Err(error) => {
            let line = error.to_string();
            assert_eq!(line, expected);
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}

#[test]
fn the_fragment_that_the_tests_break_is_right() {
    let folders = codegen::generate(&sources(&[("v1/thing.yaml", THING)])).unwrap();
    let names: Vec<_> = folders.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["cli", "client", "emulator", "facade", "types", "webhook"].map(|name| format!("crates/{name}/src/generated"))
    );
    assert!(folders["crates/types/src/generated"]["v1/thing.rs"].contains("pub struct Thing {"));
}
