//! A pipeline file: which stages run with which options, what is kept, what is written.

use super::plan::{StageName, StageOptions};
use crate::error::Error;
use crate::nightly::NightlyOptions;
use crate::sources::{FetchOptions, SourceOptions};
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The pipelines that are compiled in, by name.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("default", include_str!("../../pipelines/default.toml")),
    ("archive", include_str!("../../pipelines/archive.toml")),
    ("develop", include_str!("../../pipelines/develop.toml")),
    ("nightly", include_str!("../../pipelines/nightly.toml")),
];

/// A pipeline, as its file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pipeline {
    /// What it is for, in a line.
    pub about: String,
    /// Documents at once; 0 means one a core.
    pub jobs: usize,
    /// Megabytes of PDF being converted at once: more wait. One document always runs.
    pub admit_mb: u64,
    /// Which stages' outputs are kept in the work folder.
    pub keep: Keep,
    /// Documents are converted in processes of their own, which are killed and replaced when they
    /// hang, take too much memory or die.
    pub isolate: bool,
    /// Seconds that one document may take; 0 means without end. Without `isolate` it is looked at
    /// between stages.
    pub document_s: u64,
    /// Megabytes of memory that one worker process may take; 0 means without limit.
    pub memory_mb: u64,
    /// Of files with the same content only one is converted; the others point to it.
    pub dedupe: bool,
    /// How often a failure that may pass is tried again within the run.
    pub retries: u32,
    /// Milliseconds before the first new try; each further pause is twice as long.
    pub retry_wait_ms: u64,
    /// A file of words of one's own, laid over the vocabulary that is compiled in; its path is taken
    /// from the pipeline file's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<PathBuf>,
    /// Where `nightly` looks for packs.
    #[serde(rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceOptions>,
    /// How `nightly` asks sites.
    pub fetch: FetchOptions,
    /// How `nightly` publishes.
    pub nightly: NightlyOptions,
    /// Options of the stages.
    #[serde(flatten)]
    pub stages: StageOptions,
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline {
            about: String::new(),
            jobs: 0,
            admit_mb: 256,
            keep: Keep::default(),
            isolate: false,
            document_s: 600,
            memory_mb: 2048,
            dedupe: false,
            retries: 2,
            retry_wait_ms: 500,
            vocabulary: None,
            sources: Vec::new(),
            fetch: FetchOptions::default(),
            nightly: NightlyOptions::default(),
            stages: StageOptions::default(),
        }
    }
}

/// Which stages' outputs are kept: `"all"`, `"none"` or a list of names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Keep {
    /// A word for all of them or none.
    Word(KeepWord),
    /// These.
    These(Vec<StageName>),
    /// Nothing is kept.
    #[default]
    Nothing,
}

/// All or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepWord {
    /// Every stage's output.
    All,
    /// No stage's.
    None,
}

impl Keep {
    /// Every stage's output.
    pub const ALL: Keep = Keep::Word(KeepWord::All);

    /// Whether the stage's output is kept.
    pub fn keeps(&self, stage: StageName) -> bool {
        match self {
            Keep::Word(KeepWord::All) => true,
            Keep::Word(KeepWord::None) | Keep::Nothing => false,
            Keep::These(stages) => stages.contains(&stage),
        }
    }

    /// Whether any stage's output is kept.
    pub fn keeps_any(&self) -> bool {
        StageName::ALL.iter().any(|stage| self.keeps(*stage))
    }
}

impl Pipeline {
    /// A pipeline by the name of one compiled in, or by the path of a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that holds something a pipeline does not know.
    pub fn load(name: &str) -> Result<Pipeline, Error> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(n, _)| *n == name) {
            return Pipeline::parse(text, name);
        }
        let path = Path::new(name);
        if path.extension().is_none() && !path.exists() {
            let known: Vec<_> = BUILT_IN.iter().map(|(n, _)| *n).collect();
            let detail = format!("no pipeline is called {name}: give a file, or one of {}", known.join(", "));
            return Err(Error::Usage { detail });
        }
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        let mut pipeline = Pipeline::parse(&text, name)?;
        pipeline.stages.ocr.check()?;
        let folder = path.parent().unwrap_or(Path::new(""));
        pipeline.sources.iter_mut().for_each(|s| s.rebase(folder));
        pipeline.nightly.rebase(folder);
        if let Some(words) = &pipeline.vocabulary {
            let path = folder.join(words);
            let text = std::fs::read_to_string(&path)
                .map_err(|source| Error::Read { path: path.clone(), source })?;
            let vocabulary = Arc::new(Vocabulary::with(&text)?);
            pipeline.stages.sections.vocabulary = Arc::clone(&vocabulary);
            pipeline.stages.normalise.vocabulary = vocabulary;
        }
        Ok(pipeline)
    }

    /// A pipeline from the text of its file.
    ///
    /// # Errors
    /// The text is not TOML, or holds something a pipeline does not know.
    pub fn parse(text: &str, name: &str) -> Result<Pipeline, Error> {
        toml::from_str(text)
            .map_err(|e| Error::Usage { detail: format!("the pipeline {name} is wrong: {e}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_compiled_in_are_right() {
        for (name, text) in BUILT_IN {
            let p = Pipeline::parse(text, name).unwrap();
            assert!(!p.about.is_empty(), "{name} says what it is for");
        }
    }

    #[test]
    fn the_default_file_says_what_the_code_does() {
        let p = Pipeline::load("default").unwrap();
        assert_eq!(Pipeline { about: String::new(), keep: Keep::Nothing, ..p.clone() }, Pipeline::default());
        assert!(!p.keep.keeps(StageName::Lines));
    }

    #[test]
    fn keep_takes_a_word_or_a_list() {
        let keep = |text: &str| Pipeline::parse(text, "test").unwrap().keep;
        assert!(keep("keep = \"all\"").keeps(StageName::Emit));
        assert!(keep("keep = [\"lines\"]").keeps(StageName::Lines));
        assert!(!keep("keep = [\"lines\"]").keeps(StageName::Blocks));
    }

    #[test]
    fn what_a_pipeline_does_not_know_is_an_error() {
        for text in ["jbos = 2", "[tables]\nnonsense = true", "keep = \"some\"", "["] {
            assert_eq!(Pipeline::parse(text, "test").unwrap_err().code(), "usage", "{text}");
        }
        assert_eq!(Pipeline::load("no-such").unwrap_err().code(), "usage");
    }
}
