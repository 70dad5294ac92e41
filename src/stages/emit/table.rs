//! Tables as pipe tables, HTML and CSV.

use super::inline::{Level, Place, Raised, markdown, raised, runs, safe_href, words};
use crate::model::{Cell, Span, Table, plain};
use crate::vocabulary::is_plain;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a cell of it covers more than one position.
pub(super) fn has_spans(table: &Table) -> bool {
    table.cells.iter().any(|c| c.row_span > 1 || c.col_span > 1)
}

/// As a GFM pipe table: header rows flattened into one, a value once and blanks under its span.
pub(super) fn pipe(table: &Table) -> String {
    let (cols, mut header_rows) = (table.cols as usize, table.header_rows);
    let mut out = String::new();
    // A header that runs over the whole width names the table: set above it, not into every column.
    let mut first = 0;
    while header_rows > 1 {
        let Some(c) = table.cells.iter().find(|c| c.row == first && c.col == 0) else { break };
        if c.col_span != table.cols || c.row_span != 1 {
            break;
        }
        let _ = writeln!(out, "{}\n", markdown(&c.text, Place::Lines("")));
        first += 1;
        header_rows -= 1;
    }
    let header = header_paths(table, first, first + header_rows, Place::Cell);
    push_row(&mut out, header.iter().map(|parts| parts.join(" / ")));
    push_row(&mut out, (0..cols).map(|_| "---".to_owned()));
    for row in rows(table).skip((first + header_rows) as usize) {
        push_row(&mut out, row.iter().map(|c| c.map(|c| markdown(&c.text, Place::Cell)).unwrap_or_default()));
    }
    out
}

fn push_row(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push('|');
    for cell in cells {
        let cell = cell.trim();
        let _ = if cell.is_empty() { write!(out, " |") } else { write!(out, " {cell} |") };
    }
    out.push('\n');
}

/// For each column, the header cells above it from top to bottom, equal neighbours once.
fn header_paths(table: &Table, first: u32, end: u32, place: Place<'_>) -> Vec<Vec<String>> {
    let mut paths: Vec<Vec<String>> = vec![Vec::new(); table.cols as usize];
    for cell in table.cells.iter().filter(|c| c.row >= first && c.row < end && !c.is_empty()) {
        // A spanning header with nothing to tell apart below it is written once.
        let groups = (cell.row + cell.row_span) < end;
        // A header is shown bold anyway.
        let spans: Vec<Span> = cell.text.iter().map(|s| Span { bold: false, ..s.clone() }).collect();
        let text = markdown(&spans, place);
        for (i, col) in (cell.col..cell.col + cell.col_span).enumerate() {
            let Some(path) = paths.get_mut(col as usize) else { continue };
            if (i == 0 || groups) && path.last() != Some(&text) {
                path.push(text.clone());
            }
        }
    }
    paths
}

/// Rows of the grid: at each position the cell that begins there.
fn rows(table: &Table) -> impl Iterator<Item = Vec<Option<&Cell>>> {
    let mut cells = table.cells.iter().peekable();
    (0..table.rows).map(move |row| {
        let mut out = vec![None; table.cols as usize];
        while let Some(c) = cells.next_if(|c| c.row <= row) {
            if let Some(slot) = out.get_mut(c.col as usize) {
                *slot = Some(c);
            }
        }
        out
    })
}

