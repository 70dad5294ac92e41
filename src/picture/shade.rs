//! Shading: panels and tinted cells under the text, made paper.
//!
//! A picture is looked at in small cells. Where the paper is tinted it is made white; where a dark panel
//! carries light letters it is turned over. What the shades were is told: tables have their cells by them.

use super::rulings::along;
use super::{Bits, Grey, Rule};
use std::ops::Range;

/// A rectangle of one shade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shade {
    /// `[left, top, right, bottom]`, in pixels.
    pub bbox: [usize; 4],
    /// How dark: 0 is black.
    pub grey: u8,
}

/// Paper this light is white.
const WHITE: u8 = 244;
/// Ground lighter than this is tinted paper, not a panel with light letters.
const PANEL: u8 = 150;
/// Paper this light is not tinted.
const TINT: u8 = 240;
/// Shades this near to each other are one.
const ALIKE: u8 = 5;
/// How far over the text a cell looks for its paper, in cells.
const REACH: usize = 4;

/// What lay under the text of a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ground {
    /// Panels and tints.
    pub shades: Vec<Shade>,
    /// Light rules that part tinted cells.
    pub rules: Vec<Rule>,
}

/// Makes the paper of a picture white and its ink dark; gives what lay under it.
pub fn flatten(grey: &mut Grey, resolution: f32) -> Ground {
    let cells = Cells::of(grey, resolution);
    let dark = cells.panels(resolution);
    let paper = cells.spread(&cells.light, u8::max);
    if !dark.contains(&true) && paper.iter().all(|p| *p >= WHITE) {
        return Ground::default();
    }
    let rules = light_rules(grey, resolution);
    let shades = cells.shades(&dark, resolution);
    let floor = cells.spread(&cells.low, u8::min);
    let edges: Vec<bool> = (0..dark.len()).map(|i| cells.neighbours(i).any(|n| dark[n] != dark[i])).collect();
    for y in 0..grey.height {
        let first = y / cells.side * cells.width;
        for (x, pixels) in grey.row_mut(y).chunks_mut(cells.side).enumerate() {
            let i = first + x;
            if edges[i] {
                // Where a panel ends, cells are half paper, half panel.
                pixels.fill(255);
            } else if dark[i] {
                let floor = u32::from(floor[i]);
                for p in pixels {
                    let above = u32::from(*p).saturating_sub(floor);
                    *p = 255 - (above * 255 / (255 - floor).max(1)).min(255) as u8;
                }
            } else if paper[i] < WHITE {
                let paper = u32::from(paper[i]).max(1);
                for p in pixels {
                    *p = (u32::from(*p) * 255 / paper).min(255) as u8;
                }
            }
        }
    }
    Ground { shades, rules }
}

/// Rules of bare paper are longer than this, across and down, in inches.
const LONG: [f32; 2] = [1.4, 0.5];

/// Rules of bare paper on tinted ground.
fn light_rules(grey: &Grey, resolution: f32) -> Vec<Rule> {
    let mut out = along(&Bits::of(&light_strips(grey, resolution), 128), resolution, true);
    let over = grey.transposed();
    out.extend(along(&Bits::of(&light_strips(&over, resolution), 128), resolution, false));
    // Between lines of letters a strip is light, too, as far as the line goes.
    out.retain(|r| r.end - r.start > if r.horizontal { LONG[0] } else { LONG[1] } * resolution);
    out
}

/// As ink: what is lighter than the tinted ground both above and below it, within the width of a rule.
fn light_strips(grey: &Grey, resolution: f32) -> Grey {
    const LIGHTER: u8 = 6;
    let reach = (0.045 * resolution) as usize;
    let (w, h) = (grey.width, grey.height);
    // Of each stretch of rows the darkest, then of all stretches with a row the lightest: strips thinner
    // than a stretch are gone, the lighter of their two sides is left.
    let mut darkest = Grey::white(w, h);
    let mut ground = Grey { width: w, height: h, pixels: vec![0; w * h] };
    gather(grey, &mut darkest, |y| y..(y + reach + 1).min(h), u8::min);
    gather(&darkest, &mut ground, |y| y.saturating_sub(reach)..y + 1, u8::max);
    for (ground, p) in ground.pixels.iter_mut().zip(&grey.pixels) {
        let tinted = (PANEL..TINT + 3).contains(ground);
        *ground = if tinted && *p >= ground.saturating_add(LIGHTER) { 0 } else { 255 };
    }
    ground
}

