//! Mistakes that a maintainer makes in fragments, overlay and files of events. Each is refused with the file, the pointer,
//! what was found and what is expected.

use codegen::Sources;
use serde_json::Value;

use crate::support::{read_folder, root};

const BOOK: &str = "v1/book.yaml";
const EVENTS: &str = "events/book.yaml";
const COMMON: &str = "events/common.yaml";
const OVERLAY: &str = "overlay.yaml";
const BASE: &str = "base.yaml";

/// A string of a file, another in its place, and the error without the name of the file, unless it is in another one.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

const SCHEMA: &str = "/components/schemas/library.v1.book";
const LIST: &str = "/paths/~1v1~1Books/get";
const CREATE: &str = "/paths/~1v1~1Books/post";
const FETCH: &str = "/paths/~1v1~1Books~1{Sid}/get";
const FORM: &str = "/requestBody/content/application~1x-www-form-urlencoded";
const JSON: &str = "/responses/200/content/application~1json";

fn correct() -> Sources {
    Sources(read_folder(&root().join("codegen/tests/mistakes")))
}

const MISTAKES: &[Mistake] = &[
    // Keys.
    (
        BOOK,
        "nullable: true, description: SID of the book.",
        "nullabel: true, description: SID of the book.",
        "{SCHEMA}/properties/sid/nullabel: unknown key of a schema, perhaps nullable is meant",
    ),
    (
        BOOK,
        "pathType: list, mountName: books",
        "pathType: list, mountNme: books",
        "/paths/~1v1~1Books/x-twilio/mountNme: unknown key of x-twilio, perhaps mountName is meant",
    ),
    (
        BOOK,
        "pathType: instance",
        "pathType: item",
        "/paths/~1v1~1Books~1{Sid}/x-twilio/pathType: found \"item\", expected list or instance",
    ),
    (
        BOOK,
        "[sid, pages]",
        "{ sid: 1 }",
        "/paths/~1v1~1Books/x-twilio/defaultOutputProperties: found {\"sid\":1}, expected a list",
    ),
    (
        BOOK,
        "[sid, pages]",
        "[sid, 7]",
        "/paths/~1v1~1Books/x-twilio/defaultOutputProperties/1: found 7, expected a string that is not empty",
    ),
    (
        BOOK,
        "[sid, pages]",
        "[]",
        "/paths/~1v1~1Books/x-twilio/defaultOutputProperties: found [], expected names of properties",
    ),
    (
        BOOK,
        "[sid, cover]",
        "[sid, cover, sid]",
        "/paths/~1v1~1Books~1{Sid}/x-twilio/defaultOutputProperties/2: \"sid\" is listed twice",
    ),
    (
        BOOK,
        "[sid, pages]",
        "[sid, page]",
        "/paths/~1v1~1Books/x-twilio/defaultOutputProperties/1: the response to GET /v1/Books has no property \"page\"",
    ),
    (
        BOOK,
        "[sid, cover]",
        "[books]",
        "/paths/~1v1~1Books~1{Sid}/x-twilio/defaultOutputProperties/0: the response to GET /v1/Books/{Sid} has no property \"books\"",
    ),
    (
        BOOK,
        "      summary: Creates a book.",
        "      sumary: Creates a book.",
        "{CREATE}/sumary: unknown key of an operation, perhaps summary is meant",
    ),
    (
        BOOK,
        "    get:\n      operationId: FetchBook",
        "    put:\n      operationId: FetchBook",
        "/paths/~1v1~1Books~1{Sid}/put: unknown key of a path, expected x-twilio, x-name, get, post or delete",
    ),
    (
        BOOK,
        "          required: true\n",
        "          require: true\n",
        "{FETCH}/parameters/0/require: unknown key of a parameter, perhaps required is meant",
    ),
    (BOOK, "x-sids:", "x-sid:", "/x-sid: unknown key; a fragment has x-resource, x-sids, paths, components"),
    (
        BOOK,
        "  docs: https://example.com/book",
        "  doc: https://example.com/book",
        "/x-resource/doc: unknown key of x-resource, perhaps docs is meant",
    ),
    (
        BOOK,
        "readFull:\n                  value:",
        "readFull:\n                  values:",
        "{LIST}{JSON}/examples/readFull/values: unknown key of a sample, perhaps value is meant",
    ),
    (
        BOOK,
        "  schemas:\n    library",
        "  schema:\n    library",
        "/components/schema: a fragment's components are schemas only",
    ),
    // Values of another kind.
    (BOOK, "in: query", "in: qurey", "{LIST}/parameters/0/in: found \"qurey\", expected path, query or header"),
    (
        BOOK,
        "pages: { type: integer",
        "pages: { type: int",
        "{SCHEMA}/properties/pages/type: found \"int\", expected string, integer, boolean, array or object",
    ),
    (
        BOOK,
        "format: date-time",
        "format: datetime",
        "{SCHEMA}/properties/date_lent/format: found \"datetime\", expected date-time, day-end, day-start, duration, email, http-method, int32, int64, phone-number, uint32, uri or uri-map",
    ),
    (
        BOOK,
        "minimum: 1, maximum: 50",
        "minimum: 1, maximum: '50'",
        "{LIST}/parameters/0/schema/maximum: found \"50\", expected an integer",
    ),
    (
        BOOK,
        "shelf_sid: { type: string, pattern: '^SF[0-9a-fA-F]{32}$', nullable: true",
        "shelf_sid: { type: string, pattern: '^SF[0-9a-fA-F]{32}$', nullable: 'yes'",
        "{SCHEMA}/properties/shelf_sid/nullable: found \"yes\", expected true or false",
    ),
    (BOOK, "required: [Title]", "required: Title", "{CREATE}{FORM}/schema/required: found \"Title\", expected a list"),
    (
        BOOK,
        "enum: [paper, cloth]",
        "enum: paper",
        "/components/schemas/book_enum_cover/enum: found \"paper\", expected a list",
    ),
    // Descriptions.
    (BOOK, "          description: Items per page.\n", "", "{LIST}/parameters/0: a parameter has no description"),
    (BOOK, "          description: SID of the book.\n", "", "{FETCH}/parameters/0: a parameter has no description"),
    (BOOK, "          description: The fetched book.\n", "", "{FETCH}/responses/200: a response has no description"),
    (BOOK, ", description: Number of pages.", "", "{SCHEMA}/properties/pages: the property has no description"),
    (
        BOOK,
        "      description: Cover of a book.\n",
        "",
        "/components/schemas/book_enum_cover: the schema has no description",
    ),
    (
        BOOK,
        "description: Number of pages.",
        "description: TO BE WRITTEN pages",
        "{SCHEMA}/properties/pages/description: the description is to be written, in place of \"TO BE WRITTEN pages\"",
    ),
    (BOOK, "      summary: Fetches a book.\n", "", "{FETCH}: an operation has no summary"),
    // Names and references.
    (
        BOOK,
        "operationId: FetchBook",
        "operationId: CreateBook",
        "{FETCH}/operationId: CreateBook is also the id at spec/v1/book.yaml#{CREATE}/operationId",
    ),
    (
        BOOK,
        "operationId: FetchBook",
        "operationId: GetBook",
        "{FETCH}/operationId: GetBook does not begin with Create, Fetch, Update, List or Delete",
    ),
    (
        BOOK,
        "        - name: Sid\n",
        "        - name: BookSid\n",
        "{FETCH}/parameters: the path has parameters [\"Sid\"], the operation declares [\"BookSid\"]",
    ),
    (BOOK, "          required: true\n", "", "{FETCH}/parameters/0: a parameter in the path is required: true"),
    (BOOK, "required: [Title]", "required: [Titel]", "{CREATE}{FORM}/schema/required/0: there is no property Titel"),
    (
        BOOK,
        "maxLength: 34, pattern: '^BK",
        "maxLength: 34, pattern: '^BX",
        "{FETCH}/parameters/0/schema/pattern: \"^BX[0-9a-fA-F]{32}$\" is not `^` and a prefix of x-sids (BK, SF) and `[0-9a-fA-F]{32}$`; declare a new SID type under x-sids in the fragment of its resource",
    ),
    (
        BOOK,
        "  BookSid: { prefix: BK",
        "  BookSid: { prefix: SF",
        "/x-sids/BookSid/prefix: ShelfSid has the same prefix, at spec/base.yaml#/x-sids/ShelfSid",
    ),
    (
        BOOK,
        "  BookSid: { prefix: BK",
        "  BookSid: { prefix: Book",
        "/x-sids/BookSid/prefix: found \"Book\", expected two capital letters or any",
    ),
    (
        BOOK,
        "    book_enum_cover:\n",
        "    book_enum_other: { type: string, description: Other., enum: [a] }\n    book_enum_cover:\n",
        "/components/schemas/book_enum_other: nothing refers to this schema: remove it, or give it x-shared: true",
    ),
    (
        BOOK,
        "cover: { $ref: '#/components/schemas/book_enum_cover'",
        "cover: { $ref: '#/components/schemas/book_enum_covers'",
        "{SCHEMA}/properties/cover/$ref: \"#/components/schemas/book_enum_covers\" leads nowhere",
    ),
    (
        BOOK,
        "Title: { type: string, maxLength",
        "Title: { maxLength",
        "{CREATE}{FORM}/schema/properties/Title/maxLength: it has no effect without type beside it",
    ),
    // Samples.
    (
        BOOK,
        "cover: paper, pages",
        "cover: leather, pages",
        "{LIST}{JSON}/examples/readFull/value/books/0/cover: the sample has \"leather\", and its schema says one of paper, cloth",
    ),
    (
        BOOK,
        "pages: 7",
        "pages: '7'",
        "{LIST}{JSON}/examples/readFull/value/books/0/pages: the sample has \"7\", and its schema says type integer",
    ),
    (
        BOOK,
        "pages: 7",
        "pages: 0",
        "{LIST}{JSON}/examples/readFull/value/books/0/pages: the sample has 0, and its schema says minimum 1",
    ),
    (
        BOOK,
        "lent: true, ",
        "",
        "{LIST}{JSON}/examples/readFull/value/books/0: the sample lacks lent, which its schema has",
    ),
    (
        BOOK,
        "pages: 7",
        "pages: 7, weight: 3",
        "{LIST}{JSON}/examples/readFull/value/books/0/weight: the schema has no such property",
    ),
    (
        BOOK,
        "date_lent: '2026-01-02T03:04:05Z'",
        "date_lent: '2026-01-02'",
        "{LIST}{JSON}/examples/readFull/value/books/0/date_lent: the sample has \"2026-01-02\", and its schema says format \"date-time\"",
    ),
    (
        BOOK,
        "Title: Moby Dick",
        "Title: Travels into Several Remote Nations",
        "{CREATE}{FORM}/examples/create/value/Title: the sample has \"Travels into Several Remote Nations\", and its schema says maxLength 20",
    ),
    (
        BOOK,
        "{ Title: Moby Dick, Cover: paper }",
        "{ Title: Moby Dick }",
        "{CREATE}{FORM}/examples: no sample shows Cover",
    ),
    (
        BOOK,
        "{ Title: Moby Dick, Cover: paper }",
        "{ Cover: paper }",
        "{CREATE}{FORM}/examples/create/value: the sample lacks Title, which is required",
    ),
    (
        BOOK,
        "create: { value: *book }",
        "create: { value: *book, x-contradicts: { /pages: It is odd. } }",
        "{CREATE}/responses/201/content/application~1json/examples/create/x-contradicts/~1pages: /pages does not contradict its schema: remove this line",
    ),
    (
        BOOK,
        "links: { shelf: 'https",
        "links: { shelves: 'https",
        "{LIST}{JSON}/examples/readFull/value/books/0/links: the sample has other links than x-links: shelf",
    ),
    // The overlay.
    (
        OVERLAY,
        "['library.v1.book', 'page_meta']",
        "['library.v1.book', 'page_mata']",
        "/actions/0/target: 'page_mata' matches nothing; expected the name of something in the document",
    ),
    (
        OVERLAY,
        "schemas['library.v1.book']\n",
        "schemas['library.v1.boek']\n",
        "/actions/1/target: $.components.schemas['library.v1.boek'] matches nothing",
    ),
    (
        OVERLAY,
        "sid: { nullable: false }",
        "sid: { nulable: false }",
        "/actions/1/update/properties/sid/nulable: unknown key of a schema, perhaps nullable is meant",
    ),
    (OVERLAY, "required: [sid]", "required: [side]", "/actions/1/update/required/0: there is no property side"),
    (
        OVERLAY,
        "values: [paper]",
        "values: [papier]",
        "/actions/2/update/x-enum-groups/SOFT_COVERS/values/0: \"papier\" is not one of the enum's values",
    ),
    (OVERLAY, "x-name: Cover", "x-name: Hard-Cover", "/actions/2/update/x-name: \"Hard-Cover\" is no name in Rust"),
    (
        OVERLAY,
        "update: { x-strict: true }",
        "updat: { x-strict: true }",
        "/actions/0/updat: unknown key of an action, perhaps update is meant",
    ),
    (
        OVERLAY,
        "update: { x-strict: true }",
        "update: { type: object }",
        "/actions/0/update: it changes nothing, since the documentation says the same: remove the action",
    ),
    // Events.
    (
        EVENTS,
        "    answer: [title]",
        "    answer: [titel]",
        "/events/onBookLend/answer/0: found titel, expected one of book_sid, title",
    ),
    (
        EVENTS,
        "fields: [BookSid, Title]",
        "fields: [BookSid, Titel]",
        "/events/onBookLend/fields/1: Titel is not described under /fields",
    ),
    (
        EVENTS,
        "    phase: pre\n",
        "    phase: before\n",
        "/events/onBookLend/phase: found \"before\", expected pre or post",
    ),
    (
        EVENTS,
        "    phase: post\n    filters: [library]",
        "    phase: post\n    filters: [museum]",
        "/events/onBookLent/filters/0: found museum, expected one of spec/events/common.yaml#/event_type/filters: library",
    ),
    (EVENTS, "    description: A book was lent.\n", "", "/events/onBookLent: an event has no description"),
    (
        EVENTS,
        "description: The title.",
        "optonal: true, description: The title.",
        "/fields/Title/optonal: unknown key of a field, perhaps optional is meant",
    ),
    (EVENTS, "  onBookLent:", "  BookLent:", "/events/BookLent: expected a name that begins with on"),
    (COMMON, "  phases: { pre: Before., post: Afterwards. }\n", "", "/event_type: event_type has no phases"),
    (BASE, "prefix: SF, description: SID of a shelf.", "prefix: SF", "/x-sids/ShelfSid: a SID type has no description"),
];

