//! One document on its way through the stages: runs what is asked for and what that needs.

use super::plan::{Hash, Plan, STAGES, StageName};
use super::readings::Readings;
use super::source;
use super::store::{Header, Store};
use crate::digest::sha256;
use crate::error::Error;
use crate::model::{Extract, Flow, Issue, Lines, Normalised, PageOcr, Record, Tables};
use crate::stages::Stage;
use crate::stages::emit::{Emitted, Emitting};
use crate::stages::{blocks, extract, lines, normalise, ocr, sections, tables};
use crate::threads::free;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A document and what the stages made of it so far.
pub struct Road<'a> {
    plan: &'a Plan,
    /// In memory until the last stage that reads it has run.
    pdf: Option<Pdf>,
    /// Where it lies, to be read once a stage asks for it. It must have this content.
    lies: Option<(PathBuf, Hash)>,
    filename: &'a str,
    source: Hash,
    store: Option<Store>,
    shelf: Option<Readings>,
    stop: Option<&'a AtomicBool>,
    at: Option<&'a AtomicUsize>,
    until: Option<(Instant, Duration)>,
    /// Keep outputs in memory after their last reader, for callers that look at them.
    hold: bool,
    /// Outputs that other builds for debugging kept are believed, too.
    any_build: bool,
    slots: Slots,
    hashes: [Option<Hash>; STAGES],
    /// Another build for debugging whose outputs were believed.
    pub believed: Option<String>,
    /// Stages that ran, and how long each took.
    pub ran: Vec<(StageName, Duration)>,
}

/// A PDF in memory, and the meeting's record that lay beside it.
type Pdf = (Arc<Vec<u8>>, Option<Arc<Vec<u8>>>);

#[derive(Default)]
struct Slots {
    extract: Option<Extract>,
    ocr: Option<Extract>,
    lines: Option<Lines>,
    tables: Option<Tables>,
    flow: Option<Flow>,
    record: Option<Record>,
    normalised: Option<Normalised>,
    emitted: Option<Emitted>,
}

