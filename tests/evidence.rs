//! How far the sections of real packs fall when the evidence that tells them is taken away: the
//! outline, the stamps, the front sheet's page ranges. Skipped, with a line, without the corpus.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use agendapack::engine::{Pipeline, Plan, Road};
use agendapack::model::{BlockKind, Classification, Flow, Record, Span};
use agendapack::stages::Stage;
use agendapack::stages::sections::{Options, Sectioning};
use lopdf::content::Content;
use lopdf::{Document, Object, ObjectId};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

const CORPUS: &str = "../shared/corpus";

static STAMP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:Page \d+|Agenda Item \S+)$").unwrap());
static RANGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\(?Pages? \d+(?: ?[-–] ?\d+)?\)?").unwrap());

/// Packs whose parts are known, with what is known.
fn packs() -> Vec<(PathBuf, Value)> {
    let mut out = Vec::new();
    for set in ["packs", "reference"] {
        let Ok(entries) = std::fs::read_dir(Path::new(CORPUS).join(set)) else {
            println!("skipped: {CORPUS}/{set} is not there");
            continue;
        };
        for path in entries.flatten().map(|e| e.path()) {
            let name = path.to_string_lossy().into_owned();
            if let Some(stem) = name.strip_suffix(".sections.json") {
                let truth = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                out.push((PathBuf::from(format!("{stem}.pdf")), truth));
            }
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// What is taken away from the PDF.
#[derive(Clone, Copy, Debug, Default)]
struct Without {
    outline: bool,
    stamps: bool,
    ranges: bool,
}

/// The PDF without its outline and the words of its stamps.
fn stripped(pdf: &[u8], without: Without) -> Vec<u8> {
    let mut doc = Document::load_mem(pdf).unwrap();
    if without.outline {
        doc.catalog_mut().unwrap().remove(b"Outlines");
    }
    if without.stamps {
        let streams: Vec<ObjectId> = doc
            .objects
            .iter()
            .filter(|(_, o)| o.as_stream().is_ok())
            .filter(|(id, o)| {
                let form = o.as_stream().is_ok_and(|s| {
                    s.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|n| n == b"Form")
                });
                form || is_content(&doc, **id)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in streams {
            strip_stamps(&mut doc, id);
        }
    }
    let mut out = Vec::new();
    doc.save_to(&mut out).unwrap();
    out
}

fn is_content(doc: &Document, id: ObjectId) -> bool {
    static PAGES: std::sync::Mutex<Option<(usize, BTreeSet<ObjectId>)>> = std::sync::Mutex::new(None);
    let mut pages = PAGES.lock().unwrap();
    let key = doc.objects.len();
    if pages.as_ref().is_none_or(|p| p.0 != key) {
        let all = doc.page_iter().flat_map(|p| doc.get_page_contents(p)).collect();
        *pages = Some((key, all));
    }
    pages.as_ref().is_some_and(|p| p.1.contains(&id))
}

fn strip_stamps(doc: &mut Document, id: ObjectId) {
    let Ok(stream) = doc.get_object_mut(id).and_then(Object::as_stream_mut) else { return };
    let Ok(bytes) = stream.get_plain_content() else { return };
    // Decoding every stream of a pack would take long: stamps are plain text in it.
    if !["(Page ", "(Agenda Item ", "<50616765", "<4167656e6461"]
        .iter()
        .any(|s| memchr::memmem::find(&bytes, s.as_bytes()).is_some())
    {
        return;
    }
    let Ok(mut content) = Content::decode(&bytes) else { return };
    content.operations.retain(|op| {
        let mut text = Vec::new();
        for o in &op.operands {
            match o {
                Object::String(s, _) => text.extend_from_slice(s),
                Object::Array(a) => a.iter().filter_map(|o| o.as_str().ok()).for_each(|s| text.extend(s)),
                _ => {}
            }
        }
        !(op.operator.eq_ignore_ascii_case("tj") && STAMP.is_match(&String::from_utf8_lossy(&text)))
    });
    stream.set_plain_content(content.encode().unwrap());
}

/// The record of a pack, read without some of its evidence.
fn record(pdf: &Path, without: Without) -> Record {
    let bytes = stripped(&std::fs::read(pdf).unwrap(), without);
    let plan = Plan::new(&Pipeline::default());
    let mut road = Road::new(&plan, Arc::new(bytes), "pack.pdf");
    let mut flow = road.flow().unwrap().clone();
    // What is measured below must be what was taken away.
    let stamps = flow.pages.iter().filter(|p| p.item_stamp.is_some()).count();
    assert!(!without.stamps || stamps == 0, "{}: {stamps} stamps are left", pdf.display());
    assert!(!without.outline || flow.document.outline.is_empty(), "{}", pdf.display());
    if without.ranges {
        strip_ranges(&mut flow);
    }
    Sectioning::run(&flow, &Options::default()).unwrap()
}

/// Takes the page ranges out of the first pages' text.
fn strip_ranges(flow: &mut Flow) {
    let clean = |spans: &mut Vec<Span>| {
        let text: String = spans.iter().map(|s| s.text.as_str()).collect();
        if RANGE.is_match(&text) {
            *spans = vec![Span::plain(RANGE.replace_all(&text, "").trim())];
        }
    };
    for block in flow.blocks.iter_mut().filter(|b| b.page().0 <= 4) {
        match &mut block.kind {
            BlockKind::Heading { text, .. }
            | BlockKind::Paragraph { text, .. }
            | BlockKind::ListItem { text, .. } => clean(text),
            _ => {}
        }
    }
    for table in flow.tables.iter_mut().filter(|t| t.origin.first().is_some_and(|o| o.page.0 <= 2)) {
        for cell in &mut table.cells {
            let text: String = cell.text.iter().map(|s| s.text.as_str()).collect();
            if RANGE.is_match(&text) || text.trim().chars().all(|c| c.is_ascii_digit() || " -–".contains(c))
            {
                cell.text = vec![Span::plain(RANGE.replace_all(&text, ""))];
                if !cell.text[0].text.contains(char::is_alphabetic) && cell.col > 0 {
                    cell.text.clear();
                }
            }
        }
    }
}

/// First pages (F1), share of pages with the right classification, share of items with the right pages.
fn figures(truth: &Value, record: &Record) -> [f64; 3] {
    let page = |v: &Value, i: usize| v["pages"][i].as_u64().unwrap() as u32;
    let found: Vec<_> =
        record.sections.iter().filter(|s| s.classification != Classification::Blank).collect();
    let t: BTreeSet<u32> = truth["sections"].as_array().unwrap().iter().map(|s| page(s, 0)).collect();
    let p: BTreeSet<u32> = found.iter().map(|s| s.pages[0]).collect();
    let starts = 2.0 * t.intersection(&p).count() as f64 / (t.len() + p.len()) as f64;
    let (mut right, mut all) = (0, 0);
    for s in truth["sections"].as_array().unwrap() {
        for n in page(s, 0)..=page(s, 1) {
            all += 1;
            let kind = found.iter().rev().find(|f| f.pages[0] <= n && n <= f.pages[1]);
            let kind = kind.map(|f| f.classification.name());
            right += u32::from(s["classification"].as_array().unwrap().iter().any(|k| k.as_str() == kind));
        }
    }
    let blanks: BTreeSet<u64> =
        truth["blank"].as_array().map(|b| b.iter().filter_map(Value::as_u64).collect()).unwrap_or_default();
    let trimmed = |first: u32, mut last: u32| {
        while last > first && blanks.contains(&u64::from(last)) {
            last -= 1;
        }
        (first, last)
    };
    let items = truth["agenda"].as_array().unwrap();
    let good = items.iter().filter(|i| {
        let pages = record.agenda.iter().find(|a| Some(a.order.as_str()) == i["order"].as_str());
        pages.and_then(|a| a.pages).is_some_and(|[a, b]| trimmed(a, b) == trimmed(page(i, 0), page(i, 1)))
    });
    [starts, f64::from(right) / f64::from(all), good.count() as f64 / items.len().max(1) as f64]
}

#[test]
fn sections_are_found_without_outline_stamps_and_ranges() {
    let none = Without::default();
    let ways = [
        ("as it is", none, [0.95, 0.97, 1.0]),
        ("no outline", Without { outline: true, ..none }, [0.95, 0.97, 1.0]),
        ("no stamps", Without { stamps: true, ..none }, [0.95, 0.97, 1.0]),
        ("no outline, no stamps", Without { outline: true, stamps: true, ..none }, [0.95, 0.97, 1.0]),
        ("no ranges", Without { ranges: true, ..none }, [0.95, 0.97, 1.0]),
        ("none of them", Without { outline: true, stamps: true, ranges: true }, [0.95, 0.97, 0.8]),
    ];
    let mut low = Vec::new();
    for (pdf, truth) in packs() {
        let name = pdf.file_stem().unwrap().to_string_lossy().into_owned();
        for (way, without, least) in ways {
            let record = record(&pdf, without);
            let got = figures(&truth, &record);
            println!("{name:32} {way:22} starts {:.3} classes {:.3} items {:.3}", got[0], got[1], got[2]);
            if std::env::var_os("SHOW").is_some() {
                for s in &record.sections {
                    println!(
                        "    {:?} {:?} {:?} {:?}",
                        s.pages, s.classification, s.agenda, s.confidence.reasons
                    );
                }
            }
            if got.iter().zip(least).any(|(g, l)| *g < l) {
                low.push(format!("{name}, {way}: {got:?}"));
            }
        }
    }
    assert!(low.is_empty(), "{low:#?}");
}
