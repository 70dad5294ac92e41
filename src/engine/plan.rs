//! The plan of a run: the stages' options, and the key of everything that they make.
//!
//! A key says "the same output": blake3 over the stage's name, version and options and the keys or
//! contents of its inputs. It does not see the program's own code, so a stage whose output changes
//! must raise its `VERSION`. Builds for debugging are told apart by the program's file beside the key,
//! so that nobody has to while working on a stage.

use super::pipeline::{Keep, Pipeline};
use crate::stages;
use crate::stages::Stage;
use serde::{Deserialize, Serialize};

/// A stage, by name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    /// PDF to text runs and drawings.
    Extract,
    /// Pictures of text to text runs.
    Ocr,
    /// Text runs to words and lines.
    Lines,
    /// Lines to tables.
    Tables,
    /// Lines and tables to blocks.
    Blocks,
    /// Blocks to the record of a meeting.
    Sections,
    /// Tables to figures.
    Normalise,
    /// All of it to files.
    Emit,
}

impl StageName {
    /// First to last.
    pub const ALL: [StageName; 8] = [
        StageName::Extract,
        StageName::Ocr,
        StageName::Lines,
        StageName::Tables,
        StageName::Blocks,
        StageName::Sections,
        StageName::Normalise,
        StageName::Emit,
    ];

    /// The name as in file names.
    pub fn name(self) -> &'static str {
        stages::ORDER[self as usize]
    }

    /// The stages whose outputs it reads.
    pub fn inputs(self) -> &'static [StageName] {
        match self {
            StageName::Extract => &[],
            StageName::Ocr => &[StageName::Extract],
            StageName::Lines => &[StageName::Ocr],
            StageName::Tables => &[StageName::Lines],
            StageName::Blocks => &[StageName::Lines, StageName::Tables],
            StageName::Sections => &[StageName::Blocks],
            StageName::Normalise => &[StageName::Blocks, StageName::Sections],
            StageName::Emit => &[StageName::Blocks, StageName::Sections, StageName::Normalise],
        }
    }
}

/// The options of every stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageOptions {
    /// Of `extract`.
    pub extract: <stages::extract::Extraction as Stage>::Options,
    /// Of `ocr`.
    pub ocr: <stages::ocr::Recognition as Stage>::Options,
    /// Of `lines`.
    pub lines: <stages::lines::Lining as Stage>::Options,
    /// Of `tables`.
    pub tables: <stages::tables::Tabling as Stage>::Options,
    /// Of `blocks`.
    pub blocks: <stages::blocks::Blocking as Stage>::Options,
    /// Of `sections`.
    pub sections: <stages::sections::Sectioning as Stage>::Options,
    /// Of `normalise`.
    pub normalise: <stages::normalise::Normalising as Stage>::Options,
    /// Of `emit`.
    pub emit: <stages::emit::Emitting as Stage>::Options,
}

/// A key or the hash of a content.
pub type Hash = blake3::Hash;

/// How many stages there are.
pub const STAGES: usize = StageName::ALL.len();

/// What tells two forms of a stage apart: its part of every key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Its version.
    pub version: u32,
    /// Its options.
    pub options: serde_json::Value,
}

/// What a run will do with every document.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Options of the stages.
    pub options: StageOptions,
    /// What is kept.
    pub keep: Keep,
    /// What tells two builds for debugging apart; nothing for releases.
    pub build: String,
    /// Of each stage.
    identities: [Identity; STAGES],
    /// Of each stage: blake3 over its name, version and options.
    hashes: [Hash; STAGES],
}

impl Plan {
    /// The plan of a pipeline.
    pub fn new(pipeline: &Pipeline) -> Plan {
        let o = &pipeline.stages;
        let identities = [
            identity::<stages::extract::Extraction>(&o.extract),
            identity::<stages::ocr::Recognition>(&o.ocr),
            identity::<stages::lines::Lining>(&o.lines),
            identity::<stages::tables::Tabling>(&o.tables),
            identity::<stages::blocks::Blocking>(&o.blocks),
            identity::<stages::sections::Sectioning>(&o.sections),
            identity::<stages::normalise::Normalising>(&o.normalise),
            identity::<stages::emit::Emitting>(&o.emit),
        ];
        Plan {
            options: pipeline.stages.clone(),
            keep: pipeline.keep.clone(),
            build: build(),
            hashes: StageName::ALL.map(|s| hash(s, &identities[s as usize])),
            identities,
        }
    }

