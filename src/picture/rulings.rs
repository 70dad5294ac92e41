//! Straight rules in a picture: long thin stretches of ink.

use super::{Bits, Grey};

/// A rule, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Runs left to right (else top to bottom).
    pub horizontal: bool,
    /// Its middle on the other axis.
    pub at: f32,
    /// Where it begins.
    pub start: f32,
    /// Where it ends.
    pub end: f32,
    /// How thick it is.
    pub width: f32,
    /// First and last row (or column) that it touches: one that is not quite level touches more than it
    /// is thick.
    pub across: [usize; 2],
}

/// All rules of at least a third of an inch.
pub fn rulings(bits: &Bits, resolution: f32) -> Vec<Rule> {
    let mut out = along(bits, resolution, true);
    out.extend(along(&bits.transposed(), resolution, false));
    out
}

/// Takes rules out of a picture; letters that touch one are left whole.
pub fn erase(grey: &mut Grey, rules: &[Rule], threshold: u8) {
    for rule in rules {
        let (from, to) = (rule.start as usize, rule.end as usize);
        let (long, most) =
            if rule.horizontal { (grey.width, grey.height) } else { (grey.height, grey.width) };
        let width = grey.width;
        let at = |along: usize, across: usize| {
            if rule.horizontal { across * width + along } else { along * width + across }
        };
        let slack = 2;
        let (top, low) = (rule.across[0].saturating_sub(slack), (rule.across[1] + slack + 1).min(most));
        for along in from.saturating_sub(slack)..(to + slack).min(long) {
            let mut start = None;
            for across in top..low {
                let ink = grey.pixels[at(along, across)] < threshold;
                match (ink, start) {
                    (true, None) => start = Some(across),
                    (false, Some(first)) => {
                        // What goes on above belongs to a letter.
                        let whole = first > top || top == 0;
                        if whole && (across - first) as f32 <= rule.width + 3.0 {
                            for a in first.saturating_sub(1)..(across + 1).min(most) {
                                grey.pixels[at(along, a)] = 255;
                            }
                        }
                        start = None;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// A rule in the making: stretches of ink in rows that touch each other.
struct Open {
    /// First and last row.
    rows: [usize; 2],
    /// From left to right.
    span: [usize; 2],
    /// The stretch in the last row.
    last: [usize; 2],
    ink: usize,
}

/// Rules along the rows of a picture; of one with columns as rows they are not `horizontal`.
pub(super) fn along(bits: &Bits, resolution: f32, horizontal: bool) -> Vec<Rule> {
    let least = (resolution / 3.0) as usize;
    let piece = (resolution * 0.2) as usize;
    let gap = (resolution * 0.015).ceil() as usize;
    let thick = (resolution * 0.05).max(3.0);
    let mut open: Vec<Open> = Vec::new();
    let mut done: Vec<Open> = Vec::new();
    for y in 0..bits.height {
        for [start, end] in stretches(bits, y, gap, piece) {
            let touches = |o: &Open| o.rows[1] + 1 >= y && o.last[0] < end + gap && start < o.last[1] + gap;
            if let Some(o) = open.iter_mut().find(|o| touches(o)) {
                // Several stretches of one row may belong to one rule.
                o.last =
                    if o.rows[1] == y { [o.last[0].min(start), o.last[1].max(end)] } else { [start, end] };
                o.rows[1] = y;
                o.span = [o.span[0].min(start), o.span[1].max(end)];
                o.ink += end - start;
            } else {
                open.push(Open { rows: [y, y], span: [start, end], last: [start, end], ink: end - start });
            }
        }
        let (ended, on): (Vec<_>, Vec<_>) = open.into_iter().partition(|o| o.rows[1] < y);
        done.extend(ended);
        open = on;
    }
    done.extend(open);
    let thin: Vec<Rule> = done
        .into_iter()
        .filter_map(|o| {
            let (long, high) = (o.span[1] - o.span[0], o.rows[1] + 1 - o.rows[0]);
            let width = o.ink as f32 / long as f32;
            let rule =
                width <= thick && high as f32 <= thick + 0.01 * long as f32 && long >= 2 * piece.max(1);
            rule.then(|| Rule {
                horizontal,
                at: (o.rows[0] + o.rows[1] + 1) as f32 / 2.0,
                start: o.span[0] as f32,
                end: o.span[1] as f32,
                width: width.max(1.0),
                across: o.rows,
            })
        })
        .collect();
    let mut joined = join(thin, resolution);
    joined.retain(|r| (r.end - r.start) as usize >= least && stands_free(bits, r, resolution));
    joined
}

/// Whether there is paper along a rule. The bars and feet of blurred letters lie in rows, too: their
/// stems stand right on them, where letters over a rule leave a gap.
fn stands_free(bits: &Bits, rule: &Rule, resolution: f32) -> bool {
    let (from, to) = (rule.start as usize, rule.end as usize);
    let away = 2 + (0.01 * resolution) as usize;
    let share = |row: Option<usize>| {
        row.filter(|y| *y < bits.height)
            .map_or(0.0, |y| bits.count(y, from, to) as f32 / (to - from).max(1) as f32)
    };
    let above = (1..=away).map(|n| share(rule.across[0].checked_sub(n))).fold(1.0, f32::min);
    let below = (1..=away).map(|n| share(Some(rule.across[1] + n))).fold(1.0, f32::min);
    let long = (to - from) as f32 > 1.5 * resolution;
    let (clean, other) = if long { (0.3, 0.6) } else { (0.1, 0.22) };
    above.min(below) < clean && above.max(below) < other
}

/// Stretches of ink of a row, small gaps closed, that are long enough to be part of a rule.
fn stretches(bits: &Bits, y: usize, gap: usize, piece: usize) -> Vec<[usize; 2]> {
    let mut out: Vec<[usize; 2]> = Vec::new();
    let mut now: Option<[usize; 2]> = None;
    for (start, end) in bits.runs(y) {
        now = match now {
            Some([from, to]) if start <= to + gap => Some([from, end]),
            before => {
                out.extend(before.filter(|[from, to]| to - from >= piece));
                Some([start, end])
            }
        };
    }
    out.extend(now.filter(|[from, to]| to - from >= piece));
    out
}

/// Makes one rule of pieces that go on from each other.
fn join(mut rules: Vec<Rule>, resolution: f32) -> Vec<Rule> {
    rules.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.at.total_cmp(&b.at)));
    let mut out: Vec<Rule> = Vec::new();
    for r in rules {
        let near = |o: &&mut Rule| {
            // Pieces of letters lie in a row, too: only long pieces may be parted far.
            let gap = (0.25 * (o.end - o.start).min(r.end - r.start)).min(0.08 * resolution);
            (o.at - r.at).abs() <= 0.015 * resolution && r.start - o.end <= gap
        };
        match out.iter_mut().find(near) {
            Some(o) => {
                let (a, b) = (o.end - o.start, r.end - r.start);
                o.at = (o.at * a + r.at * b) / (a + b).max(1.0);
                o.width = o.width.max(r.width);
                o.across = [o.across[0].min(r.across[0]), o.across[1].max(r.across[1])];
                o.end = o.end.max(r.end);
            }
            None => out.push(r),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_under_letters_is_erased_and_the_letters_stay() {
        let mut p = Grey::white(300, 60);
        for y in 40..43 {
            p.row_mut(y)[20..280].fill(120);
        }
        for y in 20..50 {
            p.row_mut(y)[100..104].fill(0);
        }
        let rules = rulings(&Bits::of(&p, 200), 200.0);
        assert_eq!(rules.len(), 1);
        erase(&mut p, &rules, 200);
        assert!(p.row(41)[22..95].iter().all(|p| *p == 255));
        assert!((20..50).all(|y| p.row(y)[101] == 0), "the letter is whole");
    }

    #[test]
    fn a_grid_is_found_and_letters_are_not() {
        let mut p = Grey::white(800, 600);
        for y in [100, 200, 300] {
            for x in 50..750 {
                for dy in 0..3 {
                    p.pixels[(y + dy) * 800 + x] = 0;
                }
            }
        }
        for x in [50, 400, 747] {
            for y in 100..303 {
                for dx in 0..3 {
                    p.pixels[y * 800 + x + dx] = 0;
                }
            }
        }
        // Letters: blocks with gaps.
        for y in 140..158 {
            for x in (80..360).filter(|x| x % 20 < 12) {
                p.pixels[y * 800 + x] = 0;
            }
        }
        // A dark box is no rule.
        for y in 400..500 {
            p.pixels[y * 800 + 100..y * 800 + 500].fill(0);
        }
        let found = rulings(&p.bits(), 200.0);
        let (across, down): (Vec<&Rule>, Vec<&Rule>) = found.iter().partition(|r| r.horizontal);
        assert_eq!(across.iter().map(|r| r.at).collect::<Vec<_>>(), [101.5, 201.5, 301.5]);
        assert_eq!(down.iter().map(|r| r.at).collect::<Vec<_>>(), [51.5, 401.5, 748.5]);
        assert!(across.iter().all(|r| (r.start, r.end) == (50.0, 750.0) && r.width < 4.0), "{across:?}");
    }
}
