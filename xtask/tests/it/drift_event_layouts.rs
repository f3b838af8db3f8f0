//! The forms that a guide to webhooks may have, and those that cannot be read.

use crate::support::{drift, folder, page, write};

const NAME: &str = "webhooks.md";
const AGREES: &str = "webhooks.md: agrees, 23 events\n";

/// The guide with texts in place of others, each of which is there once.
fn guide_with(changes: &[(&str, &str)]) -> String {
    let (_, mut text) = page(NAME);
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from:?} is to be there once");
        text = text.replace(from, to);
    }
    text
}

/// What a text comes to: all that is printed, and that one of the two ways to print says it.
fn outcome(test: &str, text: &str) -> String {
    let run = drift(None, &[write(folder(test).join(NAME), text)]);
    assert_eq!(run.code, Some(i32::from(run.out != AGREES)), "{}{}", run.out, run.err);
    let (_, error) = run.err.split_once(NAME).unwrap_or_default();
    format!("{}{error}", run.out)
}

#[track_caller]
fn assert_agrees(test: &str, text: &str) {
    assert_eq!(outcome(test, text), AGREES);
}

/// From one text to the next, without both.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).expect("it begins");
    rest.split_once(to).expect("it ends").0
}

#[test]
fn tables_are_read_as_people_write_them() {
    let (_, text) = page(NAME);
    let bare: String = text.lines().map(|line| format!("{}\n", line.trim_matches('|').trim_end())).collect();
    assert_agrees("layout-bare", &bare);
    assert_agrees("layout-colons", &text.replace("| --- |", "| :---: |").replace(" --- |", "---:|"));
    assert_agrees(
        "layout-plain",
        &text.replace('`', "").replace("SDK or API", "`SDK`").replace(
            "sent, delivered, read, failed, undelivered",
            "`sent`, `delivered`, `read`, `failed`, `undelivered`",
        ),
    );
    assert_agrees("layout-bold", &text.replace("| `Body` |", "| **Body** |").replace("| Body |", "| **Body** |"));
    assert_agrees("layout-system", &text.replace('\n', "\r\n"));
    assert_agrees("layout-bars", &text.replace("Name for people.", "Name \\| nickname for people."));
    assert_agrees("layout-below", &text.replace("\n## Answers", "Words right below the table.\n\n## Answers"));
}

#[test]
fn a_column_of_blanks_is_read_as_nothing() {
    for blank in ["", "---", "—", "N/A"] {
        assert_agrees(
            "layout-blank",
            &guide_with(&[("| none | `onDeliveryUpdated`", &format!("| {blank} | `onDeliveryUpdated`"))]),
        );
    }
}

#[test]
fn the_phase_may_be_told_by_a_heading_alone() {
    let (_, text) = page(NAME);
    let table = format!("| Object {}\n", between(&text, "| Object ", "\n\n"));
    let without = guide_with(&[(&table, "")]);
    // What the headings do not say is not compared.
    assert_agrees("layout-headings", &without);
    let wrong = without.replace("## Post action requests", "## Pre-event requests");
    let out = outcome("layout-headings-wrong", &wrong);
    assert!(
        out.contains("message.yaml#/events/onMessageUpdated/phase: \"post\" here, \"pre\" at webhooks.md:"),
        "{out}"
    );
    assert!(out.ends_with("webhooks.md: 3 differences\n"), "{out}");
}

#[test]
fn the_fields_of_every_event_may_be_told_otherwise() {
    let (_, text) = page(NAME);
    assert_agrees("layout-common-heading", &guide_with(&[("## Fields of every event", "## Bodies")]));
    let table = format!("| Field {}\n", between(&text, "every event\n\n| Field ", "\n\n"));
    let sentence = "Common fields: AccountSid, EventType, Source, ClientIdentity?.\n";
    assert_agrees("layout-common-sentence", &guide_with(&[(&table, sentence)]));
    let cell =
        "| Fact | Mark |\n| --- | --- |\n| Common fields: AccountSid, EventType, Source, ClientIdentity? | D |\n";
    assert_agrees("layout-common-cell", &guide_with(&[(&table, cell)]));
    let out = outcome("layout-common-other", &guide_with(&[(&table, &sentence.replace("Source, ", "Sauce, "))]));
    assert!(out.contains("common.yaml#/fields/Source: field: \"Source\" here, nothing at webhooks.md:25\n"), "{out}");
    // Each event may have them among its own.
    let own = "| AccountSid | string, SID | Account. |\n| EventType | string | Always this. |\n| Body |";
    assert_agrees("layout-common-own", &text.replacen("| Body |", own, 1));
    let out = outcome("layout-common-none", &guide_with(&[(&table, "")]));
    assert!(out.contains("common.yaml#/fields/Source: field: \"Source\" here, nothing at webhooks.md:"), "{out}");
}

