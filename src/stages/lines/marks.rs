//! Rules through and under words, and links over them.

use crate::model::{Graphics, Line, PageLines, Rect, Ruling, Word};

/// Marks words that a rule runs through or under, and words inside a link.
pub(super) fn mark(page: &mut PageLines) {
    let Graphics { rulings, links, .. } = &page.graphics;
    let mut rules: Vec<&Ruling> = rulings.iter().filter(|r| r.horizontal && r.width < 2.5).collect();
    rules.sort_by(|a, b| a.at.total_cmp(&b.at));
    for line in page.lines.iter().filter(|l| l.turn == crate::model::Turn::None) {
        let (first, end) = (line.first as usize, (line.first + line.count) as usize);
        let Some(words) = page.words.get_mut(first..end) else { continue };
        underline(line, words, &rules);
        if links.is_empty() {
            continue;
        }
        for (i, link) in links.iter().enumerate() {
            if link.uri.is_some() && link.bbox.touches(line.bbox) {
                for w in words.iter_mut().filter(|w| inside(link.bbox, w.bbox)) {
                    w.link = u16::try_from(i).ok();
                }
            }
        }
    }
}

fn inside(link: Rect, word: Rect) -> bool {
    link.contains_point(word.mid_x(), word.mid_y())
}

fn underline(line: &Line, words: &mut [Word], rules: &[&Ruling]) {
    let size = line.size;
    let (from, to) = (line.baseline - 0.5 * size, line.baseline + 0.25 * size);
    let start = rules.partition_point(|r| r.at < from);
    for rule in rules[start..].iter().take_while(|r| r.at <= to) {
        // A rule far longer than the text is the border of a cell or a line across the page.
        let wider = (line.bbox.left - rule.start).max(0.0) + (rule.end - line.bbox.right).max(0.0);
        if wider > 1.2 * size || rule.end - rule.start < 0.3 * size {
            continue;
        }
        let above = (line.baseline - rule.at) / size.max(1.0);
        for w in words.iter_mut() {
            let shared = (w.bbox.right.min(rule.end) - w.bbox.left.max(rule.start)).max(0.0);
            if shared < 0.7 * w.bbox.width() {
                continue;
            }
            if above > 0.15 { w.style.strike = true } else { w.style.underline = true }
        }
    }
}
