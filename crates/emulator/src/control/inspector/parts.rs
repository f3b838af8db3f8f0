//! Elements that several panes share.

use maud::{Markup, html};

use crate::store::overview::Count;
use crate::time::Millis;

/// A number, with a plus sign if there are more than were counted.
pub(super) fn count(count: Count) -> Markup {
    html! { (count.number) @if count.is_bound { "+" } }
}

/// A number and its noun, in the singular or plural.
pub(super) fn counted(number: Count, noun: &str) -> Markup {
    html! { (count(number)) " " (noun) @if number.number != 1 { "s" } }
}

/// Month, day and time; the year and the milliseconds are in the title.
pub(super) fn moment(millis: i64) -> Markup {
    let full = Millis(millis).to_millis_text();
    let short = full.get(5..19).unwrap_or(&full).replace('T', " ");
    html! { time datetime=(full) title=(full) { (short) } }
}

/// The beginning of a string, and its number of characters if it is longer than that.
pub(super) fn cut(text: &str, longest: usize) -> (&str, Option<usize>) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (&text[..end], Some(text.chars().count())),
        None => (text, None),
    }
}

/// A string of at most `longest` characters. A cut one is shown with its length.
pub(super) fn shortened(text: &str, longest: usize) -> Markup {
    let (beginning, all) = cut(text, longest);
    html! { (beginning) @if let Some(all) = all { "… " span.dim { "(" (all) " characters in all)" } } }
}

/// An option of a filter.
pub(super) fn choice(value: &str, label: &str, chosen: Option<&str>) -> Markup {
    html! { option value=(value) selected[chosen.unwrap_or_default() == value] { (label) } }
}

/// A pane whose query failed.
pub(super) fn failure(error: &rusqlite::Error) -> Markup {
    html! { p.bad role="alert" { "The database failed: " (error) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_cut_between_characters_and_shown_with_its_length() {
        assert_eq!(cut("héé", 3), ("héé", None));
        assert_eq!(cut("hééé", 3), ("héé", Some(4)));
        assert_eq!(shortened("<b>", 2).into_string(), "&lt;b… <span class=\"dim\">(3 characters in all)</span>");
    }

    #[test]
    fn a_moment_is_short_and_has_the_whole_date_in_its_title() {
        let html = moment(1_767_323_045_678).into_string();
        assert!(html.ends_with(">01-02 03:04:05</time>"), "{html}");
        assert!(html.contains("title=\"2026-01-02T03:04:05.678Z\""), "{html}");
    }
}