#[test]
fn a_list_of_fields_may_build_on_another() {
    let (_, text) = page(NAME);
    let own = |name: &str| between(&text, &format!("\n| `{name}` | "), " |").to_owned();
    let (added, updated) = (own("onUserAdded"), own("onUserUpdated"));
    let changes = [
        (
            format!("| `onUserAdded` | {added} |"),
            "| `onUserAdded` | the row above with DateCreated (date) in place of DateUpdated |",
        ),
        (
            format!("| `onUserUpdated` | {updated} |"),
            "| `onUserUpdated` | onUserAdded + Dated, isOnline (bool), isNotifiable (bool); note the small letters |",
        ),
        ("A field with".to_owned(), "Short: **Dated** = DateUpdated (date). **Else** = more.\n\nA field with"),
    ];
    let changes: Vec<_> = changes.iter().map(|(from, to)| (from.as_str(), *to)).collect();
    let short = guide_with(&changes).replace(" (date). **Else**", " (date); **Else**");
    assert_agrees("layout-short", &short);
    assert_agrees("layout-seen", &short.replace("note the small letters", "ChatServiceSid2 also seen (C)"));
    for (from, to, expected) in [
        (
            "**Dated** = DateUpdated",
            "**Dated** = DateChanged",
            "user.yaml#/events/onUserUpdated/fields: field: nothing here, \"DateChanged\" at",
        ),
        (
            "onUserAdded + ",
            "onUserAdded plus ",
            ": line 220: cannot read \"plus Dated, isOnline (bool), isNotifiable (bool)\" after another list",
        ),
        ("onUserAdded + ", "onUserLost + ", ": line 220: the fields of onUserLost are not above"),
        ("in place of DateUpdated", "in place of DateRemoved", ": line 219: there is no DateRemoved to be replaced"),
        (
            "Dated, isOnline",
            "Dated (int), isOnline",
            ": line 220: Dated stands for several fields, and \"Dated (int)\" says more",
        ),
        (
            "note the small letters",
            "and ChatServiceSid",
            ": line 220: cannot tell what \"and ChatServiceSid\" says about the fields before it",
        ),
        ("(bool), isN", "(probably), isN", ": line 220: cannot read \"isOnline (probably)\""),
    ] {
        assert_eq!(short.matches(from).count(), 1, "{from:?} is to be there once");
        let out = outcome("layout-short-wrong", &short.replace(from, to));
        assert!(out.contains(expected), "{out}");
    }
}

#[test]
fn a_list_of_fields_may_say_their_types_and_values() {
    let (_, text) = page(NAME);
    let table = format!("| Field {}\n", between(&text, "### onDeliveryUpdated\n\n| Field ", "\n\n"));
    let list = "| Event | Fields |\n|---|---|\n| onDeliveryUpdated | ConversationSid (CH), ChatServiceSid (SID), MessageSid \
                (SID IM), `DeliveryReceiptSid` (DY), ChannelMessageSid, ParticipantSid, Status (sent, delivered, read, \
                failed, undelivered), `ErrorCode?` (int), DateCreated (a date), DateUpdated (no DateRemoved) |\n";
    let guide = guide_with(&[(&table, list)]);
    assert_agrees("layout-list", &guide);
    assert_agrees("layout-list-marked", &guide.replace("(sent, delivered,", "(`sent`, `delivered`,"));
    for (from, to, expected) in [
        (
            "(sent, ",
            "(posted, ",
            "/enum: [\"read\",\"failed\",\"delivered\",\"undelivered\",\"sent\"] here, \"posted, delivered, read,",
        ),
        ("(CH)", "(CX)", "/fields/ConversationSid/pattern: \"^CH[0-9a-fA-F]{32}$\" here, \"CX\" at webhooks.md:194"),
        ("(a date)", "(a bool)", "/fields/DateCreated/type: \"string\" here, \"a bool\" at webhooks.md:194"),
        (
            "ParticipantSid, St",
            "ParticipantSid (enum), St",
            "/fields/ParticipantSid/enum: nothing here, \"enum\" at webhooks.md:194",
        ),
    ] {
        assert_eq!(guide.matches(from).count(), 1, "{from:?} is to be there once");
        let out = outcome("layout-list-other", &guide.replace(from, to));
        assert!(out.contains(expected), "{out}");
    }
}

