//! `normalise`: tables in their context become tidy figures.

use crate::error::Error;
use crate::model::{Flow, Normalised, Record};
use crate::stages::Stage;
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Normalising;

/// What can be set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The words that tell what cells mean.
    pub vocabulary: Vocabulary,
}

impl Stage for Normalising {
    type In<'a> = (&'a Flow, &'a Record);
    type Out = Normalised;
    type Options = Options;
    const NAME: &'static str = "normalise";
    const VERSION: u32 = 1;

    fn run(_input: (&Flow, &Record), _options: &Options) -> Result<Normalised, Error> {
        Ok(Normalised::default())
    }
}
