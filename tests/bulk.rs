//! Bulk: inputs of every kind, workers that are killed, disks that are full, two runs at once.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::format_collect)] // helpers of tests are tests, too

mod common;

use common::runs::{Run, agendapack, ends, settle, summary, tree};
use std::io::Write;
use std::path::Path;

const MINUTES: &str = "samples/minutes.pdf";
const FRONT: &str = "tests/golden/front-sheet/input.pdf";
const HEADERS: &str = "tests/golden/two-row-headers/input.pdf";

/// A pipeline file like `archive` with other limits.
fn pipeline(folder: &Path, more: &str) -> String {
    let archive = std::fs::read_to_string("pipelines/archive.toml").unwrap();
    let name = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let ours: Vec<String> = more.lines().map(name).collect();
    let (top, rest) = archive.split_once("[emit]").unwrap();
    let kept: Vec<&str> = top.lines().filter(|l| !ours.contains(&name(l))).collect();
    let path = folder.join("pipeline.toml");
    std::fs::write(&path, format!("{}\n{more}\n[emit]{rest}", kept.join("\n"))).unwrap();
    path.to_str().unwrap().to_owned()
}

fn copy(from: &str, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, to).unwrap();
}

/// An archive with everything in it that the world has: copies, zip files, links, odd names, damage.
#[test]
fn an_archive_of_all_kinds_is_accounted_for() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    copy(MINUTES, &archive.join("2023/minutes.pdf"));
    copy(MINUTES, &archive.join("2024/copy of minutes.pdf"));
    copy(FRONT, &archive.join("2024/front.pdf"));
    std::fs::write(archive.join("2024/page.pdf"), "<html>404</html>").unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(archive.join("2022.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let inner = |name: &str| std::fs::read(name).unwrap();
    for (name, bytes) in [
        ("council/headers.pdf", inner(HEADERS)),
        ("../../escape.pdf", inner("tests/golden/group-rows/input.pdf")),
        ("again.pdf", inner(MINUTES)),
        ("nested.zip", b"PK".to_vec()),
        ("notes.txt", b"none of ours".to_vec()),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    std::fs::write(archive.join("broken.zip"), "no zip").unwrap();
    let mut expected = 9;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::os::unix::fs::symlink(&archive, archive.join("2024/loop")).unwrap();
        let odd = archive.join(std::ffi::OsStr::from_bytes(b"caf\xE9.pdf"));
        copy("tests/golden/report-header/input.pdf", &odd);
        expected += 1;
    }
    let before = tree(&archive);
    settle();
    let out = dir.path().join("out");
    let run = || {
        agendapack()
            .arg("convert")
            .arg(&archive)
            .arg("--out")
            .arg(&out)
            .args(["--pipeline", "archive"])
            .assert()
    };
    run().code(3);
    let first = summary(&out);
    assert_eq!(first["documents"], expected);
    assert_eq!(first["duplicates"], 2, "{first}");
    assert_eq!(first["codes"], serde_json::json!({"nested_zip": 1, "not_pdf": 1, "zip_unreadable": 1}));
    let ends = ends(&out);
    let runs: Vec<&str> = ends.iter().map(|e| e["run"].as_str().unwrap()).collect();
    assert_eq!(ends.len(), expected);
    assert!(runs.iter().all(|r| *r == runs[0]));
    let mut sources: Vec<&str> = ends.iter().map(|e| e["source"].as_str().unwrap()).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), expected, "one line a source: {sources:?}");
    // By path the zip file comes first.
    let copies = ends.iter().filter(|e| e["outcome"] == "duplicate");
    assert!(copies.into_iter().all(|e| e["duplicate_of"] == "again"));
    let files = tree(&out);
    for stem in ["again", "front", "headers", "escape"] {
        assert!(files.contains_key(&Path::new(stem).join("pack.md")), "{stem}");
    }
    assert!(!files.keys().any(|p| p.starts_with("minutes") || p.starts_with("copy of minutes")));
    #[cfg(unix)]
    assert!(sources.iter().any(|s| s.starts_with("file:///") && s.ends_with("/caf%E9.pdf")), "{sources:?}");
    assert_eq!(tree(&archive), before, "nothing is written into the archive");
    assert!(!dir.path().join("escape.pdf").exists());

    run().code(3);
    let second = summary(&out);
    assert_eq!((&second["done"], &second["partial"]), (&0.into(), &0.into()), "{second}");
    assert_eq!(second["documents"], expected);
    assert_eq!(tree(&out), files);
}

