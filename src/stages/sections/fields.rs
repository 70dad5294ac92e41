//! Labels and their values: the header of a report, the facts of a front sheet.
//!
//! Layouts seen: a ruled grid, an aligned list of labels and values, bold labels in the line, a label
//! over its value.

use super::sheets::Row;
use crate::vocabulary::{Words, fold};
use std::collections::BTreeMap;

/// Longest label, in characters.
const LABEL: usize = 48;

/// A label with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Standard key.
    pub key: String,
    /// The value as printed; lines joined by spaces.
    pub value: String,
    /// Position of its row.
    pub row: usize,
}

/// Standard keys with their values.
type Pairs<'k> = Vec<(&'k str, String)>;

/// The key whose labels hold this one.
fn key_of<'k>(label: &str, keys: &'k BTreeMap<String, Words>) -> Option<&'k str> {
    if is_long(label) {
        return None;
    }
    let folded = fold(label);
    let bare = folded.trim_end_matches([':', '?', '.', ' ', '-']).trim();
    if bare.is_empty() || bare.len() > LABEL {
        return None;
    }
    keys.iter().find(|(_, words)| words.is(bare) || words.is(&folded)).map(|(k, _)| k.as_str())
}

/// Whether more than a label is left of a text without what may stand behind one: what most cells show
/// before they are folded.
fn is_long(text: &str) -> bool {
    let unseen = |c: char| c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}');
    let behind =
        |c: char| unseen(c) || matches!(c, ':' | '?' | '.' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    text.len() > LABEL && text.trim_end_matches(behind).chars().filter(|c| !unseen(*c)).nth(LABEL).is_some()
}

/// The label and value that a row holds. A label in running text must end with a colon.
fn split<'k>(row: &Row, keys: &'k BTreeMap<String, Words>) -> Option<Pairs<'k>> {
    if !row.cells.is_empty() {
        let mut filled = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty());
        let first = filled.next()?;
        if let Some(key) = key_of(first, keys) {
            // "Date: | 3 May | Time: | 10 am": a grid of two pairs in one row.
            let rest: Vec<&str> = filled.collect();
            let mut value = Vec::new();
            let mut more: Vec<(&str, String)> = Vec::new();
            for cell in rest {
                let key = if cell.ends_with(':') { key_of(cell, keys) } else { None };
                match (key, more.last_mut()) {
                    (Some(k), _) => more.push((k, String::new())),
                    (None, Some((_, v))) => join(v, cell),
                    (None, None) => value.push(cell),
                }
            }
            let mut all = vec![(key, value.join(" "))];
            all.append(&mut more);
            return Some(all);
        }
        return in_cells(row, keys).or_else(|| in_line(first, keys));
    }
    in_line(&row.text, keys)
}

/// A row whose cells hold labels behind the first: "Thursday | Ask for: | A Person", or a label and its
/// value in each cell: "Date: 3 May | Meeting: a panel".
fn in_cells<'k>(row: &Row, keys: &'k BTreeMap<String, Words>) -> Option<Pairs<'k>> {
    let mut all: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for cell in row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()) {
        let key = if cell.ends_with([':', '.']) { key_of(cell, keys) } else { None };
        if let Some(key) = key {
            all.push((key, String::new()));
            open = true;
        } else if let Some(mut pair) = in_line(cell, keys) {
            all.append(&mut pair);
            open = false;
        } else if open && let Some((_, v)) = all.last_mut() {
            join(v, cell);
        }
    }
    (!all.is_empty()).then_some(all)
}

fn in_line<'k>(text: &str, keys: &'k BTreeMap<String, Words>) -> Option<Pairs<'k>> {
    let (label, value) = text.split_once(':')?;
    let key = key_of(label, keys)?;
    Some(vec![(key, value.trim().to_owned())])
}

/// Labels and values of the rows, in order. A value may go on in rows without a label.
pub(super) fn fields(rows: &[Row], keys: &BTreeMap<String, Words>) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    let mut open: Option<(f32, bool)> = None;
    for (i, row) in rows.iter().enumerate() {
        if let Some(pairs) = split(row, keys) {
            open = Some((row.left, row.table));
            out.extend(pairs.into_iter().map(|(key, value)| Field { key: key.into(), value, row: i }));
            continue;
        }
        // Only a label alone in its cell or line (`From`, the value below or beside it) stays open.
        let Some((left, table)) = open else { continue };
        let Some(last) = out.last_mut() else { continue };
        let same_table = table && row.table && row.cells.first().is_none_or(|c| c.trim().is_empty());
        let hanging = !row.table && row.heading.is_none() && row.left > left + 20.0;
        let empty = last.value.is_empty() && row.heading.is_none();
        if same_table || hanging || empty {
            join(&mut last.value, row.text.trim());
        } else {
            open = None;
        }
    }
    out.retain(|f| !f.value.is_empty() || f.key == "urgent");
    out
}

fn join(value: &mut String, more: &str) {
    if !value.is_empty() && !more.is_empty() {
        value.push(' ');
    }
    value.push_str(more);
}

/// How many different keys of a report's header the rows show; none without one that names the report
/// or its makers.
pub(super) fn header_keys(rows: &[Row], keys: &BTreeMap<String, Words>) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    for row in rows {
        if let Some(pairs) = split(row, keys) {
            for (key, _) in pairs {
                if !seen.contains(&key) {
                    seen.push(key);
                }
            }
        }
    }
    let names = ["report_of", "submitted_to", "title"].iter().filter(|k| seen.contains(*k)).count();
    if names >= 2 || names == 1 && seen.len() >= 3 { seen.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn line(text: &str, left: f32) -> Row {
        Row { text: text.into(), folded: fold(text), left, ..Row::default() }
    }

    fn cells(cells: &[&str]) -> Row {
        let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
        let text = super::super::sheets::joined(&cells);
        Row { folded: fold(&text), text, cells, table: true, ..Row::default() }
    }

    fn get<'f>(fields: &'f [Field], key: &str) -> Option<&'f str> {
        fields.iter().find(|f| f.key == key).map(|f| f.value.as_str())
    }

    #[test]
    fn a_grid_a_list_and_bold_labels_give_the_same_fields() {
        let keys = Vocabulary::default().fields;
        let grid = [
            cells(&["Report of:", "Director of Things"]),
            cells(&["", "and another"]),
            cells(&["Submitted to:", "A Panel"]),
            cells(&["Date:", "3 May 2022"]),
        ];
        let list = [
            line("From: Director of Things", 50.0),
            line("and another", 150.0),
            line("To: A Panel", 50.0),
            line("Date: 3 May 2022", 50.0),
        ];
        for rows in [&grid[..], &list[..]] {
            let f = fields(rows, &keys);
            assert_eq!(get(&f, "report_of"), Some("Director of Things and another"));
            assert_eq!(get(&f, "submitted_to"), Some("A Panel"));
            assert_eq!(get(&f, "date"), Some("3 May 2022"));
            assert_eq!(header_keys(rows, &keys), 3);
        }
    }

    #[test]
    fn two_pairs_in_one_row_and_prose_with_a_colon() {
        let keys = Vocabulary::default().fields;
        let f = fields(&[cells(&["Date:", "3 May", "Wards:", "All"])], &keys);
        assert_eq!(get(&f, "wards"), Some("All"));
        assert!(fields(&[line("The panel heard that to: x", 50.0)], &keys).is_empty());
    }
}
