//! `sections`: what the pages *are*. A flow of blocks becomes the record of a meeting.

use crate::error::Error;
use crate::model::{Flow, Record};
use crate::stages::Stage;
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Sectioning;

/// What can be set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The words that tell one part from another.
    pub vocabulary: Vocabulary,
}

impl Stage for Sectioning {
    type In<'a> = &'a Flow;
    type Out = Record;
    type Options = Options;
    const NAME: &'static str = "sections";
    const VERSION: u32 = 1;

    fn run(_flow: &Flow, _options: &Options) -> Result<Record, Error> {
        Ok(Record::default())
    }
}
