//! `ocr`: pages that are pictures of text are read from their pictures.
//!
//! `need` decides page by page what has to be read; `read` makes a page's picture upright and level, has
//! it read and finds its rules; `place` writes what was read as runs of the page, as `extract` gives
//! them. A document with text on all pages passes through untouched.

mod again;
mod bullets;
mod language;
mod need;
mod place;
mod read;
mod styles;

pub use read::Reading;

use super::Stage;
use crate::error::Error;
use crate::model::{Extract, Issue, Page, PageOcr, TextRun};
use crate::pdf::{Pictures, Refused};
use crate::tesseract::{Failure, Missing, Tesseract};
use need::Need;
use rayon::prelude::*;
use read::Unread;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use styles::{Sizes, Weight};

/// The `ocr` stage.
#[derive(Debug, Clone, Copy)]
pub struct Recognition;

/// What the stage works on.
pub struct Input<'a> {
    /// The pages as extracted.
    pub extract: Extract,
    /// The PDF that they came from.
    pub bytes: Arc<Vec<u8>>,
    /// Where readings are kept.
    pub shelf: Option<&'a dyn Shelf>,
    /// Set when the user stops the run.
    pub stop: Option<&'a AtomicBool>,
}

/// Keeps readings by what was read and how, so that no picture is read twice.
pub trait Shelf: Sync {
    /// A reading, if it was kept under this key.
    fn get(&self, key: blake3::Hash) -> Option<Reading>;
    /// Keeps a reading.
    ///
    /// # Errors
    /// It cannot be written.
    fn put(&self, key: blake3::Hash, reading: &Reading) -> Result<(), Error>;
}

/// Options of the `ocr` stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which pages are read.
    pub mode: Mode,
    /// Languages of the text, as tesseract names them.
    pub languages: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { mode: Mode::default(), languages: vec!["eng".into()] }
    }
}

impl Options {
    /// Sees to it that the languages are names and nothing else.
    ///
    /// # Errors
    /// One that no language data can be called, or none at all.
    pub fn check(&self) -> Result<(), Error> {
        let is_name = |l: &String| {
            let first = l.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
            first && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'/')
        };
        if self.languages.is_empty() || !self.languages.iter().all(is_name) {
            let detail = format!(
                "\"{}\" names no languages: give them as tesseract does, like eng or eng+cym",
                self.languages.join("+")
            );
            return Err(Error::Usage { detail });
        }
        Ok(())
    }
}

/// What reads pages with these options here: its version and data, or why there is none.
pub fn reader(options: &Options) -> String {
    let found = Tesseract::find().and_then(|t| t.knows(&options.languages).map(|()| t));
    found.map_or_else(|missing| missing.to_string(), |t| t.identity(&options.languages))
}

/// Whether OCR was asked for on any page of a pack, or would have been: by how its pages were read, and by
/// what went wrong.
pub fn was_asked<'a>(mut read: impl Iterator<Item = &'a Option<PageOcr>>, issues: &[Issue]) -> bool {
    let wanted = |i: &Issue| i.stage == STAGE && (i.loss || i.code == "not_read_again");
    read.any(Option::is_some) || issues.iter().any(wanted)
}

/// Which pages are read from their pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// None.
    Off,
    /// Those whose text is missing or gibberish.
    #[default]
    Auto,
    /// All.
    Force,
    /// As `auto`, and those whose text is an earlier program's OCR.
    Redo,
}

/// The stage's name in issues.
const STAGE: &str = "ocr";

impl Stage for Recognition {
    type In<'a> = Input<'a>;
    type Out = Extract;
    type Options = Options;
    const NAME: &'static str = STAGE;
    const VERSION: u32 = 2;

    fn run(input: Input<'_>, options: &Options) -> Result<Extract, Error> {
        let Input { mut extract, bytes, shelf, stop } = input;
        let needs = need::of(&extract, options.mode);
        let kept = extract.pages.iter().zip(&needs).filter(|(_, n)| **n == Need::Nothing);
        let doubtful: Vec<Issue> = kept.filter_map(|(page, _)| doubtful_layer(page)).collect();
        extract.issues.extend(doubtful);
        if needs.iter().all(|n| *n == Need::Nothing) {
            return Ok(extract);
        }
        let reader = Tesseract::find().and_then(|t| t.knows(&options.languages).map(|()| t));
        let reader = match reader {
            Ok(reader) => reader,
            Err(missing) => {
                // Where all pages are asked for, those without text are the ones that are lost.
                let lacking = need::of(&extract, Mode::Auto);
                let wanted = extract.pages.iter().zip(&needs).zip(lacking);
                let wanted = wanted.filter(|((_, need), _)| **need != Need::Nothing);
                let issues: Vec<Issue> = wanted.map(|((p, _), lacks)| unread(p, lacks, &missing)).collect();
                extract.issues.extend(issues);
                return Ok(extract);
            }
        };
        let pictures = Pictures::open(&bytes)?;
        let identity = reader.identity(&options.languages);
        let desk = read::Desk {
            pictures: &pictures,
            reader,
            identity: &identity,
            options,
            shelf,
            stop,
            slow: AtomicUsize::new(0),
        };
        let read = |(page, need): (&Page, &Need)| (*need != Need::Nothing).then(|| desk.read(page, *need));
        let results: Vec<Option<Result<Reading, Unread>>> =
            extract.pages.par_iter().zip(&needs).with_max_len(1).map(read).collect();
        // Sizes are those of the document: a line's height alone is not known well enough.
        let sizes = Sizes::of(results.iter().flatten().filter_map(|r| r.as_ref().ok()));
        let readings: Vec<Option<&Reading>> =
            results.iter().map(|r| r.as_ref().and_then(|r| r.as_ref().ok())).collect();
        let normals = Weight::normals(&readings);
        for (((page, need), result), normal) in extract.pages.iter_mut().zip(needs).zip(results).zip(normals)
        {
            match result {
                None => {}
                Some(Ok(reading)) => {
                    place::on(page, need, &reading, (&sizes, normal), &reader.version);
                    extract.issues.extend(doubtful_figures(page));
                    if reading.damaged {
                        extract.issues.push(half_drawn(page));
                    }
                }
                Some(Err(Unread::Stopped)) => return Err(Error::Interrupted),
                Some(Err(Unread::Error(e))) => return Err(e),
                Some(Err(Unread::Picture(refused))) => extract.issues.push(not_drawn(page, refused)),
                Some(Err(Unread::Reader(failure))) => extract.issues.push(not_read(page, &failure)),
            }
        }
        Ok(extract)
    }
}

