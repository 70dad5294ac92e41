//! Visits to sources: lists each, fetches what is new there, misses what is gone. Hosts are asked at once,
//! the sources of one host one after the other.

use super::index::Index;
use super::report::{Entry, Report};
use super::{Step, Witness};
use crate::digest::{hex, sha256};
use crate::engine::store::write_whole;
use crate::error::Error;
use crate::sources::{Document, Fetched, Known, Memory, Source};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Hosts that are asked at once.
const HOSTS: usize = 16;

/// A visit that is to be made.
pub(super) struct Visit<'a> {
    pub(super) name: String,
    /// The host that it asks.
    pub(super) host: String,
    pub(super) source: Box<dyn Source + 'a>,
    pub(super) memory: Memory,
}

/// What is shared by the visits of a night.
pub(super) struct Night<'a> {
    pub(super) day: Date,
    pub(super) dry_run: bool,
    pub(super) index: &'a Index,
    pub(super) witness: &'a dyn Witness,
    /// Names of packs that are given.
    pub(super) names: Mutex<BTreeSet<String>>,
}

impl Night<'_> {
    /// Makes all visits; gives what each came to, in their order.
    ///
    /// # Errors
    /// The user stopped the run, or nothing can be written. What is wrong with a source or a document is
    /// in the report.
    pub(super) fn visit(&self, visits: Vec<Visit<'_>>, report: &mut Report) -> Result<Vec<Visited>, Error> {
        let mut hosts: BTreeMap<String, Vec<(usize, Visit<'_>)>> = BTreeMap::new();
        for (i, visit) in visits.into_iter().enumerate() {
            hosts.entry(visit.host.clone()).or_default().push((i, visit));
        }
        let threads = hosts.len().min(HOSTS);
        let left = Mutex::new(hosts.into_values());
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let done = Mutex::new(BTreeMap::new());
        let work = || {
            while let Some(host) = next() {
                let mut round = Round { night: self, places: BTreeSet::new() };
                for (i, mut visit) in host {
                    let mut part = Report::default();
                    let visited = round.visit(&visit.name, visit.source.as_mut(), visit.memory, &mut part);
                    let visited = visited.map(|visited| (visited, part));
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(i, visited);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        let mut all = Vec::new();
        for visited in done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
            let (visited, part) = visited?;
            report.add(part);
            all.push(visited);
        }
        Ok(all)
    }

    /// The name that the document always had, or a new one that no other has.
    fn name(&self, source: &str, document: &Document) -> String {
        if let Some(published) = self.index.find(source, &document.key) {
            return published.name.clone();
        }
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = document.name.clone();
        let mut n = 1;
        while name.is_empty() || !names.insert(name.clone()) {
            n += 1;
            name = format!("{}-{n}", if document.name.is_empty() { "pack" } else { &document.name });
        }
        name
    }
}

/// The visits to one host.
struct Round<'a> {
    night: &'a Night<'a>,
    /// Addresses that were taken up, or are closed: a document that two sources list is the first one's.
    places: BTreeSet<String>,
}

/// What is known of a source after its visit.
pub(super) struct Visited {
    pub(super) source: String,
    pub(super) memory: Memory,
    /// Keys of the documents that it lists.
    pub(super) listed: BTreeSet<String>,
    /// Keys of those that are gone.
    pub(super) gone: Vec<String>,
    /// All that it lists is known.
    pub(super) whole: bool,
}

impl Round<'_> {
    /// Visits a source.
    ///
    /// # Errors
    /// The user stopped the run, or nothing can be written. What is wrong with the source or a document
    /// is in the report.
    fn visit(
        &mut self,
        name: &str,
        source: &mut dyn Source,
        mut memory: Memory,
        report: &mut Report,
    ) -> Result<Visited, Error> {
        let mut listed = BTreeSet::new();
        let night = self.night;
        let listing = match source.list(night.day, &mut memory) {
            Ok(listing) => listing,
            Err(error) if ends(&error) => return Err(error),
            Err(error) => {
                let entry =
                    Entry { source: name.into(), title: format!("the source {name}"), ..Entry::default() };
                self.miss(entry, &error, true, report);
                return Ok(Visited { source: name.into(), memory, listed, gone: Vec::new(), whole: false });
            }
        };
        let whole = listing.failures.is_empty();
        for failure in &listing.failures {
            let entry = Entry { source: name.into(), title: failure.what.clone(), ..Entry::default() };
            self.miss(entry, &failure.error, true, report);
        }
        report.listed += listing.documents.len();
        report.restricted += listing.restricted;
        let (documents, restricted) = (listing.documents.len(), listing.restricted);
        night.witness.step(&Step::Listed { source: name, documents, restricted });
        self.places.extend(listing.closed);
        let mut queue = VecDeque::from(listing.documents);
        while let Some(mut document) = queue.pop_front() {
            if listed.contains(&document.key) {
                continue;
            }
            if !self.places.insert(document.place.text()) {
                report.listed -= 1;
                listed.insert(document.key);
                continue;
            }
            if night.dry_run {
                let known = memory.documents.get(&document.key);
                let entry = Entry { pack: known.map(|k| k.name.clone()), ..entry(name, &document) };
                if known.is_some() { &mut report.would_check } else { &mut report.would_fetch }.push(entry);
                listed.insert(document.key);
                continue;
            }
            match self.take(name, source, &document, &mut memory, report) {
                Ok(()) => {
                    listed.insert(document.key);
                }
                Err(error) if ends(&error) => {
                    memory.save()?;
                    return Err(error);
                }
                Err(error) => match document.otherwise.take() {
                    // A pack that was there before is not doubted for a page of HTML.
                    Some(others)
                        if matches!(error, Error::HttpStatus { .. })
                            || (matches!(error, Error::NotPdf { .. })
                                && !memory.documents.contains_key(&document.key)) =>
                    {
                        report.listed = report.listed - 1 + others.len();
                        queue.extend(others);
                    }
                    _ => {
                        let known = memory.documents.get(&document.key);
                        let entry = Entry { pack: known.map(|k| k.name.clone()), ..entry(name, &document) };
                        self.miss(entry, &error, false, report);
                        listed.insert(document.key);
                    }
                },
            }
        }
        for (key, known) in &mut memory.documents {
            if listed.contains(key) || known.listed.is_none() {
                known.listed = Some(night.day);
            }
        }
        if !night.dry_run {
            memory.save()?;
        }
        let gone = |(key, known): (&String, &Known)| {
            let missed = whole && !listed.contains(key) && source.would_list(known.date, night.day);
            missed.then(|| key.clone())
        };
        let gone = memory.documents.iter().filter_map(gone).collect();
        Ok(Visited { source: name.into(), memory, listed, gone, whole })
    }

    /// Notes what was asked for in vain.
    fn miss(&self, entry: Entry, error: &Error, list: bool, report: &mut Report) {
        let entry = entry.because(error);
        self.night.witness.step(&Step::Failed(&entry));
        let reach = matches!(error, Error::Unreachable { .. } | Error::TooSlow { .. })
            || (list && matches!(error, Error::Read { .. }));
        if reach { &mut report.unreachable } else { &mut report.failed }.push(entry);
    }

    /// Fetches a document, if it is new or changed.
    fn take(
        &mut self,
        name: &str,
        source: &mut dyn Source,
        document: &Document,
        memory: &mut Memory,
        report: &mut Report,
    ) -> Result<(), Error> {
        std::fs::create_dir_all(&memory.folder)
            .map_err(|source| Error::Write { path: memory.folder.clone(), source })?;
        let known = memory.documents.get(&document.key).cloned();
        let url = document.place.text();
        let pack = match &known {
            Some(known) => known.name.clone(),
            None => self.night.name(name, document),
        };
        let pdf = memory.pdf(&pack);
        let asks = known.as_ref().filter(|k| k.url == url && pdf.is_file()).map(|k| &k.validators);
        let asks = asks.filter(|v| !v.is_empty());
        let (validators, sha256) = match source.fetch(document, asks, &memory.folder)? {
            Fetched::Same => {
                let known = known.ok_or_else(|| Error::HttpStatus { url: url.clone(), status: 304 })?;
                (known.validators, known.sha256)
            }
            Fetched::New { mut file, validators } => {
                let (sha256, ended) = examine(&mut file, &pdf)?;
                // Many sites send with every answer what they sent before.
                if known.is_none_or(|k| k.sha256 != sha256) || !pdf.is_file() {
                    keep(file, &pdf)?;
                    self.night.witness.step(&Step::Fetched { source: name, pack: &pack, url: &url });
                    if !ended {
                        report.warnings.push(no_end(entry(name, document), &pack));
                    }
                }
                (validators, sha256)
            }
        };
        let record = lay_beside(document, &pdf)?;
        let known = Known {
            name: pack,
            title: document.title.clone(),
            body: document.body.clone(),
            date: document.date,
            url,
            validators,
            sha256,
            record,
            listed: Some(self.night.day),
        };
        memory.documents.insert(document.key.clone(), known);
        Ok(())
    }
}

