//! A night: what is new at the sources is fetched, converted, and published by one rename.
//!
//! `visit` asks the sources, the engine converts, `house` publishes, `report` tells. What was published
//! is in the `index` that is published with it.

mod house;
pub mod index;
mod lock;
pub mod options;
pub mod report;
mod visit;

use crate::engine::output::{Output, Stamp};
use crate::engine::prune::prune;
use crate::engine::{Engine, Event, Outcome, Pipeline, StageName, Watcher, run};
use crate::error::Error;
use crate::sources::{Known, Memory, Opener, SourceOptions};
use house::{House, retain};
use index::{Index, Published, Version};
use jiff::ToSpan;
use jiff::civil::Date;
pub use options::NightlyOptions;
pub use report::{Entry, Report};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use visit::{Night, Visit, Visited};

/// A night to be run.
#[derive(Debug, Clone, Copy)]
pub struct Nightly<'a> {
    /// The sources, and how documents are converted.
    pub pipeline: &'a Pipeline,
    /// The output folder.
    pub out: &'a Path,
    /// The day that it is run for.
    pub day: Date,
    /// Whether the sources are only asked what there is.
    pub dry_run: bool,
    /// Set when the user wants to stop.
    pub stop: &'a AtomicBool,
}

/// Something that happened outside the engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Step<'a> {
    /// A source said what it has.
    Listed {
        /// The source.
        source: &'a str,
        /// How many documents.
        documents: usize,
        /// How many more that are not for the public.
        restricted: usize,
    },
    /// A document came, new or changed.
    Fetched {
        /// The source.
        source: &'a str,
        /// Name of its pack.
        pack: &'a str,
        /// Where it was.
        url: &'a str,
    },
    /// Something was asked for in vain.
    Failed(&'a Entry),
    /// The night is over.
    NightFinished(&'a Report),
}

/// Someone who is told how a night goes.
pub trait Witness: Watcher {
    /// Something happened outside the engine.
    fn step(&self, step: &Step<'_>);
}

/// Keeps how each document ended, and passes everything on.
struct Listener<'a> {
    witness: &'a dyn Witness,
    reports: Mutex<BTreeMap<PathBuf, run::Report>>,
}

impl Watcher for Listener<'_> {
    fn event(&self, event: &Event<'_>) {
        if let Event::Finished(report) = event
            && let Ok(mut reports) = self.reports.lock()
        {
            reports.insert(report.source.clone(), (*report).clone());
        }
        self.witness.event(event);
    }
}

