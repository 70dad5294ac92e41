//! Runs documents down the road: what is stored, what is fresh, what failed, and what it all came to.

pub mod admission;
pub mod archive;
pub mod diff;
mod document;
pub mod isolate;
pub mod journal;
pub mod lock;
mod memory;
mod names;
pub mod output;
pub mod panics;
pub mod paths;
pub mod pipeline;
pub mod plan;
pub mod prune;
mod queue;
pub mod readings;
pub mod recipe;
pub mod report;
pub mod rerun;
pub mod road;
pub mod run;
pub mod source;
pub mod status;
pub mod store;
mod survey;
pub mod verify;
pub mod worker;

pub use isolate::Isolation;
pub use journal::{Event, Journal};
pub use pipeline::{Keep, Pipeline};
pub use plan::{Plan, StageName, StageOptions};
pub use report::{Job, Outcome, Report, Summary};
pub use road::Road;
pub use run::{Engine, Watcher};
