//! Noise at the edges of a scan: the dark border beside the sheet, and punch holes.

use super::{Bits, Grey};

/// Whitens dark bands at the edges of the picture, and round marks in its margins.
pub fn clear_border(grey: &mut Grey, bits: &Bits, resolution: f32) {
    let most = (0.35 * resolution) as usize;
    let (w, h) = (bits.width, bits.height);
    // A band goes on inwards as long as half of it is ink.
    let dark_row = |y: usize| bits.count(y, 0, w) * 2 > w;
    let over = bits.transposed();
    let dark_column = |x: usize| over.count(x, 0, h) * 2 > h;
    let top = (0..most.min(h)).take_while(|y| dark_row(*y)).count();
    let low = (0..most.min(h)).take_while(|y| dark_row(h - 1 - y)).count();
    let left = (0..most.min(w)).take_while(|x| dark_column(*x)).count();
    let right = (0..most.min(w)).take_while(|x| dark_column(w - 1 - x)).count();
    // The edge of a shadow is ragged.
    let more = |n: usize| if n == 0 { 0 } else { n + (0.03 * resolution) as usize };
    grey.whiten([0, 0, w, more(top)]);
    grey.whiten([0, h.saturating_sub(more(low)), w, h]);
    grey.whiten([0, 0, more(left), h]);
    grey.whiten([w.saturating_sub(more(right)), 0, w, h]);
}
