//! What became of a document, and of a run.

use super::output::Stamp;
use super::paths;
use super::plan::StageName;
use crate::error::{Class, Error};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many of the slowest documents a summary names.
const SLOWEST: usize = 10;
/// How many failures a summary names; the journal has all.
const FAILURES: usize = 1000;

/// How a document ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Converted, nothing lost.
    Done,
    /// Converted, with a recorded loss: see its issues.
    Partial,
    /// Not converted: see its code.
    Failed,
    /// Already converted from the same input with the same options.
    Skipped,
    /// Has the same content as another document, which is the one that is converted.
    Duplicate,
}

/// A document to convert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The PDF.
    #[serde(with = "paths")]
    pub source: PathBuf,
    /// Name of its folder.
    pub stem: String,
    /// Its size.
    pub bytes: u64,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The PDF.
    #[serde(with = "paths")]
    pub source: PathBuf,
    /// Name of its folder.
    pub stem: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The folder of the document with the same content that is converted in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Code of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether trying again can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The error in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
    /// A failure known from an earlier run: not tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// How often it was tried, where that was more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// Size of the PDF.
    pub bytes: u64,
    /// Its pages.
    pub pages: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// Milliseconds of each stage that ran.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stages: BTreeMap<StageName, f64>,
    /// How many issues of each code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub issues: BTreeMap<String, u32>,
}

impl Report {
    /// Of a document that nothing has become of yet.
    pub fn new(job: &Job) -> Report {
        Report {
            source: job.source.clone(),
            stem: job.stem.clone(),
            outcome: Outcome::Failed,
            duplicate_of: None,
            code: None,
            class: None,
            message: None,
            hint: None,
            known: false,
            tries: None,
            bytes: job.bytes,
            pages: 0,
            seconds: 0.0,
            stages: BTreeMap::new(),
            issues: BTreeMap::new(),
        }
    }

    /// The document failed.
    pub fn fail(&mut self, error: &Error) {
        self.outcome = Outcome::Failed;
        self.code = Some(error.code().into());
        self.class = Some(error.class());
        self.message = Some(error.to_string());
        self.hint = Some(error.hint().into());
    }

    /// Nothing to do: a stamp of an earlier run holds.
    pub fn known(&mut self, stamp: Stamp) {
        self.known = true;
        self.outcome = match stamp.outcome {
            Outcome::Failed | Outcome::Duplicate => stamp.outcome,
            _ => Outcome::Skipped,
        };
        // Only permanent failures are stamped.
        self.class = stamp.code.as_ref().map(|_| Class::Permanent);
        self.hint = stamp.code.as_deref().and_then(Error::hint_of).map(Into::into);
        (self.code, self.message, self.pages, self.issues) =
            (stamp.code, stamp.message, stamp.pages, stamp.issues);
        self.duplicate_of = stamp.duplicate_of;
    }
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many documents there were.
    pub documents: usize,
    /// How many are done.
    pub done: usize,
    /// How many are partial.
    pub partial: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were fresh.
    pub skipped: usize,
    /// How many have the content of another.
    pub duplicates: usize,
    /// Documents that were not begun or not finished, because the run was interrupted or could no
    /// longer write.
    pub left: usize,
    /// How many tries were made again after failures that may pass.
    pub retries: usize,
    /// Pages of those that were converted.
    pub pages: usize,
    /// Bytes of those that were converted.
    pub bytes: u64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Pages of those that were converted by the seconds of the whole run.
    pub pages_per_second: f64,
    /// Most memory that this process took, and that the largest worker took, in megabytes, where the
    /// system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_mb: Option<u64>,
    /// Of the workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_peak_mb: Option<u64>,
    /// Workers that had to be replaced.
    pub workers_replaced: usize,
    /// How many documents failed with each code.
    pub codes: BTreeMap<String, usize>,
    /// The documents that took longest.
    pub slowest: Vec<Slow>,
    /// Those that failed; the journal has all where there are very many.
    pub failures: Vec<Failure>,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// A document that took long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slow {
    /// The PDF.
    #[serde(with = "paths")]
    pub source: PathBuf,
    /// Seconds that it took.
    pub seconds: f64,
    /// Its pages.
    pub pages: usize,
}

