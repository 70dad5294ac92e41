//! What `extract` reads from a PDF: text runs, drawings and the document's own structure.

use super::{Issue, PageNo, Rect, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A PDF as read: the output of the `extract` stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extract {
    /// What the PDF says of itself.
    pub document: DocumentInfo,
    /// One entry a page, in order.
    pub pages: Vec<Page>,
    /// What went wrong on the way.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// What the PDF says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DocumentInfo {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// File name without folders.
    pub filename: String,
    /// Title from XMP or Info.
    pub title: Option<String>,
    /// Author from XMP or Info; often wrong.
    pub author: Option<String>,
    /// Program that made the PDF.
    pub producer: Option<String>,
    /// Program that made the source document.
    pub creator: Option<String>,
    /// Creation date as an ISO 8601 string.
    pub created: Option<String>,
    /// Modification date as an ISO 8601 string.
    pub modified: Option<String>,
    /// Language tag of the catalogue.
    pub language: Option<String>,
    /// Whether the file was encrypted (with the empty user password).
    pub encrypted: bool,
    /// Bookmarks, flattened in reading order.
    pub outline: Vec<OutlineEntry>,
    /// Structure elements, flattened in document order; parents come before children.
    pub structure: Vec<StructureElement>,
    /// Names of attached files.
    pub attachments: Vec<String>,
    /// The meeting's record that lay beside the PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<MeetingRecord>,
}

/// A meeting's record as a council's system gives it, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MeetingRecord {
    /// The system's number of the meeting.
    pub id: Option<String>,
    /// The body that meets.
    pub body: Option<String>,
    /// The day, as given: "03/05/2021".
    pub date: Option<String>,
    /// The time, as given: "10.30 am".
    pub time: Option<String>,
    /// Where it meets.
    pub venue: Option<String>,
    /// "Meeting confirmed", "Cancelled" …
    pub status: Option<String>,
    /// Items of the agenda; one without a number is a heading.
    pub items: Vec<RecordedItem>,
    /// Who is expected, or was there.
    pub attendees: Vec<RecordedPerson>,
}

/// An item of a meeting's record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RecordedItem {
    /// Its printed number.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// Whether the public may not see it.
    pub restricted: bool,
}

/// A person of a meeting's record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RecordedPerson {
    /// The name.
    pub name: String,
    /// The role.
    pub role: Option<String>,
    /// "Present", "Apologies" …
    pub attendance: Option<String>,
}

/// One bookmark.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineEntry {
    /// 1 for the top level.
    pub level: u8,
    /// Its words.
    pub title: String,
    /// Where it leads.
    pub page: Option<PageNo>,
    /// Height on that page in points from the top, where given.
    pub top: Option<f32>,
}

/// One element of the structure tree (a "tag").
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StructureElement {
    /// Standard role after the role map: `H1`, `P`, `LI`, `TD` …
    pub role: String,
    /// Index of the parent in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Marked content that belongs to it: page and MCID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<(PageNo, u32)>,
    /// Alternative description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Row span of a table cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_span: Option<u32>,
    /// Column span of a table cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub col_span: Option<u32>,
}

/// One page as read, in points of the page as shown (after `/Rotate`, cropped to the `CropBox`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Page {
    /// Its number.
    pub page: PageNo,
    /// Width and height as shown.
    pub size: [f32; 2],
    /// `/Rotate`, in degrees clockwise.
    pub rotation: u16,
    /// Its page label, where the PDF has one.
    pub label: Option<String>,
    /// Fonts that the runs name by index.
    pub fonts: Vec<Font>,
    /// Text in the order of painting.
    pub runs: Vec<TextRun>,
    /// Lines and boxes drawn.
    pub graphics: Graphics,
    /// What of the text was read but could not be kept, counted in characters by reason.
    pub dropped: BTreeMap<String, u32>,
    /// What OCR made of it, where it was read from its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocr: Option<PageOcr>,
}

/// How a page was read from its picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PageOcr {
    /// Program and version that read it.
    pub engine: String,
    /// Mean confidence of its words, 0 to 1, by characters; none without words.
    pub confidence: Option<f32>,
    /// Words read.
    pub words: u32,
    /// Share of the picture that is ink, 0 to 1: hardly any on a blank sheet.
    pub ink: f32,
    /// Pixels an inch of the picture read.
    pub resolution: f32,
    /// Degrees clockwise by which the page as shown was turned to be upright.
    pub turned: u16,
    /// Degrees by which its lines fell to the right.
    pub skew: f32,
}

