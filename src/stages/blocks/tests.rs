use super::*;
use crate::model::{
    BlockKind, Cell, Furniture, Grid, GridPart, Layer, Line, PageNo, Span, Style, Table, Turn, Word, plain,
};

/// A page of lines: text, left, top, size, bold. Letters are half as wide as high.
fn page(number: u32, lines: &[(&str, f32, f32, f32, bool)]) -> PageLines {
    let mut page = PageLines { page: PageNo(number), size: [595.0, 842.0], ..PageLines::default() };
    for &(text, left, top, size, bold) in lines {
        let (first, mut x) = (page.words.len() as u32, left);
        for text in text.split(' ') {
            let right = x + 0.5 * size * text.chars().count() as f32;
            let bbox = Rect::new(x, top, right, top + size);
            let style = Style { bold, ..Style::default() };
            page.read += text.chars().count() as u32;
            page.words.push(Word { text: text.into(), bbox, size, style, ..Word::default() });
            x = right + 0.25 * size;
        }
        let bbox = Rect::around(page.words[first as usize..].iter().map(|w| w.bbox)).unwrap();
        let (count, baseline) = (page.words.len() as u32 - first, top + 0.78 * size);
        page.lines.push(Line { first, count, bbox, baseline, size, ..Line::default() });
    }
    page
}

fn flow(pages: Vec<PageLines>, tables: &Tables) -> Flow {
    let lines = Lines { pages, ..Lines::default() };
    Blocking::run((&lines, tables), &Options::default()).unwrap()
}

fn body(flow: &Flow) -> Vec<(&'static str, String)> {
    let kind = |k: &BlockKind| match k {
        BlockKind::Heading { .. } => "heading",
        BlockKind::Paragraph { .. } => "paragraph",
        BlockKind::ListItem { .. } => "item",
        BlockKind::Table { .. } => "table",
        _ => "other",
    };
    flow.blocks.iter().filter(|b| b.layer == Layer::Body).map(|b| (kind(&b.kind), plain(b.text()))).collect()
}

const LONG: &str =
    "the panel heard that the number of children in care had fallen over the whole of the year";

#[test]
fn a_heading_its_text_and_a_list_are_told_apart() {
    let f = flow(
        vec![page(
            1,
            &[
                ("Background", 72.0, 80.0, 12.0, true),
                (LONG, 72.0, 104.0, 11.0, false),
                ("and that work went on.", 72.0, 118.0, 11.0, false),
                ("• First point", 90.0, 142.0, 11.0, false),
                ("(a) under it", 108.0, 158.0, 11.0, false),
                ("• Second point", 90.0, 174.0, 11.0, false),
            ],
        )],
        &Tables::default(),
    );
    let kinds: Vec<_> = body(&f).into_iter().map(|(k, _)| k).collect();
    assert_eq!(kinds, ["heading", "paragraph", "item", "item", "item"]);
    let depths: Vec<u8> = f
        .blocks
        .iter()
        .filter_map(|b| if let BlockKind::ListItem { depth, .. } = b.kind { Some(depth) } else { None })
        .collect();
    assert_eq!(depths, [0, 1, 0]);
    assert!(f.issues.is_empty() && f.pages.iter().all(|p| p.ledger.balances()));
}

#[test]
fn a_paragraph_goes_on_over_the_page() {
    let first = page(1, &[(LONG, 72.0, 700.0, 11.0, false)]);
    let second = page(2, &[("which was lower than before.", 72.0, 80.0, 11.0, false)]);
    let f = flow(vec![first, second], &Tables::default());
    assert_eq!(body(&f), [("paragraph", format!("{LONG} which was lower than before."))]);
    assert_eq!(f.blocks[0].origin.len(), 2);
}

#[test]
fn the_number_of_a_heading_that_is_only_repeated_is_not_lost() {
    let top = |n, title: &str| page(n, &[(title, 72.0, 80.0, 18.0, true), (LONG, 72.0, 120.0, 11.0, false)]);
    let f = flow(vec![top(1, "7. Key facts"), top(2, "7. Key facts CONTINUED")], &Tables::default());
    let furniture: Vec<String> = f
        .blocks
        .iter()
        .filter(|b| matches!(b.kind, BlockKind::Furniture { role: Furniture::Header, .. }))
        .map(|b| plain(b.text()))
        .collect();
    assert_eq!(furniture, ["7. Key facts CONTINUED"]);
    assert!(f.issues.is_empty(), "{:?}", f.issues);
}

#[test]
fn a_lettered_list_and_the_headings_of_its_items_on_one_page_are_all_kept() {
    let f = flow(
        vec![page(
            1,
            &[
                (LONG, 72.0, 80.0, 11.0, false),
                ("A. Notices and inserts", 80.0, 110.0, 11.0, true),
                ("B. Technical guide", 80.0, 123.0, 11.0, true),
                ("C. Workbooks", 80.0, 136.0, 11.0, true),
                ("A. Notices and inserts", 80.0, 162.0, 11.0, true),
                (LONG, 80.0, 186.0, 11.0, false),
            ],
        )],
        &Tables::default(),
    );
    let kinds: Vec<_> = body(&f).into_iter().map(|(k, _)| k).collect();
    assert_eq!(kinds, ["paragraph", "item", "item", "item", "heading", "paragraph"]);
}

