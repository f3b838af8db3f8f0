//! A documentation page: its operations and the JSON between its words.

use serde_json::Value;

use super::{
    finding::Place,
    node::{Node, Origin},
};

/// JSON of a page, and the line where it begins.
pub(super) struct Block {
    pub line: usize,
    pub value: Value,
}

/// A page about one resource.
pub(super) struct Page<'t> {
    pub name: &'t str,
    /// The schema of the resource.
    pub properties: Option<Block>,
    pub operations: Vec<Operation<'t>>,
}

/// A section about one operation.
pub(super) struct Operation<'t> {
    /// The heading above the method and URL.
    pub heading: &'t str,
    pub heading_line: usize,
    /// Line of the method and URL.
    pub line: usize,
    /// As the page has it: `GET`.
    pub method: &'t str,
    pub url: &'t str,
    /// Lists of path, query and header parameters, with their headings.
    pub parameters: Vec<(&'t str, Block)>,
    pub body: Option<Block>,
    /// Sample answers.
    pub samples: Vec<Block>,
}

impl Page<'_> {
    /// A line of the page.
    pub(super) fn at(&self, line: usize) -> Place {
        Place::line(self.name, Some(line))
    }

    pub(super) fn node<'a>(&'a self, block: &'a Block) -> Node<'a> {
        Node::root(Origin::Block { page: self.name, line: block.line }, &block.value)
    }
}

/// Reads a page. One that is not about a resource has no operations.
///
/// # Errors
///
/// What is wrong with it as a page, and on which line: JSON that is none, a block that does not end.
pub(super) fn parse<'t>(name: &'t str, text: &'t str) -> Result<Page<'t>, String> {
    let mut page = Page { name, properties: None, operations: Vec::new() };
    let mut section = Section::default();
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_end()));
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let start = number + 1;
            let mut code = String::new();
            loop {
                match lines.next() {
                    Some((_, "```")) => break,
                    Some((_, line)) => code.extend([line, "\n"]),
                    None => return Err(format!("line {number}: the block that begins here does not end")),
                }
            }
            // A heading speaks of the block that follows it, whatever that is.
            let part = std::mem::take(&mut section.part);
            if language == "json" {
                let value = serde_json::from_str(&code)
                    .map_err(|error| format!("line {start}: the block that begins here is not JSON: {error}"))?;
                let in_operation = section.in_operation;
                add_block(&mut page, in_operation.then_some(part), Block { line: start, value })?;
            }
        } else if let Some(heading) = line.strip_prefix("### ") {
            section.part = Part::of(heading);
        } else if let Some(heading) = line.strip_prefix("## ") {
            section = Section { heading, heading_line: number, ..Section::default() };
        } else if let Some((method, url)) = operation(line) {
            let Section { heading, heading_line, .. } = section;
            section = Section { in_operation: true, ..section };
            page.operations.push(Operation {
                heading,
                heading_line,
                line: number,
                method,
                url,
                parameters: Vec::new(),
                body: None,
                samples: Vec::new(),
            });
        }
    }
    Ok(page)
}

/// Where in the page a block stands.
#[derive(Default)]
struct Section<'t> {
    heading: &'t str,
    heading_line: usize,
    in_operation: bool,
    part: Part<'t>,
}

/// What the next block is.
#[derive(Clone, Copy, Default)]
enum Part<'t> {
    Parameters {
        heading: &'t str,
    },
    Body,
    /// A sample; what stands under a heading that we do not know would be compared as one too.
    #[default]
    Sample,
}

impl<'t> Part<'t> {
    /// `Path parameters`, `Query parameters`, `Request headers`, `Request body parameters`.
    fn of(heading: &'t str) -> Self {
        let words = heading.to_ascii_lowercase();
        if words.contains("body") {
            Self::Body
        } else if words.contains("parameters") || words.contains("headers") {
            Self::Parameters { heading }
        } else {
            Self::Sample
        }
    }
}

/// Puts a block where it belongs: into the last operation, or to the page if it stands outside the operations.
fn add_block<'t>(page: &mut Page<'t>, part: Option<Part<'t>>, block: Block) -> Result<(), String> {
    let line = block.line;
    let (Some(part), Some(operation)) = (part, page.operations.last_mut()) else {
        // Outside the operations, only the resource's schema has such members.
        let is_schema = ["properties", "refName"].iter().any(|member| block.value.get(member).is_some());
        if is_schema && page.properties.replace(block).is_some() {
            return Err(format!("line {line}: the page has a second block of properties"));
        }
        return Ok(());
    };
    match part {
        Part::Parameters { heading } if block.value.is_array() => operation.parameters.push((heading, block)),
        Part::Parameters { .. } => return Err(format!("line {line}: expected a list of parameters")),
        Part::Body if !block.value.is_object() => {
            return Err(format!("line {line}: expected a request body with its schema"));
        }
        Part::Body => {
            if operation.body.replace(block).is_some() {
                return Err(format!("line {line}: the operation has a second request body"));
            }
        }
        Part::Sample => operation.samples.push(block),
    }
    Ok(())
}

/// A line that has a method and URL between backticks and nothing else.
fn operation(line: &str) -> Option<(&str, &str)> {
    let (method, url) = line.strip_prefix('`')?.strip_suffix('`')?.split_once(' ')?;
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_method && url.contains("://")).then_some((method, url))
}
