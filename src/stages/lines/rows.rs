//! Glyphs into rows: all that stands on one baseline, whatever order it was painted in.

use super::glyphs::Glyph;

/// A stretch of glyphs that were painted one after the other along one baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// Glyphs `first..end`.
    pub first: u32,
    pub end: u32,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
    pub size: f32,
}

impl Chunk {
    pub(super) fn glyphs(self, all: &[Glyph]) -> &[Glyph] {
        all.get(self.first as usize..self.end as usize).unwrap_or_default()
    }
}

/// Chunks on one baseline, left to right.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub chunks: Vec<Chunk>,
    pub baseline: f32,
    pub size: f32,
}

/// Cuts glyphs in painting order into chunks: where the pen jumps, a new one begins.
pub(super) fn chunks(glyphs: &[Glyph], walls: &[Wall]) -> Vec<Chunk> {
    let mut out: Vec<Chunk> = Vec::new();
    for (i, g) in glyphs.iter().enumerate() {
        let i = i as u32;
        if let Some(c) = out.last_mut() {
            let gap = g.left - c.right;
            let goes_on = (g.baseline - c.baseline).abs() < 0.08 * g.size.min(c.size)
                && (g.size - c.size).abs() < 0.12 * c.size
                && gap < 0.9 * g.size
                && gap > -0.4 * g.size
                && !overruns(walls, &glyphs[c.end as usize - 1], g);
            if goes_on {
                c.end = i + 1;
                c.right = c.right.max(g.right);
                continue;
            }
        }
        let (left, right, baseline, size) = (g.left, g.right, g.baseline, g.size);
        out.push(Chunk { first: i, end: i + 1, left, right, baseline, size });
    }
    out
}

/// A vertical rule: x, top, bottom.
pub(super) type Wall = (f32, f32, f32);

/// Whether a word runs over the side of its cell as far as `next`, the first word of the cell beside it.
pub(super) fn overruns(walls: &[Wall], last: &Glyph, next: &Glyph) -> bool {
    if last.run == next.run || next.left - last.right > 0.2 {
        return false;
    }
    let inside = last.left + 0.25 * (last.right - last.left);
    let from = walls.partition_point(|w| w.0 < inside);
    let mut near = walls[from..].iter().take_while(|w| w.0 <= next.left + 0.3);
    near.any(|&(_, top, bottom)| top < next.baseline - 2.0 && bottom > next.baseline - 2.0)
}

/// Gathers chunks into rows by baseline, then brings raised and lowered small text to its row.
pub(super) fn rows(mut chunks: Vec<Chunk>) -> Vec<Row> {
    chunks.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.left.total_cmp(&b.left)));
    let mut rows: Vec<Row> = Vec::new();
    for chunk in chunks {
        // Rows are in order of baseline: only the last few can be near enough.
        let near = rows.iter_mut().rev().take(3).find(|r| {
            let small = chunk.size.min(r.size);
            let like = chunk.size.max(r.size) < 2.2 * small;
            (chunk.baseline - r.baseline).abs() <= 0.2 * small && like
        });
        match near {
            Some(row) => {
                if chunk.right - chunk.left > 0.0 && chunk.size > row.size {
                    row.size = chunk.size;
                }
                row.chunks.push(chunk);
            }
            None => rows.push(Row { baseline: chunk.baseline, size: chunk.size, chunks: vec![chunk] }),
        }
    }
    lift_small(&mut rows);
    rows.retain(|r| !r.chunks.is_empty());
    for row in &mut rows {
        row.chunks.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.first.cmp(&b.first)));
    }
    rows
}

/// Moves superscripts and subscripts, which stand on baselines of their own, to the row that they touch.
fn lift_small(rows: &mut [Row]) {
    for i in 0..rows.len() {
        if rows[i].chunks.iter().any(|c| c.end - c.first > 8) {
            continue;
        }
        let mut kept = Vec::new();
        for chunk in std::mem::take(&mut rows[i].chunks) {
            match host(rows, i, chunk) {
                Some(j) => rows[j].chunks.push(chunk),
                None => kept.push(chunk),
            }
        }
        rows[i].chunks = kept;
    }
}

/// The nearby row of larger text that has a chunk right beside this small one.
fn host(rows: &[Row], i: usize, chunk: Chunk) -> Option<usize> {
    let reach = 1.2 * chunk.size;
    let below = (i + 1..rows.len()).take_while(|&j| rows[j].baseline - chunk.baseline < reach);
    let above = (0..i).rev().take_while(|&j| chunk.baseline - rows[j].baseline < 0.5 * reach);
    below.chain(above).find(|&j| {
        let shift = rows[j].baseline - chunk.baseline;
        rows[j].chunks.iter().any(|c| {
            let beside = chunk.left - c.right;
            let before = c.left - chunk.right;
            let fits = chunk.size < 0.85 * c.size && shift > -0.35 * c.size && shift < 0.65 * c.size;
            fits && (beside.abs() < 0.35 * c.size || before.abs() < 0.35 * c.size)
        })
    })
}
