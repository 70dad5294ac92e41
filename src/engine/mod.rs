//! Runs documents down the road: what is stored, what is fresh, what failed, and what it all came to.

pub mod admission;
pub mod journal;
pub mod output;
pub mod panics;
pub mod pipeline;
pub mod plan;
pub mod road;
pub mod run;
pub mod store;

pub use journal::{Event, Journal};
pub use pipeline::{Keep, Pipeline};
pub use plan::{Plan, StageName, StageOptions};
pub use road::Road;
pub use run::{Engine, Job, Outcome, Report, Summary, Watcher};