#[test]
fn a_title_in_capitals_does_not_run_on_into_a_label() {
    let title = "CHILDREN AND YOUNG PEOPLE SOCIAL CARE AND SERVICES SCRUTINY PANEL AND BOARD";
    let mut p = page(1, &[(title, 72.0, 80.0, 12.0, true), ("Date: Monday", 72.0, 96.0, 12.0, true)]);
    if let Some(word) = p.words.last_mut() {
        word.style.bold = false;
    }
    let f = flow(vec![p], &Tables::default());
    assert_eq!(body(&f)[0], ("heading", title.to_owned()));
}

#[test]
fn an_address_heads_nothing() {
    let lines =
        [("https://example.org/committee/papers", 72.0, 80.0, 11.0, true), (LONG, 72.0, 104.0, 11.0, false)];
    let f = flow(vec![page(1, &lines)], &Tables::default());
    assert_eq!(body(&f)[0].0, "paragraph");
}

#[test]
fn a_figure_that_a_table_loses_or_takes_twice_is_told() {
    let grid = |text: &str, words: Vec<u32>| {
        let cell = Cell { row_span: 1, col_span: 1, text: vec![Span::plain(text)], ..Cell::default() };
        let table = Table::build(1, 1, 0, vec![cell]).unwrap();
        let bbox = Rect::new(72.0, 80.0, 200.0, 92.0);
        Grid { table, parts: vec![GridPart { page: PageNo(1), bbox, words, repeated: Vec::new() }] }
    };
    let lines = || vec![page(1, &[("Total 1,369", 72.0, 80.0, 11.0, false)])];
    let codes = |grids| {
        let f = flow(lines(), &Tables { grids, issues: Vec::new() });
        f.issues.into_iter().map(|i| i.code).collect::<Vec<_>>()
    };
    assert!(codes(vec![grid("Total 1,369", vec![0, 1])]).is_empty());
    assert_eq!(codes(vec![grid("Total 1,36", vec![0, 1])]), ["figures_unbalanced"]);
    let twice = codes(vec![grid("Total 1,369", vec![0, 1]), grid("1,369", vec![1])]);
    assert!(twice.contains(&"ledger_unbalanced".to_owned()));
}

#[test]
fn a_scanned_page_is_told_and_not_passed_over() {
    let mut scan = page(1, &[]);
    let bbox = Rect::new(0.0, 0.0, 595.0, 842.0);
    scan.graphics.images.push(crate::model::ImageBox { bbox, width: 1654, height: 2339 });
    let f = flow(vec![scan], &Tables::default());
    assert_eq!(
        f.issues.iter().map(|i| (i.code.as_str(), i.loss)).collect::<Vec<_>>(),
        [("no_text_layer", true)]
    );
    let f = flow(
        vec![page(1, &[("\u{FFFD}\u{FFFD}\u{FFFD} page", 72.0, 80.0, 11.0, false)])],
        &Tables::default(),
    );
    assert_eq!(f.issues[0].code, "unreadable_text");
}

#[test]
fn small_text_behind_a_raised_mark_is_a_footnote() {
    let mut p =
        page(1, &[(LONG, 72.0, 80.0, 11.0, false), ("3 Figures are for the year.", 72.0, 760.0, 9.0, false)]);
    let first = p.lines[1].first as usize;
    p.words[first].style.superscript = true;
    let f = flow(vec![p], &Tables::default());
    let note = f.blocks.iter().find_map(|b| match &b.kind {
        BlockKind::Footnote { mark, text } => Some((mark.clone(), plain(text))),
        _ => None,
    });
    assert_eq!(note, Some(("3".into(), "Figures are for the year.".into())));
    assert!(f.issues.is_empty());
}

#[test]
fn boxes_of_tables_on_a_turned_page_are_as_shown() {
    // Read upright the page is 842 wide; shown, its text runs upwards along the left margin.
    let mut p = page(1, &[("12", 100.0, 50.0, 10.0, false)]);
    (p.size, p.turned) = ([842.0, 595.0], Turn::Left);
    let read = Rect::new(90.0, 40.0, 190.0, 70.0);
    let cell = Cell {
        row_span: 1,
        col_span: 1,
        text: vec![Span::plain("12")],
        page: PageNo(1),
        bbox: read,
        ..Cell::default()
    };
    let mut table = Table::build(1, 1, 0, vec![cell]).unwrap();
    table.origin = vec![crate::model::Origin { page: PageNo(1), bbox: read }];
    let part = GridPart { page: PageNo(1), bbox: read, words: vec![0], repeated: vec![] };
    let tables = Tables { grids: vec![Grid { table, parts: vec![part] }], ..Tables::default() };
    let f = flow(vec![p], &tables);
    let shown = Rect::new(40.0, 842.0 - 190.0, 70.0, 842.0 - 90.0);
    assert_eq!(f.tables[0].origin[0].bbox, shown);
    assert_eq!(f.tables[0].cells[0].bbox, shown);
    assert_eq!(f.blocks[0].origin[0].bbox, shown);
    assert_eq!(f.pages[0].size, [595.0, 842.0]);
}

#[test]
fn a_year_broken_at_its_hyphen_is_whole_again() {
    let f = flow(
        vec![page(
            1,
            &[
                (
                    "1.3 the panel heard of the whole of the approved budget of the fund for 2024-",
                    72.0,
                    104.0,
                    11.0,
                    false,
                ),
                (
                    "25. The variations are known and were set out in the report to the panel as",
                    72.0,
                    118.0,
                    11.0,
                    false,
                ),
                ("it met.", 72.0, 132.0, 11.0, false),
            ],
        )],
        &Tables::default(),
    );
    let text = body(&f);
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(text[0].1.contains("2024-25. The variations"), "{text:?}");
}
