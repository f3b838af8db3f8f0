//! One file of documentation beside the specification.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::Path,
};

use codegen::{Document, Sources, UNWRITTEN};
use serde_json::Value;

use super::{
    anchors::Anchors,
    document, events,
    finding::Finding,
    guide::Guide,
    markdown, page,
    report::{self, Report, count},
    subject::Vocabulary,
    summary,
};

/// What documentation is compared with.
pub(super) struct Spec {
    sources: Sources,
    pub document: Document,
    /// The files of `events/` by name.
    events: BTreeMap<String, Value>,
    /// The specification with the overlay, once it is needed; `None` if the overlay does not apply.
    overlaid: OnceCell<Option<Document>>,
}

impl Spec {
    /// # Errors
    ///
    /// See [`codegen::documented`] and [`codegen::events`].
    pub(super) fn new(sources: Sources) -> codegen::Result<Self> {
        let sources = without_marks(sources);
        let (document, events) = (codegen::documented(&sources)?, codegen::events(&sources)?);
        Ok(Self { sources, document, events, overlaid: OnceCell::new() })
    }
}

/// Replaces the mark of descriptions that are to be written: the generator refuses it, a comparison does not.
pub(super) fn without_marks(mut sources: Sources) -> Sources {
    for text in sources.0.values_mut().filter(|text| text.contains(UNWRITTEN)) {
        *text = text.replace(UNWRITTEN, "Not described yet");
    }
    sources
}

/// The outcome of a comparison.
pub(super) struct Compared {
    /// Name of the file, without its folder.
    name: String,
    pub findings: Vec<Finding>,
    subject: Subject,
}

/// What was compared.
enum Subject {
    /// A whole document: the ids of the operations of both sides by path and method.
    Document(BTreeMap<String, String>),
    /// A page: how much is on it, and notes that are no differences.
    Page { size: String, notes: Vec<String> },
}

impl Compared {
    /// All that is printed: the differences, what they mean to users, and the verdict in the last line.
    pub(super) fn lines(&self, spec: &Spec) -> Vec<String> {
        let Self { name, findings, subject } = self;
        let (mut lines, verdict) = match subject {
            Subject::Document(operations) => {
                let differing: BTreeSet<&String> = findings.iter().flat_map(|finding| &finding.operations).collect();
                let agreeing = operations.len() - differing.len();
                let verdict = format!("{agreeing} operations agree, {} differ", differing.len());
                (report::by_operation(findings, operations), verdict)
            }
            Subject::Page { size, notes } => {
                let verdict = match findings.len() {
                    0 => format!("agrees, {size}"),
                    differences => count(differences, "difference"),
                };
                let differences = findings.iter().map(Finding::to_string);
                (notes.iter().cloned().chain(differences).collect(), format!("{name}: {verdict}"))
            }
        };
        let summary = self.summary(spec);
        if !summary.is_empty() {
            lines.push("changelog:".to_owned());
            lines.extend(summary.iter().map(|line| format!("  {line}")));
        }
        lines.push(verdict);
        lines
    }

    fn summary(&self, spec: &Spec) -> Vec<String> {
        if self.findings.is_empty() {
            return Vec::new();
        }
        let ids;
        let operations = match &self.subject {
            Subject::Document(operations) => operations,
            Subject::Page { .. } => {
                ids = document::ids(&spec.document);
                &ids
            }
        };
        let vocabulary = Vocabulary {
            document: &spec.document,
            overlaid: spec.overlaid.get_or_init(|| codegen::overlaid(&spec.sources).ok()).as_ref(),
            operations,
            events: document::event_names(&spec.events),
        };
        summary::lines(&self.findings, &vocabulary)
    }
}

/// Largest file of documentation that is read, in bytes. The vendor's whole document has less than a megabyte.
const LARGEST: u64 = 32 << 20;

/// The text of a file without its byte order mark.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|_| "not a text: its bytes are not UTF-8")?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// Compares one file.
pub(super) fn compare_file(spec: &Spec, path: &Path) -> Result<Compared, String> {
    let text = read_text(path)?;
    let text = text.as_str();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let mut report = Report::default();
    let subject = if is_json || text.trim_start().starts_with('{') {
        let root: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        Subject::Document(document::compare(&spec.document, &spec.events, &name, &root, &mut report)?)
    } else {
        compare_page(spec, &name, text, &mut report)?
    };
    let anchors = Anchors::new(&spec.sources);
    Ok(Compared { name, findings: report.finish(|place| anchors.place(place)), subject })
}

/// A page is the guide to webhooks or is about the operations of a resource.
fn compare_page(spec: &Spec, name: &str, text: &str, report: &mut Report) -> Result<Subject, String> {
    if let Some(guide) = Guide::read(text)? {
        events::compare(&spec.document, &spec.events, name, &guide, report);
        let size = count(guide.events.len(), "event");
        return Ok(Subject::Page { size, notes: events::slips(name, &guide) });
    }
    let page = markdown::parse(name, text)?;
    if page.operations.is_empty() {
        let wanted = "no line has a method and URL, such as `GET https://…`, and no table has the columns Pre-Action \
                      and Post-Action";
        return Err(format!("not a documentation page: {wanted}"));
    }
    page::compare(&spec.document, &page, report);
    Ok(Subject::Page { size: count(page.operations.len(), "operation"), notes: Vec::new() })
}
