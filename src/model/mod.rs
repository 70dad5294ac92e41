//! What flows between the stages. Knows no output format.

mod block;
mod geometry;
mod issue;
mod line;
mod minutes;
mod observation;
mod pack;
mod page;
mod section;
mod table;

pub use block::{Block, BlockKind, Confidence, Flow, Layer, Ledger, PageRecord, Span, TextSource, plain};
pub use geometry::{Origin, PageNo, Rect, Turn};
pub use issue::Issue;
pub use line::{Furniture, Line, LineFate, Lines, PageLines, Style, Word, join};
pub use minutes::{Decision, Declaration, MinuteItem, Minutes, PreviousMinutes, Vote};
pub use observation::{ColumnFacts, ColumnKind, ColumnRole, Normalised, Observation, Period, TableFacts};
pub use pack::{Pack, Source};
pub use page::{
    DocumentInfo, Extract, Fill, Font, Graphics, ImageBox, Link, MeetingRecord, OutlineEntry, Page, PageOcr,
    RecordedItem, RecordedPerson, Ruling, Shape, Sign, StructureElement, TextRun, Visibility,
};
pub use section::{
    AgendaItem, Classification, ContentsEntry, Evidence, Identifier, Lettered, Location, Meeting, Named,
    Organization, Papers, Person, Record, Section,
};
pub use table::{Cell, Grid, GridError, GridPart, Table, TableEvidence, Tables};