#[test]
fn a_column_may_say_what_is_optional() {
    let (_, text) = page(NAME);
    let table = between(&text, "### onDeliveryUpdated\n\n", "\n\n").to_owned();
    let optional = table.replace("Required", "Optional").replace("| no |", "| true |").replace("| yes |", "| |");
    let guide = guide_with(&[(&table, &optional)]);
    assert_agrees("layout-optional", &guide);
    let out = outcome("layout-optional-other", &guide.replace("| integer | true |", "| integer | no |"));
    let expected = "spec/events/delivery.yaml#/fields/ErrorCode/optional: true here, false at webhooks.md:201\n";
    assert!(out.starts_with(expected), "{out}");
}

#[test]
fn answers_may_be_told_by_a_sentence_and_a_list() {
    let (_, text) = page(NAME);
    let table = format!("| Event | Fields that{}", between(&text, "| Event | Fields that", "asked for |\n"));
    let table = format!("{table}asked for |\n");
    let list = "The answer to `onConversationAdd` and `onConversationUpdate` may modify:\n\n- `friendly_name`\n\n\
                The answer to `onMessageAdd` and `onMessageUpdate` may modify:\n\n* `body`\n* `author`\n* `attributes`\n\n\
                The answer to `onMessageAdd` is:\n\n- quick\n- short\n";
    assert_agrees("layout-answers", &guide_with(&[(&table, list)]));
    let out = outcome("layout-answers-other", &guide_with(&[(&table, &list.replace("* `author`\n", ""))]));
    let expected = "message.yaml#/events/onMessageUpdate/answer: [\"body\",\"author\",\"attributes\"] here, \
                    [\"attributes\",\"body\"] at webhooks.md:230\n";
    assert!(out.contains(expected), "{out}");
    let below = "### Modifiable by the answer to onConversationAdd, onConversationUpdate\n\n| Field |\n| --- |\n\
                 | `friendly_name` |\n\n### Modifiable in onMessageAdd, onMessageUpdate\n\n| Field | Type |\n|---|---|\n\
                 | body | string |\n| author, attributes | string |\n";
    let below = below.replace("| Field |\n| --- |\n", "|Field|\n|---|\n");
    assert_agrees("layout-answers-headings", &guide_with(&[(&table, &below)]));
    // A guide that says nothing of answers leaves ours alone.
    assert_agrees("layout-answers-none", &guide_with(&[(&table, "")]));
}

#[test]
fn fields_may_be_listed_twice_if_they_are_the_same() {
    let row = "| Event | Payload |\n|---|---|\n| onMessageAdd | ConversationSid, Body, Author, Attributes, ParticipantSid, Media |\n";
    let (_, text) = page(NAME);
    assert_agrees("layout-twice", &format!("{text}\n{row}"));
    let out = outcome("layout-twice-other", &format!("{text}\n{}", row.replace("Body, ", "")));
    assert_eq!(out, ": line 232: onMessageAdd has other fields than on line 116\n");
    let out = outcome("layout-twice-type", &format!("{text}\n{}", row.replace("Body, ", "Body (int), ")));
    assert_eq!(
        out,
        "spec/events/message.yaml#/fields/Body/type: \"string\" here, \"int\" at webhooks.md:232\nwebhooks.md: 1 difference\n"
    );
    let common = "## Common fields\n\n| Field |\n|---|\n| AccountSid |\n";
    let out = outcome("layout-twice-common", &format!("{text}\n{common}"));
    assert_eq!(out, ": line 232: every event has other fields than on line 25\n");
    let answer = "| Event | Modifiable |\n|---|---|\n| onMessageAdd | `body` |\n";
    let out = outcome("layout-twice-answer", &format!("{text}\n{answer}"));
    assert_eq!(out, ": line 232: an answer to onMessageAdd sets other fields than on line 227\n");
}

