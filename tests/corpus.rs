//! What must hold on real papers, where the corpus is there (`../shared`). No text of it is in here.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use agendapack::model::{BlockKind, Furniture};
use agendapack::{Converted, Options, convert};
use std::path::{Path, PathBuf};

const CORPUS: &str = "../shared/corpus";

/// The PDFs of a set; none, with a line that says so, where the corpus is not there.
fn set(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(CORPUS).join(name);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "pdf")).collect();
    files.sort();
    files
}

fn converted(path: &Path) -> Converted {
    let name = path.file_name().unwrap().to_string_lossy();
    convert(std::fs::read(path).unwrap(), &name, &Options::default()).unwrap()
}

#[test]
fn every_ledger_balances_and_every_pack_follows_the_schema() {
    let schema = serde_json::from_str(&agendapack::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut wrong = Vec::new();
    for name in ["reference", "pages", "older", "tables", "packs"] {
        for path in set(name) {
            let c = converted(&path);
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            for page in c.pack.pages.iter().filter(|p| !p.ledger.balances()) {
                wrong.push(format!("{file}, page {}: {:?}", page.page, page.ledger));
            }
            for page in c.pack.issues.iter().filter(|i| i.code == "page_panicked") {
                wrong.push(format!("{file}: {}", page.message));
            }
            let json = serde_json::from_str(c.files.get("pack.json").unwrap()).unwrap();
            for e in validator.iter_errors(&json).take(2) {
                wrong.push(format!("{file}, {}: {e}", e.instance_path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// Stamps are furniture: none in the Markdown, all in the JSON, with the printed number on the page.
#[test]
fn no_stamp_is_left_in_the_markdown() {
    let files = set("reference").into_iter().chain(set("packs"));
    let stamp = regex::Regex::new(r"(?m)^[#*\s-]*(Page|Agenda Item) \d+\**\s*$").unwrap();
    for path in files.filter(|p| is_merged(p)) {
        let c = converted(&path);
        let left: Vec<&str> = stamp.find_iter(c.markdown()).map(|m| m.as_str().trim()).collect();
        assert!(left.is_empty(), "{}: {left:?}", path.display());
        let stamped = c.pack.pages.iter().filter(|p| p.printed.is_some()).count();
        assert!(
            stamped * 2 > c.pack.pages.len(),
            "{}: {stamped} pages have a printed number",
            path.display()
        );
        let is_stamp = |k: &BlockKind| matches!(k, BlockKind::Furniture { role: Furniture::PageStamp, .. });
        assert!(c.pack.blocks.iter().any(|b| is_stamp(&b.kind)), "{}", path.display());
    }
}

fn is_merged(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_string_lossy();
    name.ends_with("-pack") || name.starts_with("kcc-c")
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for path in set("packs").into_iter().chain(set("reference")) {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| converted(&path).files)
        };
        assert!(with(1) == with(2), "{}", path.display());
    }
}
