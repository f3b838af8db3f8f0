//! A guide to webhooks in which one fact is not as in `spec/events`.

use crate::support::{drift, folder, page, write};

const NAME: &str = "webhooks.md";

#[test]
fn a_guide_that_agrees_is_said_to_agree() {
    let run = drift(None, &[page(NAME).0, page("user.md").0]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    assert_eq!(run.out, "webhooks.md: agrees, 23 events\nuser.md: agrees, 5 operations\n");
}

/// A row of a table, what its columns are called, and the lines of both.
struct Row {
    line: usize,
    header_line: usize,
    header: Vec<String>,
    cells: Vec<String>,
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn rows(text: &str) -> Vec<Row> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut rows, mut header) = (Vec::new(), None);
    for (i, line) in lines.iter().enumerate() {
        if !line.starts_with("| ") {
            header = None;
        } else if let Some(header_line) = header {
            if !line.starts_with("| ---") {
                let header = cells(lines[header_line - 1]);
                rows.push(Row { line: i + 1, header_line, header, cells: cells(line) });
            }
        } else if lines[i + 1].starts_with("| ---") {
            header = Some(i + 1);
        }
    }
    rows
}

/// The page with another line in place of one, or without it.
fn with_line(text: &str, number: usize, line: Option<&str>) -> String {
    let lines = text.lines().enumerate().filter_map(|(i, old)| if i + 1 == number { line } else { Some(old) });
    lines.map(|line| format!("{line}\n")).collect()
}

/// One page of many: what was done to it, and the lines of which the report must name one.
struct Mutant {
    what: String,
    text: String,
    lines: Vec<usize>,
}

/// The texts that a text becomes when each of some words is changed, and when it is left out.
fn without_and_with_others(text: &str, words: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for word in words {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        texts.extend([format!("{before}{word}x{after}"), format!("{before}{after}")]);
    }
    texts
}

fn events(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.starts_with("on") && word.len() > 2).collect()
}

/// Types that are at odds with this one.
fn other_types(cell: &str) -> Vec<String> {
    let (cell, end) = match cell.strip_suffix(", optional") {
        Some(rest) => (rest, ", optional"),
        None => (cell.strip_suffix(", required").unwrap_or(cell), ""),
    };
    let others = ["int", "boolean", "string, SID XX", "string, date", "string, JSON", "float", "string, enum of `x`"];
    let others = others.iter().filter(|other| {
        let word = other.rsplit(' ').next().unwrap_or_default();
        !cell.contains(word)
    });
    others.map(|other| format!("{other}{end}")).collect()
}

/// The lists that a list of fields becomes: each field renamed, left out, with and without its mark, of another type.
fn other_lists(cell: &str) -> Vec<String> {
    let items: Vec<&str> = cell.split(", ").collect();
    let mut lists = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let (name, kind) = item.split_once(" (").expect("the page gives each a type");
        let other_name = name.strip_suffix('?').map_or_else(|| format!("{name}?"), str::to_owned);
        let other_kind = if kind == "int)" { "string)" } else { "int)" };
        let others = [
            Some(format!("X{item}")),
            None,
            Some(format!("{other_name} ({kind}")),
            Some(format!("{name} ({other_kind}")),
        ];
        for other in others {
            let mut items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
            items.splice(i..=i, other);
            lists.push(items.join(", "));
        }
    }
    lists
}

/// What else could stand in a cell.
fn others(column: &str, cell: &str) -> Vec<String> {
    match column {
        "Object" => vec![format!("{cell}x")],
        "Pre-event (may change or refuse)" | "Post-event (reports)" => without_and_with_others(cell, &events(cell)),
        "Event" if cell == "all others" => Vec::new(),
        "Event" => without_and_with_others(cell, &events(cell)),
        "Field" | "Parameter name" => vec![format!("X{}", cell.trim_matches('`'))],
        "Type" => {
            let optional = [cell.replace("optional", "required"), cell.replace("required", "optional")];
            let other = optional.into_iter().filter(|other| other != cell);
            other_types(cell).into_iter().chain(other).collect()
        }
        "Required" => vec![if cell == "yes" { "no".to_owned() } else { "yes".to_owned() }],
        "Fields" => other_lists(cell),
        "Fields that the answer may set" if cell == "none" => vec!["`body`".to_owned(), "body, author".to_owned()],
        "Fields that the answer may set" => {
            let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            without_and_with_others(cell, &names)
        }
        "What it holds" | "Description" | "Then" => Vec::new(),
        other => panic!("what is in the column {other:?}?"),
    }
}

