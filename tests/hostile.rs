//! Damaged and odd files: nothing may panic, hang or vanish without a code.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::format_collect, clippy::too_many_lines)]

mod common;

use agendapack::Error;
use agendapack::error::Class;
use agendapack::model::Extract;
use agendapack::stages::Stage;
use agendapack::stages::extract::{Extraction, Input, Options};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn extract(bytes: Vec<u8>) -> Result<Extract, Error> {
    Extraction::run(
        Input { bytes: Arc::new(bytes), filename: "hostile.pdf".into(), sha256: None, beside: None },
        &Options::default(),
    )
}

/// Ends as it should: pages in order, or an error that is no bug.
fn check(name: &str, result: &Result<Extract, Error>) {
    match result {
        Ok(x) => {
            assert!(!x.pages.is_empty(), "{name}: no pages and no error");
            for (i, page) in x.pages.iter().enumerate() {
                assert_eq!(page.page.index(), i, "{name}");
                for run in &page.runs {
                    let count = run.text.chars().count();
                    assert_eq!((run.offsets.len(), run.advances.len()), (count, count), "{name}");
                    let numbers = run.offsets.iter().chain(&run.advances).chain(&run.origin);
                    assert!(numbers.chain([&run.size]).all(|v| v.is_finite()), "{name}");
                    assert!(usize::from(run.font) < page.fonts.len(), "{name}");
                }
            }
            let panics = x.issues.iter().filter(|i| i.code == "page_panicked").count();
            assert_eq!(panics, 0, "{name}: a page panicked");
        }
        Err(e) => assert_ne!(e.class(), Class::Bug, "{name}: {e}"),
    }
}

#[test]
fn the_hostile_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/hostile");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut files: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "pdf")) {
        let name = path.display().to_string();
        let begun = Instant::now();
        check(&name, &extract(std::fs::read(path).unwrap()));
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} took {:?}", begun.elapsed());
    }
}

/// Small steps of a fixed generator: the same mutations on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

#[test]
fn bytes_changed_at_random_never_panic() {
    let whole = common::small_fixture();
    check("fixture", &extract(whole.clone()));
    let mut dice = Dice(2026);
    for round in 0..1500 {
        let mut file = whole.clone();
        match round % 4 {
            0 => file.truncate(dice.roll(whole.len())),
            1 => {
                let (at, length) = (dice.roll(file.len()), dice.roll(40));
                let end = (at + length).min(file.len());
                file.drain(at..end);
            }
            2 => {
                let (from, to) = (dice.roll(file.len()), dice.roll(file.len()));
                let piece: Vec<u8> = file[from..(from + 30).min(file.len())].to_vec();
                file.splice(to..to, piece);
            }
            _ => {}
        }
        for _ in 0..=dice.roll(8) {
            if file.is_empty() {
                break;
            }
            let at = dice.roll(file.len());
            file[at] = match dice.roll(3) {
                0 => dice.roll(256) as u8,
                1 => b'0' + dice.roll(10) as u8,
                _ => b"()<>[]/% R-"[dice.roll(11)],
            };
        }
        check(&format!("mutation {round}"), &extract(file));
    }
}

#[test]
fn the_small_fixture_is_read_in_full() {
    let x = extract(common::small_fixture()).unwrap();
    let page = &x.pages[0];
    let texts: Vec<&str> = page.runs.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(texts, ["Hello", "world", "Afi", "Page 1"]);
    assert_eq!(page.runs[0].mcid, Some(0));
    assert_eq!((page.runs[0].origin, page.runs[0].size), ([72.0, 142.0], 12.0));
    assert_eq!((page.runs[3].depth, page.runs[3].origin), (1, [250.0, 817.0]));
    assert!(page.fonts[usize::from(page.runs[0].font)].bold);
    assert_eq!(
        (page.graphics.rulings.len(), page.graphics.fills.len(), page.graphics.links.len()),
        (4, 1, 1)
    );
    assert_eq!(page.graphics.fills[0].colour, 0x00FF_0000);
    assert_eq!(page.label.as_deref(), Some("i"));
    assert_eq!(x.document.title.as_deref(), Some("A small file"));
    assert_eq!(x.document.created.as_deref(), Some("2022-10-24T10:30:00Z"));
    assert_eq!((x.document.outline.len(), x.document.outline[0].top), (1, Some(142.0)));
    assert_eq!(x.document.structure.len(), 1);
    assert_eq!(x.document.structure[0].content, [(page.page, 0)]);
}

/// A download that broke off was converted as if nothing was missing.
#[test]
fn a_file_whose_end_is_missing_says_so() {
    let codes = |bytes: &[u8]| -> Vec<String> {
        extract(bytes.to_vec()).unwrap().issues.into_iter().map(|i| i.code).collect()
    };
    let whole = std::fs::read("samples/minutes.pdf").unwrap();
    assert!(codes(&whole).is_empty());
    assert_eq!(codes(&whole[..whole.len() - whole.len() / 20]), ["repaired"]);
    // Bytes behind the end are no matter.
    assert!(codes(&[&whole[..], b"\n% more\n"].concat()).is_empty());
    // Made for the web: there is a table at the start, too, and the length.
    let mut web = whole.clone();
    web.splice(9..9, b"%/Linearized 1/L 99999999>> startxref\n".iter().copied());
    assert_eq!(codes(&web), ["repaired"]);
}
