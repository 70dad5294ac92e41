//! Runs of the program on many packs, and what they leave.
#![allow(clippy::unwrap_used, dead_code)] // not every test uses all

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// The program.
pub fn agendapack() -> Command {
    Command::cargo_bin("agendapack").unwrap()
}

/// A conversion that runs beside the test.
pub struct Run(Child);

impl Run {
    /// Starts `convert PACKS --out OUT`.
    pub fn start(packs: &Path, out: &Path, more: &[&str]) -> Run {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("agendapack"));
        command.arg("convert").arg(packs).arg("--out").arg(out).args(more);
        Run(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits for it; its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    /// Its exit code, if it has ended.
    pub fn ended(&mut self) -> Option<i32> {
        self.0.try_wait().unwrap().and_then(|s| s.code())
    }

    /// Kills it, as the system would: without a word.
    pub fn kill(mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until what was written just now is no longer of this moment for those who look at times.
pub fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(2100));
}

/// All files below a folder but the work folder, by relative path.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                if !path.ends_with(".agendapack") {
                    walk(root, &path, out);
                }
            } else if path.is_file() {
                out.insert(path.strip_prefix(root).unwrap().into(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

/// The summary of the last run.
pub fn summary(out: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(out.join(".agendapack/summary.json")).unwrap()).unwrap()
}

/// What the journal says of how documents ended, in all runs.
pub fn ends(out: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(out.join(".agendapack/journal.jsonl")).unwrap();
    let lines = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
    lines.filter(|e| e["event"] == "finished").collect()
}

/// The processes that a process has started.
pub fn workers_of(pid: u32) -> Vec<u32> {
    let mut out = Vec::new();
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return out };
    for task in tasks.flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        out.extend(children.split_whitespace().filter_map(|c| c.parse::<u32>().ok()));
    }
    out
}