#[test]
fn any_number_of_jobs_and_workers_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut trees = Vec::new();
    for isolate in ["--no-isolate", "--isolate"] {
        for jobs in ["1", "2", "8"] {
            let out = dir.path().join(format!("out{isolate}{jobs}"));
            let args = ["convert", "samples", FRONT, "--quiet", "--jobs", jobs, isolate, "--out"];
            agendapack().args(args).arg(&out).assert().code(0);
            trees.push(tree(&out));
        }
    }
    assert!(trees[0].len() > 10);
    assert!(trees.iter().all(|t| *t == trees[0]));
}

#[test]
fn what_changed_unseen_by_size_and_time_is_found_by_check() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let convert = |more: &[&str]| {
        agendapack().args(["convert", MINUTES, "--quiet", "--out"]).arg(&out).args(more).assert().code(0);
        summary(&out)
    };
    assert_eq!(convert(&[])["done"], 1);
    let stamp = out.join(".agendapack/done/minutes.json");
    // A stamp that tells of an edited file as if it had been written so.
    let edited = out.join("minutes/pack.md");
    let text = std::fs::read_to_string(&edited).unwrap();
    std::fs::write(&edited, text.replacen('e', "E", 1)).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&stamp).unwrap()).unwrap();
    let file = json["files"].as_array_mut().unwrap().iter_mut().find(|f| f["path"] == "pack.md").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let m = std::fs::metadata(&edited).unwrap();
        let time = |s: i64, n: i64| s * 1_000_000_000 + n;
        file["seen"] = serde_json::json!([
            m.len(),
            time(m.mtime(), m.mtime_nsec()),
            time(m.ctime(), m.ctime_nsec()),
            m.ino()
        ]);
        std::fs::write(&stamp, json.to_string()).unwrap();
        assert_eq!(convert(&[])["skipped"], 1, "the file system tells nothing of it");
        assert_eq!(convert(&["--check"])["done"], 1);
        assert_eq!(std::fs::read_to_string(&edited).unwrap(), text);
    }
    #[cfg(not(unix))]
    let _ = (file, text);
}

#[test]
fn a_moved_archive_is_fresh_still() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there, out) = (dir.path().join("here"), dir.path().join("there"), dir.path().join("out"));
    copy(FRONT, &here.join("pack.pdf"));
    let convert = |folder: &Path| {
        agendapack().arg("convert").arg(folder).args(["--quiet", "--out"]).arg(&out).assert().code(0);
        summary(&out)
    };
    assert_eq!(convert(&here)["done"], 1);
    std::fs::rename(&here, &there).unwrap();
    assert_eq!(convert(&there)["skipped"], 1);
    let stamp = std::fs::read_to_string(out.join(".agendapack/done/pack.json")).unwrap();
    assert!(stamp.contains("/there/pack.pdf"), "{stamp}");
}

/// Two runs on one output share the work: each document is converted once, by one of them.
#[test]
fn two_runs_at_once_share_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let (packs, out) = (dir.path().join("packs"), dir.path().join("out"));
    for i in 0..12 {
        copy([MINUTES, FRONT, HEADERS][i % 3], &packs.join(format!("{i}.pdf")));
    }
    let start = |more: &str| Run::start(&packs, &out, &["--jobs", "2", more]);
    let (a, b) = (start("--isolate"), start("--no-isolate"));
    assert_eq!((a.end(), b.end()), (Some(0), Some(0)));
    let (converted, others): (Vec<_>, Vec<_>) =
        ends(&out).into_iter().partition(|e| e["outcome"] == "done" || e["outcome"] == "partial");
    assert_eq!((converted.len(), others.len()), (12, 12));
    assert!(others.iter().all(|e| e["outcome"] == "skipped"), "{others:?}");
    let alone = dir.path().join("alone");
    assert_eq!(Run::start(&packs, &alone, &[]).end(), Some(0));
    assert_eq!(tree(&out), tree(&alone));
}

#[cfg(target_os = "linux")]
mod workers {
    use super::*;
    use common::runs::workers_of;
    use std::process::Command;
    use std::time::{Duration, Instant};

    fn signal(pid: u32, name: &str) {
        Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    }

    /// Waits for the worker to be there, with some work done, and sends it a signal.
    fn hit(run: &Run, name: &str) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Some(pid) = workers_of(run.pid()).first() {
                std::thread::sleep(Duration::from_millis(40));
                signal(*pid, name);
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("no worker was started");
    }

    fn big_and_small(dir: &Path) -> std::path::PathBuf {
        let packs = dir.join("packs");
        copy("samples/scrutiny-panel.pdf", &packs.join("big.pdf"));
        copy(FRONT, &packs.join("small.pdf"));
        packs
    }