#[test]
fn a_table_that_cannot_be_read_is_named_by_its_line() {
    for (from, to, expected) in [
        (
            "| Delivery | none | `onDeliveryUpdated` |",
            "| Delivery | `onDeliveryUpdated` |",
            "line 12: 2 cells in a table of 3 columns",
        ),
        ("| `Source` | string |", "| `Source` |", "line 29: 3 cells in a table of 4 columns"),
        (
            "| `ErrorCode` | integer | no |",
            "| `ErrorCode` | integer | string | no |",
            "line 201: 5 cells in a table of 4 columns",
        ),
        ("Fields |\n| --- | --- |", "Fields |\n| --- |", "line 210: 1 cell in a table of 2 columns"),
        (
            "| `ErrorCode` | integer | no |",
            "| `ErrorCode` | integer | perhaps |",
            "line 201: expected yes or no, found \"perhaps\"",
        ),
        ("| `ErrorCode` |", "| error code |", "line 201: expected the name of a field, found \"error code\""),
        ("| `ErrorCode` |", "| |", "line 201: expected the name of a field, found nothing"),
        ("| `ErrorCode` |", "| `Status` |", "line 201: the field Status is on line 200 already"),
        (
            "| `onUserAdded` |",
            "| a user was added |",
            "line 217: expected the name of an event, found \"a user was added\"",
        ),
        ("| all others |", "| the rest |", "line 228: expected the name of an event, found \"the rest\""),
        (
            "| `onUserUpdate` | ChatServiceSid (SID IS),",
            "| `onUserUpdate` | Chat Service,",
            "line 216: expected the name of a field, found \"Chat Service\"",
        ),
        (
            "| `onUserAdded` | ChatServiceSid",
            "| `onUserAdded`, `onUserUpdate` | ChatServiceSid",
            "line 217: onUserUpdate has other fields than on line 216",
        ),
        ("| `onParticipantAdd` | C", "| `onParticipantAdd` | the row above + C", "line 211: there is no row above"),
    ] {
        assert_eq!(outcome("layout-error", &guide_with(&[(from, to)])), format!(": {expected}\n"));
    }
}

#[test]
fn a_table_without_rows_is_an_error() {
    let (_, text) = page(NAME);
    for (head, end, line) in [
        ("| Object |", "\n\nA request", 8),
        ("| Field | Type | Required | What it holds |", "\n\n## Conversations", 25),
        ("| Event | Fields |", "\n\n## Answers", 209),
        ("| Event | Fields that the answer may set | Then |", "asked for |", 224),
    ] {
        let start = text.find(head).expect("the table");
        let rows = start + text[start..].find("--- |\n").expect("a ruler") + "--- |\n".len();
        let stop =
            start + text[start..].find(end).expect("its end") + if end.starts_with('\n') { 1 } else { end.len() + 1 };
        let empty = format!("{}{}", &text[..rows], &text[stop..]);
        assert_eq!(outcome("layout-empty", &empty), format!(": line {line}: the table has no rows\n"), "{head}");
    }
    let own = "### onMessageSend\n\n| Field | Type |\n|---|---|\n";
    assert_eq!(outcome("layout-empty-own", &format!("{text}\n{own}")), ": line 232: the table has no rows\n");
}

#[test]
fn a_guide_that_only_names_events_does_not_agree() {
    let (_, text) = page(NAME);
    let names = text.split("A request has").next().expect("a beginning");
    let out = outcome("layout-names", names);
    let line = "spec/events/message.yaml#/events/onMessageAdd/fields: \
                [\"ConversationSid\",\"Body\",\"Author\",\"Attributes\",\"ParticipantSid\",\"Media\"] here, nothing at webhooks.md:11\n";
    assert!(out.contains(line), "{out}");
    assert!(out.ends_with("webhooks.md: 23 differences\n"), "{out}");
}

#[test]
fn a_page_that_names_events_in_its_words_is_no_guide() {
    let text = "# Notes\n\nWe use `onMessageAdded`.\n\n| Scope | Pre | Post |\n|---|---|---|\n| Account | yes | no |\n\n\
                ```\n| Pre | Post |\n|---|---|\n| onMessageAdd | onMessageAdded |\n```\n";
    assert!(outcome("layout-words", text).starts_with(": not a documentation page: "));
}

#[test]
fn a_page_about_a_resource_may_name_events_or_be_a_guide_too() {
    let (_, user) = page("user.md");
    let folder = folder("layout-both");
    let names = "| Pre-event | Post-event |\n|---|---|\n| `onUserUpdate` | `onUserUpdated` |\n";
    let (named, both) = (format!("{user}\n{names}"), format!("{user}\n{}", page(NAME).1));
    let run = drift(None, &[write(folder.join("named.md"), &named), write(folder.join("both.md"), &both)]);
    assert_eq!(run.out, "named.md: agrees, 5 operations\nboth.md: agrees, 5 operations, 23 events\n", "{}", run.err);
    assert_eq!(run.code, Some(0));
}