fn mutants(text: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let rows = rows(text);
    let rest = rows.iter().find(|row| row.cells[0] == "all others").expect("a row for all others").line;
    for Row { line, header_line, header, cells } in &rows {
        let (line, mut lines) = (*line, vec![*line, *header_line]);
        // An event without an answer of its own is one of the others; one without fields is known by name only.
        if header.iter().any(|column| column.contains("answer")) {
            lines.extend([rest, rest - 1]);
        }
        if header[0] == "Event" {
            let named =
                |row: &&Row| cells[0].split(", ").any(|name| row.cells[1..].iter().any(|cell| cell.contains(name)));
            lines.extend(rows.iter().filter(|row| row.header[0] == "Object").filter(named).map(|row| row.line));
        }
        let mut add = |what: String, row: Option<&[String]>| {
            let row = row.map(|cells| format!("| {} |", cells.join(" | ")));
            mutants.push(Mutant { what, text: with_line(text, line, row.as_deref()), lines: lines.clone() });
        };
        for (i, (column, cell)) in header.iter().zip(cells).enumerate() {
            for other in others(column, cell) {
                let what = format!("line {line}: {cell:?} became {other:?}");
                let mut cells = cells.clone();
                cells[i] = other;
                add(what, Some(&cells));
            }
        }
        if header[0] == "Object" {
            let swapped = [cells[0].clone(), cells[2].clone(), cells[1].clone()];
            add(format!("line {line}: pre and post swapped"), Some(&swapped));
        }
        if line != rest {
            add(format!("line {line} removed"), None);
        }
    }
    mutants
}

/// Compares all in one run and checks that each is reported with a place on both sides.
fn expect_reports(test: &str, mutants: &[Mutant]) {
    let folder = folder(test);
    let file = |i: usize| format!("{i}.md");
    let files: Vec<_> = mutants.iter().enumerate().map(|(i, m)| write(folder.join(file(i)), &m.text)).collect();
    let run = drift(None, &files);
    assert_eq!(run.code, Some(1));
    let mut out = run.out.as_str();
    for (i, Mutant { what, lines, .. }) in mutants.iter().enumerate() {
        let file = file(i);
        let places: Vec<_> = lines.iter().map(|line| format!(" at {file}:{line}")).collect();
        // Where a row names no event any more, the table cannot be read.
        if let Some(error) = run.err.lines().find(|line| line.contains(&format!("/{file}: "))) {
            let named = lines.iter().any(|line| error.contains(&format!("/{file}: line {line}: ")));
            assert!(named, "{what}: {error}");
            continue;
        }
        let verdict = out.find(&format!("\n{file}: ")).unwrap_or_else(|| panic!("not reported: {what}\n{out}"));
        let (report, rest) = out.split_at(verdict + 1);
        out = rest.split_once('\n').map_or("", |(_, rest)| rest);
        assert!(report.lines().all(|line| line.starts_with("spec/") && line.contains("#/")), "{what}: {report}");
        let found = report.lines().any(|line| places.iter().any(|place| line.ends_with(place)));
        assert!(found, "{what} is not named as {places:?}:\n{report}");
    }
    assert_eq!(out, "");
    let errors = run.err.lines().count();
    assert!(errors <= mutants.len() / 50, "{errors} could not be compared:\n{}", run.err);
}

#[test]
fn each_changed_or_removed_fact_of_a_table_is_reported_with_its_place() {
    let (_, text) = page(NAME);
    let mutants = mutants(&text);
    assert!(mutants.len() > 1000, "only {} mutants", mutants.len());
    expect_reports("events-tables", &mutants);
}

#[test]
fn each_event_of_a_heading_is_reported_with_the_line_of_its_table() {
    let (_, text) = page(NAME);
    let rows = rows(&text);
    let mut mutants = Vec::new();
    for (i, heading) in text.lines().enumerate().filter(|(_, line)| line.starts_with('#')) {
        let table = rows.iter().map(|row| row.header_line).find(|line| *line > i);
        let names = rows.iter().map(|row| row.header_line).min();
        for other in without_and_with_others(heading, &events(heading)) {
            // An event that no heading names has its line in the table of names.
            let lines =
                [table, names, names.map(|line| line + 3), names.map(|line| line + 2), names.map(|line| line + 4)];
            mutants.push(Mutant {
                what: format!("{heading:?} became {other:?}"),
                text: with_line(&text, i + 1, Some(&other)),
                lines: lines.into_iter().flatten().collect(),
            });
        }
        for (from, to) in [("Pre-action", "Post-action"), ("Post action", "Pre action")] {
            if heading.contains(from) {
                mutants.push(Mutant {
                    what: format!("{heading:?} with {to:?}"),
                    text: with_line(&text, i + 1, Some(&heading.replace(from, to))),
                    lines: table.into_iter().collect(),
                });
            }
        }
    }
    assert!(mutants.len() > 25, "only {} mutants", mutants.len());
    expect_reports("events-headings", &mutants);
}

#[test]
fn words_beside_the_facts_are_no_facts() {
    let (_, text) = page(NAME);
    let mut changed = text.replace("Twenty-three events call", "More than one event calls");
    for Row { line, header, cells, .. } in rows(&text) {
        if header.last().is_some_and(|column| ["What it holds", "Description", "Then"].contains(&column.as_str())) {
            let row = [&cells[..cells.len() - 1], &["Words of `another` kind.".to_owned()]].concat();
            changed = with_line(&changed, line, Some(&format!("| {} |", row.join(" | "))));
        }
    }
    assert!(changed.matches("`another`").count() > 100);
    let file = write(folder("events-words").join(NAME), &changed);
    assert_eq!(drift(None, &[file]).out, "webhooks.md: agrees, 23 events\n");
}