/// A page that nobody could read, for want of a reader; it lacks this without one.
fn unread(page: &Page, lacks: Need, missing: &Missing) -> Issue {
    let (code, what) = match lacks {
        Need::Nothing | Need::Again => {
            let message = format!("the page was to be read again, and {missing}; its own text stands");
            return Issue::doubt("not_read_again", Some(page.page), STAGE, message);
        }
        Need::Picture => ("no_text_layer", "the page is a picture without text behind it"),
        Need::Gibberish => ("unreadable_text", "the page's text is gibberish: its fonts lack their tables"),
    };
    let message = format!(
        "{what}, and {missing}; its words are not in the output. Install tesseract and its language data \
         (Debian: apt install tesseract-ocr), then convert again"
    );
    Issue::loss(code, Some(page.page), STAGE, message)
}

/// Figures read with less confidence than this are told.
const DOUBTFUL_FIGURE: f32 = 0.8;
/// As many of a page are named.
const FIGURES_NAMED: usize = 20;

/// Figures that may have been read wrong: they stand as read, and the reader is told where to look.
fn doubtful_figures(page: &Page) -> Option<Issue> {
    let doubtful = |r: &&TextRun| {
        r.confidence.is_some_and(|c| c < DOUBTFUL_FIGURE) && r.text.contains(|c: char| c.is_ascii_digit())
    };
    let found: Vec<&TextRun> = page.runs.iter().filter(doubtful).collect();
    let named = |r: &&TextRun| format!("\"{}\" ({:.2})", r.text.trim(), r.confidence.unwrap_or(0.0));
    let listed: Vec<String> = found.iter().take(FIGURES_NAMED).map(named).collect();
    let more = if found.len() > listed.len() {
        format!(" and {} more", found.len() - listed.len())
    } else {
        String::new()
    };
    (!found.is_empty()).then(|| {
        let message = format!("figures read with low confidence: {}{more}", listed.join(", "));
        Issue::doubt("figure_doubtful", Some(page.page), STAGE, message)
    })
}

/// A text layer of a scanner that is hardly language.
const DOUBTFUL_LAYER: f32 = 0.6;

fn doubtful_layer(page: &Page) -> Option<Issue> {
    need::layer_likeness(page).filter(|l| *l < DOUBTFUL_LAYER).map(|_| {
        let message = "the text that a scanner laid over the page reads badly; `--ocr redo` reads it again";
        Issue::doubt("ocr_layer_doubtful", Some(page.page), STAGE, message)
    })
}

fn not_drawn(page: &Page, refused: Refused) -> Issue {
    let why = match refused {
        Refused::TooLarge => "the page has more pixels than the limit",
        Refused::TooMany => "the page is made of more pictures than the limit",
        Refused::TooSlow => "the page took too long to draw",
        Refused::Damaged => {
            let message = "the page cannot be drawn; its words are not in the output";
            return Issue::loss("picture_unreadable", Some(page.page), STAGE, message);
        }
    };
    let message = format!("{why}; its words are not in the output");
    Issue::loss("picture_over_limit", Some(page.page), STAGE, message)
}

fn half_drawn(page: &Page) -> Issue {
    let message = "a picture on the page is damaged; what words it has are not in the output";
    Issue::loss("picture_unreadable", Some(page.page), STAGE, message)
}

fn not_read(page: &Page, failure: &Failure) -> Issue {
    let why = match failure {
        Failure::TooSlow => "took too long to read".to_owned(),
        Failure::Stopped => "was not read".to_owned(),
        Failure::Failed(why) => format!("could not be read: {why}"),
    };
    Issue::loss("ocr_failed", Some(page.page), STAGE, format!("the page's picture {why}"))
}