    /// Many pages, each as full of words as a page can be.
    fn crowded(pages: usize) -> Vec<u8> {
        let mut pdf = common::Pdf::default();
        let line = "words and more words of it ".repeat(8);
        let lines: String =
            (0..180).map(|i| format!("1 0 0 1 20 {} Tm ({line}) Tj\n", 800 - 4 * i)).collect();
        let content = pdf.packed("", format!("BT /F 3 Tf {lines} ET").as_bytes());
        let tree = pdf.reserve();
        let kids: Vec<String> = (0..pages)
            .map(|_| {
                let resources = common::HELVETICA;
                let page = format!(
                    "<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 595 842]/Resources<<{resources}>>/Contents {content} 0 R>>"
                );
                format!("{} 0 R", pdf.add(page))
            })
            .collect();
        pdf.set(tree, format!("<</Type/Pages/Count {pages}/Kids[{}]>>", kids.join(" ")));
        let root = pdf.add(format!("<</Type/Catalog/Pages {tree} 0 R>>"));
        pdf.finish(root, "")
    }

    fn outcomes(out: &Path) -> Vec<(String, String)> {
        let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        let mut all: Vec<_> = ends(out)
            .iter()
            .map(|e| (text(&e["stem"]), text(if e["code"].is_null() { &e["outcome"] } else { &e["code"] })))
            .collect();
        all.sort();
        all
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()
    }

