//! Killed at any moment, nothing is lost, nothing half-written is taken for whole, and the next run
//! finishes the rest.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

mod common;

use common::runs::{Run, ends, tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the program is killed.
const KILLS: usize = 50;

/// Small steps of a fixed generator: the same moments on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The golden cases as packs, two of them twice and one damaged.
fn packs(folder: &Path) -> PathBuf {
    let packs = folder.join("packs");
    std::fs::create_dir_all(packs.join("more")).unwrap();
    for case in std::fs::read_dir("tests/golden").unwrap().flatten() {
        let name = case.file_name().into_string().unwrap();
        std::fs::copy(case.path().join("input.pdf"), packs.join(format!("{name}.pdf"))).unwrap();
    }
    for name in ["minutes", "front-sheet"] {
        std::fs::copy(packs.join(format!("{name}.pdf")), packs.join(format!("more/{name}.pdf"))).unwrap();
    }
    std::fs::write(packs.join("damaged.pdf"), "%PDF-1.7 and no more").unwrap();
    packs
}

/// Every stamp tells the truth: the files that it names are there, whole.
fn check_stamps(out: &Path) {
    let Ok(stamps) = std::fs::read_dir(out.join(".agendapack/done")) else { return };
    for stamp in stamps.flatten().filter(|s| s.path().extension().is_some_and(|e| e == "json")) {
        let text = std::fs::read(stamp.path()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        if json["key"] == "" || json["outcome"] == "failed" {
            continue;
        }
        let folder = out.join(stamp.path().file_stem().unwrap());
        for file in json["files"].as_array().unwrap() {
            let bytes = std::fs::read(folder.join(file["path"].as_str().unwrap())).unwrap();
            assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file["blake3"], "{}", folder.display());
        }
    }
}

fn half_written(folder: &Path) -> Vec<PathBuf> {
    let all = glob::glob(folder.join("**/*").to_str().unwrap()).unwrap().flatten();
    let work = glob::glob(folder.join(".agendapack/**/*").to_str().unwrap()).unwrap().flatten();
    let half = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(".writing-"));
    all.chain(work).filter(half).collect()
}

#[test]
fn killed_fifty_times_it_ends_as_if_nothing_had_been() {
    let dir = tempfile::tempdir().unwrap();
    let packs = packs(dir.path());
    let out = dir.path().join("out");
    let mut dice = Dice(2026);
    let (mut killed, mut rounds, mut finished) = (0, 0, 0);
    // Each round changes an option, so that there is always work: files are replaced, added and removed.
    let options: [&[&str]; 2] = [&["--tables", "html", "--split"], &["--tables", "pipe"]];
    let begun = Instant::now();
    while killed < KILLS {
        assert!(begun.elapsed() < Duration::from_mins(5), "{killed} kills in five minutes");
        let isolate = if dice.roll(3) == 0 { "--isolate" } else { "--no-isolate" };
        let jobs = ["1", "2", "4"][dice.roll(3) as usize];
        let more = [options[rounds % 2], &[isolate, "--jobs", jobs]].concat();
        let mut run = Run::start(&packs, &out, &more);
        let moment = Duration::from_millis(3 + dice.roll(150));
        let start = Instant::now();
        let mut ended = None;
        while start.elapsed() < moment && ended.is_none() {
            ended = run.ended();
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(code) = ended {
            assert_eq!(code, 3, "one pack is damaged, and nothing else is wrong");
            (rounds, finished) = (rounds + 1, finished + 1);
        } else {
            run.kill();
            killed += 1;
        }
        check_stamps(&out);
    }
    let last = [options[1], &["--no-isolate"]].concat();
    assert_eq!(Run::start(&packs, &out, &last).end(), Some(3));
    check_stamps(&out);
    let undisturbed = dir.path().join("undisturbed");
    assert_eq!(Run::start(&packs, &undisturbed, &last).end(), Some(3));
    let (a, b) = (tree(&out), tree(&undisturbed));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    assert!(a == b, "the same files hold other bytes");
    assert_eq!(half_written(&out), Vec::<PathBuf>::new());
    // The last run accounts for every pack, once.
    let all = ends(&out);
    let run = &all.last().unwrap()["run"];
    let sources: Vec<String> =
        all.iter().filter(|e| e["run"] == *run).map(|e| e["source"].to_string()).collect();
    assert_eq!(sources.len(), tree(&packs).len());
    assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), sources.len());
    println!("{killed} kills, {finished} runs to the end, in {:?}", begun.elapsed());
}
