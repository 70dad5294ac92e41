//! A plan written down beside what was made by it, so that it can be told later what has changed.
//!
//! One file a plan in `plans/` of the work folder; stamps name it. A hundred
//! thousand packs of one run share one.

use super::output::{Output, Stamp};
use super::pipeline::{Keep, Pipeline};
use super::plan::{Identity, Plan, StageName, StageOptions};
use super::status::Reason;
use super::store::write_whole;
use crate::error::Error;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a pack was made by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Which build for debugging it was; empty for releases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub build: String,
    /// What was kept.
    #[serde(default)]
    pub keep: Keep,
    /// The stages, with version and options.
    pub stages: BTreeMap<StageName, Identity>,
}

impl Recipe {
    /// The recipe of a plan.
    pub fn of(plan: &Plan) -> Recipe {
        let stages = StageName::ALL.iter().map(|s| (*s, plan.identity(*s).clone())).collect();
        Recipe { build: plan.build.clone(), keep: plan.keep.clone(), stages }
    }

    /// Where the recipe of a plan of this name lies.
    pub fn path(output: &Output, name: &str) -> PathBuf {
        output.work.join("plans").join(format!("{name}.json"))
    }

    /// Writes a plan down, where it is not written down yet.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(plan: &Plan, output: &Output) -> Result<(), Error> {
        let path = Recipe::path(output, &plan.name());
        if path.exists() {
            return Ok(());
        }
        let text = serde_json::to_string(&Recipe::of(plan)).unwrap_or_default();
        write_whole(&path, text.as_bytes(), true)
    }

    /// The recipe of this name, if it was written down and is of stages that are known today.
    pub fn read(output: &Output, name: &str) -> Option<Recipe> {
        if name.is_empty() {
            return None;
        }
        serde_json::from_slice(&std::fs::read(Recipe::path(output, name)).ok()?).ok()
    }

    /// Today's plan with its options; `None` where today's stages do not know them.
    pub fn plan(&self) -> Option<Plan> {
        let options = self.stages.iter().map(|(s, i)| (s.name().to_owned(), i.options.clone()));
        let options: StageOptions =
            serde_json::from_value(Value::Object(options.collect::<Map<_, _>>())).ok()?;
        Some(Plan::new(&Pipeline { stages: options, keep: self.keep.clone(), ..Pipeline::default() }))
    }

    /// What a plan does otherwise.
    pub fn differences(&self, plan: &Plan) -> Vec<Reason> {
        let mut out = Vec::new();
        for stage in StageName::ALL {
            let now = plan.identity(stage);
            let Some(before) = self.stages.get(&stage) else {
                out.push(Reason::Version { stage, before: None, now: now.version });
                continue;
            };
            if before.version != now.version {
                out.push(Reason::Version { stage, before: Some(before.version), now: now.version });
            }
            out.extend(options(stage, &before.options, &now.options));
        }
        if self.build != plan.build {
            out.push(Reason::Build);
        }
        out
    }
}

/// The options of a stage that differ.
fn options(stage: StageName, before: &Value, now: &Value) -> Vec<Reason> {
    let (Value::Object(b), Value::Object(n)) = (before, now) else {
        let differs = before != now;
        return differs
            .then(|| Reason::Option {
                stage,
                option: String::new(),
                before: brief(Some(before)),
                now: brief(Some(now)),
            })
            .into_iter()
            .collect();
    };
    let names: BTreeSet<&String> = b.keys().chain(n.keys()).collect();
    let differs = |name: &&String| b.get(*name) != n.get(*name);
    let reason = |name: &String| Reason::Option {
        stage,
        option: name.clone(),
        before: brief(b.get(name)),
        now: brief(n.get(name)),
    };
    names.into_iter().filter(differs).map(reason).collect()
}

/// A value as people read it; one that fills the screen is only named by its hash.
fn brief(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".into() };
    let text = value.to_string();
    if text.chars().count() <= 60 {
        text
    } else {
        format!("#{}", &blake3::hash(text.as_bytes()).to_hex()[..8])
    }
}

/// The recipes that an output folder's packs were made by, and the plans that they are compared with.
pub struct Recipes {
    known: BTreeMap<String, (Recipe, Option<Plan>)>,
    given: Option<Plan>,
    default: Plan,
}

impl Recipes {
    /// Those of the packs. With a plan, that is what all are compared with.
    pub fn load(output: &Output, stems: &[String], plan: Option<&Plan>) -> Recipes {
        let names: BTreeSet<String> =
            stems.par_iter().filter_map(|stem| output.stamp(stem)).map(|stamp| stamp.plan).collect();
        let known = names.into_iter().filter_map(|name| {
            let recipe = Recipe::read(output, &name)?;
            let plan = recipe.plan();
            Some((name, (recipe, plan)))
        });
        Recipes { known: known.collect(), given: plan.cloned(), default: Plan::new(&Pipeline::default()) }
    }

    /// The recipe that a pack was made by.
    pub fn recipe(&self, stamp: &Stamp) -> Option<&Recipe> {
        self.known.get(&stamp.plan).map(|(recipe, _)| recipe)
    }

    /// The plan that a pack is compared with.
    pub fn plan(&self, stamp: &Stamp) -> &Plan {
        let own = || self.known.get(&stamp.plan).and_then(|(_, plan)| plan.as_ref());
        self.given.as_ref().or_else(own).unwrap_or(&self.default)
    }
}
