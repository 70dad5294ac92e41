use super::*;
use crate::model::{
    Block, BlockKind, Cell, Furniture, Layer, Origin, OutlineEntry, PageNo, PageRecord, Rect, Span, Table,
};
use proptest::prelude::*;

/// Builds a flow page by page.
#[derive(Default)]
pub(super) struct Pack(pub(super) Flow);

impl Pack {
    /// Adds a page: "h>" a heading, "b>" a bold paragraph, "t>a|b" a row of a table, "stamp>" and
    /// "item>" stamps, else a paragraph; spaces before a line indent it.
    pub(super) fn page(&mut self, lines: &[&str]) -> &mut Self {
        let page = PageNo(self.0.pages.len() as u32 + 1);
        self.0.pages.push(PageRecord {
            page,
            size: [595.0, 842.0],
            blank: lines.is_empty(),
            ..PageRecord::default()
        });
        let mut rows: Vec<Vec<&str>> = Vec::new();
        for (i, whole) in lines.iter().enumerate() {
            let line = whole.trim_start();
            let indent = 5.0 * (whole.len() - line.len()) as f32;
            if let Some(row) = line.strip_prefix("t>") {
                rows.push(row.split('|').collect());
                if lines.get(i + 1).is_some_and(|l| l.starts_with("t>")) {
                    continue;
                }
                self.table(page, &std::mem::take(&mut rows));
                continue;
            }
            let (kind, layer) = match line.split_once('>') {
                Some(("b", t)) => {
                    let bold = Span { bold: true, ..Span::plain(t) };
                    (BlockKind::Paragraph { number: None, text: vec![bold] }, Layer::Body)
                }
                Some(("h", t)) => {
                    (BlockKind::Heading { level: 1, number: None, text: vec![Span::plain(t)] }, Layer::Body)
                }
                Some(("stamp", t)) => (furniture(Furniture::PageStamp, t), Layer::Furniture),
                Some(("item", t)) => (furniture(Furniture::ItemStamp, t), Layer::Furniture),
                _ => (BlockKind::Paragraph { number: None, text: vec![Span::plain(line)] }, Layer::Body),
            };
            let top = 50.0 + 20.0 * i as f32;
            let origin = vec![Origin { page, bbox: Rect::new(50.0 + indent, top, 500.0, top + 12.0) }];
            let id = format!("b{}", self.0.blocks.len() + 1);
            self.0.blocks.push(Block { id, kind, origin, layer, ..Block::default() });
        }
        self
    }

    fn table(&mut self, page: PageNo, rows: &[Vec<&str>]) {
        let cols = rows.iter().map(Vec::len).max().unwrap_or_default();
        let id = format!("t{}", self.0.tables.len() + 1);
        let origin = vec![Origin { page, bbox: Rect::new(50.0, 50.0, 500.0, 90.0) }];
        let cells = rows.iter().enumerate().flat_map(|(r, row)| {
            (0..cols).map(move |c| Cell {
                row: r as u32,
                col: c as u32,
                row_span: 1,
                col_span: 1,
                text: vec![Span::plain(row.get(c).copied().unwrap_or_default())],
                ..Cell::default()
            })
        });
        self.0.tables.push(Table {
            id: id.clone(),
            rows: rows.len() as u32,
            cols: cols as u32,
            cells: cells.collect(),
            origin: origin.clone(),
            ..Table::default()
        });
        let block = format!("b{}", self.0.blocks.len() + 1);
        self.0.blocks.push(Block {
            id: block,
            kind: BlockKind::Table { table: id },
            origin,
            ..Block::default()
        });
    }
}

fn furniture(role: Furniture, text: &str) -> BlockKind {
    BlockKind::Furniture { role, text: vec![Span::plain(text)] }
}

fn pack(stamps: bool) -> Flow {
    let mut p = Pack::default();
    p.page(&[
        "h>WORKS PANEL",
        "Date: Monday 3rd May, 2021",
        "Time: 10.30 am",
        "Venue: The Long Room",
        "h>AGENDA",
        "1. Apologies",
        "2. Minutes of the meeting on 1 March 2021 (Pages 1 - 2)",
        "3. Bridges (Pages 3 - 8)",
    ]);
    p.page(&[]);
    p.page(&[
        "item>Agenda Item 2",
        "h>WORKS PANEL",
        "A meeting of the Works Panel was held on 1 March 2021.",
        "PRESENT: Councillors A Smith (Chair), B Jones and C Green.",
        "APOLOGIES FOR ABSENCE were submitted on behalf of Councillor D Brown.",
        "h>DECLARATIONS OF INTEREST",
        "None.",
        "h>ROADS AND LANES",
        "The panel heard of roads.",
        "AGREED that:",
        "(a) the roads be mended; and",
        "(b) the lanes be swept.",
        "stamp>Page 1",
    ]);
    p.page(&[]);
    p.page(&[
        "item>Agenda Item 3",
        "From: Head of Works",
        "To: Works Panel",
        "Subject: Bridges",
        "Date: 3 May 2021",
        "stamp>Page 3",
    ]);
    p.page(&["More of the report.", "stamp>Page 4"]);
    p.page(&["h>Appendix A", "h>List of bridges", "A bridge.", "stamp>Page 5"]);
    p.page(&["Another bridge.", "stamp>Page 6"]);
    p.page(&["h>RECORD OF DECISION", "To mend the bridges.", "stamp>Page 7"]);
    p.page(&[]);
    let mut flow = p.0;
    if !stamps {
        flow.blocks.retain(|b| b.layer == Layer::Body);
    }
    flow
}