/// For each row the pick of several.
fn gather(from: &Grey, to: &mut Grey, rows: impl Fn(usize) -> Range<usize>, pick: impl Fn(u8, u8) -> u8) {
    for y in 0..to.height {
        for other in rows(y) {
            for (a, b) in to.row_mut(y).iter_mut().zip(from.row(other)) {
                *a = pick(*a, *b);
            }
        }
    }
}

/// The picture in cells of a fiftieth of an inch.
struct Cells {
    side: usize,
    width: usize,
    height: usize,
    /// The lightest pixel of each cell: its paper, but under thick letters.
    light: Vec<u8>,
    /// The darkest.
    low: Vec<u8>,
    /// Share of it that is darker than the threshold, in 255ths.
    dark: Vec<u8>,
}

impl Cells {
    fn of(grey: &Grey, resolution: f32) -> Cells {
        let side = ((resolution / 50.0).round() as usize).max(2);
        let (width, height) = (grey.width.div_ceil(side), grey.height.div_ceil(side));
        let threshold = grey.threshold().min(PANEL);
        let mut cells = Cells { side, width, height, light: vec![], low: vec![], dark: vec![] };
        // Of each cell of a row of cells: lightest, darkest, how many pixels, of them dark.
        let mut row = vec![(0_u8, 255_u8, 0_u32, 0_u32); width];
        for cy in 0..height {
            row.fill((0, 255, 0, 0));
            for y in cy * side..((cy + 1) * side).min(grey.height) {
                for (cell, pixels) in row.iter_mut().zip(grey.row(y).chunks(side)) {
                    for p in pixels {
                        cell.0 = cell.0.max(*p);
                        cell.1 = cell.1.min(*p);
                        cell.3 += u32::from(*p < threshold);
                    }
                    cell.2 += pixels.len() as u32;
                }
            }
            cells.light.extend(row.iter().map(|c| c.0));
            cells.low.extend(row.iter().map(|c| c.1));
            cells.dark.extend(row.iter().map(|c| (c.3 * 255 / c.2.max(1)) as u8));
        }
        cells
    }

    fn neighbours(&self, i: usize) -> impl Iterator<Item = usize> + use<> {
        let (x, y, row) = (i % self.width, i / self.width, self.width);
        let beside = [(x > 0).then(|| i - 1), (x + 1 < row).then(|| i + 1)];
        let over = [(y > 0).then(|| i - row), (y + 1 < self.height).then(|| i + row)];
        beside.into_iter().chain(over).flatten()
    }

    /// For each cell the most (or least) of those around it.
    fn spread(&self, values: &[u8], pick: fn(u8, u8) -> u8) -> Vec<u8> {
        let along = |values: &[u8], count: usize, step: usize, lines: usize, line_step: usize| {
            let mut out = values.to_vec();
            for line in 0..lines {
                for i in 0..count {
                    let near = i.saturating_sub(REACH)..(i + REACH + 1).min(count);
                    let all = near.map(|j| values[line * line_step + j * step]);
                    if let Some(best) = all.reduce(pick) {
                        out[line * line_step + i * step] = best;
                    }
                }
            }
            out
        };
        let rows = along(values, self.width, 1, self.height, self.width);
        along(&rows, self.height, self.width, self.width, 1)
    }

