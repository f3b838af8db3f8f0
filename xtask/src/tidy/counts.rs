//! No text counts what the specification has: the number would be wrong after the next change of `spec/`.

use std::sync::LazyLock;

use regex::Regex;

/// A number of two digits or more, in digits or words, up to one word more, and the thing that is counted. A line of
/// documentation may end between them. Numbers below ten are of examples and tests, not of the whole specification.
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"(?:\d{2,}|(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred)(?:[-_ ][a-z]+)?)";
    let gap = r"(?:[ _]|\n *(?://[/!]? *)?)";
    let counted = r"(?:operations|resources|events|schemas|endpoints)";
    let pattern = format!("(?i)(?:^|[^a-z0-9,.])({number}{gap}(?:[a-z]+(?:-[a-z]+)*{gap})?{counted})(?:[^a-z]|$)");
    Regex::new(&pattern).expect("the pattern is well formed")
});

/// The counts in a text, each with the number of its line.
pub(super) fn find(text: &str) -> Vec<(usize, String)> {
    let counts = COUNT.captures_iter(text).filter_map(|captures| captures.get(1));
    let counts = counts.map(|count| {
        let words: Vec<_> = count.as_str().split_whitespace().filter(|word| !word.starts_with("//")).collect();
        (text[..count.start()].lines().count().max(1), words.join(" "))
    });
    counts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_what_the_specification_has_is_found_in_any_form() {
        for (text, count) in [
            ("all 103 operations", "103 operations"),
            ("| all 103 operations |", "103 operations"),
            ("29 resources", "29 resources"),
            ("the 23 webhook events.", "23 webhook events"),
            ("All 23 documented events are", "23 documented events"),
            ("(10 post-event-only events)", "10 post-event-only events"),
            ("fn twenty_six_operations_take_the_header()", "twenty_six_operations"),
            ("Twenty-six operations", "Twenty-six operations"),
            ("a hundred operations", "hundred operations"),
            ("71 schemas", "71 schemas"),
        ] {
            assert_eq!(find(text), [(1, count.to_owned())], "{text}");
        }
    }

    #[test]
    fn a_count_over_two_lines_is_found_in_the_first() {
        assert_eq!(find("a\nall 103\noperations\n"), [(2, "103 operations".to_owned())]);
        assert_eq!(find("//! a\n//! all 103\n//! operations\n"), [(2, "103 operations".to_owned())]);
        assert_eq!(find("    // all 103\n    // operations\n"), [(1, "103 operations".to_owned())]);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "9 operations agree",
            "all operations",
            "10,000 events",
            "0.10 events",
            "100 messages of 3 resources",
            "HTTP 404 for unknown resources that others have", // three words between
            "103 operationsx",
            "x103 operations",
            "103\n\noperations",
            "seventeenth events",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
