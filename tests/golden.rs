//! Golden cases: `tests/golden/<case>/input.pdf`, and one expected file a stage to review as text.
//! `UPDATE=1 cargo test --test golden` rewrites those that differ; `git diff` then shows the change.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use agendapack::engine::{Pipeline, Plan, Road, StageName};
use agendapack::model::{Block, BlockKind, Extract, Flow, Lines, Tables, plain};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

#[test]
fn stages_give_what_is_expected() {
    let mut cases: Vec<_> = std::fs::read_dir("tests/golden").unwrap().flatten().map(|e| e.path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|c| c.is_dir()) {
        for (name, got) in stages(&case.join("input.pdf")) {
            check(&case.join(name), &got, &mut wrong);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} files differ; look at them, then UPDATE=1:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn check(path: &Path, got: &str, wrong: &mut Vec<String>) {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == got {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, got).unwrap();
        return;
    }
    let at = expected.lines().zip(got.lines()).position(|(a, b)| a != b);
    let at = at.unwrap_or_else(|| expected.lines().count().min(got.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    wrong.push(format!("{}:{}\n  - {}\n  + {}", path.display(), at + 1, line(&expected), line(got)));
}

/// Each stage's output as text that people can read.
fn stages(pdf: &Path) -> Vec<(&'static str, String)> {
    let plan = Plan::new(&Pipeline::default());
    let bytes = Arc::new(std::fs::read(pdf).unwrap());
    let mut road = Road::new(&plan, bytes, "input.pdf").holding();
    let extract: Extract = serde_json::from_value(road.json(StageName::Extract).unwrap()).unwrap();
    let lines = road.lines().unwrap().clone();
    let tables = road.tables().unwrap().clone();
    let flow = road.flow().unwrap().clone();
    let sections = serde_json::to_string_pretty(&road.json(StageName::Sections).unwrap()).unwrap();
    let files = road.emitted().unwrap();
    vec![
        ("1-extract.txt", extracted(&extract)),
        ("2-lines.txt", lined(&lines)),
        ("3-tables.txt", tabled(&tables)),
        ("4-blocks.txt", blocked(&flow)),
        ("5-sections.json", sections + "\n"),
        ("6-observations.csv", files.get("observations.csv").unwrap().to_owned()),
        ("7-pack.md", files.get("pack.md").unwrap().to_owned()),
    ]
}

fn extracted(extract: &Extract) -> String {
    let mut out = String::new();
    for p in &extract.pages {
        let g = &p.graphics;
        let fonts: Vec<&str> = p.fonts.iter().map(|f| f.name.as_str()).collect();
        let letters: usize =
            p.runs.iter().map(|r| r.text.chars().filter(|c| !c.is_whitespace()).count()).sum();
        let _ = writeln!(
            out,
            "page {}: {:.0} × {:.0}, rotated {}; {} runs of {letters} letters in {}; {} rulings, {} fills, {} shapes, {} images, {} links",
            p.page,
            p.size[0],
            p.size[1],
            p.rotation,
            p.runs.len(),
            fonts.join(", "),
            g.rulings.len(),
            g.fills.len(),
            g.shapes.len(),
            g.images.len(),
            g.links.len()
        );
    }
    for o in &extract.document.outline {
        let _ = writeln!(out, "outline {}: {} → {:?}", o.level, o.title, o.page.map(|p| p.0));
    }
    issues(&mut out, &extract.issues);
    out
}

fn lined(lines: &Lines) -> String {
    let mut out = String::new();
    for page in &lines.pages {
        let _ = writeln!(out, "page {}, turned {:?}", page.page, page.turned);
        for line in &page.lines {
            let fate = match line.fate {
                agendapack::model::LineFate::Body => String::new(),
                other => format!(" {other:?}"),
            };
            let [x, y] = [line.bbox.left, line.bbox.top];
            let _ = writeln!(out, "  {x:4.0} {y:4.0} {:4.1}{fate}  {}", line.size, page.text_of(line));
        }
    }
    out
}

fn tabled(tables: &Tables) -> String {
    let mut out = String::new();
    for (i, t) in tables.grids.iter().map(|g| &g.table).enumerate() {
        let pages: Vec<u32> = t.origin.iter().map(|o| o.page.0).collect();
        let _ = writeln!(
            out,
            "table {}: {} × {}, {} header rows, {:?}, pages {pages:?}, title {:?}",
            i + 1,
            t.rows,
            t.cols,
            t.header_rows,
            t.evidence,
            t.title
        );
        for c in &t.cells {
            let spans = if c.row_span * c.col_span > 1 {
                format!(" {}×{}", c.row_span, c.col_span)
            } else {
                String::new()
            };
            let _ = writeln!(out, "  {},{}{spans}  {}", c.row, c.col, c.plain().replace('\n', " ⏎ "));
        }
    }
    issues(&mut out, &tables.issues);
    out
}

fn blocked(flow: &Flow) -> String {
    let mut out = String::new();
    for page in &flow.pages {
        let _ = writeln!(out, "page {}: printed {:?}, {:?}", page.page, page.printed, page.ledger);
    }
    for block in &flow.blocks {
        let pages: Vec<String> = block.origin.iter().map(|o| o.page.to_string()).collect();
        let text = plain(block.text()).replace('\n', " ⏎ ");
        let _ = writeln!(out, "p{} {}  {text}", pages.join("+"), kind(block));
    }
    issues(&mut out, &flow.issues);
    out
}

fn kind(block: &Block) -> String {
    match &block.kind {
        BlockKind::Heading { level, number, .. } => {
            format!("heading {level} {}", number.as_deref().unwrap_or("-"))
        }
        BlockKind::Paragraph { number, .. } => format!("paragraph {}", number.as_deref().unwrap_or("-")),
        BlockKind::ListItem { marker, depth, .. } => format!("item {depth} {marker}"),
        BlockKind::TocEntry { depth, page, .. } => format!("entry {depth} {page:?}"),
        BlockKind::Table { table } => format!("table {table}"),
        BlockKind::Footnote { mark, .. } => format!("footnote {mark}"),
        BlockKind::Furniture { role, .. } => format!("furniture {role:?}"),
        BlockKind::Hidden { reason, .. } => format!("hidden {reason:?}"),
        BlockKind::Caption { .. } => "caption".into(),
        BlockKind::Figure { .. } => "figure".into(),
        other => format!("{other:?}"),
    }
}

fn issues(out: &mut String, issues: &[agendapack::model::Issue]) {
    for i in issues {
        let _ = writeln!(out, "issue {} on {:?}: {}", i.code, i.page.map(|p| p.0), i.message);
    }
}
