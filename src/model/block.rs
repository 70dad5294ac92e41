//! Blocks in reading order: the output of the `blocks` stage.

use super::{DocumentInfo, Furniture, Issue, Origin, PageNo, PageOcr, Table, Turn, Visibility};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The pack as a flow of blocks: the output of the `blocks` stage, and all that later stages need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// What the PDF says of itself.
    pub document: DocumentInfo,
    /// Facts of each page.
    pub pages: Vec<PageRecord>,
    /// Blocks of the body in reading order, then furniture and hidden text page by page.
    pub blocks: Vec<Block>,
    /// Tables, which blocks name by id, in reading order.
    pub tables: Vec<Table>,
    /// What went wrong so far.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// Facts of one page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PageRecord {
    /// Its number.
    pub page: PageNo,
    /// What the pack's stamp says, or else the document's own page number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    /// What the item stamp says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_stamp: Option<String>,
    /// The document's own page number ("2" of "Page 2 of 25"), where it differs from the stamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_number: Option<String>,
    /// Width and height as shown.
    pub size: [f32; 2],
    /// `/Rotate` of the PDF page.
    pub rotation: u16,
    /// How the text was turned to be read upright.
    pub turned: Turn,
    /// Its page label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where its text comes from.
    pub text: TextSource,
    /// How it was read, where OCR read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocr: Option<PageOcr>,
    /// No body on it at all.
    pub blank: bool,
    /// Size of most of its body text, in points.
    pub body_size: f32,
    /// Share of the page that pictures cover, 0 to 1.
    pub picture_share: f32,
    /// The fate of every character.
    pub ledger: Ledger,
}

/// Where a page's text comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// Text of the PDF itself.
    Native,
    /// Recognised by us from the picture.
    Ocr,
    /// An invisible text layer over a picture.
    OcrLayer,
    /// Several of these.
    Mixed,
    /// No text at all.
    #[default]
    None,
}

/// The fates of a page's characters (spaces not counted, a ligature as its letters).
///
/// `read` is counted in `extract`; the others where the fate is decided. They balance when `read`
/// is the sum of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ledger {
    /// Characters read from the PDF.
    pub read: u32,
    /// In a block or a cell.
    pub body: u32,
    /// In a figure: kept in the JSON, not in the Markdown.
    pub figure: u32,
    /// Page furniture.
    pub furniture: u32,
    /// Not seen on the page.
    pub hidden: u32,
    /// Struck twice.
    pub duplicate: u32,
    /// Dropped, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<String, u32>,
}

impl Ledger {
    /// Whether every character read has exactly one fate.
    pub fn balances(&self) -> bool {
        let fates = [self.body, self.figure, self.furniture, self.hidden, self.duplicate];
        self.read == fates.iter().sum::<u32>() + self.dropped.values().sum::<u32>()
    }
}

/// Which layer of the page a block belongs to; only the body reaches the Markdown.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The text.
    #[default]
    Body,
    /// Running headers, footers, stamps.
    Furniture,
    /// Text that the page does not show.
    Hidden,
}

/// How sure we are, and why not surer. A score of `None` means that nobody assessed it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Confidence {
    /// 0 to 1.
    pub score: Option<f32>,
    /// What spoke for it or against.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// One block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// `b1`, `b2` … in the order of the list.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// Where it stands: one entry a page that it touches.
    pub origin: Vec<Origin>,
    /// Its layer.
    #[serde(default)]
    pub layer: Layer,
    /// How sure.
    #[serde(default)]
    pub confidence: Confidence,
}

impl Block {
    /// The page it begins on.
    pub fn page(&self) -> PageNo {
        self.origin.first().map(|o| o.page).unwrap_or_default()
    }

    /// Its own text, where it has any (a table's text is in its cells).
    pub fn text(&self) -> &[Span] {
        match &self.kind {
            BlockKind::Heading { text, .. }
            | BlockKind::Paragraph { text, .. }
            | BlockKind::ListItem { text, .. }
            | BlockKind::TocEntry { text, .. }
            | BlockKind::Caption { text }
            | BlockKind::Footnote { text, .. }
            | BlockKind::Furniture { text, .. }
            | BlockKind::Hidden { text, .. }
            | BlockKind::Figure { text, .. } => text,
            BlockKind::Table { .. } => &[],
        }
    }
}

/// Kinds of block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockKind {
    /// A heading.
    Heading {
        /// 1 for the highest in its section.
        level: u8,
        /// Its number ("2.1"), which `text` does not repeat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Its words.
        text: Vec<Span>,
    },
    /// A paragraph.
    Paragraph {
        /// Its number ("3.2"), which `text` does not repeat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Its words; `\n` where a line break means something.
        text: Vec<Span>,
    },
    /// An item of a list.
    ListItem {
        /// Its marker as printed: "•", "(a)", "1.".
        marker: String,
        /// Depth of nesting, from 0.
        depth: u8,
        /// Its words, without the marker.
        text: Vec<Span>,
    },
    /// An entry of a table of contents.
    TocEntry {
        /// Depth by indent, from 0.
        depth: u8,
        /// Its words, without the leader and page.
        text: Vec<Span>,
        /// The page it names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<String>,
    },
    /// A table, by id.
    Table {
        /// Id in `tables`.
        table: String,
    },
    /// A figure: chart, drawing or picture.
    Figure {
        /// Words drawn inside it: kept here, not poured into the Markdown.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        text: Vec<Span>,
        /// The alternative description of the PDF.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alt: Option<String>,
    },
    /// A caption of the table or figure beside it.
    Caption {
        /// Its words.
        text: Vec<Span>,
    },
    /// A footnote.
    Footnote {
        /// Its mark.
        mark: String,
        /// Its words.
        text: Vec<Span>,
    },
    /// Page furniture.
    Furniture {
        /// Its kind.
        role: Furniture,
        /// Its words.
        text: Vec<Span>,
    },
    /// Text that the page does not show.
    Hidden {
        /// Why not.
        reason: Visibility,
        /// Its words.
        text: Vec<Span>,
    },
}

impl Default for BlockKind {
    fn default() -> Self {
        BlockKind::Paragraph { number: None, text: Vec::new() }
    }
}

/// A stretch of text in one style.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Bold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// Italic.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// Superscript.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub superscript: bool,
    /// Subscript.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub subscript: bool,
    /// Struck out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strike: bool,
    /// Where it links to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl Span {
    /// A span without style.
    pub fn plain(text: impl Into<String>) -> Self {
        Span { text: text.into(), ..Span::default() }
    }
}

/// The text of spans without styles.
pub fn plain(spans: &[Span]) -> String {
    spans.iter().map(|s| s.text.as_str()).collect()
}
