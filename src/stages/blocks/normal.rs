//! The normal style of the text around each page: what a heading or a note differs from.

use crate::model::{LineFate, PageLines};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// How the text of a page's neighbourhood is set: what a heading must differ from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Normal {
    /// Size of most characters.
    pub size: f32,
    /// Share of the characters of that size that are bold.
    pub bold: f32,
    /// Colour of most characters.
    pub colour: u32,
}

/// The normal style around each page: of the page itself, and where it says little, of its neighbours.
pub(super) fn normals(pages: &[PageLines]) -> Vec<Normal> {
    let counts: Vec<Counts> = pages.par_iter().map(Counts::of).collect();
    (0..pages.len())
        .into_par_iter()
        .map(|i| {
            let mut sum = counts[i].clone();
            let mut reach = 1;
            while sum.total < 600 && reach <= 2 {
                for j in [i.checked_sub(reach), Some(i + reach)].into_iter().flatten() {
                    if let Some(c) = counts.get(j) {
                        sum.add(c);
                    }
                }
                reach += 1;
            }
            sum.normal()
        })
        .collect()
}

#[derive(Debug, Clone, Default)]
struct Counts {
    total: u32,
    /// Characters by size (half points), of them bold, and by colour.
    by_size: BTreeMap<u32, (u32, u32)>,
    by_colour: BTreeMap<u32, u32>,
}

impl Counts {
    fn of(page: &PageLines) -> Self {
        let mut counts = Counts::default();
        for line in page.lines.iter().filter(|l| l.fate == LineFate::Body) {
            for word in page.words_of(line) {
                let n = word.text.len() as u32;
                let entry = counts.by_size.entry((word.size * 2.0).round() as u32).or_default();
                entry.0 += n;
                entry.1 += if word.style.bold { n } else { 0 };
                *counts.by_colour.entry(word.colour).or_default() += n;
                counts.total += n;
            }
        }
        counts
    }

    fn add(&mut self, other: &Counts) {
        for (size, (n, bold)) in &other.by_size {
            let entry = self.by_size.entry(*size).or_default();
            entry.0 += n;
            entry.1 += bold;
        }
        for (colour, n) in &other.by_colour {
            *self.by_colour.entry(*colour).or_default() += n;
        }
        self.total += other.total;
    }

    fn normal(&self) -> Normal {
        let (size, (n, bold)) =
            self.by_size.iter().max_by_key(|(_, c)| c.0).map_or((22, (1, 0)), |(s, c)| (*s, *c));
        let colour = self.by_colour.iter().max_by_key(|(_, n)| **n).map_or(0, |(c, _)| *c);
        Normal { size: size as f32 / 2.0, bold: bold as f32 / n.max(1) as f32, colour }
    }
}
