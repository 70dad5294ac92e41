//! The tables of one page.

use super::aligned::{self, Ground};
use super::draft::Draft;
use super::lattice::Lattice;
use super::rules::Edge;
use super::sheet::{Mark, Sheet};
use super::{Options, again, extend, header, lattice, plausible, refine, ruled, rules, spanners, zones};
use crate::model::{Issue, PageLines, Rect};

/// What a page gave.
#[derive(Default)]
pub(super) struct Found {
    /// Its tables, top to bottom.
    pub(super) drafts: Vec<Draft>,
    /// What went wrong.
    pub(super) issues: Vec<Issue>,
}

/// Finds the tables of a page.
pub(super) fn find(page: &PageLines, index: usize, options: &Options) -> Found {
    let sheet = Sheet::new(page);
    let mut found = Found::default();
    if sheet.marks.is_empty() {
        return found;
    }
    let rules = rules::read(&sheet);
    let lattices = lattice::find(&rules).unwrap_or_else(|| {
        let message =
            format!("{} lines are drawn on the page: too many for tables", page.graphics.rulings.len());
        found.issues.push(Issue::doubt("drawing_too_dense", Some(page.page), "tables", message));
        Vec::new()
    });
    let mut taken = vec![false; page.words.len()];
    let mut boxes: Vec<Rect> = Vec::new();
    let mut panels: Vec<Rect> = Vec::new();
    let mut inside: Vec<Rect> = Vec::new();
    // A box around a grid is a frame, of the page or of its text: what it holds is no cell.
    let grids: Vec<Rect> = lattices.iter().filter(|l| l.regions.len() >= 4).map(Lattice::bbox).collect();
    for l in lattices {
        if l.regions.len() == 1 && grids.iter().any(|g| l.bbox().contains(*g, 1.0)) {
            boxes.push(l.bbox());
            continue;
        }
        let free = |i: u32| !taken[i as usize];
        let wide = refine::widen(&sheet, &l, free);
        let narrow = l.bbox();
        let mut l = wide.unwrap_or(l);
        extend::adopt(&sheet, &mut l, &rules, free);
        let mut placed = ruled::place(&sheet, &l);
        let mut split = false;
        if let Some((finer, words)) = refine::split(&sheet, &l, &placed, &rules.across) {
            (l, placed) = (finer, words);
            split = true;
        }
        let mut open: Vec<bool> = taken.iter().map(|t| !t).collect();
        for m in placed.iter().flatten() {
            open[sheet.marks[*m as usize].index as usize] = false;
        }
        extend::reach(&sheet, &mut l, &mut placed, |i| open[i as usize]);
        let all_free = placed.iter().flatten().all(|m| free(sheet.marks[*m as usize].index));
        if all_free && ruled::is_table(&sheet, &l, &placed) {
            let mut draft = ruled::draft(&sheet, index, &l, &placed, &rules, true);
            if plausible::is_chapter_title(page, &draft) {
                boxes.push(narrow);
                continue;
            }
            for m in placed.iter().flatten() {
                taken[sheet.marks[*m as usize].index as usize] = true;
            }
            inside.push(l.bbox());
            if split {
                spanners::spread(&mut draft);
            }
            found.drafts.push(draft);
        } else if all_free && ruled::goes_on(&sheet, &l, &placed) {
            for m in placed.iter().flatten() {
                taken[sheet.marks[*m as usize].index as usize] = true;
            }
            let draft = ruled::draft(&sheet, index, &l, &placed, &rules, false);
            found.drafts.push(Draft { tentative: true, ..draft });
        } else {
            let own: Vec<Rect> =
                if l.ys.len() == 2 { l.regions.iter().map(|r| l.rect(r)).collect() } else { vec![narrow] };
            panels.extend(own.into_iter().filter(|b| !l.drawn || lines_in(page, *b) >= PARAGRAPH));
            boxes.push(narrow);
        }
    }
    if options.aligned {
        let panels = side_by_side(&panels);
        let in_panel = |m: &Mark| panels.iter().any(|b| b.contains_point(m.bbox.mid_x(), m.bbox.mid_y()));
        let rows = sheet.rows(|m| !taken[m.index as usize] && !in_panel(m));
        let bars: Vec<Edge> = rules
            .across
            .iter()
            .filter(|e| {
                !inside.iter().any(|b| b.grown(2.0).contains_point(f32::midpoint(e.start, e.end), e.at))
            })
            .copied()
            .collect();
        let ground = Ground { sheet: &sheet, page: index, rules: &rules, bars: &bars, boxes: &boxes };
        for list in zones::split(&sheet, rows, &bars) {
            let drafts = aligned::find(&ground, &list).into_iter();
            found.drafts.extend(
                drafts.filter(|d| !plausible::is_bulleted(page, d) && !plausible::is_numbered_prose(page, d)),
            );
        }
    }
    for d in found.drafts.iter_mut().filter(|d| !d.tentative) {
        header::release_title(d);
        d.header_rows = header::count(d);
    }
    found.drafts = found.drafts.into_iter().flat_map(|d| again::part(page, d)).collect();
    found
        .drafts
        .sort_by(|a, b| a.bbox().top.total_cmp(&b.bbox().top).then(a.bbox().left.total_cmp(&b.bbox().left)));
    found
}

/// Drawn boxes with fewer lines hold a label with its text, at times, and stand beside others of the kind.
const PARAGRAPH: usize = 4;

fn lines_in(page: &PageLines, bbox: Rect) -> usize {
    page.lines.iter().filter(|l| bbox.contains_point(l.bbox.mid_x(), l.bbox.mid_y())).count()
}

/// Boxes with another of the same height beside them, as slides have: each is read by itself, whatever
/// its lines are level with.
fn side_by_side(boxes: &[Rect]) -> Vec<Rect> {
    let level = |a: &Rect, b: &Rect| (a.top - b.top).abs() < 3.0 && (a.bottom - b.bottom).abs() < 3.0;
    let beside = |a: &Rect, b: &Rect| a.right < b.left + 1.0 || b.right < a.left + 1.0;
    boxes.iter().filter(|a| boxes.iter().any(|b| level(a, b) && beside(a, b))).copied().collect()
}
