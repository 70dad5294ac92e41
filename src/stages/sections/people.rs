//! Names in running text: "Councillors Smith (Chair), A Jones and B Brown (substitute for Green)".

use crate::model::{Minutes, Person};
use crate::vocabulary::{MinutesWords, fold};

/// Longest name, in characters.
const LONGEST: usize = 80;
/// Most names of one list.
const MOST: usize = 400;

/// The people that a list names.
pub(super) fn people(text: &str, words: &MinutesWords) -> Vec<Person> {
    let mut out = Vec::new();
    for part in parts(text) {
        if out.len() >= MOST {
            break;
        }
        // "E Elm, Head of Roads": a role behind a comma belongs to the name before it.
        if is_role(&part, words)
            && let Some(last) = out.last_mut()
        {
            let last: &mut Person = last;
            match &mut last.role {
                Some(role) => {
                    role.push_str(", ");
                    role.push_str(part.trim().trim_end_matches('.'));
                }
                None => last.role = Some(part.trim().trim_end_matches('.').to_owned()),
            }
            continue;
        }
        if let Some(p) = person(&part, words) {
            out.push(p);
        }
    }
    out
}

/// Whether a part of a list is a post and no name: it holds a word of posts, and begins with no initial.
fn is_role(part: &str, words: &MinutesWords) -> bool {
    let folded = fold(part);
    let first = folded.split(' ').next().unwrap_or_default();
    first.chars().count() > 1
        && words.titles.begins(&folded).is_none()
        && !matches!(first.trim_end_matches('.'), "mr" | "mrs" | "ms" | "miss" | "dr" | "sir" | "rev")
        && !part.contains('(')
        && words.posts.within(&folded).is_some()
}