    /// The same, keeping something else.
    #[must_use]
    pub fn keeping(&self, keep: Keep) -> Plan {
        Plan { keep, ..self.clone() }
    }

    /// The same, of another build for debugging.
    #[must_use]
    pub fn of_build(&self, build: &str) -> Plan {
        Plan { build: build.to_owned(), ..self.clone() }
    }

    /// What tells this form of a stage from others.
    pub fn identity(&self, stage: StageName) -> &Identity {
        &self.identities[stage as usize]
    }

    /// Its name: plans that do the same have the same.
    pub fn name(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for hash in &self.hashes {
            hasher.update(hash.as_bytes());
        }
        hasher.update(self.build.as_bytes());
        hasher.update(serde_json::to_string(&self.keep).unwrap_or_default().as_bytes());
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// The key of a stage's output for these inputs.
    pub fn key(&self, stage: StageName, inputs: &[Hash]) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.hashes[stage as usize].as_bytes());
        for input in inputs {
            hasher.update(input.as_bytes());
        }
        hasher.finalize()
    }

    /// The key of a stage's output, known from the source alone: no stage has to run for it. Which build
    /// for debugging it is is part of it.
    pub fn derived(&self, stage: StageName, source: Hash) -> Hash {
        let key = self.key_from(stage, source);
        if self.build.is_empty() {
            return key;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(key.as_bytes());
        hasher.update(self.build.as_bytes());
        hasher.finalize()
    }

    fn key_from(&self, stage: StageName, source: Hash) -> Hash {
        if stage == StageName::Extract {
            return self.key(stage, &[source]);
        }
        let inputs: Vec<Hash> = stage.inputs().iter().map(|s| self.key_from(*s, source)).collect();
        self.key(stage, &inputs)
    }

    /// The plan of the next version of a stage, for tests of what that makes stale.
    #[cfg(test)]
    pub(crate) fn with_next_version(mut self, stage: StageName) -> Plan {
        let at = stage as usize;
        self.identities[at].version += 1;
        self.hashes[at] = hash(stage, &self.identities[at]);
        self
    }
}

fn identity<S: Stage>(options: &S::Options) -> Identity {
    // Options are plain data; one that cannot be written would only lose its part of the key.
    Identity { version: S::VERSION, options: serde_json::to_value(options).unwrap_or_default() }
}

/// blake3 over what tells a form of a stage apart.
fn hash(stage: StageName, identity: &Identity) -> Hash {
    let parts = [stage.name(), &identity.version.to_string(), &identity.options.to_string()];
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize()
}

/// What tells two builds for debugging apart; nothing for releases.
fn build() -> String {
    if !cfg!(debug_assertions) {
        return String::new();
    }
    let file = std::env::current_exe().and_then(std::fs::metadata);
    file.and_then(|m| Ok(format!("{:?} {}", m.modified()?, m.len()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::emit::TableStyle;

    #[test]
    fn an_option_changes_the_keys_below_it_alone() {
        let source = blake3::hash(b"pdf");
        let a = Plan::new(&Pipeline::default());
        let mut changed = Pipeline::default();
        changed.stages.emit.tables = TableStyle::Html;
        let b = Plan::new(&changed);
        assert_eq!(a.derived(StageName::Normalise, source), b.derived(StageName::Normalise, source));
        assert_ne!(a.derived(StageName::Emit, source), b.derived(StageName::Emit, source));
        assert_ne!(a.derived(StageName::Emit, source), a.derived(StageName::Emit, blake3::hash(b"other")));
    }

    #[test]
    fn names_are_those_of_the_stages() {
        assert_eq!(StageName::Normalise.name(), "normalise");
        for (stage, name) in StageName::ALL.iter().zip(stages::ORDER) {
            assert_eq!(serde_json::to_value(stage).unwrap(), name);
        }
    }
}