impl<'a> Road<'a> {
    /// A document at the start of the road.
    pub fn new(plan: &'a Plan, bytes: Arc<Vec<u8>>, filename: &'a str) -> Road<'a> {
        let source = source_hash(&bytes, filename, None);
        Road::of(plan, Some((bytes, None)), None, source, filename)
    }

    /// A document whose content is known by its hash: its file is read only where a stage needs it.
    pub fn known(plan: &'a Plan, path: &Path, content: Hash, filename: &'a str) -> Road<'a> {
        Road::of(plan, None, Some((path.to_owned(), content)), named(content, filename), filename)
    }

    /// A document that was read, with what lay beside it, and whose content is known by its hash: hashing
    /// a long pack again would cost as much as a small stage.
    pub fn read(plan: &'a Plan, pdf: Pdf, path: &Path, content: Hash, filename: &'a str) -> Road<'a> {
        Road::of(plan, Some(pdf), Some((path.to_owned(), content)), named(content, filename), filename)
    }

    fn of(
        plan: &'a Plan,
        pdf: Option<Pdf>,
        lies: Option<(PathBuf, Hash)>,
        source: Hash,
        filename: &'a str,
    ) -> Road<'a> {
        Road {
            plan,
            pdf,
            lies,
            source,
            filename,
            store: None,
            shelf: None,
            stop: None,
            at: None,
            until: None,
            hold: false,
            any_build: false,
            slots: Slots::default(),
            hashes: [None; STAGES],
            believed: None,
            ran: Vec::new(),
        }
    }

    /// With the meeting's record that lay beside the PDF.
    #[must_use]
    pub fn beside(mut self, xml: Option<Arc<Vec<u8>>>) -> Road<'a> {
        if let Some((bytes, beside)) = &mut self.pdf {
            self.source = source_hash(bytes, self.filename, xml.as_deref().map(Vec::as_slice));
            *beside = xml;
        }
        self
    }

    /// Reads and keeps outputs in this store, as the plan says.
    #[must_use]
    pub fn stored(mut self, store: Store) -> Road<'a> {
        // What OCR read of a picture is kept beside all stores, whatever the plan says.
        self.shelf = store.work().map(Readings::new);
        self.store = Some(store);
        self
    }

    /// Keeps no outputs, but what OCR reads of pictures, below this work folder.
    #[must_use]
    pub fn shelved(mut self, work: &Path) -> Road<'a> {
        self.shelf = Some(Readings::new(work));
        self
    }

    /// Stops between two stages once this is set.
    #[must_use]
    pub fn stopped_by(mut self, stop: &'a AtomicBool) -> Road<'a> {
        self.stop = Some(stop);
        self
    }

    /// Says here which stage runs (as its position), for those who catch its panics.
    #[must_use]
    pub fn watched_by(mut self, at: &'a AtomicUsize) -> Road<'a> {
        self.at = Some(at);
        self
    }

    /// Stops between two stages once this much time has passed.
    #[must_use]
    pub fn within(mut self, time: Option<Duration>) -> Road<'a> {
        self.until = time.and_then(|time| Some((Instant::now().checked_add(time)?, time)));
        self
    }

    /// Keeps every output in memory, for callers that look at several of them.
    #[must_use]
    pub fn holding(mut self) -> Road<'a> {
        self.hold = true;
        self
    }

    /// Believes what other builds for debugging kept: for those who know which stage they changed.
    #[must_use]
    pub fn of_any_build(mut self) -> Road<'a> {
        self.any_build = true;
        self
    }

    /// The words and lines.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn lines(&mut self) -> Result<&Lines, Error> {
        self.ensure(StageName::Lines)?;
        got(self.slots.lines.as_ref())
    }

    /// The tables.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn tables(&mut self) -> Result<&Tables, Error> {
        self.ensure(StageName::Tables)?;
        got(self.slots.tables.as_ref())
    }

    /// The blocks.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn flow(&mut self) -> Result<&Flow, Error> {
        self.ensure(StageName::Blocks)?;
        got(self.slots.flow.as_ref())
    }

    /// The files.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn emitted(&mut self) -> Result<&Emitted, Error> {
        self.ensure(StageName::Emit)?;
        got(self.slots.emitted.as_ref())
    }

    /// Everything that is published: blocks, record, figures.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn published(&mut self) -> Result<(&Flow, &Record, &Normalised), Error> {
        self.ensure(StageName::Blocks)?;
        self.ensure(StageName::Sections)?;
        self.ensure(StageName::Normalise)?;
        let s = &self.slots;
        Ok((got(s.flow.as_ref())?, got(s.record.as_ref())?, got(s.normalised.as_ref())?))
    }

    /// What went wrong in the stages that are in memory.
    pub fn issues(&self) -> impl Iterator<Item = &Issue> {
        let s = &self.slots;
        let flow = s.flow.iter().flat_map(|f| &f.issues);
        let record = s.record.iter().flat_map(|r| &r.issues);
        flow.chain(record).chain(s.normalised.iter().flat_map(|n| &n.issues))
    }

    /// What read its scanned pages, or why nothing did; `None` where it has none. Its blocks must be in
    /// memory.
    pub fn reader(&self) -> Option<String> {
        let flow = self.slots.flow.as_ref()?;
        self.reader_of(flow.pages.iter().map(|p| &p.ocr), &flow.issues)
    }

    fn reader_of<'p>(
        &self,
        pages: impl Iterator<Item = &'p Option<PageOcr>>,
        issues: &[Issue],
    ) -> Option<String> {
        ocr::was_asked(pages, issues).then(|| ocr::reader(&self.plan.options.ocr))
    }

    /// The SHA-256 of the PDF, where anything is in memory that tells it: of one that failed it tells, too,
    /// whether it is still the same.
    pub fn sha256(&self) -> Option<String> {
        let named = self.store.as_ref().and_then(Store::sha256);
        let read = || self.slots.flow.as_ref().map(|flow| flow.document.sha256.clone());
        let counted = || self.pdf.as_ref().map(|(bytes, _)| sha256(bytes));
        named.or_else(read).or_else(counted)
    }

    /// How many pages the document has, once that is known.
    pub fn pages(&self) -> usize {
        let s = &self.slots;
        let lines = || s.lines.as_ref().map(|l| l.pages.len());
        s.flow.as_ref().map(|f| f.pages.len()).or_else(lines).unwrap_or_default()
    }

    /// Ends the road: what is in memory is freed.
    pub fn end(self) {
        free(self.slots);
    }

    /// A stage's output as JSON.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn json(&mut self, stage: StageName) -> Result<serde_json::Value, Error> {
        self.ensure(stage)?;
        let s = &self.slots;
        let text = match stage {
            StageName::Extract => serde_json::to_string(&s.extract),
            StageName::Ocr => serde_json::to_string(&s.ocr),
            StageName::Lines => serde_json::to_string(&s.lines),
            StageName::Tables => serde_json::to_string(&s.tables),
            StageName::Blocks => serde_json::to_string(&s.flow),
            StageName::Sections => serde_json::to_string(&s.record),
            StageName::Normalise => serde_json::to_string(&s.normalised),
            StageName::Emit => serde_json::to_string(&s.emitted),
        };
        // By way of its text, in which 1.1 is 1.1 and not the nearest 64-bit number to a 32-bit one.
        let value = text.and_then(|text| serde_json::from_str(&text));
        value.map_err(|e| Error::Bug { stage: stage.name(), detail: e.to_string() })
    }

    /// Runs a stage whether or not its output is stored.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn again(&mut self, stage: StageName) -> Result<(), Error> {
        self.run(stage)
    }

    /// Sees to it that a stage's output is in memory.
    ///
    /// # Errors
    /// Those of the stages up to it.
    pub fn ensure(&mut self, stage: StageName) -> Result<(), Error> {
        if self.in_memory(stage) {
            return Ok(());
        }
        let key = self.key(stage)?;
        // One that cannot be read is made again.
        if let Some(store) = self.store.clone()
            && let Some(header) = self.stored_under(stage, key)
            && self.load(stage, &store).is_ok()
        {
            self.hashes[stage as usize] = header.content_hash();
            return Ok(());
        }
        self.run(stage)
    }

    /// What stands for a stage's output in the keys of those that read it: the hash of its content
    /// where it is kept, so that an equal output stops the cascade, and its key where it is not.
    fn hash(&mut self, stage: StageName) -> Result<Hash, Error> {
        if let Some(hash) = self.hashes[stage as usize] {
            return Ok(hash);
        }
        let key = self.key(stage)?;
        let hash = if self.store.is_none() || !self.plan.keep.keeps(stage) {
            key
        } else if let Some(content) = self.stored_under(stage, key).and_then(|h| h.content_hash()) {
            content
        } else {
            self.run(stage)?;
            self.hashes[stage as usize].unwrap_or(key)
        };
        self.hashes[stage as usize] = Some(hash);
        Ok(hash)
    }

    /// What is stored of a stage, if it was made under this key and may be believed.
    fn stored_under(&mut self, stage: StageName, key: Hash) -> Option<Header> {
        let store = self.store.as_ref().filter(|_| self.plan.keep.keeps(stage))?;
        let header = store.header(stage, key)?;
        if header.build != self.plan.build {
            if !self.any_build {
                return None;
            }
            self.believed = Some(header.build.clone());
        }
        // Another reader, or one where there was none, will read its scanned pages otherwise. One that
        // has none is not asked for: it may be a program to start.
        let reads = |reader: &String| *reader == ocr::reader(&self.plan.options.ocr);
        header.reader.as_ref().is_none_or(reads).then_some(header)
    }

    /// What is kept of a stage, if it was made from what stands above it now. What is missing above it
    /// is made.
    ///
    /// # Errors
    /// Those of the stages above it.
    pub fn kept(&mut self, stage: StageName) -> Result<Option<Header>, Error> {
        let key = self.key(stage)?;
        Ok(self.stored_under(stage, key))
    }

    /// What stands for a stage's output in the keys of those that read it, once that is known.
    pub fn known_hash(&self, stage: StageName) -> Option<Hash> {
        self.hashes[stage as usize]
    }

    /// The PDF's bytes, read if they have not been yet.
    fn bytes(&mut self) -> Result<Arc<Vec<u8>>, Error> {
        if let Some((bytes, _)) = &self.pdf {
            return Ok(Arc::clone(bytes));
        }
        let (path, content) = got(self.lies.as_ref())?;
        let (bytes, beside) = (Arc::new(source::read(path)?), source::beside(path));
        if content_of(&bytes, beside.as_deref().map(Vec::as_slice)) != *content {
            let source = std::io::Error::other("it is another than was converted");
            return Err(Error::Read { path: path.clone(), source });
        }
        self.pdf = Some((Arc::clone(&bytes), beside));
        Ok(bytes)
    }

    /// What OCR read of this document's pictures, by its keys; `None` where that stage did not run.
    pub fn readings(&self) -> Option<BTreeSet<String>> {
        let ran = self.ran.iter().any(|(stage, _)| *stage == StageName::Ocr);
        self.shelf.as_ref().filter(|_| ran).map(Readings::used)
    }

    fn key(&mut self, stage: StageName) -> Result<Hash, Error> {
        if stage == StageName::Extract {
            return Ok(self.plan.key(stage, &[self.source]));
        }
        let mut inputs: Vec<Hash> = stage.inputs().iter().map(|s| self.hash(*s)).collect::<Result<_, _>>()?;
        // What reads pictures is an input, too: where later outputs are kept, and this one, whose header
        // would tell, is not.
        let options = &self.plan.options.ocr;
        if stage == StageName::Ocr
            && options.mode != ocr::Mode::Off
            && self.store.is_some()
            && !self.plan.keep.keeps(stage)
            && self.plan.keep.keeps_any()
        {
            inputs.push(blake3::hash(ocr::reader(options).as_bytes()));
        }
        Ok(self.plan.key(stage, &inputs))
    }

    fn in_memory(&self, stage: StageName) -> bool {
        let s = &self.slots;
        match stage {
            StageName::Extract => s.extract.is_some(),
            StageName::Ocr => s.ocr.is_some(),
            StageName::Lines => s.lines.is_some(),
            StageName::Tables => s.tables.is_some(),
            StageName::Blocks => s.flow.is_some(),
            StageName::Sections => s.record.is_some(),
            StageName::Normalise => s.normalised.is_some(),
            StageName::Emit => s.emitted.is_some(),
        }
    }

    fn load(&mut self, stage: StageName, store: &Store) -> Result<(), Error> {
        fn into<T: DeserializeOwned>(
            slot: &mut Option<T>,
            store: &Store,
            stage: StageName,
        ) -> Result<(), Error> {
            *slot = Some(store.load(stage)?);
            Ok(())
        }
        let s = &mut self.slots;
        match stage {
            StageName::Extract => into(&mut s.extract, store, stage),
            StageName::Ocr => into(&mut s.ocr, store, stage),
            StageName::Lines => into(&mut s.lines, store, stage),
            StageName::Tables => into(&mut s.tables, store, stage),
            StageName::Blocks => into(&mut s.flow, store, stage),
            StageName::Sections => into(&mut s.record, store, stage),
            StageName::Normalise => into(&mut s.normalised, store, stage),
            StageName::Emit => into(&mut s.emitted, store, stage),
        }
    }

    fn run(&mut self, stage: StageName) -> Result<(), Error> {
        let key = self.key(stage)?;
        for input in stage.inputs() {
            self.ensure(*input)?;
        }
        if self.stop.is_some_and(|s| s.load(Ordering::Relaxed)) {
            return Err(Error::Interrupted);
        }
        if let Some((_, time)) = self.until.filter(|(until, _)| Instant::now() > *until) {
            return Err(Error::Timeout { seconds: time.as_secs() });
        }
        if let Some(at) = self.at {
            at.store(stage as usize, Ordering::Relaxed);
        }
        let begun = Instant::now();
        let bytes = if stage <= StageName::Ocr { self.bytes()? } else { Arc::default() };
        let (s, o) = (&mut self.slots, &self.plan.options);
        match stage {
            StageName::Extract => {
                let input = extract::Input {
                    bytes,
                    filename: self.filename.to_owned(),
                    sha256: self.store.as_ref().and_then(Store::sha256),
                    beside: self.pdf.as_ref().and_then(|(_, beside)| beside.clone()),
                };
                s.extract = Some(extract::Extraction::run(input, &o.extract)?);
            }
            StageName::Ocr => {
                let extract = if self.hold { s.extract.clone() } else { s.extract.take() };
                let input = ocr::Input {
                    extract: extract.unwrap_or_default(),
                    bytes,
                    shelf: self.shelf.as_ref().map(|s| s as &dyn ocr::Shelf),
                    stop: self.stop,
                };
                s.ocr = Some(ocr::Recognition::run(input, &o.ocr)?);
                // No later stage reads the PDF; should it be asked for again, it is read again.
                self.pdf.take_if(|_| self.lies.is_some() && !self.hold);
            }
            StageName::Lines => {
                let input = if self.hold { s.ocr.clone() } else { s.ocr.take() };
                s.lines = Some(lines::Lining::run(input.unwrap_or_default(), &o.lines)?);
            }
            StageName::Tables => {
                s.tables = Some(tables::Tabling::run(got(s.lines.as_ref())?, &o.tables)?);
            }
            StageName::Blocks => {
                let input = (got(s.lines.as_ref())?, got(s.tables.as_ref())?);
                s.flow = Some(blocks::Blocking::run(input, &o.blocks)?);
                if !self.hold {
                    free((s.lines.take(), s.tables.take()));
                }
            }
            StageName::Sections => {
                s.record = Some(sections::Sectioning::run(got(s.flow.as_ref())?, &o.sections)?);
            }
            StageName::Normalise => {
                let input = (got(s.flow.as_ref())?, got(s.record.as_ref())?);
                s.normalised = Some(normalise::Normalising::run(input, &o.normalise)?);
            }
            StageName::Emit => {
                let (flow, record) = (got(s.flow.as_ref())?, got(s.record.as_ref())?);
                let input = (flow, record, got(s.normalised.as_ref())?);
                s.emitted = Some(Emitting::run(input, &o.emit)?);
            }
        }
        self.ran.push((stage, begun.elapsed()));
        self.hashes[stage as usize] = Some(self.save(stage, key)?);
        Ok(())
    }

    /// Stores an output if it is to be kept; gives what stands for it in later keys.
    fn save(&self, stage: StageName, key: Hash) -> Result<Hash, Error> {
        let Some(store) = self.store.as_ref().filter(|_| self.plan.keep.keeps(stage)) else { return Ok(key) };
        let s = &self.slots;
        let read = s.ocr.as_ref().filter(|_| stage == StageName::Ocr);
        let reader = read.and_then(|o| self.reader_of(o.pages.iter().map(|p| &p.ocr), &o.issues));
        let header = Header { build: self.plan.build.clone(), reader, ..Header::new(stage, key) };
        match stage {
            StageName::Extract => store.save(header, &s.extract),
            StageName::Ocr => store.save(header, &s.ocr),
            StageName::Lines => store.save(header, &s.lines),
            StageName::Tables => store.save(header, &s.tables),
            StageName::Blocks => store.save(header, &s.flow),
            StageName::Sections => store.save(header, &s.record),
            StageName::Normalise => store.save(header, &s.normalised),
            StageName::Emit => store.save(header, &s.emitted),
        }
    }
}

