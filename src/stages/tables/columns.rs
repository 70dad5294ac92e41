//! Columns of text without rules: strips that stay white over the rows.

use super::sheet::Row;

/// A column's extent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    /// Leftmost ink.
    pub(super) left: f32,
    /// Rightmost ink.
    pub(super) right: f32,
}

/// Columns of rows: maximal extents of ink parted by strips at least `gutter` wide that at most
/// `allowed` rows cross.
pub(super) fn find(rows: &[&Row], allowed: usize, gutter: f32) -> Vec<Column> {
    let mut events: Vec<(f32, i32)> = Vec::new();
    for row in rows {
        for p in &row.pieces {
            events.push((p.bbox.left, 1));
            events.push((p.bbox.right.max(p.bbox.left + 0.1), -1));
        }
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut depth, mut out) = (0i32, Vec::<Column>::new());
    let mut open: Option<f32> = None;
    for (x, step) in events {
        depth += step;
        let ink = depth > allowed as i32;
        match (ink, open) {
            (true, None) => open = Some(x),
            (false, Some(left)) => {
                match out.last_mut() {
                    Some(last) if left - last.right < gutter => last.right = x,
                    _ => out.push(Column { left, right: x }),
                }
                open = None;
            }
            _ => {}
        }
    }
    if allowed == 0 {
        return out;
    }
    // Columns where so few rows have ink that the allowance hid them.
    for row in rows {
        for p in &row.pieces {
            let alone = out.iter().all(|c| p.bbox.right < c.left - gutter || p.bbox.left > c.right + gutter);
            if alone {
                let at = out.partition_point(|c| c.left < p.bbox.left);
                out.insert(at, Column { left: p.bbox.left, right: p.bbox.right });
            }
        }
    }
    // Ink outside the core of a column that belongs to it alone.
    for row in rows {
        for p in &row.pieces {
            let Some((from, to)) = span(&out, p.bbox.left, p.bbox.right) else { continue };
            if from != to {
                continue;
            }
            let next = out.get(to + 1).map_or(f32::MAX, |c| c.left);
            let before = from.checked_sub(1).map_or(f32::MIN, |k| out[k].right);
            let c = &mut out[from];
            if p.bbox.right < next {
                c.right = c.right.max(p.bbox.right);
            }
            if p.bbox.left > before {
                c.left = c.left.min(p.bbox.left);
            }
        }
    }
    out
}

/// First and last column that a stretch of ink lies over; the nearest column where it lies over none.
pub(super) fn span(columns: &[Column], left: f32, right: f32) -> Option<(usize, usize)> {
    let over = |c: &Column| right.min(c.right) - left.max(c.left);
    let need = ((right - left) * 0.15).min(3.0);
    let from = columns.iter().position(|c| over(c) > need);
    let to = columns.iter().rposition(|c| over(c) > need);
    if let (Some(f), Some(t)) = (from, to) {
        return Some((f, t));
    }
    let best = (0..columns.len()).max_by(|a, b| over(&columns[*a]).total_cmp(&over(&columns[*b])))?;
    Some((best, best))
}

#[cfg(test)]
mod tests {
    use super::super::testing::page;
    use super::*;
    use crate::stages::tables::sheet::Sheet;

    #[test]
    fn white_strips_part_columns_and_a_heading_may_cross_them() {
        let p = page(&[
            (10.0, &[(100.0, "Last year's figures of it all")]),
            (30.0, &[(20.0, "Alpha"), (100.0, "12"), (160.0, "8")]),
            (50.0, &[(20.0, "Beta"), (100.0, "7"), (160.0, "9")]),
            (70.0, &[(20.0, "Gamma"), (100.0, "1"), (160.0, "2")]),
        ]);
        let sheet = Sheet::new(&p);
        let rows = sheet.rows(|_| true);
        let all: Vec<_> = rows.iter().collect();
        assert_eq!(find(&all, 0, 6.0).len(), 2);
        let columns = find(&all, 1, 6.0);
        assert_eq!(columns.len(), 3);
        let head = &rows[0].pieces[0].bbox;
        assert_eq!(span(&columns, head.left, head.right), Some((1, 2)));
    }
}