/// Splits at commas, semicolons, line ends and "and", but not inside brackets.
fn parts(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut depth = 0usize;
    let text = text.replace(" and ", " \u{1} ").replace(" & ", " \u{1} ");
    let text = full_stops(&text);
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match c {
            // "J Smith - Chair of Works and Parks": the role holds the word.
            '\u{1}' if depth == 0 && out.last().is_none_or(|l| split_role(l).is_none()) => {
                out.push(String::new());
            }
            ',' | ';' | '\n' if depth == 0 => out.push(String::new()),
            '\u{1}' => {
                if let Some(last) = out.last_mut() {
                    last.push_str("and");
                }
            }
            ':' if depth == 0 => {
                // "Councillors: Higgins": what stands before the colon is no name.
                if let Some(last) = out.last_mut() {
                    last.clear();
                }
            }
            c => {
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

/// A full stop behind a whole word ends a name ("J Thompson. Mayor A Preston"); behind an initial or a
/// title it does not.
fn full_stops(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(". ") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let ends = word.chars().count() >= 4
            && !matches!(word.to_lowercase().as_str(), "cllr" | "cllrs" | "prof" | "miss" | "revd")
            && after.starts_with(char::is_uppercase);
        out.push_str(before);
        out.push_str(if ends { "; " } else { ". " });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// One name with its role, or nothing where the text is no name.
fn person(part: &str, words: &MinutesWords) -> Option<Person> {
    let part = part.trim().trim_start_matches(['-', '–', '•', ' ']).trim_end_matches('.').trim();
    let (name, role) = match part.split_once(['(', '[']) {
        Some((name, rest)) => (name.trim(), Some(rest.trim_end_matches([')', ']', '.']).trim().to_owned())),
        None => (part, None),
    };
    let (name, aside) = match split_role(name) {
        Some((n, r)) => (n, Some(r.to_owned())),
        None => (name, None),
    };
    let mut name = name.trim();
    // "OBE", "CBE" behind a comma belong to the name before.
    let honour = name.len() <= 4 && name.chars().all(char::is_uppercase) && name.len() >= 2;
    while let Some(n) =
        words.titles.begins(&fold(name)).filter(|_| name.is_ascii() || fold(name).len() == name.len())
    {
        let rest = name.get(n..)?.trim_start_matches([':', ' ', '.']);
        if rest.is_empty() || rest.len() == name.len() {
            break;
        }
        name = rest;
    }
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let capital = name.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    let small = name.split_whitespace().filter(|w| w.chars().next().is_some_and(char::is_lowercase)).count();
    let plausible = capital
        && !honour
        && letters >= 2
        && name.chars().count() <= LONGEST
        && name.split_whitespace().count() <= 7
        && small <= 2
        && !name.chars().any(|c| c.is_ascii_digit());
    let role = role.or(aside).filter(|r| !r.is_empty());
    // "The Mayor (Councillor Ash)": the office stands before the name.
    if let Some(inner) = role.as_deref()
        && words.offices.is(&fold(name))
        && let Some(n) = words.titles.begins(&fold(inner))
        && let Some(inner) =
            inner.get(n..).map(|i| i.trim_start_matches([' ', '.'])).filter(|i| !i.is_empty())
    {
        let office = name.trim_start_matches("The ").trim_start_matches("the ");
        return Some(Person { name: inner.to_owned(), role: Some(office.to_owned()), ..Person::default() });
    }
    let substitute_for = role.as_deref().and_then(|r| {
        let n = words.substitute_for.begins(&fold(r)).filter(|n| *n < r.len())?;
        let whom = r.get(n..)?.trim();
        let skip = words.titles.begins(&fold(whom)).unwrap_or(0);
        whom.get(skip..).map(|w| w.trim_start_matches(['.', ' ']).to_owned()).filter(|w| !w.is_empty())
    });
    plausible.then(|| Person { name: name.to_owned(), role, substitute_for })
}

/// "J Thompson - Chair of the Board".
fn split_role(name: &str) -> Option<(&str, &str)> {
    [" - ", " – ", " — "].iter().find_map(|d| name.split_once(d))
}

/// Whether a role takes the chair.
pub(super) fn takes_chair(role: &str, words: &MinutesWords) -> bool {
    let folded = fold(role);
    words.chair.within(&folded).is_some_and(|(start, _)| {
        folded.get(..start).is_some_and(|before| words.not_chair.within(before).is_none())
            && !folded.get(..start).is_some_and(|b| b.contains(" of "))
    }) && !folded.contains("chair of")
        && !folded.contains("chairman of")
}

/// Names set in columns without separators ("Ann Smith Bob Brown (Chair) Cyd Green"): pairs of words.
pub(super) fn columns(text: &str, words: &MinutesWords) -> Option<String> {
    if text.contains([',', ';']) || text.contains(" and ") {
        return None;
    }
    // "Councillor P Ash (Chairman)" is one name; several titles part the names themselves.
    let title = |w: &str| words.titles.is(&fold(w));
    match text.split_whitespace().filter(|w| title(w)).count() {
        0 => {}
        1 => return None,
        _ => {
            let parted =
                text.split_whitespace().map(|w| if title(w) { format!("; {w}") } else { w.to_owned() });
            return Some(parted.collect::<Vec<_>>().join(" ").trim_start_matches("; ").to_owned());
        }
    }
    let mut out: Vec<String> = Vec::new();
    let mut name: Vec<&str> = Vec::new();
    let mut role: Vec<&str> = Vec::new();
    for w in text.split_whitespace() {
        if !role.is_empty() || w.starts_with('(') {
            role.push(w);
            if w.ends_with(')') {
                let last = if name.is_empty() { out.pop()? } else { name.join(" ") };
                out.push(format!("{last} {}", role.join(" ")));
                name.clear();
                role.clear();
            }
            continue;
        }
        if !w.chars().next().is_some_and(char::is_uppercase) || w.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        name.push(w);
        if name.len() == 2 {
            out.push(name.join(" "));
            name.clear();
        }
    }
    (name.is_empty() && role.is_empty() && out.len() >= 2).then(|| out.join("; "))
}

/// "Councillor Ash for Councillor Birch; Councillor Cole (for Councillor Dean)".
pub(super) fn substitutes(text: &str, words: &MinutesWords) -> Vec<Person> {
    let mut out = Vec::new();
    for part in text.split([';', ',', '\n']).flat_map(|p| p.split(" and ")) {
        let Some((who, whom)) = part.split_once(" for ").or_else(|| part.split_once("(for ")) else {
            continue;
        };
        let who = who
            .trim()
            .trim_end_matches(" substituted")
            .trim_end_matches(" substituting")
            .trim_end_matches('(');
        let whom = people(whom.trim_end_matches([')', '.']), words).into_iter().next();
        if let (Some(p), Some(whom)) = (people(who, words).into_iter().next(), whom) {
            out.push(Person { substitute_for: Some(whom.name), ..p });
        }
    }
    out
}

/// Who is in the chair: "Councillor Ash in the Chair", "Councillor Ash (Vice-Chair) took the Chair".
pub(super) fn in_chair(text: &str, words: &MinutesWords) -> Option<String> {
    let folded = fold(text);
    let at = ["in the chair", "took the chair", "presided", "presiding", "chaired the meeting"]
        .iter()
        .filter_map(|w| folded.find(w))
        .min()
        .filter(|_| folded.len() == text.trim_end().len())?;
    let before = text.get(..at)?.trim_end_matches([' ', '(', '-', '–', ',', ':']);
    let before = before.trim_end_matches(" was");
    // The last name before the words; a sentence about somebody else stands further away.
    let clause = before.rsplit(['.', ';', '\n']).next().filter(|c| c.trim().len() > 3).unwrap_or(before);
    let name = people(clause, words).pop()?.name;
    (name.split_whitespace().count() <= 5).then_some(name)
}

/// Who was elected to the chair of this meeting.
pub(super) fn elected(minutes: &Minutes) -> Option<String> {
    let texts = minutes.items.iter().flat_map(|i| &i.decisions).map(|d| d.text.as_str());
    texts.take(6).find_map(|text| {
        let at = [" be elected", " be appointed"].iter().filter_map(|w| text.find(w)).min()?;
        let rest = fold(text.get(at..)?);
        let meeting = (rest.contains("chair the meeting") || rest.contains("chair of the meeting"))
            || rest.contains("chair for the meeting")
            || rest.contains("chairman for the meeting")
            || rest.contains("chairman of the meeting");
        let name = text.get(..at)?.trim_start_matches("that ").trim_start_matches("That ").trim();
        let name = name.trim_start_matches("Councillor ").trim_start_matches("Cllr ");
        (meeting && name.split_whitespace().count() <= 5).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn names(text: &str) -> Vec<String> {
        people(text, &Vocabulary::default().minutes).into_iter().map(|p| p.name).collect()
    }

    #[test]
    fn names_in_running_text() {
        assert_eq!(
            names("Councillor Dawes (Chair); Councillors: Hill, Noon and Wills."),
            ["Dawes", "Hill", "Noon", "Wills"]
        );
        assert_eq!(
            names("Councillors L Green (Chair); C Dodd, J A Walk and G Wills and C Wright."),
            ["L Green", "C Dodd", "J A Walk", "G Wills", "C Wright"]
        );
        assert_eq!(names("J Rath (Substitute for Saun), Z Udd"), ["J Rath", "Z Udd"]);
        assert_eq!(names("E Elm, Head of Roads; F Fir, Clerk and G Head"), ["E Elm", "F Fir", "G Head"]);
        assert_eq!(names("J Thom. Mayor A Prest, Cllr. B Ash"), ["J Thom", "Mayor A Prest", "B Ash"]);
        assert_eq!(names("Mr R Love, OBE, Mr D Moor"), ["Mr R Love", "Mr D Moor"]);
        assert_eq!(names("Councillor C Cook, Councillor Z Udd."), ["C Cook", "Z Udd"]);
        assert_eq!(
            names("Mrs A Beer (Chief Executive), Mr D Ship (Head of Finance, Policy and Planning)"),
            ["Mrs A Beer", "Mr D Ship"]
        );
        assert_eq!(names("Councillor J Thom - Chair of the Works and Parks Board."), ["J Thom"]);
        assert!(names("there were none at this meeting").is_empty());
    }

    #[test]
    fn roles() {
        let w = Vocabulary::default().minutes;
        assert!(takes_chair("Chair", &w) && takes_chair("Chairman", &w));
        assert!(
            !takes_chair("Vice-Chair", &w)
                && !takes_chair("Vice Chairman", &w)
                && !takes_chair("Chair of the Board", &w)
        );
    }

    #[test]
    fn offices_substitutes_and_who_is_in_the_chair() {
        let w = Vocabulary::default().minutes;
        let p = people("The Mayor (Councillor A Ash), B Birch (as substitute for Councillor C Cole)", &w);
        assert_eq!((p[0].name.as_str(), p[0].role.as_deref()), ("A Ash", Some("Mayor")));
        assert_eq!(p[1].substitute_for.as_deref(), Some("C Cole"));
        let s = substitutes("Councillor Ash for Councillor Birch; Councillor Cole (for Councillor Dean)", &w);
        assert_eq!(s.len(), 2);
        assert_eq!((s[1].name.as_str(), s[1].substitute_for.as_deref()), ("Cole", Some("Dean")));
        for text in [
            "Councillor A Ash in the Chair",
            "Councillor A Ash took the Chair.",
            "Councillor A Ash (Vice-Chair) was in the Chair",
        ] {
            assert_eq!(in_chair(text, &w).as_deref(), Some("A Ash"), "{text}");
        }
        assert_eq!(in_chair("There is a new chair.", &w), None);
    }

    #[test]
    fn names_in_columns() {
        let w = Vocabulary::default().minutes;
        let split = columns("Bob Spence (Vice-Chairman) Carol Trow Con Wile", &w).unwrap();
        assert_eq!(names(&split), ["Bob Spence", "Carol Trow", "Con Wile"]);
        assert!(columns("There were none at this meeting", &w).is_none());
        assert!(columns("Councillor P Ash (Chairman)", &w).is_none());
        let split = columns("Cllr P Ash Cllr Q Birch (Chair)", &w).unwrap();
        assert_eq!(names(&split), ["P Ash", "Q Birch"]);
    }
}
