//! Words and lines: the output of the `lines` stage.

use super::{DocumentInfo, Graphics, Issue, PageNo, PageOcr, Rect, Turn, Visibility};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Words and lines of all pages, furniture marked: the output of the `lines` stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lines {
    /// What the PDF says of itself, handed on.
    pub document: DocumentInfo,
    /// One entry a page.
    pub pages: Vec<PageLines>,
    /// What went wrong so far.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// Words and lines of one page.
///
/// Everything is in the page's *reading frame*: where most of the text of a page is turned, the page
/// is turned back (`turned` says by how much), so that later stages see upright text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PageLines {
    /// Its number.
    pub page: PageNo,
    /// Width and height of the reading frame.
    pub size: [f32; 2],
    /// `/Rotate` of the PDF page.
    pub rotation: u16,
    /// How the text stood on the page as shown before it was made upright.
    pub turned: Turn,
    /// Its page label.
    pub label: Option<String>,
    /// Words, line by line.
    pub words: Vec<Word>,
    /// Lines: stretches of `words`. A line ends where a wide gap begins, so columns and cells are apart.
    pub lines: Vec<Line>,
    /// Drawings in the reading frame.
    pub graphics: Graphics,
    /// Text came from an invisible OCR layer over a picture of the page.
    pub ocr_layer: bool,
    /// What OCR made of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocr: Option<PageOcr>,
    /// Characters read on the page (without spaces).
    pub read: u32,
    /// Characters struck twice.
    pub duplicate: u32,
    /// Characters dropped, by reason.
    pub dropped: BTreeMap<String, u32>,
}

/// One word: characters without a space between them, in one style.
///
/// A change of style inside a word ("13" + raised "th") makes two `Word`s, the second `glued`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// Its box: from ascender to descender.
    pub bbox: Rect,
    /// Font size in points.
    pub size: f32,
    /// Colour as 0xRRGGBB.
    pub colour: u32,
    /// How it is set.
    pub style: Style,
    /// Follows the word before without a space.
    pub glued: bool,
    /// Index into the page's links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<u16>,
    /// Marked-content id of the structure tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcid: Option<u32>,
    /// Confidence of recognition, for OCR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// How a word is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Style {
    /// Bold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// Italic.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// Raised and smaller.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub superscript: bool,
    /// Lowered and smaller.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub subscript: bool,
    /// A line runs through it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strike: bool,
    /// A line runs under it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub underline: bool,
    /// Set in a font of symbols.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub symbol: bool,
}

/// One line of words, or the part of it before a wide gap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Line {
    /// First word, as an index into the page's words.
    pub first: u32,
    /// How many words.
    pub count: u32,
    /// Box around the words.
    pub bbox: Rect,
    /// y of the baseline in the reading frame (for turned lines: the side that is the bottom of the letters).
    pub baseline: f32,
    /// Size of most of its characters.
    pub size: f32,
    /// How it stands in the reading frame: most lines are upright.
    pub turn: Turn,
    /// What it is to the page.
    pub fate: LineFate,
}

/// What a line is to the page.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum LineFate {
    /// Part of the text.
    #[default]
    Body,
    /// Furniture of the page.
    Furniture(Furniture),
    /// Not seen on the page.
    Hidden(Visibility),
}

/// Kinds of page furniture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Furniture {
    /// The pack's own stamp "Page 15".
    PageStamp,
    /// The pack's own stamp "Agenda Item 4".
    ItemStamp,
    /// A running header.
    Header,
    /// A running footer.
    Footer,
    /// A document's own page number.
    PageNumber,
    /// A word laid across the page.
    Watermark,
    /// The words that say a page is blank on purpose.
    BlankNotice,
    /// Numbers beside the lines.
    LineNumber,
}

impl PageLines {
    /// The words of a line.
    pub fn words_of(&self, line: &Line) -> &[Word] {
        let first = (line.first as usize).min(self.words.len());
        let end = (first + line.count as usize).min(self.words.len());
        &self.words[first..end]
    }

    /// The text of a line, words parted by single spaces.
    pub fn text_of(&self, line: &Line) -> String {
        join(self.words_of(line))
    }
}

/// Words as text: parted by single spaces, glued ones not.
pub fn join(words: &[Word]) -> String {
    let mut out = String::with_capacity(words.iter().map(|w| w.text.len() + 1).sum());
    for w in words {
        if !out.is_empty() && !w.glued {
            out.push(' ');
        }
        out.push_str(&w.text);
    }
    out
}
