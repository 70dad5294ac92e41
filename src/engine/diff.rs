//! What changed between the files that stand in a pack's folder and those that would be written now: the
//! Markdown line by line, the observations by table and cell.

use crate::stages::emit::Emitted;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;

/// Columns that say the same in every row of a pack, or name the row.
const NOT_COMPARED: [&str; 7] = ["body", "date", "document", "section", "table", "row", "col"];

/// What changed in a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// The Markdown as a unified diff; empty where it is the same.
    pub markdown: String,
    /// The observations that are not the same, by table and cell.
    pub observations: Vec<(Cell, Change)>,
}

/// Table, row and column of an observation. Tables are in the order in which they stand in the pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The number in the table's id, which orders `t2` before `t10`.
    number: u64,
    table: String,
    row: u32,
    col: u32,
}

/// What happened to an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(Row),
    /// It is gone.
    Removed(Row),
    /// It says something else.
    Changed(Row, Row),
}

/// What an observation says, by column.
pub type Row = BTreeMap<String, String>;

/// How many observations were added, removed, changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Added.
    pub added: usize,
    /// Removed.
    pub removed: usize,
    /// Changed.
    pub changed: usize,
}

impl Diff {
    /// What changes in a pack's folder when these files are written.
    pub fn of(pack: &str, folder: &Path, after: &Emitted) -> Diff {
        let before = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap_or_default();
        let after = |path: &str| after.get(path).unwrap_or_default();
        Diff {
            markdown: markdown(pack, &before("pack.md"), after("pack.md")),
            observations: observations(&before("observations.csv"), after("observations.csv")),
        }
    }

    /// Whether Markdown and observations are the same.
    pub fn is_empty(&self) -> bool {
        self.markdown.is_empty() && self.observations.is_empty()
    }

    /// How many observations were added, removed, changed.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, change) in &self.observations {
            match change {
                Change::Added(_) => counts.added += 1,
                Change::Removed(_) => counts.removed += 1,
                Change::Changed(..) => counts.changed += 1,
            }
        }
        counts
    }

    /// The diff as text, as `diff` prints one: what is gone behind `-`, what is new behind `+`.
    pub fn text(&self, pack: &str) -> String {
        let mut out = self.markdown.clone();
        if !self.observations.is_empty() {
            let _ = writeln!(out, "--- a/{pack}/observations\n+++ b/{pack}/observations");
        }
        for (cell, change) in &self.observations {
            match change {
                Change::Added(row) => {
                    let _ = writeln!(out, "+{cell} {}", said(row));
                }
                Change::Removed(row) => {
                    let _ = writeln!(out, "-{cell} {}", said(row));
                }
                Change::Changed(before, after) => {
                    let _ = writeln!(out, "!{cell} {}", changed(before, after));
                }
            }
        }
        out
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{},{}]", self.table, self.row, self.col)
    }
}

fn markdown(pack: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    let (a, b) = (format!("a/{pack}/pack.md"), format!("b/{pack}/pack.md"));
    diff.unified_diff().context_radius(3).header(&a, &b).to_string()
}

fn observations(before: &str, after: &str) -> Vec<(Cell, Change)> {
    if before == after {
        return Vec::new();
    }
    let (mut before, after) = (rows(before), rows(after));
    let mut out = Vec::new();
    for (cell, now) in after {
        match before.remove(&cell) {
            None => out.push((cell, Change::Added(now))),
            Some(was) if was != now => out.push((cell, Change::Changed(was, now))),
            Some(_) => {}
        }
    }
    out.extend(before.into_iter().map(|(cell, was)| (cell, Change::Removed(was))));
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// The rows of an `observations.csv`; what is no row of one is left out.
fn rows(csv: &str) -> BTreeMap<Cell, Row> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records = reader.deserialize::<Row>().flatten();
    records
        .filter_map(|mut row| {
            let table = row.get("table")?.clone();
            let digits: String = table.chars().filter(char::is_ascii_digit).collect();
            let number = digits.parse().unwrap_or_default();
            let at = |name: &str| row.get(name)?.parse().ok();
            let cell = Cell { number, row: at("row")?, col: at("col")?, table };
            row.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
            Some((cell, row))
        })
        .collect()
}

/// An observation in a line.
fn said(row: &Row) -> String {
    let get = |name: &str| row.get(name).map_or("", String::as_str);
    let place = format!("page {}", get("page"));
    let names = [place.as_str(), get("indicator"), get("column"), get("period")];
    let names: Vec<&str> = names.into_iter().filter(|n| !n.is_empty()).collect();
    let value = [get("value"), get("unit")].into_iter().filter(|v| !v.is_empty()).collect::<Vec<_>>();
    format!("{}: {} {:?}", names.join(" · "), value.join(" "), get("raw"))
}

/// What of an observation is another.
fn changed(before: &Row, after: &Row) -> String {
    let get = |row: &Row, name: &str| row.get(name).cloned().unwrap_or_default();
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let fields = names.into_iter().filter(|n| before.get(*n) != after.get(*n));
    let fields: Vec<String> =
        fields.map(|n| format!("{n} {:?} → {:?}", get(before, n), get(after, n))).collect();
    format!("page {} · {}: {}", get(after, "page"), get(after, "indicator"), fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "document,page,table,indicator,column,value,unit,raw,row,col\n";

    #[test]
    fn observations_are_compared_by_table_and_cell() {
        let before = format!("{HEADER}a.pdf,1,t2,Falls,Rate,1,%,1%,3,1\na.pdf,1,t10,Fires,Rate,2,,2,0,0\n");
        let after = format!("{HEADER}b.pdf,1,t2,Falls,Rate,7,%,7%,3,1\na.pdf,4,t3,Floods,Rate,9,,9,1,1\n");
        let diff = Diff { markdown: String::new(), observations: observations(&before, &after) };
        assert_eq!(diff.counts(), Counts { added: 1, removed: 1, changed: 1 });
        assert_eq!(
            diff.text("a"),
            "--- a/a/observations\n+++ b/a/observations\n\
             !t2[3,1] page 1 · Falls: raw \"1%\" → \"7%\", value \"1\" → \"7\"\n\
             +t3[1,1] page 4 · Floods · Rate: 9 \"9\"\n\
             -t10[0,0] page 1 · Fires · Rate: 2 \"2\"\n"
        );
        let renamed = before.replace("a.pdf", "b.pdf");
        assert!(observations(&before, &renamed).is_empty(), "the figures are the same");
    }

    #[test]
    fn markdown_is_a_unified_diff_with_the_packs_name() {
        let text = markdown("a", "one\ntwo\n", "one\n2\n");
        assert!(
            text.starts_with("--- a/a/pack.md\n+++ b/a/pack.md\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"),
            "{text}"
        );
        assert_eq!(markdown("a", "one\n", "one\n"), "");
    }
}