    /// Cells of dark panels: broad dark ground, and the cells of light letters on it.
    fn panels(&self, resolution: f32) -> Vec<bool> {
        let (w, h) = (self.width, self.height);
        let mut panel = vec![false; w * h];
        // No letter has strokes as broad as one of these boxes.
        let boxes = [[0.4, 0.12], [0.22, 0.22]]
            .map(|sides| sides.map(|inches| ((inches * resolution) as usize / self.side).max(2)));
        let black = self.dark.iter().filter(|d| **d > 247).count();
        if black < boxes[1][0] * boxes[1][1] / 2 {
            return panel;
        }
        let sums = Sums::of(&self.dark, w, h);
        let mut open = Vec::new();
        for [wide, high] in boxes {
            for at in 0..(w + 1).saturating_sub(wide) * (h + 1).saturating_sub(high) {
                let (x, y) = (at % (w + 1 - wide), at / (w + 1 - wide));
                if sums.of_box(x, y, x + wide, y + high) < (wide * high * 247) as u64 {
                    continue;
                }
                for cell in (0..wide * high).map(|n| (y + n / wide) * w + x + n % wide) {
                    if !std::mem::replace(&mut panel[cell], true) {
                        open.push(cell);
                    }
                }
            }
        }
        let around = |i: usize| {
            let (x, y) = (i % w, i / w);
            let (x0, y0, x1, y1) = (x.saturating_sub(1), y.saturating_sub(1), (x + 2).min(w), (y + 2).min(h));
            sums.of_box(x0, y0, x1, y1) * 2 >= ((x1 - x0) * (y1 - y0) * 255) as u64
        };
        while let Some(i) = open.pop() {
            for n in self.neighbours(i) {
                if !panel[n] && (self.dark[n] > 200 || around(n)) {
                    panel[n] = true;
                    open.push(n);
                }
            }
        }
        self.filled(panel)
    }

    /// Closes the holes that letters leave: cells with panel on both sides, and above and below.
    fn filled(&self, mut panel: Vec<bool>) -> Vec<bool> {
        const HOLE: usize = 10;
        let (w, h) = (self.width, self.height);
        if !panel.contains(&true) {
            return panel;
        }
        let near = |panel: &[bool], i: usize, step: usize, back: usize, ahead: usize| {
            let before = (1..=HOLE.min(back)).any(|n| panel[i - n * step]);
            before && (1..=HOLE.min(ahead)).any(|n| panel[i + n * step])
        };
        let holes: Vec<usize> = (0..w * h)
            .filter(|&i| {
                let (x, y) = (i % w, i / w);
                // Letters may reach the edge of a narrow panel: there its ground beside them tells.
                let across = || near(&panel, i, 1, x, w - 1 - x);
                let down = || near(&panel, i, w, y, h - 1 - y);
                !panel[i] && across() && (self.dark[i] > 60 || down())
            })
            .collect();
        for i in holes {
            panel[i] = true;
        }
        panel
    }

    /// Rectangles of one shade.
    fn shades(&self, dark: &[bool], resolution: f32) -> Vec<Shade> {
        let w = self.width;
        // Letters do not part the ground that they stand on: a cell is as light as the lightest or as
        // dark as the darkest beside it.
        let ground: Vec<u8> = (0..dark.len())
            .map(|i| {
                let near = self.neighbours(i).chain([i]);
                if dark[i] {
                    near.map(|n| self.low[n]).min().unwrap_or(0)
                } else if self.light[i] >= TINT {
                    self.light[i]
                } else {
                    near.map(|n| self.light[n]).filter(|l| *l < TINT).max().unwrap_or(0)
                }
            })
            .collect();
        let mut seen = vec![false; dark.len()];
        let mut out = Vec::new();
        let least = (0.12 * resolution) as usize / self.side;
        for first in 0..dark.len() {
            if seen[first] || ground[first] >= TINT {
                continue;
            }
            seen[first] = true;
            let mut open = vec![first];
            let (mut x0, mut y0, mut x1, mut y1) = (w, self.height, 0, 0);
            let (mut count, mut sum) = (0_usize, 0_u64);
            while let Some(i) = open.pop() {
                let (x, y) = (i % w, i / w);
                (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1));
                count += 1;
                sum += u64::from(ground[i]);
                for n in self.neighbours(i) {
                    let mean = (sum / count as u64) as u8;
                    let alike =
                        ground[n].abs_diff(ground[i]) <= ALIKE && ground[n].abs_diff(mean) <= 3 * ALIKE;
                    if !seen[n] && alike && dark[n] == dark[i] && ground[n] < TINT {
                        seen[n] = true;
                        open.push(n);
                    }
                }
            }
            let area = (x1 - x0) * (y1 - y0);
            if x1 - x0 >= least && y1 - y0 >= least && count * 100 >= area * 80 {
                let s = self.side;
                out.push(Shade { bbox: [x0 * s, y0 * s, x1 * s, y1 * s], grey: (sum / count as u64) as u8 });
            }
        }
        out
    }
}

/// Sums over boxes of cells.
struct Sums {
    width: usize,
    sums: Vec<u64>,
}

