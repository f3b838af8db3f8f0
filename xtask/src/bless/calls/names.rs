//! The rules by which Rust names follow from those of the specification.

/// `Timers.Inactive` becomes `timers_inactive`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut previous = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            previous = '_';
            continue;
        }
        if !snake.is_empty() && (previous == '_' || (c.is_uppercase() && !previous.is_uppercase())) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        previous = c;
    }
    if snake == "type" { "type_".to_owned() } else { snake }
}

/// One of several: `addresses` becomes `address`.
pub(super) fn singular(name: &str) -> String {
    match name.strip_suffix("sses") {
        Some(stem) => format!("{stem}ss"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

/// A path whose parameters have no names.
pub(super) fn blank(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        assert_eq!(snake("ListLibraryBookReceipt"), "list_library_book_receipt");
        assert_eq!(snake("Configuration.Filters"), "configuration_filters");
        assert_eq!(snake("Type"), "type_");
        assert_eq!(singular("addresses"), "address");
        assert_eq!(singular("library_books"), "library_book");
        assert_eq!(singular("media"), "media");
        assert_eq!(blank("/v1/Libraries/{LibrarySid}/Books/{Sid}"), "/v1/Libraries/{}/Books/{}");
    }
}
