//! Where packs come from: folders, ModernGov sites, RSS feeds.
//!
//! A source lists its documents and fetches those that are asked for. What it said and gave before is
//! its [`Memory`]: so that unchanged documents are not fetched again, and gone ones are missed.

pub mod address;
pub mod folder;
#[cfg(feature = "fetch")]
pub mod http;
pub mod memory;
#[cfg(feature = "fetch")]
pub mod moderngov;
pub mod name;
pub mod options;
#[cfg(feature = "fetch")]
pub mod rss;

use crate::error::Error;
#[cfg(feature = "fetch")]
use crate::limits;
use jiff::civil::Date;
pub use memory::{Known, Memory, Validators};
pub use options::{FetchOptions, SourceOptions};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tempfile::NamedTempFile;

/// How the names of files begin that are being fetched.
pub(crate) const FETCHING: &str = ".fetching-";

/// A document that a source lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// What it is called in its source, and always was: "g345", "papers/may.pdf", a URL.
    pub key: String,
    /// What its folder should be called, if no other has the name.
    pub name: String,
    /// Its title, for people.
    pub title: String,
    /// The body that meets.
    pub body: Option<String>,
    /// The day of the meeting, or of the publication.
    pub date: Option<Date>,
    /// Where it is.
    pub place: Place,
    /// The meeting's record, to be laid beside it.
    pub record: Option<Arc<Vec<u8>>>,
    /// Of one that is only supposed to be there: what stands for it where it is not.
    pub otherwise: Option<Vec<Document>>,
}

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On disk.
    File(PathBuf),
    /// On the web.
    Url(String),
}

impl Default for Place {
    fn default() -> Self {
        Place::Url(String::new())
    }
}

impl Place {
    /// The path or the URL.
    pub fn text(&self) -> String {
        match self {
            Place::File(path) => path.to_string_lossy().into_owned(),
            Place::Url(url) => url.clone(),
        }
    }
}

/// What a source lists on a day.
#[derive(Debug, Default)]
pub struct Listing {
    /// The documents that the public may see, each key once.
    pub documents: Vec<Document>,
    /// Parts of the list that could not be had. With any, nothing is taken for withdrawn.
    pub failures: Vec<Failure>,
    /// Documents that are listed, but not for the public. They are never asked for.
    pub restricted: usize,
    /// Where those are: no other source is asked for them, either.
    pub closed: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// Something that was asked for in vain.
#[derive(Debug)]
pub struct Failure {
    /// What was asked for.
    pub what: String,
    /// Why it was not had.
    pub error: Error,
}

impl Listing {
    /// Adds a document, unless it is listed already.
    pub fn add(&mut self, document: Document) {
        if self.keys.insert(document.key.clone()) {
            self.documents.push(document);
        }
    }

    /// Adds documents, each unless it is listed already.
    pub fn add_all(&mut self, documents: impl IntoIterator<Item = Document>) {
        for document in documents {
            self.add(document);
        }
    }

    /// Whether a site lists more than any real one; that is then a part that could not be had.
    #[cfg(feature = "fetch")]
    fn is_full(&mut self) -> bool {
        let full = self.documents.len() > limits::LISTED_DOCUMENTS;
        if full {
            let limit = limits::LISTED_DOCUMENTS as u64;
            self.miss("what else it lists", Error::Limit { what: "the number of listed documents", limit });
        }
        full
    }

    /// Remembers a part that could not be had.
    pub fn miss(&mut self, what: impl Into<String>, error: Error) {
        self.failures.push(Failure { what: what.into(), error });
    }
}

/// What came of asking for a document.
#[derive(Debug)]
pub enum Fetched {
    /// It is what it was.
    Same,
    /// Its bytes; the file goes away unless it is kept.
    New {
        /// The file.
        file: NamedTempFile,
        /// What to ask with the next time.
        validators: Validators,
    },
}

/// A place that packs come from.
pub trait Source: Send {
    /// What it lists on this day.
    ///
    /// # Errors
    /// It could not be asked at all, or the user stopped the run.
    fn list(&mut self, day: Date, memory: &mut Memory) -> Result<Listing, Error>;

    /// Whether a document of this date that is not listed on this day is gone, not merely out of sight.
    fn would_list(&self, date: Option<Date>, day: Date) -> bool;

    /// Fetches a document into a file in `folder`, if it is not what these validators say.
    ///
    /// # Errors
    /// It could not be had.
    fn fetch(
        &mut self,
        document: &Document,
        known: Option<&Validators>,
        folder: &Path,
    ) -> Result<Fetched, Error>;
}

/// Sources of one run: what they share, so that no host is asked too often.
#[derive(Debug)]
pub struct Opener<'a> {
    #[cfg(feature = "fetch")]
    options: &'a FetchOptions,
    #[cfg(feature = "fetch")]
    pace: Arc<http::Pace>,
    stop: &'a AtomicBool,
}

impl<'a> Opener<'a> {
    /// For one run.
    pub fn new(options: &'a FetchOptions, stop: &'a AtomicBool) -> Opener<'a> {
        #[cfg(not(feature = "fetch"))]
        let _ = options;
        Opener {
            #[cfg(feature = "fetch")]
            pace: Arc::new(http::Pace::new(options)),
            #[cfg(feature = "fetch")]
            options,
            stop,
        }
    }

    /// A source that can be asked.
    ///
    /// # Errors
    /// It is configured in a way that makes no sense, or this program was built without the network.
    pub fn open(&self, source: &SourceOptions) -> Result<Box<dyn Source + 'a>, Error> {
        match source {
            SourceOptions::Folder(options) => Ok(Box::new(folder::Folder::new(options.clone(), self.stop))),
            #[cfg(feature = "fetch")]
            SourceOptions::Moderngov(options) => {
                // Links are taken from the site's folder.
                let site = format!("{}/", options.site.trim_end_matches('/'));
                let http = self.http(&site, options.private_network)?;
                Ok(Box::new(moderngov::ModernGov::new(options.clone(), http)))
            }
            #[cfg(feature = "fetch")]
            SourceOptions::Rss(options) => {
                let http = self.http(&options.url, options.private_network)?;
                Ok(Box::new(rss::Rss::new(options.clone(), http)))
            }
            #[cfg(not(feature = "fetch"))]
            _ => Err(Error::Usage {
                detail: format!(
                    "the source {} is on the web, and this program was built without the feature `fetch`",
                    source.name()
                ),
            }),
        }
    }

    #[cfg(feature = "fetch")]
    fn http(&self, site: &str, private_network: bool) -> Result<http::Http<'a>, Error> {
        let scope = address::Scope::new(site, private_network)?;
        http::Http::new(self.options, scope, Arc::clone(&self.pace), self.stop)
    }
}

#[cfg(all(test, not(feature = "fetch")))]
mod tests {
    use super::*;

    #[test]
    fn sources_on_the_web_are_told_that_there_is_no_network() {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let rss =
            options::RssOptions { name: None, url: "https://example.org/rss".into(), private_network: false };
        let fetch = FetchOptions::default();
        let error = Opener::new(&fetch, &NEVER).open(&SourceOptions::Rss(rss)).err().unwrap();
        assert!(error.code() == "usage" && error.to_string().contains("`fetch`"), "{error}");
    }
}