/// Writes the meeting's record beside the PDF, or takes an old one away.
fn lay_beside(document: &Document, pdf: &Path) -> Result<Option<String>, Error> {
    let path = pdf.with_extension("xml");
    let Some(record) = &document.record else {
        let _ = std::fs::remove_file(path);
        return Ok(None);
    };
    if std::fs::read(&path).ok().as_deref() != Some(record.as_slice()) {
        write_whole(&path, record, true)?;
    }
    Ok(Some(sha256(record)))
}

/// Errors that are the run's, not a document's.
fn ends(error: &Error) -> bool {
    matches!(error, Error::Interrupted | Error::Write { .. })
}

/// A document that was listed.
fn entry(source: &str, document: &Document) -> Entry {
    Entry {
        source: source.to_owned(),
        title: document.title.clone(),
        body: document.body.clone(),
        date: document.date,
        url: Some(document.place.text()),
        ..Entry::default()
    }
}

/// The SHA-256 of a download, and whether it ends as a PDF does.
fn examine(file: &mut NamedTempFile, place: &Path) -> Result<(String, bool), Error> {
    /// How far from its ends a PDF's marks may be.
    const MARGIN: usize = 1024;
    let wrong = |source| Error::Read { path: place.to_owned(), source };
    let file = file.as_file_mut();
    file.seek(SeekFrom::Start(0)).map_err(wrong)?;
    let (mut hasher, mut head, mut tail) = (Sha256::new(), Vec::new(), Vec::new());
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n = file.read(&mut buffer).map_err(wrong)?;
        if n == 0 {
            break;
        }
        let read = &buffer[..n];
        hasher.update(read);
        head.extend_from_slice(&read[..n.min(MARGIN.saturating_sub(head.len()))]);
        tail.extend_from_slice(read);
        tail.drain(..tail.len().saturating_sub(MARGIN));
    }
    if memchr::memmem::find(&head, b"%PDF-").is_none() {
        let start = String::from_utf8_lossy(&head).trim_start().to_ascii_lowercase();
        let detail = if head.is_empty() {
            "the download is empty"
        } else if start.starts_with("<!doctype html") || start.starts_with("<html") {
            "a page of HTML came in its place"
        } else {
            "it does not begin as one"
        };
        return Err(Error::NotPdf { detail: detail.into() });
    }
    Ok((hex(&hasher.finalize()), memchr::memmem::find(&tail, b"%%EOF").is_some()))
}

/// Puts a download in its place.
fn keep(file: NamedTempFile, place: &Path) -> Result<(), Error> {
    let failed = |source| Error::Write { path: place.to_owned(), source };
    // Temporary files are for their owner alone; what is fetched is a file like any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(place).map_err(|e| failed(e.error))?;
    Ok(())
}

/// A doubt about a PDF that may be cut short: readers open such files, too.
fn no_end(entry: Entry, pack: &str) -> Entry {
    Entry {
        pack: Some(pack.to_owned()),
        code: Some("no_end_mark".into()),
        message: Some("the PDF has no end mark (%%EOF): it may be cut short".into()),
        ..entry
    }
}