#[test]
fn the_files_that_the_mistakes_are_made_in_are_correct() {
    codegen::generate(&correct()).unwrap();
}

#[test]
fn each_mistake_is_refused_with_its_place() {
    assert!(MISTAKES.len() >= 40, "{} mistakes", MISTAKES.len());
    let mut problems = Vec::new();
    for (file, from, to, expected) in MISTAKES {
        let mut sources = correct();
        let text = sources.0.get_mut(*file).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} is to be in {file} once");
        *text = text.replace(from, to);
        let names = [
            ("{SCHEMA}", SCHEMA),
            ("{LIST}", LIST),
            ("{CREATE}", CREATE),
            ("{FETCH}", FETCH),
            ("{FORM}", FORM),
            ("{JSON}", JSON),
        ];
        let expected = names.iter().fold((*expected).to_owned(), |text, (name, value)| text.replace(name, value));
        let expected = format!("spec/{file}#{expected}");
        match codegen::generate(&sources) {
            Ok(_) => problems.push(format!("accepted: {to}\n  expected: {expected}")),
            Err(error) if error.to_string() == expected => {}
            Err(error) => problems.push(format!("{to}\n  expected: {expected}\n  found:    {error}")),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The pointers of all keys below a value, each with the key.
fn keys(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                found.push((pointer.to_owned(), name.clone()));
                keys(value, &format!("{pointer}/{}", codegen::token(name)), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| keys(item, &format!("{pointer}/{i}"), found));
        }
        _ => {}
    }
}