impl Nightly<'_> {
    /// Runs the night to its end. What went wrong at a source or with a document is in the report.
    ///
    /// # Errors
    /// A configuration that makes no sense, another night at work on the same output, an output that
    /// cannot be written, or the user stopped it; what is published is then what it was.
    pub fn run(&self, witness: &dyn Witness) -> Result<Report, Error> {
        let begun = Instant::now();
        let options = &self.pipeline.sources;
        crate::sources::options::check(options, &self.pipeline.fetch)?;
        let opener = Opener::new(&self.pipeline.fetch, self.stop);
        let sources = options.iter().map(|s| opener.open(s)).collect::<Result<Vec<_>, _>>()?;
        let house = House::new(self.out);
        let _lock = if self.dry_run { None } else { Some(lock::Lock::take(self.out, &house.work())?) };
        if !self.dry_run {
            house.tidy();
        }
        let index = Index::load(&house.current())?;
        let mut report = Report { night: house.night(self.day), ..Report::new(self.dry_run) };

        let visit = |(options, source): (&SourceOptions, _)| {
            let name = options.name();
            Visit { memory: Memory::load(&house.sources(), &name), host: options.host(), name, source }
        };
        let visits: Vec<Visit<'_>> = options.iter().zip(sources).map(visit).collect();
        let given = visits.iter().flat_map(|v| v.memory.documents.values().map(|k| k.name.clone()));
        let names: BTreeSet<String> = given.chain(index.packs.iter().map(|p| p.name.clone())).collect();
        let (day, dry_run, names) = (self.day, self.dry_run, Mutex::new(names));
        let night = Night { day, dry_run, index: &index, witness, names };
        let visits = night.visit(visits, &mut report)?;
        if self.dry_run {
            for (visit, key) in visits.iter().flat_map(|v| v.gone.iter().map(move |k| (v, k))) {
                report.withdrawn.extend(visit.memory.documents.get(key).map(|k| Entry::of(&visit.source, k)));
            }
        } else {
            let next = self.convert(&house, &index, &visits, witness, &mut report)?;
            self.publish(&house, &index, next, &mut report, begun)?;
            self.clear(&house, visits);
        }
        report.seconds = begun.elapsed().as_secs_f64();
        witness.step(&Step::NightFinished(&report));
        Ok(report)
    }

    /// Converts what is not yet published as it is now; gives the index of what is to be published.
    fn convert(
        &self,
        house: &House,
        index: &Index,
        visits: &[Visited],
        witness: &dyn Witness,
        report: &mut Report,
    ) -> Result<Index, Error> {
        let engine = Engine::new(self.pipeline, &house.staging(), self.stop)?;
        let plan = engine.plan.derived(StageName::Emit, blake3::hash(b"")).to_hex().to_string();
        let stands = |source: &str, key: &str, known: &Known| {
            index.find(source, key).is_some_and(|pack| {
                pack.versions.first().is_some_and(|v| {
                    let same = v.sha256 == known.sha256 && v.record == known.record && v.plan == plan;
                    same && house.stands(pack, v)
                })
            })
        };
        let mut wanted = Vec::new();
        for visit in visits {
            for (key, known) in &visit.memory.documents {
                let listed = visit.listed.contains(key);
                if stands(&visit.source, key, known) {
                    report.unchanged += usize::from(listed);
                } else if visit.memory.pdf(&known.name).is_file()
                    // What failed before and is no longer listed is not told again every night.
                    && (listed || !failed(engine.output.stamp(&known.name).as_ref()))
                {
                    wanted.push((visit, key, known));
                }
            }
        }
        let listener = Listener { witness, reports: Mutex::default() };
        if !wanted.is_empty() {
            let pdfs: Vec<PathBuf> = wanted.iter().map(|(v, _, known)| v.memory.pdf(&known.name)).collect();
            engine.run(&pdfs, &listener)?;
        }
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let reports = listener.reports.into_inner().unwrap_or_default();
        let mut next = index.clone();
        for (visit, key, known) in wanted {
            let Some(ended) = reports.get(&visit.memory.pdf(&known.name)) else { continue };
            let entry = Entry::of(&visit.source, known);
            let stamp = engine.output.stamp(&ended.stem).filter(|_| ended.outcome != Outcome::Failed);
            let Some(stamp) = stamp else {
                let (code, message) = (ended.code.clone(), ended.message.clone());
                let hint = ended.hint.as_deref().map(str::to_owned);
                report.failed.push(Entry { code, message, hint, ..entry });
                continue;
            };
            let now = Version {
                number: 1,
                published: self.day,
                replaced: None,
                sha256: known.sha256.clone(),
                record: known.record.clone(),
                plan: plan.clone(),
                output: output(&stamp),
            };
            let pack = take_up(&mut next, &visit.source, key, known);
            let staged = house.staging().join(&ended.stem);
            let (version, change) = self.place(house, pack, now, &staged, &stamp)?;
            let path = Some(pack.path(&version));
            let partial = stamp.outcome == Outcome::Partial;
            let entry =
                Entry { version: Some(version.number), path, pages: Some(stamp.pages), partial, ..entry };
            match change {
                Change::New => report.new.push(entry),
                Change::Changed => report.changed.push(entry),
                Change::Reconverted => report.reconverted.push(entry),
                Change::None => report.unchanged += usize::from(visit.listed.contains(key)),
            }
        }
        self.mark(&mut next, visits, report);
        Ok(next)
    }

    /// Places a version, if it is another than the newest.
    fn place(
        &self,
        house: &House,
        pack: &mut Published,
        mut now: Version,
        staged: &Path,
        stamp: &Stamp,
    ) -> Result<(Version, Change), Error> {
        let before = pack.versions.first().cloned();
        let there = before.as_ref().is_some_and(|v| v.output == now.output && house.stands(pack, v));
        if there && let Some(newest) = pack.versions.first_mut() {
            (newest.sha256, newest.record, newest.plan) = (now.sha256, now.record, now.plan);
            return Ok((newest.clone(), Change::None));
        }
        now.number = pack.versions.iter().map(|v| v.number).max().unwrap_or_default() + 1;
        house.add_version(pack, &now, staged, &stamp.files)?;
        if let Some(newest) = pack.versions.first_mut() {
            newest.replaced = Some(self.day);
        }
        pack.versions.insert(0, now.clone());
        let change = match before {
            None => Change::New,
            Some(before) if before.sha256 != now.sha256 => Change::Changed,
            Some(_) => Change::Reconverted,
        };
        Ok((now, change))
    }

    /// Marks what is no longer listed, and what is listed again.
    fn mark(&self, next: &mut Index, visits: &[Visited], report: &mut Report) {
        for visit in visits {
            for key in &visit.gone {
                if let Some(pack) = next.find_mut(&visit.source, key)
                    && pack.withdrawn.is_none()
                {
                    pack.withdrawn = Some(self.day);
                    report.withdrawn.push(published(pack));
                }
            }
            for key in &visit.listed {
                if let Some(pack) = next.find_mut(&visit.source, key)
                    && pack.withdrawn.take().is_some()
                {
                    report.returned.push(published(pack));
                }
            }
        }
        next.packs.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Lets go of PDFs that were not listed for long, and of what was made of them. What cannot be
    /// removed waits for the next night.
    fn clear(&self, house: &House, visits: Vec<Visited>) {
        let days = self.pipeline.nightly.keep_pdf_days;
        if days == 0 {
            return;
        }
        let since = self.day.saturating_sub(i64::from(days).days());
        let mut any = false;
        for mut visit in visits.into_iter().filter(|v| v.whole) {
            any |= visit.memory.forget(since).unwrap_or_default();
        }
        if any && let Ok(staging) = Output::existing(&house.staging()) {
            let _ = prune(&staging, false, true);
        }
    }

    /// Writes the report, and lets readers see the night.
    fn publish(
        &self,
        house: &House,
        before: &Index,
        mut next: Index,
        report: &mut Report,
        begun: Instant,
    ) -> Result<(), Error> {
        let options = &self.pipeline.nightly;
        for pack in &mut next.packs {
            retain(&mut pack.versions, options.keep_versions, options.keep_days, self.day);
        }
        let changed = next.packs != before.packs || before.night.is_empty();
        if changed {
            next.night.clone_from(&report.night);
        }
        report.published = Some(next.night.clone());
        report.seconds = begun.elapsed().as_secs_f64();
        // The report is there before what it tells of: a crash between the two loses nothing of it.
        house.report(report, &report.night)?;
        if changed {
            house.publish(&next)?;
            house.sweep(&next, before);
        }
        house.report(report, "latest")
    }
}

