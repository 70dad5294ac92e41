//! Names of folders made from what a site says: nothing of a title can lead out of the output.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// The longest name that one text gives.
const LONGEST: usize = 48;

/// A text as a part of a file name: small ASCII letters and digits, hyphens between.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkd().filter(char::is_ascii) {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if c != '\'' && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= LONGEST {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// A name of parts, those without letters left out.
pub fn joined(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|p| slug(p)).filter(|p| !p.is_empty()).collect();
    parts.join("-")
}

/// A date as the service writes it, "03/05/2021", or as all others should, "2021-05-03".
pub fn date(text: &str) -> Option<Date> {
    let day = text.split_whitespace().next()?;
    if let Ok(date) = day.parse::<Date>() {
        return Some(date);
    }
    let parts: Vec<i16> = day.split('/').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let [day, month, year] = parts[..] else { return None };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_title_leads_out_of_the_output() {
        for (title, wanted) in [
            ("Works & Ways Panel", "works-ways-panel"),
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\Windows\\x.pdf", "c-windows-x-pdf"),
            ("a\u{0}b\n.c", "a-b-c"),
            ("Pwyllgor Craffu Bro Dôn", "pwyllgor-craffu-bro-don"),
            ("Children's", "childrens"),
            ("\u{202e}…", ""),
        ] {
            assert_eq!(slug(title), wanted);
        }
        assert!(slug(&"long ".repeat(100)).len() <= LONGEST);
        assert_eq!(joined(&["a", "..", "B c"]), "a-b-c");
    }

    #[test]
    fn dates_of_both_kinds() {
        assert_eq!(date("03/05/2021"), Some(jiff::civil::date(2021, 5, 3)));
        assert_eq!(date("2021-05-03"), Some(jiff::civil::date(2021, 5, 3)));
        assert_eq!(date("03/05/2021 10:00"), Some(jiff::civil::date(2021, 5, 3)));
        for wrong in ["31/02/2021", "300/300/2021", "soon", ""] {
            assert_eq!(date(wrong), None);
        }
    }
}