/// What a changed guide comes to.
fn report(test: &str, from: &str, to: &str) -> String {
    let (_, text) = page(NAME);
    assert!(text.contains(from), "{from:?} is to be there");
    let run = drift(None, &[write(folder(test).join(NAME), &text.replacen(from, to, 1))]);
    assert_eq!(run.code, Some(1), "{}", run.out);
    format!("{}{}", run.out, run.err)
}

#[test]
fn differences_are_lines_with_our_place_and_the_guides() {
    for (from, to, expected) in [
        (
            "`onMessageAdd`, `onMessageUpdate`, `onMessageRemove` |",
            "`onMessageAdd`, `onMessageUpdate`, `onMessageSend` |",
            "spec/events/message.yaml#/events/onMessageRemove/phase: \"pre\" here, nothing at webhooks.md:8\n\
             spec/events/message.yaml#/events/onMessageSend: event: nothing here, \"onMessageSend\" at webhooks.md:11\n",
        ),
        (
            "| none | `onDeliveryUpdated` |",
            "| `onDeliveryUpdated` | none |",
            "spec/events/delivery.yaml#/events/onDeliveryUpdated/phase: \"post\" here, \"pre\" at webhooks.md:12\n",
        ),
        (
            "| Delivery |",
            "| Receipt |",
            "spec/events/delivery.yaml#/object: \"Delivery\" here, \"Receipt\" at webhooks.md:12\n",
        ),
        (
            "| MessagingServiceSid | string, SID MG, required |",
            "| ChatServiceSid | string, SID IS, required |",
            "spec/events/message.yaml#/fields/ChatServiceSid/documented: false here, \"ChatServiceSid\" at webhooks.md:155\n\
             spec/events/message.yaml#/events/onMessageAdded/fields/2: field: \"MessagingServiceSid\" here, nothing at \
             webhooks.md:144\n",
        ),
        (
            "| `Source` |",
            "| `Sauce` |",
            "spec/events/common.yaml#/fields: field: nothing here, \"Sauce\" at webhooks.md:29\n\
             spec/events/common.yaml#/fields/Source: field: \"Source\" here, nothing at webhooks.md:25\n",
        ),
        (
            "| `ErrorCode` | integer | no |",
            "| `ErrorCode` | string | yes |",
            "spec/events/delivery.yaml#/fields/ErrorCode/optional: true here, false at webhooks.md:201\n\
             spec/events/delivery.yaml#/fields/ErrorCode/type: \"integer\" here, \"string\" at webhooks.md:201\n",
        ),
        (
            "`delivered`, `read`",
            "`read`",
            "spec/v1/conversation_message_receipt.yaml#/components/schemas/\
             conversation_message_receipt_enum_delivery_status/enum: \
             [\"read\",\"failed\",\"delivered\",\"undelivered\",\"sent\"] here, \
             \"string, enum of sent, read, failed, undelivered\" at webhooks.md:200\n",
        ),
        (
            "| `body`, `author`, `attributes` |",
            "| `body`, `author` |",
            "spec/events/message.yaml#/events/onMessageAdd/answer: [\"body\",\"author\",\"attributes\"] here, \
             [\"author\",\"body\"] at webhooks.md:227\n\
             spec/events/message.yaml#/events/onMessageUpdate/answer: [\"body\",\"author\",\"attributes\"] here, \
             [\"author\",\"body\"] at webhooks.md:227\n",
        ),
    ] {
        let out = report("events-lines", from, to);
        let (differences, verdict) = out.rsplit_once("webhooks.md: ").expect("a verdict");
        assert_eq!(differences, expected);
        assert!(verdict.ends_with("difference\n") || verdict.ends_with("differences\n"), "{verdict}");
    }
}

#[test]
fn an_event_that_nobody_knows_is_reported_wherever_it_stands() {
    for (from, to, place) in [
        (
            "`onUserAdded`, `onUserUpdated` |",
            "`onUserAdded`, `onUserUpdated`, `onUserLost` |",
            "user.yaml#/events/onUserLost",
        ),
        ("### onMessageAdd\n", "### onMessageAdd, onMessageSend\n", "message.yaml#/events/onMessageSend"),
        ("| `onUserAdded` |", "| `onUserAdded`, `onPollAdded` |", "*.yaml#/events/onPollAdded"),
        (
            "| `onMessageAdd`, `onMessageUpdate` |",
            "| `onMessageAdd`, `onMessageEdit` |",
            "message.yaml#/events/onMessageEdit",
        ),
    ] {
        let out = report("events-unknown", from, to);
        let name = place.rsplit('/').next().unwrap_or_default();
        let expected = format!("spec/events/{place}: event: nothing here, {name:?} at webhooks.md:");
        assert!(out.lines().any(|line| line.starts_with(&expected)), "{out}");
    }
}