/// How a pack's newest version came about.
enum Change {
    New,
    Changed,
    Reconverted,
    None,
}

/// The pack's entry in the index, with what is known of it now.
fn take_up<'a>(next: &'a mut Index, source: &str, key: &str, known: &Known) -> &'a mut Published {
    let at = next.packs.iter().position(|p| p.source == source && p.key == key).unwrap_or_else(|| {
        next.packs.push(Published {
            name: known.name.clone(),
            source: source.to_owned(),
            key: key.to_owned(),
            title: String::new(),
            body: None,
            date: None,
            url: String::new(),
            withdrawn: None,
            versions: Vec::new(),
        });
        next.packs.len() - 1
    });
    let pack = &mut next.packs[at];
    pack.title.clone_from(&known.title);
    pack.body.clone_from(&known.body);
    pack.date = known.date;
    pack.url.clone_from(&known.url);
    pack
}

/// A pack that is published, for a report.
fn published(pack: &Published) -> Entry {
    let newest = pack.versions.first();
    Entry {
        source: pack.source.clone(),
        pack: Some(pack.name.clone()),
        title: pack.title.clone(),
        body: pack.body.clone(),
        date: pack.date,
        url: Some(pack.url.clone()),
        version: newest.map(|v| v.number),
        path: newest.map(|v| pack.path(v)),
        ..Entry::default()
    }
}

fn failed(stamp: Option<&Stamp>) -> bool {
    stamp.is_some_and(|s| s.outcome == Outcome::Failed)
}

/// Hash of all files of a pack.
fn output(stamp: &Stamp) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in &stamp.files {
        hasher.update(file.path.as_bytes()).update(b"\0").update(file.blake3.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}
