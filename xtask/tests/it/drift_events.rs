//! A guide to webhooks in which one fact is not as in `spec/events`, or is in a form that cannot be read.

use crate::support::{agrees, differences, drift, folder, guide_agrees, guide_spec, numbered, page, write};

const NAME: &str = "webhooks.md";

#[test]
fn a_guide_that_agrees_is_said_to_agree() {
    let run = drift(Some(guide_spec()), &[page(NAME).0, page("user.md").0]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    assert_eq!(run.out, guide_agrees() + &agrees("user.md", "user.yaml"));
}

/// A row of a table, the line of the table, and the heading above it.
struct Row {
    line: usize,
    header_line: usize,
    is_event: bool,
    heading: String,
    cells: Vec<String>,
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn rows(text: &str) -> Vec<Row> {
    let (mut rows, mut header, mut heading) = (Vec::new(), None, "");
    for (i, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            heading = line.trim_matches(['#', ' ']);
        } else if !line.starts_with("| ") {
            header = None;
        } else if line.starts_with("| ---") {
            header = Some(i);
        } else if let Some(header_line) = header {
            rows.push(Row {
                line: i + 1,
                header_line,
                is_event: heading == "Events",
                heading: heading.to_owned(),
                cells: cells(line),
            });
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

/// The cell in the table of events with each other content.
fn other_events(cell: &str) -> Vec<String> {
    match cell {
        "N/A" => vec!["onThingAdd".to_owned()],
        name => vec![format!("{name}x"), "N/A".to_owned()],
    }
}

/// Types that are at odds with this one. What a guide does not say of a string is no difference.
fn other_types(cell: &str) -> Vec<String> {
    let (kind, optional) = match cell.find(", optional") {
        Some(end) => cell.split_at(end),
        None => (cell, ""),
    };
    let mut others: Vec<&str> =
        ["string", "int", "Boolean", "float", "string, enum", "string, JSON", "string, SID", "string, ISO8601 time"]
            .into();
    others.retain(|other| !(kind.starts_with(other) || kind == "integer" && *other == "int"));
    let mut others: Vec<String> = others.into_iter().map(|other| format!("{other}{optional}")).collect();
    others.push(format!("{cell}, perhaps"));
    if optional.is_empty() {
        others.push(format!("{cell}, optional"));
    }
    others
}

/// `onMessageAdd` is about the same object as `onMessageRemoved`.
fn object(event: &str) -> &str {
    let end = event.char_indices().skip(3).find(|(_, c)| c.is_uppercase()).map_or(event.len(), |(end, _)| end);
    &event[..end]
}

fn mutants(text: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let rows = rows(text);
    for Row { line, header_line, is_event, heading, cells } in &rows {
        let (line, lines) = (*line, vec![*line, *header_line]);
        let mut add = |what: String, row: Option<&[String]>| {
            let row = row.map(|cells| format!("| {} |", cells.join(" | ")));
            mutants.push(Mutant { what, text: with_line(text, line, row.as_deref()), lines: lines.clone() });
        };
        for (i, cell) in cells.iter().enumerate().take(2) {
            let others = match (*is_event, i) {
                (true, _) => other_events(cell),
                (false, 0) => vec![format!("X{cell}")],
                (false, _) => other_types(cell),
            };
            for other in others {
                let what = format!("line {line}: {cell:?} became {other:?}");
                let mut cells = cells.clone();
                cells[i] = other;
                add(what, Some(&cells));
            }
        }
        if *is_event {
            let swapped = [cells[1].clone(), cells[0].clone(), cells[2].clone()];
            add(format!("line {line}: pre and post swapped"), Some(&swapped));
        }
        // A field of every event may be listed with an event or not.
        let is_listed_twice = heading.starts_with("on") && ["EventType", "AccountSid"].contains(&cells[0].as_str());
        if !is_listed_twice {
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
    let run = drift(Some(guide_spec()), &files);
    assert_eq!(run.code, Some(1));
    let mut out = run.out.as_str();
    for (i, Mutant { what, lines, .. }) in mutants.iter().enumerate() {
        let file = file(i);
        if let Some(error) = run.err.lines().find(|line| line.contains(&format!("/{file}: "))) {
            let named = lines.iter().any(|line| error.contains(&format!("/{file}: line {line}: ")));
            assert!(named, "{what}: {error}");
            continue;
        }
        let verdict = out.find(&format!("\n{file}: ")).unwrap_or_else(|| panic!("not reported: {what}\n{out}"));
        let (report, rest) = out.split_at(verdict + 1);
        out = rest.split_once('\n').map_or("", |(_, rest)| rest);
        let mut report = differences(report);
        report.retain(|line| !line.starts_with("note: "));
        assert!(!report.is_empty(), "not reported: {what}");
        let places: Vec<_> = lines.iter().map(|line| format!(" at {file}:{line}")).collect();
        assert!(report.iter().all(|line| line.starts_with("spec/") && line.contains("#/")), "{what}: {report:#?}");
        let found = report.iter().any(|line| places.iter().any(|place| line.ends_with(place)));
        assert!(found, "{what} is not named as {places:?}: {report:#?}");
    }
    assert_eq!(out, "");
    let errors = run.err.lines().count();
    assert!(errors <= mutants.len() / 10, "{errors} could not be compared:\n{}", run.err);
}

#[test]
fn each_changed_or_removed_fact_of_a_table_is_reported_with_its_line() {
    let (_, text) = page(NAME);
    let mutants = mutants(&text);
    assert!(mutants.len() > 1500, "only {} mutants", mutants.len());
    expect_reports("events-tables", &mutants);
}

/// The vendor's guide calls a field optional in one event and not in another, so once is enough.
#[test]
fn a_field_that_is_called_optional_nowhere_is_reported_with_a_line_of_its() {
    let (_, text) = page(NAME);
    let rows = rows(&text);
    let mut mutants = Vec::new();
    for row in rows.iter().filter(|row| row.cells[1].contains(", optional")) {
        let object = object(&row.heading);
        let same: Vec<_> =
            rows.iter().filter(|other| other.cells[0] == row.cells[0] && other.heading.starts_with(object)).collect();
        if same[0].line != row.line {
            continue;
        }
        let mut changed = text.clone();
        for row in &same {
            let kind = row.cells[1].split(", optional").next().unwrap_or_default();
            let line = format!("| {} | {kind} | {} |", row.cells[0], row.cells[2]);
            changed = with_line(&changed, row.line, Some(&line));
        }
        mutants.push(Mutant {
            what: format!("{object}: {} is never optional", row.cells[0]),
            text: changed,
            lines: same.iter().map(|row| row.line).collect(),
        });
        if let [_, second, ..] = same.as_slice() {
            let kind = second.cells[1].split(", optional").next().unwrap_or_default();
            let line = format!("| {} | {kind} | Always there. |", second.cells[0]);
            let once = with_line(&text, second.line, Some(&line));
            let file = write(folder("events-optional-once").join(NAME), &once);
            assert_eq!(drift(Some(guide_spec()), &[file]).out, guide_agrees());
        }
    }
    assert!(mutants.len() >= 14, "only {} mutants", mutants.len());
    expect_reports("events-optional", &mutants);
}

#[test]
fn each_changed_or_removed_heading_and_sentence_is_reported() {
    let (_, text) = page(NAME);
    let lines: Vec<&str> = text.lines().collect();
    let of_events = rows(&text).into_iter().filter(|row| row.is_event);
    let table: Vec<usize> = of_events.flat_map(|row| [row.header_line, row.line]).collect();
    let mut mutants = Vec::new();
    let table_after = |i: usize| lines.iter().skip(i).position(|line| line.starts_with('|')).map(|n| i + n + 1);
    for (i, line) in lines.iter().enumerate() {
        let others: Vec<Option<String>> = if let Some(name) = line.strip_prefix("### ") {
            vec![Some(format!("### {name}x")), Some(format!("### {name} and onThingAdd")), None]
        } else if line.starts_with("## Pre-action") {
            vec![Some("## Post Action requests".to_owned()), Some("## Requests".to_owned()), None]
        } else if line.starts_with("## Post Action") {
            vec![Some("## Pre-action requests".to_owned()), Some("## Requests".to_owned()), None]
        } else if line.starts_with("A server may modify") {
            let other = [
                line.replace("modify the ", "modify the Other and "),
                line.replace("FriendlyName", "UniqueName").replace("Body", "Text"),
                line.replace("Body and Author", "Body"),
                line.replace("by a JSON reply", "by a reply"),
            ];
            let other = other.into_iter().filter(|other| other != line).map(Some);
            other.chain([None]).collect()
        } else {
            continue;
        };
        for other in others {
            // From the heading above to the table below the next heading, or in the table of events.
            let is_heading = |line: &&str| line.starts_with("### ");
            let first = lines.iter().take(i).rposition(is_heading).unwrap_or(i) + 1;
            let next = lines.iter().skip(i + 1).position(is_heading).map_or(lines.len(), |at| i + at + 2);
            let last = table_after(next).unwrap_or(lines.len());
            mutants.push(Mutant {
                what: format!("{line:?} became {other:?}"),
                text: with_line(&text, i + 1, other.as_deref()),
                lines: table.iter().copied().chain(first..=last).collect(),
            });
        }
    }
    assert!(mutants.len() > 80, "only {} mutants", mutants.len());
    for (i, mutant) in mutants.iter().enumerate() {
        let file = write(folder("events-headings").join(format!("{i}.md")), &mutant.text);
        let run = drift(Some(guide_spec()), &[file]);
        assert_eq!(run.code, Some(1), "not reported: {}", mutant.what);
        let report = format!("{}{}", run.out, run.err);
        let named =
            |line: &usize| report.contains(&format!(".md:{line}\n")) || report.contains(&format!(": line {line}: "));
        assert!(mutant.lines.iter().any(named), "{}: {report}", mutant.what);
    }
}

#[test]
fn words_beside_the_facts_are_no_facts() {
    let (_, text) = page(NAME);
    let mut changed = text.replace("Beside its own fields, each request", "Each request");
    for Row { line, cells, .. } in rows(&text) {
        changed =
            with_line(&changed, line, Some(&format!("| {} | {} | Words of `another` kind. |", cells[0], cells[1])));
    }
    assert!(changed.matches("`another`").count() > 100);
    let file = write(folder("events-words").join(NAME), &changed);
    assert_eq!(drift(Some(guide_spec()), &[file]).out, guide_agrees());
}

/// What the guide comes to with the first occurrence of a text changed: all that is printed.
fn report(test: &str, from: &str, to: &str) -> String {
    let (_, text) = page(NAME);
    assert!(text.contains(from), "{from:?} is to be there");
    let run = drift(Some(guide_spec()), &[write(folder(test).join(NAME), &text.replacen(from, to, 1))]);
    assert_eq!(run.code, Some(i32::from(!run.out.ends_with(&guide_agrees()))), "{}{}", run.out, run.err);
    let error = run.err.split_once(NAME).unwrap_or_default().1;
    format!("{}{error}", run.out)
}

#[test]
fn differences_are_lines_with_our_place_and_the_guides() {
    for (from, to, expected) in [
        (
            "| onMessageRemove |",
            "| onMessageSend |",
            "spec/events/message.yaml#/events/onMessageRemove/phase: \"pre\" here, nothing at webhooks.md:«| Pre-Action»\n\
             spec/events/message.yaml#/events: event: no onMessageSend here, \"onMessageSend\" at webhooks.md:«| onMessageRemove»\n",
        ),
        (
            "| N/A | onDeliveryUpdated |",
            "| onDeliveryUpdated | N/A |",
            "spec/events/delivery.yaml#/events/onDeliveryUpdated/phase: \"post\" here, \"pre\" at webhooks.md:«| N/A | onDeliveryUpdated»\n",
        ),
        (
            "| Source | string |",
            "| Sauce | string |",
            "spec/events/common.yaml#/fields: field: no Sauce here, \"Sauce\" at webhooks.md:«| Source»\n\
             spec/events/common.yaml#/fields/Source: field: \"Source\" here, nothing at webhooks.md:«| Parameter Name»\n",
        ),
        (
            "| ErrorCode | integer |",
            "| ErrorCode | string, optional |",
            "spec/events/delivery.yaml#/fields/ErrorCode/type: \"integer\" here, \"string, optional\" at webhooks.md:LINE\n\
             spec/events/delivery.yaml#/fields/ErrorCode: no optional here, true at webhooks.md:LINE\n",
        ),
        (
            "Body and Author parameters",
            "Body parameter",
            "spec/events/message.yaml#/events/onMessageAdd/answer: \
             [\"body\",\"author\",{\"name\":\"attributes\",\"documented\":false,\"description\":\"The guide's table of modifia… here, \
             [\"body\"] at webhooks.md:LINE\n",
        ),
        // What is known from elsewhere is no longer so once the guide has it.
        (
            "Body and Author parameters",
            "Body, Author and Attributes parameters",
            "spec/events/message.yaml#/events/onMessageAdd/answer: \
             [\"body\",\"author\",{\"name\":\"attributes\",\"documented\":false,\"description\":\"The guide's table of modifia… here, \
             [\"attributes\",\"author\",\"body\"] at webhooks.md:LINE\n",
        ),
    ] {
        let (_, text) = page(NAME);
        let line = text[..text.find(from).expect("it is there")].lines().count() + usize::from(from.starts_with('|'));
        let out = report("events-lines", from, to);
        let (_, verdict) = out.rsplit_once("webhooks.md: ").expect("a verdict");
        assert_eq!(
            differences(&out),
            numbered(&text, &expected.replace("LINE", &line.to_string())).lines().collect::<Vec<_>>()
        );
        assert!(verdict.ends_with("difference\n") || verdict.ends_with("differences\n"), "{verdict}");
    }
}

#[test]
fn a_field_that_is_marked_as_undocumented_and_that_the_guide_has_is_reported() {
    let (_, text) = page(NAME);
    let at = text.find("### onMessageAdded").expect("the event");
    let row = "| Body | string |";
    let place = at + text[at..].find(row).expect("a row");
    let text = format!("{}| ChatServiceSid | string, SID | It is. |\n{}", &text[..place], &text[place..]);
    let out = drift(Some(guide_spec()), &[write(folder("events-seen").join(NAME), &text)]).out;
    assert!(
        out.starts_with(
            "spec/events/message.yaml#/fields/ChatServiceSid/documented: false here, \"ChatServiceSid\" at "
        )
    );
}

/// The vendor's guide has such a sentence. There is nothing to change in what has happened.
#[test]
fn a_response_to_a_post_event_that_sets_a_field_is_noted_and_no_difference() {
    let sentence = "You may modify the FriendlyName of this conversation by a JSON reply to this webhook.";
    let out =
        report("events-slip", "### onConversationUpdated\n", &format!("### onConversationUpdated\n\n{sentence}\n"));
    let (note, verdict) = out.split_once('\n').expect("a line");
    assert!(note.starts_with("note: webhooks.md:"), "{note}");
    assert!(
        note.ends_with(": onConversationUpdated comes after the action, so a response cannot set FriendlyName"),
        "{note}"
    );
    assert_eq!(verdict, guide_agrees());
}

#[test]
fn what_is_in_no_form_that_is_read_is_an_error_with_its_line() {
    for (from, to, expected) in [
        ("| Source | string |", "| Source |", "line «| Source»: 2 cells in a table of 3 columns"),
        ("| Source |", "| the source |", "line «| Source»: expected the name of a field, found \"the source\""),
        ("| Source |", "| EventType |", "line «| Source»: the field EventType is on line «| EventType» already"),
        (
            "| Parameter Name | Type | Description |",
            "| Field | Type | Words |",
            "line «| Parameter Name»: expected the columns Parameter Name and Type, found Field, Type, Words",
        ),
        ("| N/A |", "| none |", "line «| N/A»: expected the name of an event or N/A, found \"none\""),
        (
            "### onConversationAdd\n",
            "### onConversationAdd, onConversationUpdate\n",
            "line «### onConversationAdd»: expected the name of one event, found \"onConversationAdd, onConversationUpdate\"",
        ),
        (
            "## Pre-action requests",
            "## Requests",
            "line «### onConversationAdd»: onConversationAdd is below no heading that begins with Pre-action or Post Action",
        ),
        (
            "### onConversationUpdate\n",
            "\n",
            "line «### onConversationUpdate+2»: what a response to onConversationAdd may set is on line «A server» already",
        ),
        (
            "### onConversationRemove\n",
            "\n",
            "line «### onConversationRemove+2»: the fields of onConversationUpdate are on line «### onConversationUpdate+4» already",
        ),
        (
            "by a JSON reply to this webhook.",
            "in the reply.",
            "line «A server»: cannot read a statement about onConversationAdd: \"A server may modify the FriendlyName of this \
             conversation in the reply.\"",
        ),
        (
            "### onConversationUpdate\n",
            "Absent for groups: State.\n\n### onConversationUpdate\n",
            "line «### onConversationUpdate»: cannot read a statement about onConversationAdd: \"Absent for groups: State.\"",
        ),
        (
            "Beside its own",
            "Except onUserAdded, beside its own",
            "line «Beside»: cannot read a statement about events that is below none: \"Except onUserAdded, beside its own \
             fields, each request has these:\"",
        ),
        (
            "## Fields of every",
            "```\n## Fields of every",
            "line «## Fields»: cannot read a statement about events that is below none: \"```\"",
        ),
        ("| --- | --- | --- |\n| AccountSid", "| AccountSid", "line «| Parameter Name»: a table without rows"),
        (
            "# Guide",
            "| Pre-Action | Post-Action |\n|---|---|\n| N/A | N/A |\n\n# Guide",
            "line «| Pre-Action+4»: the events are on line 1 already",
        ),
    ] {
        assert_eq!(report("events-error", from, to), numbered(&page(NAME).1, &format!(": {expected}\n")));
    }
}

#[test]
fn a_page_that_names_events_in_its_words_is_no_guide() {
    let text = "# Notes\n\nWe use `onMessageAdded`.\n\n| Scope | Pre | Post |\n|---|---|---|\n| Account | yes | no |\n";
    let run = drift(Some(guide_spec()), &[write(folder("events-none").join(NAME), text)]);
    assert!(run.err.contains(": not a documentation page: "), "{}", run.err);
}
