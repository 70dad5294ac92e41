//! One visual line of a page's flow: what of a row of words no table took, and how it is set.

use super::markers::{self, Marker};
use crate::model::{LineFate, PageLines, Rect, Turn, Word};

/// A line of the flow.
#[derive(Debug, Clone, Default)]
pub(super) struct TextLine {
    /// Indexes into the page's words, in reading order.
    pub words: Vec<u32>,
    pub bbox: Rect,
    pub baseline: f32,
    pub size: f32,
    /// Every word (after the marker) is bold, italic, underlined; letters are all capitals.
    pub bold: bool,
    pub italic: bool,
    pub underlined: bool,
    pub caps: bool,
    /// Colour of its first word.
    pub colour: u32,
    /// All words have that colour.
    pub one_colour: bool,
    /// Bullet or number that opens the line.
    pub marker: Option<Marker>,
    /// Left edge of the text after the marker.
    pub text_left: f32,
    pub chars: u32,
    /// Letters after the marker.
    pub letters: u32,
}

impl TextLine {
    pub(super) fn word<'a>(&self, page: &'a PageLines, at: usize) -> Option<&'a Word> {
        page.words.get(*self.words.get(at)? as usize)
    }

    pub(super) fn last_word<'a>(&self, page: &'a PageLines) -> Option<&'a Word> {
        page.words.get(*self.words.last()? as usize)
    }

    /// The first word after the marker.
    pub(super) fn first_text_word<'a>(&self, page: &'a PageLines) -> Option<&'a Word> {
        self.word(page, self.marker.as_ref().map_or(0, |m| m.words))
    }

    /// Indexes of the words after the marker.
    pub(super) fn text_words(&self) -> &[u32] {
        let skip = self.marker.as_ref().map_or(0, |m| m.words);
        self.words.get(skip..).unwrap_or_default()
    }
}

/// The lines of a page that no table took, top to bottom. Pieces of one row that belong together (a
/// number and its text) are one line again.
pub(super) fn lines_of(page: &PageLines, taken: &[bool]) -> Vec<TextLine> {
    let mut out: Vec<TextLine> = Vec::new();
    for line in &page.lines {
        if line.fate != LineFate::Body {
            continue;
        }
        let all = line.first..line.first + line.count;
        let words: Vec<u32> = all.filter(|&w| !taken.get(w as usize).copied().unwrap_or(false)).collect();
        let boxes = words.iter().filter_map(|&w| page.words.get(w as usize)).map(|w| w.bbox);
        let Some(bbox) = Rect::around(boxes) else { continue };
        let baseline = if line.turn == Turn::None { line.baseline } else { bbox.bottom };
        out.push(TextLine { words, bbox, baseline, size: line.size, ..TextLine::default() });
    }
    out.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.bbox.left.total_cmp(&b.bbox.left)));
    join_markers(page, &mut out);
    for line in &mut out {
        dress(page, line);
    }
    markers::drawn_bullets(page, &mut out);
    out
}

/// A marker that a tab parts from its text is a line by itself so far: put both together.
fn join_markers(page: &PageLines, lines: &mut Vec<TextLine>) {
    let mut i = 0;
    while i < lines.len() {
        if lines[i].words.len() <= 2 && markers::is_bare(page, &lines[i]) {
            let (mine, size) = (lines[i].bbox, lines[i].size);
            let baseline = lines[i].baseline;
            let beside = (i + 1..lines.len())
                .chain((0..i).rev())
                .take_while(|&j| (lines[j].baseline - baseline).abs() < 0.45 * size.max(lines[j].size))
                .filter(|&j| lines[j].bbox.left >= mine.right - 1.0 && lines[j].bbox.left - mine.right < 72.0)
                .filter(|&j| !markers::is_bare(page, &lines[j]))
                .min_by(|&a, &b| lines[a].bbox.left.total_cmp(&lines[b].bbox.left));
            if let Some(j) = beside {
                let text = std::mem::take(&mut lines[j]);
                let line = &mut lines[i];
                line.words.extend(text.words);
                line.bbox = line.bbox.union(text.bbox);
                line.size = text.size;
                line.baseline = text.baseline;
                lines.remove(j);
                if j < i {
                    i -= 1;
                }
            }
        }
        i += 1;
    }
}

/// Reads the marker and the style of a line.
fn dress(page: &PageLines, line: &mut TextLine) {
    line.marker = markers::read(page, line);
    line.text_left = line.first_text_word(page).map_or(line.bbox.left, |w| w.bbox.left);
    let mut letters = 0u32;
    let mut upper = 0u32;
    let (mut bold, mut italic, mut underlined, mut words) = (0u32, 0u32, 0u32, 0u32);
    let mut chars = 0u32;
    // A link is underlined and coloured as a link, which says nothing of the line.
    let plain =
        line.text_words().iter().filter_map(|&w| page.words.get(w as usize)).find(|w| w.link.is_none());
    line.colour = plain.map_or(0, |w| w.colour);
    let mut one_colour = true;
    for &w in line.text_words() {
        let Some(word) = page.words.get(w as usize) else { continue };
        let mut counts = false;
        for c in word.text.chars() {
            chars += 1;
            counts |= c.is_alphanumeric();
            if c.is_alphabetic() {
                letters += 1;
                upper += u32::from(!c.is_lowercase());
            }
        }
        if counts {
            one_colour &= word.colour == line.colour || word.link.is_some();
            words += 1;
            bold += u32::from(word.style.bold);
            italic += u32::from(word.style.italic);
            underlined += u32::from(word.style.underline && word.link.is_none());
        }
    }
    line.one_colour = one_colour;
    line.chars = chars;
    line.letters = letters;
    line.bold = words > 0 && bold == words;
    line.italic = words > 0 && italic == words;
    line.underlined = words > 0 && underlined == words;
    line.caps = letters >= 3 && upper == letters;
}
