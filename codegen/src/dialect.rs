//! The keys that each object of the specification may have, and the values that they hold.
//!
//! The dialect is the part of OpenAPI 3.0 that the generator reads, with the extensions of `spec/README.md`. A key that is
//! not listed here would have no effect, so it is an error.

mod check;

pub(crate) use check::check;

/// A description that begins with this is still to be written. `cargo xtask drift --fix` leaves it behind.
pub const UNWRITTEN: &str = "TO BE WRITTEN";

/// What a key holds.
pub(crate) enum Holds {
    /// Sentences for a reader.
    Prose,
    Text,
    Flag,
    Integer,
    /// One of these strings.
    Word(&'static [&'static str]),
    Any,
    Object(&'static Form),
    List(&'static Self),
    /// An object whose keys are names.
    Map(&'static Self),
    /// A string, or an object of this form.
    TextOr(&'static Form),
}

/// The keys of an object.
pub(crate) struct Form {
    /// With its article, for errors.
    pub name: &'static str,
    pub keys: &'static [Key],
}

pub(crate) struct Key {
    pub name: &'static str,
    pub holds: Holds,
    pub is_required: bool,
    /// Another key without which this one has no effect.
    pub needs: Option<&'static str>,
}

const fn needs(name: &'static str, holds: Holds) -> Key {
    Key { name, holds, is_required: true, needs: None }
}

const fn may(name: &'static str, holds: Holds) -> Key {
    Key { name, holds, is_required: false, needs: None }
}

const fn beside(needs: &'static str, name: &'static str, holds: Holds) -> Key {
    Key { name, holds, is_required: false, needs: Some(needs) }
}

/// The merged document.
pub(crate) static DOCUMENT: Holds = Holds::Object(&Form {
    name: "base.yaml",
    keys: &[
        needs("openapi", Holds::Word(&["3.0.3"])),
        may("info", Holds::Any),
        may("servers", Holds::List(&Holds::Object(&SERVER))),
        may("security", Holds::Any),
        needs("paths", Holds::Map(&Holds::Object(&PATH))),
        needs("components", Holds::Object(&COMPONENTS)),
        may("x-sids", Holds::Any), // checked by itself, before the document
    ],
});

/// `x-sids` of the merged document.
pub(crate) static SIDS: Holds = Holds::Map(&Holds::Object(&Form {
    name: "a SID type",
    keys: &[needs("prefix", Holds::Text), needs("description", Holds::Prose)],
}));

/// `x-resource` of a fragment.
pub(crate) static RESOURCE: Holds = Holds::Object(&Form {
    name: "x-resource",
    keys: &[
        needs("title", Holds::Text),
        needs("description", Holds::Prose),
        needs("docs", Holds::Text),
        may("module", Holds::Text),
    ],
});

/// The overlay.
pub(crate) static OVERLAY: Holds = Holds::Object(&Form {
    name: "the overlay",
    keys: &[
        needs("overlay", Holds::Word(&["1.0.0"])),
        may("info", Holds::Any),
        needs("actions", Holds::List(&Holds::Object(&ACTION))),
    ],
});

/// `events/common.yaml`.
pub(crate) static COMMON_EVENTS: Holds = Holds::Object(&Form {
    name: "events/common.yaml",
    keys: &[needs("event_type", Holds::Object(&EVENT_TYPE)), needs("fields", Holds::Map(&Holds::Object(&FIELD)))],
});

/// Any other file of `events/`.
pub(crate) static EVENTS: Holds = Holds::Object(&Form {
    name: "a file of events",
    keys: &[
        needs("object", Holds::Text),
        needs("description", Holds::Prose),
        needs("fields", Holds::Map(&Holds::Object(&FIELD))),
        needs("events", Holds::Map(&Holds::Object(&EVENT))),
        may("changes", Holds::Map(&Holds::Prose)),
        may("schemas", Holds::Map(&Holds::Object(&SCHEMA))),
    ],
});

static SERVER: Form = Form { name: "a server", keys: &[needs("url", Holds::Text), may("description", Holds::Prose)] };

static COMPONENTS: Form = Form {
    name: "components",
    keys: &[may("securitySchemes", Holds::Any), needs("schemas", Holds::Map(&Holds::Object(&SCHEMA)))],
};

static ACTION: Form = Form {
    name: "an action",
    keys: &[
        needs("target", Holds::Text),
        needs("description", Holds::Prose),
        needs("x-source", Holds::Text),
        may("update", Holds::Any),
        may("remove", Holds::Flag),
    ],
};

static PATH: Form = Form {
    name: "a path",
    keys: &[
        may("x-twilio", Holds::Object(&X_TWILIO)),
        may("x-name", Holds::Text),
        may("get", Holds::Object(&OPERATION)),
        may("post", Holds::Object(&OPERATION)),
        may("delete", Holds::Object(&OPERATION)),
    ],
};

static X_TWILIO: Form = Form {
    name: "x-twilio",
    keys: &[
        may("pathType", Holds::Word(&["list", "instance"])),
        may("mountName", Holds::Text),
        may("defaultOutputProperties", Holds::List(&Holds::Text)),
    ],
};

static OPERATION: Form = Form {
    name: "an operation",
    keys: &[
        needs("operationId", Holds::Text),
        may("tags", Holds::List(&Holds::Text)),
        needs("summary", Holds::Prose),
        may("description", Holds::Prose),
        may("parameters", Holds::List(&Holds::Object(&PARAMETER))),
        may("requestBody", Holds::Object(&BODY)),
        needs("responses", Holds::Map(&Holds::Object(&RESPONSE))),
        may("x-params-name", Holds::Text),
    ],
};

static PARAMETER: Form = Form {
    name: "a parameter",
    keys: &[
        needs("name", Holds::Text),
        needs("in", Holds::Word(&["path", "query", "header"])),
        may("required", Holds::Flag),
        needs("description", Holds::Prose),
        needs("schema", Holds::Object(&SCHEMA)),
    ],
};

static BODY: Form = Form {
    name: "a request body",
    keys: &[may("required", Holds::Flag), needs("content", Holds::Object(&FORM_CONTENT))],
};

static FORM_CONTENT: Form = Form {
    name: "the content of a request",
    keys: &[needs("application/x-www-form-urlencoded", Holds::Object(&MEDIA))],
};

static RESPONSE: Form = Form {
    name: "a response",
    keys: &[needs("description", Holds::Prose), may("content", Holds::Object(&JSON_CONTENT))],
};

static JSON_CONTENT: Form =
    Form { name: "the content of a response", keys: &[needs("application/json", Holds::Object(&MEDIA))] };

static MEDIA: Form = Form {
    name: "a media type",
    keys: &[needs("schema", Holds::Object(&SCHEMA)), may("examples", Holds::Map(&Holds::Object(&EXAMPLE)))],
};

static EXAMPLE: Form =
    Form { name: "a sample", keys: &[needs("value", Holds::Any), may("x-contradicts", Holds::Map(&Holds::Prose))] };

static SCHEMA: Form = Form {
    name: "a schema",
    keys: &[
        may("$ref", Holds::Text),
        may("type", Holds::Word(TYPES)),
        beside("type", "format", Holds::Word(FORMATS)),
        may("title", Holds::Text),
        may("description", Holds::Prose),
        may("nullable", Holds::Flag),
        may("default", Holds::Any),
        may("enum", Holds::List(&Holds::Text)),
        beside("type", "pattern", Holds::Text),
        beside("type", "minLength", Holds::Integer),
        beside("type", "maxLength", Holds::Integer),
        beside("type", "minimum", Holds::Integer),
        beside("type", "maximum", Holds::Integer),
        beside("type", "items", Holds::Object(&SCHEMA)),
        may("properties", Holds::Map(&Holds::Object(&SCHEMA))),
        beside("properties", "required", Holds::List(&Holds::Text)),
        may("additionalProperties", Holds::Flag),
        may("example", Holds::Any),
        beside("properties", "x-accessors", Holds::Map(&Holds::Object(&ACCESSOR))),
        beside("enum", "x-enum-descriptions", Holds::Map(&Holds::Prose)),
        beside("enum", "x-enum-groups", Holds::Map(&Holds::Object(&GROUP))),
        beside("enum", "x-enum-prefix", Holds::Text),
        beside("x-sid", "x-example", Holds::Text),
        beside("type", "x-json-text", Holds::Flag),
        beside("format", "x-links", Holds::Map(&Holds::Text)),
        may("x-name", Holds::Text),
        may("x-secret", Holds::Flag),
        may("x-shared", Holds::Flag),
        may("x-sid", Holds::Text),
        beside("properties", "x-strict", Holds::Flag),
        beside("type", "x-word", Holds::Flag),
    ],
};

const TYPES: &[&str] = &["string", "integer", "boolean", "array", "object"];

/// Those that decide a type, and those that only describe a string.
const FORMATS: &[&str] = &[
    "date-time",
    "day-end",
    "day-start",
    "duration",
    "email",
    "http-method",
    "int32",
    "int64",
    "phone-number",
    "uint32",
    "uri",
    "uri-map",
];

static ACCESSOR: Form = Form {
    name: "an accessor",
    keys: &[needs("description", Holds::Prose), needs("fields", Holds::List(&Holds::Text))],
};

static GROUP: Form = Form {
    name: "a group of values",
    keys: &[needs("description", Holds::Prose), needs("values", Holds::List(&Holds::Text))],
};

static EVENT_TYPE: Form = Form {
    name: "event_type",
    keys: &[
        needs("description", Holds::Prose),
        needs("prefix", Holds::Text),
        needs("phases", Holds::Object(&PHASES)),
        may("filters", Holds::Map(&Holds::Prose)),
    ],
};

static PHASES: Form = Form { name: "phases", keys: &[needs("pre", Holds::Prose), needs("post", Holds::Prose)] };

static FIELD: Form = Form {
    name: "a field",
    keys: &[
        may("$ref", Holds::Text),
        may("type", Holds::Word(TYPES)),
        beside("type", "format", Holds::Word(FORMATS)),
        beside("type", "pattern", Holds::Text),
        beside("type", "items", Holds::Object(&SCHEMA)),
        needs("description", Holds::Prose),
        beside("type", "x-json-text", Holds::Flag),
        may("documented", Holds::Flag),
        may("optional", Holds::Flag),
    ],
};

static EVENT: Form = Form {
    name: "an event",
    keys: &[
        needs("phase", Holds::Word(&["pre", "post"])),
        needs("description", Holds::Prose),
        may("filters", Holds::List(&Holds::Text)),
        may("answer", Holds::List(&Holds::TextOr(&ANSWER))),
        needs("fields", Holds::List(&Holds::Text)),
    ],
};

/// A field that a response may set by another source than the guide.
static ANSWER: Form = Form {
    name: "a field that a response sets",
    keys: &[needs("name", Holds::Text), needs("documented", Holds::Flag), needs("description", Holds::Prose)],
};
