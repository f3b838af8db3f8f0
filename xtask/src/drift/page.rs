//! A documentation page beside the fragments of its resource.

use std::collections::BTreeSet;

use codegen::{Document, token};
use serde_json::{Value, json};

use super::{
    compare::{Comparison, Form},
    finding::{Kind, Place, Side},
    markdown::{Block, Operation, Page},
    node::{Node, Origin},
    report::{Report, Spot},
};

/// Notes each difference between a page and the fragments.
pub(super) fn compare(spec: &Document, page: &Page<'_>, report: &mut Report) {
    let root = Node::root(Origin::Fragments(spec), &spec.root);
    let mut comparison = PageComparison { page, facts: Comparison::new(Form::Page, report) };
    let mut found = BTreeSet::new();
    for operation in &page.operations {
        if let Some(ours) = comparison.find(&root, operation) {
            if found.insert(ours.pointer.clone()) {
                comparison.operation(&ours, operation);
            } else {
                let place = page.at(operation.line);
                let again = format!("the operation at {place} is on the page before");
                comparison.facts.report.note(Kind::Other, &ours.spot(), &Spot { place, value: None }, again);
            }
        }
    }
    // Whatever else the fragments of these operations have belongs on this page.
    let files: BTreeSet<&str> = found.iter().map(|pointer| spec.file_of(pointer)).collect();
    for (path, item) in root.get("paths").iter().flat_map(Node::members) {
        for (method, ours) in item.members().filter(|(name, _)| !name.starts_with("x-")) {
            if files.contains(spec.file_of(&ours.pointer)) && !found.contains(&ours.pointer) {
                let method = method.to_uppercase();
                let problem = format!("the page {} does not have this {method} operation", page.name);
                let theirs = Spot { place: Place::line(page.name, None), value: None };
                comparison.facts.report.enter(Some(format!("{path} {method}")));
                comparison.facts.report.note(Kind::Operation, &ours.spot(), &theirs, problem);
            }
        }
    }
}

struct PageComparison<'a, 'r> {
    page: &'a Page<'a>,
    facts: Comparison<'r>,
}

impl PageComparison<'_, '_> {
    /// Our operation with the method and URL of the page's.
    fn find<'d>(&mut self, root: &Node<'d>, operation: &Operation<'_>) -> Option<Node<'d>> {
        let Operation { method, url, line, .. } = *operation;
        let server = root.at("/servers/0/url");
        let server_url = server.as_ref().and_then(|node| node.text_value()).unwrap_or_default();
        let (theirs, place) = (json!(format!("{method} {url}")), self.page.at(line));
        let Some(path) = url.strip_prefix(server_url).filter(|path| path.starts_with('/')) else {
            let theirs = json!(url);
            let ours = server.map_or_else(|| root.missing("servers"), |node| node.spot());
            self.facts.report.enter(None);
            self.facts.report.differ(Kind::Other, "server", &ours, &Spot { place, value: Some(&theirs) });
            return None;
        };
        self.facts.report.enter(Some(format!("{path} {method}")));
        let pointer = format!("/paths/{}/{}", token(path), method.to_ascii_lowercase());
        let ours = root.at(&pointer);
        if ours.is_none() {
            let ours = Spot { place: root.place_of(&pointer), value: None };
            self.facts.report.differ(Kind::Operation, "", &ours, &Spot { place, value: Some(&theirs) });
        }
        ours
    }

    fn operation(&mut self, ours: &Node<'_>, operation: &Operation<'_>) {
        self.heading(ours, operation);
        self.facts.report.on_side(Side::Request);
        self.parameters(ours, operation);
        self.body(ours, operation);
        self.facts.report.on_side(Side::Response);
        let answers: Vec<_> = successes(ours).filter_map(|response| response.get("content")).collect();
        let contents: Vec<_> = answers.iter().flat_map(Node::members).map(|(_, content)| content).collect();
        self.schema(&contents, operation);
        self.samples(ours, &contents, operation);
    }

    /// `Fetch a ConfigurationWebhook resource` is `FetchConfigurationWebhook`.
    fn heading(&mut self, ours: &Node<'_>, operation: &Operation<'_>) {
        let id = operation_id(operation.heading);
        if id.as_deref() != ours.text("operationId") {
            let shown = id.map(Value::from);
            let place = self.page.at(operation.heading_line);
            let what = format!("operation named by the heading {:?}", operation.heading);
            self.facts.report.differ(
                Kind::Other,
                &what,
                &ours.spot_of("operationId"),
                &Spot { place, value: shown.as_ref() },
            );
        }
    }

