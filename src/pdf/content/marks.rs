//! Marked content: ids of the structure tree, artifacts, replaced text and layers.

use super::lexer::Properties;
use crate::limits;
use crate::model::TextRun;
use crate::pdf::layers::Layers;
use crate::pdf::text_string;
use hayro_syntax::object::{Dict, Name, String as PdfString};
use hayro_syntax::page::Resources;

/// One open marked-content sequence, with what it inherits.
#[derive(Clone, Default)]
struct Mark {
    mcid: Option<u32>,
    artifact: bool,
    hidden: bool,
    /// Replaced text, and the first run that it replaces.
    actual: Option<(String, usize)>,
}

/// The open marked-content sequences, innermost last.
#[derive(Default)]
pub(super) struct Marks {
    open: Vec<Mark>,
    /// Opened past the limit: only counted.
    deeper: usize,
}

impl Marks {
    /// How many are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The id that text belongs to.
    pub(super) fn mcid(&self) -> Option<u32> {
        self.open.last().and_then(|m| m.mcid)
    }

    /// Runs before this one are not to grow: replaced text begins behind them.
    pub(super) fn first_replaced(&self) -> usize {
        let starts = self.open.iter().filter_map(|m| m.actual.as_ref().map(|(_, first)| *first));
        starts.max().unwrap_or(0)
    }

    /// Whether text is an artifact.
    pub(super) fn artifact(&self) -> bool {
        self.open.last().is_some_and(|m| m.artifact)
    }

    /// Whether a layer that is switched off holds what is drawn.
    pub(super) fn hidden(&self) -> bool {
        self.open.last().is_some_and(|m| m.hidden)
    }

    /// Opens a sequence. `own` says whether its ids are of the page's own structure.
    pub(super) fn begin(
        &mut self,
        tag: &Name<'_>,
        properties: Option<&Properties<'_, '_>>,
        resources: &Resources<'_>,
        layers: &Layers,
        own: bool,
        runs: usize,
    ) {
        if self.open.len() >= limits::MARK_DEPTH {
            self.deeper += 1;
            return;
        }
        let mut mark = Mark { actual: None, ..self.open.last().cloned().unwrap_or_default() };
        mark.artifact |= tag.as_ref() == b"Artifact";
        let dict = match properties {
            Some(Properties::Dict(d)) => Some((*d).clone()),
            Some(Properties::Name(n)) => resources.properties.get::<Dict<'_>>(n),
            None => None,
        };
        if let Some(d) = dict {
            if tag.as_ref() == b"OC" {
                mark.hidden |= layers.hides(&d);
            }
            if own && let Some(id) = d.get::<u32>(b"MCID") {
                mark.mcid = Some(id);
            }
            mark.actual = d.get::<PdfString<'_>>(b"ActualText").map(|s| (text_string(s.as_bytes()), runs));
        }
        self.open.push(mark);
    }

    /// Opens a sequence in which nothing is seen.
    pub(super) fn begin_hidden(&mut self) {
        let mark = Mark { hidden: true, actual: None, ..self.open.last().cloned().unwrap_or_default() };
        self.open.push(mark);
    }

    /// Closes the innermost sequence that was opened above `floor`, and puts its replaced text in place.
    /// Gives the number of characters that were replaced by nothing.
    pub(super) fn end(&mut self, floor: usize, runs: &mut Vec<TextRun>) -> u32 {
        if self.deeper > 0 {
            self.deeper -= 1;
            return 0;
        }
        if self.open.len() <= floor {
            return 0;
        }
        let Some(Mark { actual: Some((text, first)), .. }) = self.open.pop() else { return 0 };
        replace(&text, first, runs)
    }
}

/// Puts `text` in the place of the runs from `first` on, where they stand on one baseline.
fn replace(text: &str, first: usize, runs: &mut Vec<TextRun>) -> u32 {
    let Some(old) = runs.get(first..).filter(|o| !o.is_empty()) else { return 0 };
    let said: String = old.iter().flat_map(|r| r.text.chars()).filter(|c| !c.is_whitespace()).collect();
    let meant: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    if said == meant {
        return 0;
    }
    if meant.is_empty() && text.trim_matches('\u{AD}').is_empty() {
        let gone = said.chars().count() as u32;
        runs.truncate(first);
        return gone;
    }
    let start = &old[0];
    let (sin, cos) = start.angle.to_radians().sin_cos();
    let along = |r: &TextRun| {
        let (dx, dy) = (r.origin[0] - start.origin[0], r.origin[1] - start.origin[1]);
        (dx * cos + dy * sin, dy * cos - dx * sin)
    };
    if old.iter().any(|r| along(r).1.abs() > start.size) {
        return 0;
    }
    let end = |r: &TextRun| {
        let last = r.offsets.last().zip(r.advances.last()).map_or(0.0, |(o, a)| o + a);
        along(r).0 + last
    };
    let left = old.iter().map(|r| along(r).0).fold(0.0, f32::min);
    let width = (old.iter().map(end).fold(left, f32::max) - left).max(0.0);
    let mut run = start.clone();
    run.origin = [run.origin[0] + left * cos, run.origin[1] + left * sin];
    run.text =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limits::METADATA_CHARS).collect();
    let count = run.text.chars().count();
    let each = width / count.max(1) as f32;
    run.offsets = (0..count).map(|i| each * i as f32).collect();
    run.advances = vec![each; count];
    runs.truncate(first);
    runs.push(run);
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, x: f32, y: f32) -> TextRun {
        let n = text.chars().count();
        TextRun {
            text: text.into(),
            offsets: (0..n).map(|i| i as f32 * 5.0).collect(),
            advances: vec![5.0; n],
            origin: [x, y],
            size: 10.0,
            ..TextRun::default()
        }
    }

    #[test]
    fn replaced_text_keeps_its_place() {
        let mut runs = vec![run("a", 0.0, 0.0), run("\u{FFFD}", 10.0, 50.0), run("x", 15.0, 50.0)];
        assert_eq!(replace("fix", 1, &mut runs), 0);
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[1].text.as_str(), runs[1].origin), ("fix", [10.0, 50.0]));
        assert!((runs[1].offsets[2] - 20.0 / 3.0).abs() < 1e-3);
    }

    #[test]
    fn text_over_two_lines_is_not_squeezed_into_one() {
        let mut runs = vec![run("exam-", 100.0, 0.0), run("ple", 0.0, 14.0)];
        replace("example", 0, &mut runs);
        assert_eq!(runs.len(), 2);
    }
}