/// As HTML, spans kept.
pub(super) fn html(table: &Table) -> String {
    let mut out = String::from("<table>\n");
    let mut cells = table.cells.iter().peekable();
    for row in 0..table.rows {
        out.push_str("<tr>");
        while let Some(c) = cells.next_if(|c| c.row <= row) {
            let tag = if c.header { "th" } else { "td" };
            let _ = write!(out, "<{tag}");
            if c.col_span > 1 {
                let _ = write!(out, " colspan=\"{}\"", c.col_span);
            }
            if c.row_span > 1 {
                let _ = write!(out, " rowspan=\"{}\"", c.row_span);
            }
            out.push('>');
            push_html(&mut out, &c.text, c.header);
            let _ = write!(out, "</{tag}>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
    out
}

fn push_html(out: &mut String, spans: &[Span], header: bool) {
    let words = words(spans);
    for (style, first, end) in runs(&words) {
        // A header cell is bold already.
        let href = style.href.and_then(safe_href);
        let tags = [("strong", style.bold && !header), ("em", style.italic), ("s", style.strike)];
        for (i, word) in words[first..end].iter().enumerate() {
            if first + i > 0 {
                out.push_str(if word.breaks { "<br>" } else { " " });
            }
            if i == 0 {
                if let Some(href) = &href {
                    let _ = write!(out, "<a href=\"{}\">", href.replace('"', "%22"));
                }
                for (tag, _) in tags.iter().filter(|(_, on)| *on) {
                    let _ = write!(out, "<{tag}>");
                }
            }
            let mut unit = "";
            for (text, level) in &word.parts {
                let before = std::mem::replace(&mut unit, text);
                match level {
                    Level::Base => push_text(out, text),
                    Level::Sub if text.chars().all(|c| c.is_ascii_digit()) => push_text(out, text),
                    Level::Sub => wrapped(out, "sub", text),
                    Level::Super => match raised(text, before) {
                        Raised::Plain(t) => push_text(out, t),
                        Raised::Digits(d) => out.push_str(&d),
                        Raised::Tagged(t) => wrapped(out, "sup", t),
                    },
                }
            }
        }
        for (tag, _) in tags.iter().rev().filter(|(_, on)| *on) {
            let _ = write!(out, "</{tag}>");
        }
        if href.is_some() {
            out.push_str("</a>");
        }
    }
}

fn wrapped(out: &mut String, tag: &str, text: &str) {
    out.extend(["<", tag, ">"]);
    push_text(out, text);
    out.extend(["</", tag, ">"]);
}

fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

/// As CSV: every row of the grid, a value once and blanks under its span.
pub(super) fn csv(table: &Table) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows(table) {
        // Writing to memory does not fail.
        for cell in row {
            let text = cell.map(|c| match c.text.as_slice() {
                [span] => Cow::from(span.text.as_str()),
                spans => plain(spans).into(),
            });
            let _ = writer.write_field(in_one_line(&text.unwrap_or_default()).as_bytes());
        }
        let _ = writer.write_record(None::<&[u8]>);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

pub(super) fn one_line(text: &str) -> String {
    in_one_line(text).into_owned()
}

/// The same without a copy where it is one line already.
pub(super) fn in_one_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return text.into();
    }
    let mut spaced = true;
    let parted = |c: char| {
        let again = c.is_whitespace() && (spaced || c != ' ');
        spaced = c.is_whitespace();
        again
    };
    if text.contains(parted) || text.ends_with(' ') {
        return text.split_whitespace().collect::<Vec<_>>().join(" ").into();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: u32, col: u32, row_span: u32, col_span: u32, text: &str) -> Cell {
        Cell { row, col, row_span, col_span, text: vec![Span::plain(text)], ..Cell::default() }
    }

    fn sample() -> Table {
        let cells = vec![
            cell(0, 0, 2, 1, "Indicator"),
            cell(0, 1, 1, 2, "Last year"),
            cell(1, 1, 1, 1, "Rate"),
            cell(1, 2, 1, 1, "Rank"),
            cell(2, 0, 1, 1, "Falls\n(over 65)"),
            cell(2, 1, 1, 1, "1 | 2"),
            cell(2, 2, 1, 1, "<3 & up"),
            cell(3, 0, 1, 3, "All figures"),
        ];
        Table::build(4, 3, 2, cells).unwrap()
    }

    #[test]
    fn pipe_tables_flatten_headers_and_write_a_value_once() {
        assert_eq!(
            pipe(&sample()),
            "| Indicator | Last year / Rate | Last year / Rank |\n| --- | --- | --- |\n\
             | Falls<br>(over 65) | 1 \\| 2 | <3 & up |\n| All figures | | |\n"
        );
    }

    #[test]
    fn a_table_without_headers_gets_none_invented() {
        let t = Table::build(1, 2, 0, vec![cell(0, 0, 1, 1, "a"), cell(0, 1, 1, 1, "b")]).unwrap();
        assert_eq!(pipe(&t), "| | |\n| --- | --- |\n| a | b |\n");
    }

    #[test]
    fn a_header_over_the_whole_width_stands_above() {
        let cells = vec![cell(0, 0, 1, 2, "Budget"), cell(1, 0, 1, 1, "a"), cell(1, 1, 1, 1, "b")];
        let t = Table::build(2, 2, 2, cells).unwrap();
        assert_eq!(pipe(&t), "Budget\n\n| a | b |\n| --- | --- |\n");
    }

    #[test]
    fn html_keeps_spans() {
        assert_eq!(
            html(&sample()),
            "<table>\n<tr><th rowspan=\"2\">Indicator</th><th colspan=\"2\">Last year</th></tr>\n\
             <tr><th>Rate</th><th>Rank</th></tr>\n\
             <tr><td>Falls<br>(over 65)</td><td>1 | 2</td><td>&lt;3 &amp; up</td></tr>\n\
             <tr><td colspan=\"3\">All figures</td></tr>\n</table>\n"
        );
    }

    #[test]
    fn csv_has_every_row_of_the_grid() {
        assert_eq!(
            csv(&sample()),
            "Indicator,Last year,\n,Rate,Rank\nFalls (over 65),1 | 2,<3 & up\nAll figures,,\n"
        );
    }
}
