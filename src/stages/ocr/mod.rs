//! `ocr`: pages that are pictures of text are read from their pictures.
//!
//! `need` decides page by page what has to be read; `read` makes a page's picture upright and level, has
//! it read and finds its rules; `place` writes what was read as runs of the page, as `extract` gives
//! them. A document with text on all pages passes through untouched.

mod bullets;
mod need;
mod place;
mod read;
mod styles;

pub use read::Reading;

use super::Stage;
use crate::error::Error;
use crate::model::{Extract, Issue, Page};
use crate::pdf::{Pictures, Refused};
use crate::tesseract::{Failure, Missing, Tesseract};
use need::Need;
use rayon::prelude::*;
use read::Unread;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use styles::Sizes;

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
    const VERSION: u32 = 1;

    fn run(input: Input<'_>, options: &Options) -> Result<Extract, Error> {
        let Input { mut extract, bytes, shelf, stop } = input;
        let needs = need::of(&extract, options.mode);
        if needs.iter().all(|n| *n == Need::Nothing) {
            return Ok(extract);
        }
        let reader = Tesseract::find().and_then(|t| t.knows(&options.languages).map(|()| t));
        let reader = match reader {
            Ok(reader) => reader,
            Err(missing) => {
                let wanting = extract.pages.iter().zip(&needs).filter(|(_, n)| **n != Need::Nothing);
                let issues: Vec<Issue> = wanting.filter_map(|(p, n)| unread(p, *n, &missing)).collect();
                extract.issues.extend(issues);
                return Ok(extract);
            }
        };
        let pictures = Pictures::open(bytes)?;
        let identity = reader.identity(&options.languages);
        let desk = read::Desk { pictures: &pictures, reader, identity: &identity, options, shelf, stop };
        let read = |(page, need): (&Page, &Need)| (*need != Need::Nothing).then(|| desk.read(page, *need));
        let results: Vec<Option<Result<Reading, Unread>>> =
            extract.pages.par_iter().zip(&needs).map(read).collect();
        // Sizes are those of the document: a line's height alone is not known well enough.
        let sizes = Sizes::of(results.iter().flatten().filter_map(|r| r.as_ref().ok()));
        for ((page, need), result) in extract.pages.iter_mut().zip(needs).zip(results) {
            match result {
                None => {}
                Some(Ok(reading)) => place::on(page, need, &reading, &sizes, reader),
                Some(Err(Unread::Stopped)) => return Err(Error::Interrupted),
                Some(Err(Unread::Error(e))) => return Err(e),
                Some(Err(Unread::Picture(refused))) => extract.issues.push(not_drawn(page, refused)),
                Some(Err(Unread::Reader(failure))) => extract.issues.push(not_read(page, &failure)),
            }
        }
        Ok(extract)
    }
}

/// A page whose words nobody could read, for want of a reader.
fn unread(page: &Page, need: Need, missing: &Missing) -> Option<Issue> {
    let (code, what) = match need {
        Need::Nothing | Need::Again => return None,
        Need::Picture => ("no_text_layer", "the page is a picture without text behind it"),
        Need::Gibberish => ("unreadable_text", "the page's text is gibberish: its fonts lack their tables"),
    };
    let message = format!(
        "{what}, and {missing}; its words are not in the output. Install tesseract and its language data \
         (Debian: apt install tesseract-ocr), then convert again"
    );
    Some(Issue::loss(code, Some(page.page), STAGE, message))
}

fn not_drawn(page: &Page, refused: Refused) -> Issue {
    let (code, why) = match refused {
        Refused::TooLarge => ("picture_over_limit", "has more pixels than the limit"),
        Refused::TooMany => ("picture_over_limit", "is made of more pictures than the limit"),
        Refused::TooSlow => ("picture_over_limit", "took too long to draw"),
        Refused::Damaged => ("picture_unreadable", "cannot be drawn"),
    };
    Issue::loss(code, Some(page.page), STAGE, format!("the page {why}; its words are not in the output"))
}

fn not_read(page: &Page, failure: &Failure) -> Issue {
    let why = match failure {
        Failure::TooSlow => "took too long to read".to_owned(),
        Failure::Stopped => "was not read".to_owned(),
        Failure::Failed(why) => format!("could not be read: {why}"),
    };
    Issue::loss("ocr_failed", Some(page.page), STAGE, format!("the page's picture {why}"))
}
