//! Reading PDF: the only folder that names a PDF crate.
//!
//! The document's structure is read with `hayro-syntax`, pages with it and `hayro-font` under a content
//! interpreter of our own; files that this road cannot load are made whole with `lopdf`. Whatever a hostile
//! file may choose the size of is bounded by [`crate::limits`].

mod annotations;
mod content;
mod damage;
mod decode;
mod document;
mod fonts;
mod layers;
mod matrix;
mod objects;
mod page;
mod pictures;
mod scan;
mod strings;

pub use pictures::{Drawn, Pictures, Refused};

use crate::error::Error;
use crate::limits;
use crate::model::{Extract, Issue, PageNo};
use crate::threads::map_init;
use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use strings::text_string;

/// The stage that issues of this folder belong to.
const STAGE: &str = "extract";

/// Reads a whole PDF.
///
/// # Errors
/// Where no page can be read at all: no PDF, damaged beyond repair, a password, a limit.
pub fn read(bytes: &Arc<Vec<u8>>) -> Result<Extract, Error> {
    let begun = Instant::now();
    if bytes.len() as u64 > limits::FILE_BYTES {
        return Err(Error::Limit { what: "size of the file", limit: limits::FILE_BYTES });
    }
    let scan = scan::check(bytes)?;
    let mut out = Extract::default();
    let pdf = load(bytes, scan.broken_table, &mut out)?;
    let broken = catch_unwind(AssertUnwindSafe(|| damage::of_document(&pdf, &scan.packed)));
    out.issues.extend(broken.unwrap_or_default());
    let numbers = annotations::PageNumbers::of(pdf.pages());
    let names = catch_unwind(AssertUnwindSafe(|| document::names(&pdf, numbers.by_object())));
    let numbers = numbers.with_names(names.unwrap_or_default());
    let height = |page: PageNo, y: f64| pdf.pages().get(page.index()).and_then(|p| page::height(p, y));
    let pages = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
    let time = limits::DOCUMENT_TIME.saturating_add(limits::PAGE_TIME.saturating_mul(pages));
    let deadline = begun + time.min(limits::MOST_TIME);
    let read_facts = || {
        catch_unwind(AssertUnwindSafe(|| {
            document::read(&pdf, numbers.by_object(), numbers.by_name(), &height)
        }))
    };
    let (facts, (pages, issues)) = rayon::join(read_facts, || read_pages(&pdf, &numbers, deadline));
    let facts = facts.unwrap_or_else(|_| {
        let message = "reading outline, labels and metadata failed inside; they are left out";
        out.issues.push(Issue::doubt("document_facts_unreadable", None, STAGE, message));
        document::Facts::default()
    });
    out.document = facts.info;
    out.issues.extend(facts.issues);
    out.issues.extend(issues);
    out.pages = pages;
    for (page, label) in out.pages.iter_mut().zip(facts.labels) {
        page.label = Some(label).filter(|l| !l.is_empty());
    }
    if out.pages.is_empty() {
        return Err(Error::Damaged { detail: "it has no pages".into() });
    }
    Ok(out)
}

/// Loads the file, by the fallback road where the first one ends.
fn load(bytes: &Arc<Vec<u8>>, broken_table: bool, out: &mut Extract) -> Result<Pdf, Error> {
    let open = |bytes: &Arc<Vec<u8>>| {
        catch_unwind(|| Pdf::new(Arc::clone(bytes))).unwrap_or(Err(LoadPdfError::Invalid))
    };
    match open(bytes) {
        Ok(pdf) if !pdf.pages().is_empty() => {
            let message = if scan::cut_short(bytes) {
                Some("the end of the file is missing; what could be found without it was read")
            } else if broken_table || document::lacks_table(bytes) {
                Some("the table of the file's objects is damaged; those that could be found were read")
            } else {
                None
            };
            out.issues.extend(message.map(|m| Issue::loss("repaired", None, STAGE, m)));
            return Ok(pdf);
        }
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => return Err(Error::Password),
        Err(LoadPdfError::Decryption(e)) => return Err(Error::Encryption { detail: format!("{e:?}") }),
        Ok(_) | Err(LoadPdfError::Invalid) => {}
    }
    let head = &bytes[..bytes.len().min(64 << 10)];
    if !head.windows(5).any(|w| w == b"%PDF-") {
        let start: String = String::from_utf8_lossy(&head[..head.len().min(16)]).escape_debug().collect();
        return Err(Error::NotPdf { detail: format!("it begins with \"{start}\"") });
    }
    let repaired = catch_unwind(|| document::repaired(bytes)).ok().flatten().map(Arc::new);
    let damaged = || Error::Damaged { detail: "no pages can be found in it".into() };
    let repaired = repaired.ok_or_else(damaged)?;
    match open(&repaired) {
        Ok(pdf) if !pdf.pages().is_empty() => {
            let message = "the file is damaged; it was read after a repair that may have lost something";
            out.issues.push(Issue::loss("repaired", None, STAGE, message));
            Ok(pdf)
        }
        _ => Err(damaged()),
    }
}

/// Reads all pages, in parallel, in order.
fn read_pages(
    pdf: &Pdf,
    numbers: &annotations::PageNumbers,
    deadline: Instant,
) -> (Vec<crate::model::Page>, Vec<Issue>) {
    let (mut read, mut issues) = (Vec::new(), Vec::new());
    let pages = pdf.pages();
    let count = pages.len().min(limits::PAGES);
    if pages.len() > count {
        let message = format!("the file has {} pages; the first {count} were read", pages.len());
        issues.push(Issue::loss("too_many_pages", None, STAGE, message));
    }
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()).unwrap_or_default();
    let layers = layers::Layers::read(&catalogue);
    let memory = AtomicUsize::new(limits::DOCUMENT_BYTES);
    let shared = page::Shared { layers: &layers, numbers, deadline, memory: &memory };
    // Neighbours have their fonts in common.
    let init = || (fonts::Fonts::new(), Vec::new());
    let results = map_init(count, init, |(fonts, buffer), i| {
        let number = PageNo::from_index(i);
        let caught = catch_unwind(AssertUnwindSafe(|| page::read(number, &pages[i], fonts, &shared, buffer)));
        caught.unwrap_or_else(|_| {
            // The font cache may be half changed.
            *fonts = fonts::Fonts::new();
            let page = crate::model::Page { page: number, ..Default::default() };
            let message = "reading the page failed inside; the page is left out";
            (page, vec![Issue::loss("page_panicked", Some(number), STAGE, message)])
        })
    });
    for (page, own) in results {
        read.push(page);
        issues.extend(own);
    }
    (read, issues)
}
