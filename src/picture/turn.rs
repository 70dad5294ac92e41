//! Whether the lines of a page run across it or up and down.

use super::Bits;

/// Whether lines of text stand on end: the page was scanned on its side.
///
/// Rows between lines are empty, and columns between letters of many lines are not, so that the ink of
/// a page changes more from row to row along its text than from column to column.
pub fn lines_stand(bits: &Bits, resolution: f32) -> bool {
    let side = ((resolution / 50.0).round() as usize).max(1);
    let small = bits.reduced(side);
    let over = changes(&small.transposed());
    let across = changes(&small);
    over > 1.6 * across
}

/// How much the ink of rows changes, cut into strips so that columns of text with lines at different
/// heights do not fill each other's gaps. Long rules are as strong both ways and so say little.
fn changes(bits: &Bits) -> f64 {
    let strips = 6;
    let width = (bits.width / strips).max(1);
    (0..strips)
        .map(|s| {
            let rows: Vec<i64> =
                (0..bits.height).map(|y| bits.count(y, s * width, (s + 1) * width) as i64).collect();
            // A row that is nearly full is a rule, not a line of text.
            let text = |n: i64| if n as usize * 10 > width * 9 { 0 } else { n };
            rows.windows(2).map(|w| (text(w[1]) - text(w[0])).pow(2) as f64).sum::<f64>()
        })
        .sum::<f64>()
        / (bits.width * bits.height).max(1) as f64
}
