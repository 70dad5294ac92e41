//! Blobs: pieces of ink that hang together.

use super::Bits;

/// A piece of ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// `[left, top, right, bottom]`, in pixels; right and bottom lie outside.
    pub bbox: [usize; 4],
    /// Pixels of ink.
    pub ink: usize,
}

impl Blob {
    /// Its width.
    pub fn width(&self) -> usize {
        self.bbox[2] - self.bbox[0]
    }

    /// Its height.
    pub fn height(&self) -> usize {
        self.bbox[3] - self.bbox[1]
    }

    /// Share of its box that is ink: four fifths of a disc, all of a square.
    pub fn fill(&self) -> f32 {
        self.ink as f32 / (self.width() * self.height()).max(1) as f32
    }
}

/// All blobs of a picture, in the order of their first rows.
pub fn blobs(bits: &Bits) -> Vec<Blob> {
    // Stretches of ink that touch in neighbouring rows are one blob: a forest of them, the smaller
    // index the root.
    let mut all: Vec<Blob> = Vec::new();
    let mut parent: Vec<u32> = Vec::new();
    let mut above: Vec<(usize, usize, u32)> = Vec::new();
    for y in 0..bits.height {
        let mut row = Vec::with_capacity(above.len());
        let mut from = 0;
        for (start, end) in bits.runs(y) {
            while above.get(from).is_some_and(|a| a.1 < start) {
                from += 1;
            }
            let blob = Blob { bbox: [start, y, end, y + 1], ink: end - start };
            let mut own: Option<u32> = None;
            for a in above[from..].iter().take_while(|a| a.0 <= end) {
                let root = root(&mut parent, a.2);
                own = Some(match own {
                    None => root,
                    Some(mine) if mine == root => mine,
                    Some(mine) => {
                        let (keep, give) = (mine.min(root), mine.max(root));
                        parent[give as usize] = keep;
                        let given = all[give as usize];
                        join(&mut all[keep as usize], given);
                        keep
                    }
                });
            }
            let own = if let Some(root) = own {
                join(&mut all[root as usize], blob);
                root
            } else {
                all.push(blob);
                parent.push(parent.len() as u32);
                parent.len() as u32 - 1
            };
            row.push((start, end, own));
        }
        above = row;
    }
    all.into_iter()
        .zip(parent)
        .enumerate()
        .filter(|(i, (_, p))| *i == *p as usize)
        .map(|(_, (b, _))| b)
        .collect()
}

fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        // Halves the way for the next who asks.
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn join(blob: &mut Blob, other: Blob) {
    let (a, b) = (blob.bbox, other.bbox);
    blob.bbox = [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])];
    blob.ink += other.ink;
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    #[test]
    fn what_hangs_together_is_one_blob() {
        let found = blobs(&drawn(&["#.#..#", "#.#...", "###..#", "......"]).bits());
        let cup = Blob { bbox: [0, 0, 3, 3], ink: 7 };
        let dots = [[5, 0, 6, 1], [5, 2, 6, 3]].map(|bbox| Blob { bbox, ink: 1 });
        assert_eq!(found, [cup, dots[0], dots[1]]);
        assert_eq!(blobs(&drawn(&["#..#", ".##."]).bits()).len(), 1, "corners touch");
    }
}
