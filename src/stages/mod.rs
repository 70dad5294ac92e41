//! The stages, in the order in which the data flows.
//!
//! A stage is a pure function of its input and options. The trait exists so that the engine can key,
//! store and re-run one.

pub mod blocks;
pub mod emit;
pub mod extract;
pub mod inline;
pub mod lines;
pub mod normalise;
pub mod ocr;
pub(crate) mod printed;
pub mod sections;
pub mod tables;

use crate::error::Error;
use regex::Regex;
use serde::{Serialize, de::DeserializeOwned};

/// The months as dates begin them, in small letters.
pub(crate) const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A pattern of ours. Its digits and word characters are those of ASCII, which figures and dates are
/// written with: those of all scripts take ten times as long to make ready, at the start of every run.
pub(crate) fn regex(pattern: &str) -> Regex {
    let pattern = pattern.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
    Regex::new(&pattern).unwrap_or_else(|e| unreachable!("a pattern of ours: {e}"))
}

/// One step of the road from PDF to files.
pub trait Stage {
    /// What it reads: the outputs of earlier stages.
    type In<'a>;
    /// What it makes.
    type Out: Serialize + DeserializeOwned;
    /// What can be set.
    type Options: Serialize + DeserializeOwned + Default;
    /// Its name, used in file names and on the command line.
    const NAME: &'static str;
    /// Raised when the output changes for the same input and options.
    const VERSION: u32;
    /// Runs it.
    ///
    /// # Errors
    /// Only where nothing can be saved: what can be saved comes back with `issues` recorded.
    fn run(input: Self::In<'_>, options: &Self::Options) -> Result<Self::Out, Error>;
}

/// Names of the stages, first to last.
pub const ORDER: [&str; 8] = ["extract", "ocr", "lines", "tables", "blocks", "sections", "normalise", "emit"];