impl Sums {
    fn of(values: &[u8], width: usize, height: usize) -> Sums {
        let stride = width + 1;
        let mut sums = vec![0; stride * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                row += u64::from(values[y * width + x]);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        Sums { width: stride, sums }
    }

    fn of_box(&self, x0: usize, y0: usize, x1: usize, y1: usize) -> u64 {
        let at = |x: usize, y: usize| self.sums[y * self.width + x];
        at(x1, y1) + at(x0, y0) - at(x0, y1) - at(x1, y0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(p: &mut Grey, [left, top, right, bottom]: [usize; 4], shade: u8) {
        for y in top..bottom {
            p.row_mut(y)[left..right].fill(shade);
        }
    }

    #[test]
    fn light_letters_on_a_dark_panel_are_turned_over() {
        let mut p = Grey::white(400, 200);
        fill(&mut p, [40, 40, 360, 120], 70);
        for x in (100..300).step_by(16) {
            fill(&mut p, [x, 64, x + 5, 92], 250);
        }
        // Letters on paper stay as they are.
        fill(&mut p, [100, 150, 106, 180], 20);
        let shades = flatten(&mut p, 200.0).shades;
        assert_eq!(shades.len(), 1);
        let [left, top, right, bottom] = shades[0].bbox;
        assert!(left.abs_diff(40) <= 8 && top.abs_diff(40) <= 8, "{shades:?}");
        assert!(right.abs_diff(360) <= 8 && bottom.abs_diff(120) <= 8, "{shades:?}");
        assert_eq!((p.row(80)[102], p.row(80)[110], p.row(80)[60]), (7, 255, 255));
        assert_eq!((p.row(160)[103], p.row(160)[120]), (20, 255));
    }

    #[test]
    fn tinted_cells_are_told_apart() {
        let mut p = Grey::white(400, 200);
        fill(&mut p, [40, 40, 200, 80], 210);
        fill(&mut p, [204, 40, 360, 80], 210);
        fill(&mut p, [40, 80, 360, 120], 228);
        fill(&mut p, [60, 50, 66, 70], 30);
        let boxes: Vec<[usize; 4]> = flatten(&mut p, 200.0).shades.iter().map(|s| s.bbox).collect();
        let near = |a: &[usize; 4], b: &[usize; 4]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 4);
        let there = [[40, 40, 200, 80], [204, 40, 360, 80], [40, 80, 360, 120]];
        assert!(boxes.len() == 3 && boxes.iter().zip(&there).all(|(a, b)| near(a, b)), "{boxes:?}");
        assert_eq!(p.row(60)[100], 255);
        assert!(p.row(60)[63] < 60);
    }

    #[test]
    fn white_gaps_between_tinted_cells_are_rules() {
        let mut p = Grey::white(600, 300);
        fill(&mut p, [40, 40, 560, 260], 235);
        // Two tints that differ little, and a gap hardly lighter than the lighter one.
        fill(&mut p, [40, 150, 560, 260], 222);
        fill(&mut p, [40, 147, 560, 151], 246);
        fill(&mut p, [298, 40, 302, 260], 248);
        for x in (60..280).step_by(12) {
            fill(&mut p, [x, 80, x + 4, 100], 30);
        }
        let rules = flatten(&mut p, 200.0).rules;
        let found: Vec<(bool, f32)> = rules.iter().map(|r| (r.horizontal, r.at)).collect();
        assert_eq!(found, [(true, 149.0), (false, 300.0)]);
    }

    #[test]
    fn punch_holes_and_dark_borders_become_paper() {
        let mut p = Grey::white(400, 400);
        fill(&mut p, [0, 0, 60, 400], 20);
        for y in 0..400_usize {
            for x in 0..400_usize {
                if x.abs_diff(120).pow(2) + y.abs_diff(200).pow(2) < 28 * 28 {
                    p.row_mut(y)[x] = 10;
                }
            }
        }
        flatten(&mut p, 200.0);
        let ink = p.pixels.iter().filter(|p| **p < 128).count();
        assert!(ink < 200, "{ink} pixels are left");
    }

    #[test]
    fn white_paper_is_left_alone() {
        let mut p = Grey::white(100, 100);
        fill(&mut p, [20, 20, 26, 60], 0);
        let before = p.clone();
        assert_eq!(flatten(&mut p, 200.0), Ground::default());
        assert_eq!(p, before);
    }
}