    #[test]
    fn a_worker_that_dies_is_replaced_and_its_document_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let packs = big_and_small(dir.path());
        for (retries, wanted, code) in [(1, "done", 0), (0, "worker_crashed", 1)] {
            let out = dir.path().join(format!("out{retries}"));
            let file = pipeline(dir.path(), &format!("jobs = 1\nretries = {retries}\nretry_wait_ms = 10"));
            let run = Run::start(&packs, &out, &["--pipeline", &file]);
            hit(&run, "-ABRT");
            assert_eq!(run.end(), Some(code));
            let outcome = outcomes(&out);
            assert_eq!(outcome[0].1.replace("partial", "done"), wanted);
            assert_eq!(outcome[1].1.replace("partial", "done"), "done", "the other went on");
            assert_eq!(
                (&summary(&out)["workers_replaced"], &summary(&out)["retries"]),
                (&1.into(), &retries.into())
            );
            if wanted == "worker_crashed" {
                let end = ends(&out).into_iter().find(|e| e["code"] == wanted).unwrap();
                assert!(
                    end["message"].as_str().unwrap().contains("signal 6") && end["class"] == "bug",
                    "{end}"
                );
            }
        }
    }

    #[test]
    fn a_worker_that_hangs_is_killed_and_its_document_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let packs = big_and_small(dir.path());
        settle();
        let out = dir.path().join("out");
        let file = pipeline(dir.path(), "jobs = 1\ndocument_s = 2");
        let run = Run::start(&packs, &out, &["--pipeline", &file]);
        hit(&run, "-STOP");
        assert_eq!(run.end(), Some(3));
        assert_eq!(outcomes(&out)[0], ("big".into(), "timeout".into()));
        // Under the same limit it is not tried again, under a higher one it is.
        assert_eq!(Run::start(&packs, &out, &["--pipeline", &file]).end(), Some(3));
        assert!(ends(&out).iter().any(|e| e["code"] == "timeout" && e["known"] == true));
        let file = pipeline(dir.path(), "jobs = 1\ndocument_s = 60");
        assert_eq!(Run::start(&packs, &out, &["--pipeline", &file]).end(), Some(0));
    }

    #[test]
    fn a_worker_that_takes_too_much_memory_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let packs = big_and_small(dir.path());
        std::fs::write(packs.join("big.pdf"), crowded(120)).unwrap();
        let out = dir.path().join("out");
        let file = pipeline(dir.path(), "jobs = 1\nmemory_mb = 150");
        let run = Run::start(&packs, &out, &["--pipeline", &file]);
        assert_eq!(run.end(), Some(3));
        assert_eq!(outcomes(&out), pairs(&[("big", "out_of_memory"), ("small", "done")]));
        let file = pipeline(dir.path(), "jobs = 1\nmemory_mb = 0");
        assert_eq!(Run::start(&packs, &out, &["--pipeline", &file]).end(), Some(0));
    }

    #[test]
    fn workers_end_with_the_engine_that_started_them() {
        let dir = tempfile::tempdir().unwrap();
        let packs = big_and_small(dir.path());
        let run = Run::start(&packs, &dir.path().join("out"), &["--isolate", "--jobs", "1"]);
        let begun = Instant::now();
        let worker = loop {
            if let Some(pid) = workers_of(run.pid()).first() {
                break *pid;
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
        };
        std::thread::sleep(Duration::from_millis(50));
        signal(worker, "-STOP"); // so that it cannot end by itself
        run.kill();
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{worker}/stat"));
            stat.map_or(true, |s| s.contains(") Z "))
        };
        while !gone() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the worker outlived its engine");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Disks that are full or may not be written.
#[cfg(target_os = "linux")]
mod disks {
    use super::*;
    use std::process::Command;

    fn shell(script: &str, args: &[&Path]) -> std::process::Output {
        let program = assert_cmd::cargo::cargo_bin("agendapack");
        Command::new("sh").args(["-c", script, "sh"]).arg(program).args(args).output().unwrap()
    }

    fn packs(dir: &Path) -> std::path::PathBuf {
        let packs = dir.join("packs");
        for (i, name) in [MINUTES, FRONT, HEADERS].iter().enumerate() {
            copy(name, &packs.join(format!("{i}.pdf")));
        }
        packs
    }

    fn undisturbed(packs: &Path, dir: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
        let out = dir.join("undisturbed");
        assert_eq!(Run::start(packs, &out, &[]).end(), Some(0));
        tree(&out)
    }

    /// No file may grow past 8 kB: every pack fails in the midst of its files, and says so.
    #[test]
    fn files_that_cannot_be_written_whole_count_as_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (packs, out) = (packs(dir.path()), dir.path().join("out"));
        // The plan is larger than a pack's files: it stands there from an earlier run.
        undisturbed(&packs, dir.path());
        std::fs::create_dir_all(out.join(".agendapack")).unwrap();
        std::fs::rename(dir.path().join("undisturbed/.agendapack/plans"), out.join(".agendapack/plans"))
            .unwrap();
        std::fs::remove_dir_all(dir.path().join("undisturbed")).unwrap();
        let script = "trap '' XFSZ; ulimit -f 16; exec \"$1\" convert \"$2\" --out \"$3\" --jobs 1";
        let run = shell(script, &[&packs, &out]);
        assert_eq!(run.status.code(), Some(5), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(ends(&out).iter().any(|e| e["code"] == "write_failed" && e["tries"] == 3));
        assert_eq!(Run::start(&packs, &out, &[]).end(), Some(0));
        assert_eq!(tree(&out), undisturbed(&packs, dir.path()));
    }

    #[test]
    fn a_full_disk_ends_the_run_and_the_next_one_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let packs = packs(dir.path());
        let disk = dir.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=200k", "tmpfs"]).arg(&disk).output();
        if !mounted.is_ok_and(|m| m.status.success()) {
            println!("skipped: a small disk cannot be mounted here");
            return;
        }
        let out = disk.join("out");
        let more = ["--jobs", "1"];
        let full = Run::start(&packs, &out, &more).end();
        let mut left = 0;
        if let Ok(text) = std::fs::read_to_string(out.join(".agendapack/journal.jsonl")) {
            left = text.lines().filter(|l| l.contains("write_failed")).count();
        }
        let grown = Command::new("mount").args(["-o", "remount,size=20m"]).arg(&disk).status().unwrap();
        let next = Run::start(&packs, &out, &more).end();
        let files = tree(&out);
        Command::new("umount").arg(&disk).status().unwrap();
        assert!(grown.success() && left > 0);
        assert_eq!((full, next), (Some(5), Some(0)));
        assert_eq!(files, undisturbed(&packs, dir.path()));
    }

    #[test]
    fn an_output_that_may_not_be_written_is_exit_5_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (packs, out) = (packs(dir.path()), dir.path().join("out"));
        assert_eq!(Run::start(&packs, &out, &[]).end(), Some(0));
        let before = tree(&out);
        let bind = Command::new("mount").arg("--bind").args([&out, &out]).output();
        if !bind.is_ok_and(|m| m.status.success()) {
            println!("skipped: a folder cannot be made read-only here");
            return;
        }
        let only = Command::new("mount").args(["-o", "remount,ro,bind"]).arg(&out).status().unwrap();
        let code = Run::start(&packs, &out, &["--tables", "html"]).end();
        let after = tree(&out);
        Command::new("umount").arg(&out).status().unwrap();
        assert!(only.success());
        assert_eq!(code, Some(5));
        assert_eq!(before, after);
    }
}