/// Drawings of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Graphics {
    /// Straight horizontal and vertical rules: strokes, and fills thinner than 3 points.
    pub rulings: Vec<Ruling>,
    /// Filled boxes.
    pub fills: Vec<Fill>,
    /// Everything else that is drawn: curves, polygons, slanted lines.
    pub shapes: Vec<Shape>,
    /// Pictures.
    pub images: Vec<ImageBox>,
    /// Link annotations.
    pub links: Vec<Link>,
}

/// A font as a page uses it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Font {
    /// PostScript name without the subset prefix.
    pub name: String,
    /// Bold by name, flags or weight.
    pub bold: bool,
    /// Italic by name, flags or angle.
    pub italic: bool,
    /// Fixed pitch.
    pub mono: bool,
    /// A font of symbols (Wingdings, Symbol, Zapf Dingbats).
    pub symbol: bool,
    /// Glyphs are drawings (Type 3).
    pub type3: bool,
}

/// A stretch of glyphs on one baseline in one font, size and colour, as one text operator shows them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TextRun {
    /// Unicode text. A ligature stands as its letters, an unknown glyph as U+FFFD.
    pub text: String,
    /// For each character of `text`, where it starts along the baseline, in points from `origin`.
    pub offsets: Vec<f32>,
    /// For each character of `text`, how far it advances, in points (without added spacing).
    pub advances: Vec<f32>,
    /// Start of the baseline on the page: x, y.
    pub origin: [f32; 2],
    /// Direction of the baseline in degrees clockwise: 0 reads to the right, 90 downwards, 270 upwards.
    pub angle: f32,
    /// Font size in points as shown.
    pub size: f32,
    /// Index into the page's `fonts`.
    pub font: u16,
    /// Fill colour as 0xRRGGBB (stroke colour where text is only stroked).
    pub colour: u32,
    /// Whether the page shows it.
    pub visibility: Visibility,
    /// Marked-content id of the structure tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcid: Option<u32>,
    /// Inside marked content named Artifact.
    pub artifact: bool,
    /// From a Form `XObject` or annotation outside the page's own content: 0 is the page itself.
    pub depth: u8,
    /// Confidence of recognition, 0 to 1, for text that came from OCR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// Whether text is seen on the page, and if not why.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Seen.
    #[default]
    Shown,
    /// Text render mode 3 or 7, or fully transparent.
    Invisible,
    /// Outside the clip.
    Clipped,
    /// Outside the page.
    OffPage,
    /// On a layer that is switched off.
    LayerOff,
    /// In the colour of what lies behind it.
    NoContrast,
    /// Gibberish, or set aside by option: OCR of the page stands for it.
    Replaced,
}

/// A horizontal or vertical rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ruling {
    /// Runs left to right (else top to bottom).
    pub horizontal: bool,
    /// y of a horizontal rule, x of a vertical one: the middle of the stroke.
    pub at: f32,
    /// Where it begins on the other axis.
    pub start: f32,
    /// Where it ends.
    pub end: f32,
    /// Thickness.
    pub width: f32,
    /// Colour as 0xRRGGBB.
    pub colour: u32,
}

/// A filled box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fill {
    /// Its place.
    pub bbox: Rect,
    /// Colour as 0xRRGGBB.
    pub colour: u32,
}

/// A drawing that is neither rule nor filled box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// Its bounds.
    pub bbox: Rect,
    /// Colour as 0xRRGGBB.
    pub colour: u32,
    /// Filled (else only stroked).
    pub filled: bool,
    /// Has curves.
    pub curved: bool,
    /// Points of the path.
    pub points: u16,
    /// The sign that it is, where it is small and looks like one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Sign>,
}

/// A small drawing that stands for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// An arrow or triangle that points up.
    Up,
    /// To the right.
    Right,
    /// Down.
    Down,
    /// To the left.
    Left,
    /// A filled circle.
    Disc,
    /// A tick.
    Tick,
}

impl Sign {
    /// What it is once the page is turned so that text of this direction reads upright.
    #[must_use]
    pub fn upright(self, turn: Turn) -> Sign {
        const AROUND: [Sign; 4] = [Sign::Up, Sign::Right, Sign::Down, Sign::Left];
        let quarters = usize::from(u16::from(turn) / 90);
        match AROUND.iter().position(|s| *s == self) {
            // Text that reads downwards is turned back to the left.
            Some(i) => AROUND[(i + 4 - quarters) % 4],
            None => self,
        }
    }
}

/// A picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageBox {
    /// Its place, cropped to the page.
    pub bbox: Rect,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Its place.
    pub bbox: Rect,
    /// Where it leads outside the PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Or the page it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageNo>,
}