fn kinds(record: &Record) -> Vec<(Classification, [u32; 2])> {
    record.sections.iter().map(|s| (s.classification, s.pages)).collect()
}

#[test]
fn a_pack_becomes_a_record_with_and_without_stamps() {
    for stamps in [true, false] {
        let flow = pack(stamps);
        let record = Sectioning::run(&flow, &Options::default()).unwrap();
        assert_eq!(
            kinds(&record),
            [
                (Classification::Cover, [1, 2]),
                (Classification::Minutes, [3, 4]),
                (Classification::Report, [5, 6]),
                (Classification::Appendix, [7, 8]),
                (Classification::Decision, [9, 10]),
            ],
            "stamps: {stamps}"
        );
        let pages: Vec<_> = record.agenda.iter().map(|a| (a.order.as_str(), a.pages)).collect();
        assert_eq!(pages, [("1", None), ("2", Some([3, 4])), ("3", Some([5, 10]))], "stamps: {stamps}");
        assert_eq!(record.meeting.name.as_deref(), Some("WORKS PANEL"));
        assert_eq!(record.meeting.start_date.as_deref(), Some("2021-05-03T10:30"));
        assert_eq!(record.meeting.location.as_ref().unwrap().name, "The Long Room");
        assert_eq!(record.sections[2].fields["report_of"], "Head of Works");
        assert_eq!(record.sections[2].title.as_deref(), Some("Bridges"));
        assert_eq!(record.sections[3].title.as_deref(), Some("List of bridges"));
        assert!(
            record.sections.iter().all(|s| s.confidence.score.is_some() && !s.confidence.reasons.is_empty())
        );
    }
}

#[test]
fn minutes_tell_who_was_there_and_what_was_decided() {
    let record = Sectioning::run(&pack(true), &Options::default()).unwrap();
    let m = &record.minutes[0];
    assert_eq!((m.held_on.as_deref(), m.chair.as_deref()), (Some("2021-03-01"), Some("A Smith")));
    assert_eq!(m.present.len(), 3);
    assert_eq!(m.apologies[0].name, "D Brown");
    assert_eq!(m.items.len(), 2);
    assert_eq!(m.items[1].decisions.len(), 1);
    let d = &m.items[1].decisions[0];
    assert_eq!(d.verb, "AGREED");
    assert!(d.text.contains("the lanes be swept"), "lettered parts belong to it: {}", d.text);
}

#[test]
fn a_single_paper_is_a_pack_of_one() {
    let mut p = Pack::default();
    p.page(&[
        "h>WORKS PANEL",
        "A meeting of the Works Panel was held on 1 March 2021.",
        "PRESENT: Councillor A Smith (Chair).",
        "APOLOGIES FOR ABSENCE: none.",
        "h>DECLARATIONS OF INTEREST",
        "None.",
    ]);
    p.page(&["More."]);
    let record = Sectioning::run(&p.0, &Options::default()).unwrap();
    assert_eq!(
        kinds(&record),
        [(Classification::Minutes, [1, 2])],
        "minutes name the same things as an agenda"
    );
    let empty = Sectioning::run(&Flow::default(), &Options::default()).unwrap();
    assert!(empty.sections.is_empty());
}

#[test]
fn a_document_s_own_bookmarks_do_not_cut_it() {
    let mut p = Pack::default();
    p.page(&["h>Finance report", "Text."]).page(&["h>1 Budget", "Text."]).page(&["h>2 Savings", "Text."]);
    for (i, t) in ["1 Budget", "2 Savings"].iter().enumerate() {
        p.0.document.outline.push(OutlineEntry {
            level: 1,
            title: (*t).into(),
            page: Some(PageNo(i as u32 + 2)),
            top: None,
        });
    }
    let record = Sectioning::run(&p.0, &Options::default()).unwrap();
    assert_eq!(record.sections.len(), 1);
    assert!(record.agenda.is_empty());
}

proptest! {
    #[test]
    fn sections_cover_every_page_whatever_the_text(pages in prop::collection::vec(prop::collection::vec("(h>|item>|stamp>|)(\\PC{0,20}|Appendix [A-C]|[0-9]{1,2}\\. [a-z ]{3,9}|\\(Pages [0-9]{1,3} - [0-9]{1,3}\\)|AGENDA|PRESENT: A, B|AGREED that)", 0..5), 0..9)) {
        let mut p = Pack::default();
        for page in &pages {
            p.page(&page.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let record = Sectioning::run(&p.0, &Options::default()).unwrap();
        let mut next = 1;
        for s in &record.sections {
            prop_assert_eq!(s.pages[0], next);
            prop_assert!(s.pages[1] >= s.pages[0]);
            next = s.pages[1] + 1;
        }
        prop_assert_eq!(next as usize, pages.len() + 1);
    }
}