    fn parameters(&mut self, ours: &Node<'_>, operation: &Operation<'_>) {
        let list = ours.get("parameters");
        let ours_list: Vec<_> = list.iter().flat_map(Node::items).collect();
        let (page, mut theirs) = (self.page, Vec::new());
        for (_, block) in &operation.parameters {
            theirs.extend(page.node(block).items());
        }
        // Where one is missing: in the block of its kind, if there is such a block.
        let theirs_place = |kind: &str| {
            let of_kind = |(heading, _): &&(&str, Block)| heading.to_ascii_lowercase().contains(kind);
            let block = operation.parameters.iter().find(of_kind);
            page.at(block.map_or(operation.line, |(_, block)| block.line))
        };
        let ours_place = ours.spot_of("parameters").place;
        self.facts.parameters((&ours_list, &|_| ours_place.clone()), (&theirs, &theirs_place));
    }

    fn body(&mut self, ours: &Node<'_>, operation: &Operation<'_>) {
        let (body, theirs) = match (ours.get("requestBody"), &operation.body) {
            (Some(body), Some(block)) => (body, self.page.node(block)),
            (None, None) => return,
            (_, block) => {
                let there = Spot {
                    place: self.page.at(block.as_ref().map_or(operation.line, |block| block.line)),
                    value: block.as_ref().map(|block| &block.value),
                };
                return self.facts.report.differ(Kind::Other, "", &ours.spot_of("requestBody"), &there);
            }
        };
        let Some((content_type, content)) = body.get("content").and_then(|content| content.members().next()) else {
            return self.facts.report.differ(Kind::Other, "", &body.missing("content"), &theirs.spot());
        };
        for (member, node) in theirs.members() {
            match member {
                "schema" => {}
                "examples" => {}
                "encodingType" => {}
                "required" => {
                    let ours = body.spot_of("required");
                    if ours.value != Some(node.value) {
                        self.facts.report.differ(Kind::Required, "", &ours, &node.spot());
                    }
                }
                "conditionalParameterMap" if node.value.as_object().is_some_and(serde_json::Map::is_empty) => {}
                _ => self.facts.report.differ(Kind::Other, "", &body.missing(member), &node.spot()),
            }
        }
        if theirs.text("encodingType") != Some(content_type) {
            let value = json!(content_type);
            let ours = Spot { place: content.place(), value: Some(&value) };
            self.facts.report.differ(Kind::Other, "", &ours, &theirs.spot_of("encodingType"));
        }
        match (content.get("schema"), theirs.get("schema")) {
            (Some(ours), Some(theirs)) => self.facts.schemas(&ours, &theirs),
            _ => self.facts.report.differ(Kind::Type, "", &content.spot_of("schema"), &theirs.spot_of("schema")),
        }
        self.request_samples(&content, &theirs);
    }

    fn request_samples(&mut self, content: &Node<'_>, theirs: &Node<'_>) {
        match (content.get("examples"), theirs.get("examples")) {
            (Some(ours), Some(theirs)) => {
                self.facts
                    .by_name(Kind::Sample, &ours, &theirs, |facts, ours, theirs| request_sample(facts, ours, theirs));
            }
            (None, None) => {}
            _ => self.facts.report.differ(Kind::Sample, "", &content.spot_of("examples"), &theirs.spot_of("examples")),
        }
    }