/// The hash of a source: its name is part of the output, too, and so is what lay beside it.
pub fn source_hash(bytes: &[u8], filename: &str, beside: Option<&[u8]>) -> Hash {
    named(content_of(bytes, beside), filename)
}

/// The hash of a source whose content is known by its hash.
pub fn named(content: Hash, filename: &str) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(content.as_bytes());
    hasher.update(filename.as_bytes());
    hasher.finalize()
}

/// The hash of a PDF's content and of what lay beside it.
pub fn content_of(bytes: &[u8], beside: Option<&[u8]>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update_rayon(bytes);
    content_hash(hasher, beside)
}

/// Ends the hash of a PDF's content, which was fed to the hasher, with what lay beside it.
pub(super) fn content_hash(mut hasher: blake3::Hasher, beside: Option<&[u8]>) -> Hash {
    if let Some(xml) = beside {
        let pdf = hasher.finalize();
        hasher = blake3::Hasher::new();
        hasher.update(pdf.as_bytes());
        hasher.update(xml);
    }
    hasher.finalize()
}

fn got<T>(slot: Option<&T>) -> Result<&T, Error> {
    slot.ok_or_else(|| Error::Bug { stage: "engine", detail: "an output that was made is not there".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Pipeline;

    #[test]
    fn time_that_ran_out_ends_between_two_stages() {
        let plan = Plan::new(&Pipeline::default());
        let road = || Road::new(&plan, Arc::new(std::fs::read("samples/minutes.pdf").unwrap()), "a.pdf");
        assert_eq!(
            road().within(Some(Duration::ZERO)).ensure(StageName::Lines).unwrap_err().code(),
            "timeout"
        );
        assert!(road().within(Some(Duration::from_mins(5))).ensure(StageName::Lines).is_ok());
        assert!(road().within(None).ensure(StageName::Lines).is_ok());
    }

    #[test]
    fn a_pdf_that_cannot_be_read_is_still_known_by_its_hash() {
        let plan = Plan::new(&Pipeline::default());
        let mut road = Road::new(&plan, Arc::new(b"no pdf".to_vec()), "a.pdf");
        assert_eq!(road.ensure(StageName::Lines).unwrap_err().code(), "not_pdf");
        assert_eq!(road.sha256(), Some(sha256(b"no pdf")));
    }

    #[test]
    fn another_name_or_record_beside_it_is_another_source() {
        let hashes = [
            source_hash(b"pdf", "a.pdf", None),
            source_hash(b"pdf", "b.pdf", None),
            source_hash(b"pdf", "a.pdf", Some(b"")),
            source_hash(b"pdf", "a.pdf", Some(b"xml")),
        ];
        for (i, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..i].contains(hash));
        }
        assert_eq!(content_of(b"pdf", None), blake3::hash(b"pdf"));
    }
}