#[test]
fn every_key_with_a_letter_more_is_refused_but_for_names_that_nothing_refers_to() {
    let mut accepted = Vec::new();
    for (file, text) in correct().0 {
        let content: Value = serde_saphyr::from_str(&text).unwrap();
        let mut all = Vec::new();
        keys(&content, "", &mut all);
        for (pointer, key) in all {
            let mut changed = content.clone();
            let members = changed.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap();
            let renamed = |(name, value)| if name == key { (format!("{name}x"), value) } else { (name, value) };
            *members = std::mem::take(members).into_iter().map(renamed).collect();
            let mut sources = correct();
            sources.0.insert(file.clone(), changed.to_string());
            if codegen::generate(&sources).is_ok() {
                accepted.push(format!("{file}#{pointer}/{}", codegen::token(&key)));
            }
        }
    }
    // Events and samples are named here alone. `EventType` becomes a field like others under another name.
    let free = [
        "events/book.yaml#/events/onBookLend".to_owned(),
        "events/book.yaml#/events/onBookLent".to_owned(),
        "events/common.yaml#/fields/EventType".to_owned(),
        format!("v1/book.yaml#{LIST}{JSON}/examples/readFull"),
        format!("v1/book.yaml#{CREATE}{FORM}/examples/create"),
        format!("v1/book.yaml#{CREATE}/responses/201/content/application~1json/examples/create"),
    ];
    assert_eq!(accepted, free);
}