    /// Whatever answers with the resource answers with the page's schema; a list has it as the schema of its items.
    fn schema(&mut self, contents: &[Node<'_>], operation: &Operation<'_>) {
        for content in contents {
            let Some(ours) = content.get("schema") else {
                let block = self.page.properties.as_ref().map(|block| self.page.node(block).spot());
                let theirs = block.unwrap_or_else(|| Spot { place: self.page.at(operation.line), value: None });
                self.facts.report.differ(Kind::Type, "", &content.missing("schema"), &theirs);
                continue;
            };
            let items = ours.get("properties").filter(|properties| properties.get("meta").is_some());
            let items = items.and_then(|properties| {
                let (_, list) = properties.members().find(|(name, _)| *name != "meta")?;
                list.get("items")
            });
            let ours = items.unwrap_or(ours);
            match &self.page.properties {
                Some(block) => self.facts.schemas(&ours, &self.page.node(block)),
                None => {
                    let ours = ours.schema().target;
                    let mut place = self.page.at(operation.line);
                    place.missing.push("block of properties".to_owned());
                    self.facts.report.differ(Kind::Other, "", &ours.spot(), &Spot { place, value: None });
                }
            }
        }
    }

    /// The page does not name its sample answers. Those that are alike belong together, then the rest in their order.
    fn samples(&mut self, ours: &Node<'_>, contents: &[Node<'_>], operation: &Operation<'_>) {
        let examples = contents.iter().filter_map(|content| content.get("examples"));
        let mut values: Vec<_> = examples.flat_map(|examples| examples.members().collect::<Vec<_>>()).collect();
        let mut blocks: Vec<&Block> = operation.samples.iter().collect();
        blocks.retain(|block| {
            let alike = values.iter().position(|(_, example)| example.value.get("value") == Some(&block.value));
            alike.map(|i| values.remove(i)).is_none()
        });
        let mut blocks = blocks.into_iter();
        for (_, example) in values {
            match (example.get("value"), blocks.next()) {
                (Some(value), Some(block)) => self.facts.data(&value, &self.page.node(block)),
                (_, block) => {
                    let place = self.page.at(block.map_or(operation.line, |block| block.line));
                    let theirs = Spot { place, value: block.map(|block| &block.value) };
                    self.facts.report.differ(Kind::Sample, "sample answer", &example.spot_of("value"), &theirs);
                }
            }
        }
        for block in blocks {
            let content = contents.first().map(|content| content.spot_of("examples").place);
            let response = || successes(ours).next().map(|response| response.spot_of("content").place);
            let place = content.or_else(response).unwrap_or_else(|| ours.spot_of("responses").place);
            self.facts.report.differ(
                Kind::Sample,
                "sample answer",
                &Spot { place, value: None },
                &self.page.node(block).spot(),
            );
        }
    }
}

/// Our sample beside the page's, which is a text of JSON, once as it is and twice as shown, plain and in colours.
fn request_sample(facts: &mut Comparison<'_>, ours: &Node<'_>, theirs: &Node<'_>) {
    let Some(shown) = theirs.get("value") else {
        return facts.report.differ(Kind::Sample, "", &ours.spot_of("value"), &theirs.missing("value"));
    };
    let plain = shown.get("value").and_then(|plain| Some((plain.text_value()?.to_owned(), plain)));
    let (Some(value), Some(plain)) = (ours.get("value"), plain) else {
        return facts.report.differ(Kind::Sample, "", &ours.spot_of("value"), &shown.spot_of("value"));
    };
    let code = shown.get("code").and_then(|code| Some((code.text_value()?.to_owned(), code)));
    let tokens = shown.get("tokens").map(|tokens| (uncoloured(&tokens), tokens));
    for (text, node) in [Some(plain), code, tokens].into_iter().flatten() {
        let Ok(sample) = serde_json::from_str::<Value>(&text) else {
            return facts.report.differ(Kind::Sample, "sample that is not JSON", &value.spot(), &node.spot());
        };
        if sample != *value.value {
            // The other texts would only say it again.
            return sample_leaves(facts, &value, &node.place(), &sample);
        }
    }
}

/// Differences of a sample that is a text in the page: the pointer into it is written behind the place of the text.
fn sample_leaves(facts: &mut Comparison<'_>, ours: &Node<'_>, place: &Place, sample: &Value) {
    let place = format!("{place} (sample)");
    let theirs = Node::root(Origin::File(&place), sample);
    facts.data(ours, &theirs);
}

/// The text that the tokens of a highlighted sample make up: each is a text, or a text with its colour.
fn uncoloured(tokens: &Node<'_>) -> String {
    let text = |token: Node<'_>| match token.get("0") {
        Some(first) => first.text_value().map(str::to_owned),
        None => token.text_value().map(str::to_owned),
    };
    tokens.items().filter_map(text).collect()
}

fn successes<'a>(operation: &Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let responses: Vec<_> = operation.get("responses").iter().flat_map(Node::members).collect();
    responses.into_iter().filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response)
}

fn operation_id(heading: &str) -> Option<String> {
    const VERBS: [(&str, &str); 9] = [
        ("Create a ", "Create"),
        ("Create an ", "Create"),
        ("Fetch a ", "Fetch"),
        ("Fetch an ", "Fetch"),
        ("Update a ", "Update"),
        ("Update an ", "Update"),
        ("Delete a ", "Delete"),
        ("Delete an ", "Delete"),
        ("Read multiple ", "List"),
    ];
    let (verb, name) = VERBS.iter().find_map(|(words, verb)| Some((verb, heading.strip_prefix(words)?)))?;
    let name = name.strip_suffix(" resource").or_else(|| name.strip_suffix(" resources"))?;
    (!name.is_empty() && !name.contains(' ')).then(|| format!("{verb}{name}"))
}