/// A document that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// The PDF.
    #[serde(with = "paths")]
    pub source: PathBuf,
    /// Code of the error.
    pub code: String,
    /// Whether trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The error in words.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
}

impl Summary {
    /// Counts a document.
    pub fn add(&mut self, report: &Report) {
        if report.code.as_deref() == Some("interrupted") {
            self.left += 1;
            return;
        }
        match report.outcome {
            Outcome::Done => self.done += 1,
            Outcome::Partial => self.partial += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Duplicate => self.duplicates += 1,
        }
        if matches!(report.outcome, Outcome::Done | Outcome::Partial) {
            self.pages += report.pages;
            self.bytes += report.bytes;
        }
        if report.outcome == Outcome::Failed {
            self.add_failure(report);
        }
        if report.seconds > 0.0 && !report.known {
            self.add_time(report);
        }
    }

    fn add_failure(&mut self, report: &Report) {
        let code = report.code.clone().unwrap_or_default();
        *self.codes.entry(code.clone()).or_default() += 1;
        if self.failures.len() < FAILURES {
            self.failures.push(Failure {
                source: report.source.clone(),
                code,
                class: report.class,
                message: report.message.clone().unwrap_or_default(),
                hint: report.hint.clone(),
            });
        }
    }

    fn add_time(&mut self, report: &Report) {
        let place = self.slowest.partition_point(|s| s.seconds >= report.seconds);
        if place < SLOWEST {
            let (source, seconds, pages) = (report.source.clone(), report.seconds, report.pages);
            self.slowest.insert(place, Slow { source, seconds, pages });
            self.slowest.truncate(SLOWEST);
        }
    }

    /// The run has ended: what is known only then.
    pub(super) fn close(&mut self, seconds: f64) {
        self.seconds = seconds;
        self.pages_per_second = if seconds > 0.0 { self.pages as f64 / seconds } else { 0.0 };
        self.failures.sort_by(|a, b| a.source.cmp(&b.source));
    }

    /// How many documents failed with this code.
    pub fn with_code(&self, code: &str) -> usize {
        self.codes.get(code).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(seconds: f64, outcome: Outcome) -> Report {
        let job = Job { source: format!("{seconds}.pdf").into(), stem: "a".into(), bytes: 10 };
        Report { seconds, outcome, pages: 2, ..Report::new(&job) }
    }

    #[test]
    fn every_document_counts_once() {
        let mut summary = Summary::default();
        for i in 0..30 {
            let outcomes = [Outcome::Done, Outcome::Partial, Outcome::Skipped, Outcome::Duplicate];
            summary.add(&report(f64::from(i), outcomes[i as usize % 4]));
        }
        let mut failed = report(0.5, Outcome::Done);
        failed.fail(&Error::Password);
        summary.add(&failed);
        summary.close(2.0);
        assert_eq!((summary.done, summary.partial, summary.skipped, summary.duplicates), (8, 8, 7, 7));
        assert_eq!((summary.pages, summary.pages_per_second), (32, 16.0));
        assert_eq!((summary.failed, summary.with_code("password_required")), (1, 1));
        assert_eq!(summary.failures[0].class, Some(Class::Permanent));
        let slowest: Vec<f64> = summary.slowest.iter().map(|s| s.seconds).collect();
        assert_eq!((slowest.len(), slowest[0], slowest[9]), (10, 29.0, 20.0));
    }

    #[test]
    fn a_report_crosses_a_pipe_whole() {
        let mut sent = report(1.5, Outcome::Failed);
        sent.stages.insert(StageName::Lines, 0.25);
        sent.fail(&Error::Timeout { seconds: 3 });
        let text = serde_json::to_string(&sent).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), sent);
    }
}
