//! What the words of stamps and page numbers look like. Places are judged elsewhere.

/// The number of a stamp "Page 15".
pub(crate) fn page_stamp(text: &str) -> Option<u32> {
    number(text.strip_prefix("Page ").or_else(|| text.strip_prefix("PAGE "))?)
}

/// The item of a stamp "Agenda Item 4" or "Agenda Item No. 4a".
pub(crate) fn item_stamp(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("Agenda Item ").or_else(|| text.strip_prefix("AGENDA ITEM "))?;
    let rest = rest.strip_prefix("No.").or_else(|| rest.strip_prefix("No ")).unwrap_or(rest).trim();
    let starts = rest.starts_with(|c: char| c.is_ascii_digit());
    (starts && rest.len() <= 8 && !rest.contains(' ')).then_some(rest.trim_end_matches('.'))
}

/// A document's own page number, alone on its line: "12", "- 12 -", "Page 2 of 25", "2 | Page",
/// "Page | 4", "2 of 7", "iv". "4." numbers a heading or an item.
pub(crate) fn page_number(text: &str) -> Option<String> {
    if text.ends_with('.') {
        return None;
    }
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let bare =
        bare.trim_matches(|c: char| matches!(c, '-' | '–' | '—' | '|' | '(' | ')' | '[' | ']' | '.' | '~'));
    // "App B 6 | Page": the number of an appendix's page.
    let bare = match bare.strip_suffix("|page") {
        Some(front) if front.len() <= 12 => front.trim_start_matches(|c: char| !c.is_ascii_digit()),
        _ => bare,
    };
    let bare = bare.strip_prefix("page").or_else(|| bare.strip_suffix("page")).unwrap_or(bare);
    let bare = bare.trim_matches(|c: char| matches!(c, '|' | ':' | '.' | '-'));
    let first = match bare.split_once("of").or_else(|| bare.split_once('/')) {
        Some((first, last)) if number(last).is_some() => first,
        Some(_) => return None,
        None => bare,
    };
    let roman = !first.is_empty() && first.len() <= 5 && first.chars().all(|c| "ivxl".contains(c));
    (number(first).is_some_and(|n| n < 5000) || roman).then(|| first.to_owned())
}

/// Digits alone, five at most.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_page_numbers_are_told_apart() {
        assert_eq!(page_stamp("Page 15"), Some(15));
        assert_eq!(page_stamp("Page 2 of 25"), None);
        assert_eq!(item_stamp("Agenda Item 4"), Some("4"));
        assert_eq!(item_stamp("Agenda Item No. 10a"), Some("10a"));
        assert_eq!(item_stamp("Agenda Item No"), None);
        assert_eq!(item_stamp("Agenda Item 4 was taken first"), None);
        for (text, want) in [
            ("12", "12"),
            ("- 12 -", "12"),
            ("Page 2 of 25", "2"),
            ("2 | P a g e", "2"),
            ("Page | 4", "4"),
            ("2 of 7", "2"),
            ("iv", "iv"),
            ("Page 9", "9"),
            ("App B 6 | Page", "6"),
        ] {
            assert_eq!(page_number(text).as_deref(), Some(want), "{text}");
        }
        for text in ["9.", "£12", "12%", "Appendix", "1 of one", "", "page"] {
            assert_eq!(page_number(text), None, "{text}");
        }
    }
}
