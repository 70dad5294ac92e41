//! Words that a narrow cell broke without a hyphen: "Indicato" over "r".

use super::draft::{CellLine, Draft, DraftCell};
use super::sheet::unfinished;
use crate::model::Lines;
use crate::stages::inline::{count, trimmed};
use rustc_hash::{FxHashMap, FxHashSet};

/// Short words that a cell may well begin a line with.
const SMALL: [&str; 24] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "had", "has", "if", "in", "is", "it",
    "nor", "not", "of", "on", "or", "the", "to", "was",
];

/// Decides for each line that may go on in the middle of a word whether it does: the document's own
/// words are the witness, figures need none.
pub(super) fn settle(lines: &Lines, drafts: &mut [Draft]) {
    let asked = drafts.iter().any(|d| d.cells.iter().any(|c| c.lines.iter().any(|l| l.broken)));
    if !asked {
        return;
    }
    let asked = questions(lines, drafts);
    let mut known = count(lines, &asked);
    // Pieces of broken words are no witnesses for themselves.
    for cell in drafts.iter().flat_map(|d| &d.cells) {
        for (a, b) in cell.lines.iter().zip(cell.lines.iter().skip(1)).filter(|(_, b)| b.broken) {
            for (line, word) in [(a, a.words.last()), (b, b.words.first())] {
                let word = word.and_then(|w| lines.pages.get(line.page)?.words.get(*w as usize));
                if let Some(n) = word.and_then(|w| known.get_mut(fold(&w.text).as_str())) {
                    *n = n.saturating_sub(1);
                }
            }
        }
    }
    for cell in drafts.iter_mut().flat_map(|d| &mut d.cells) {
        if !cell.lines.iter().any(|l| l.broken) {
            continue;
        }
        let texts = ends(lines, cell);
        let mut i = 1;
        while i < cell.lines.len() {
            if !cell.lines[i].broken {
                i += 1;
                continue;
            }
            // The whole chain of pieces first, then each joint by itself.
            let start = i;
            while i < cell.lines.len() && cell.lines[i].broken {
                i += 1;
            }
            let mut from = start;
            while from < i {
                let chain = (from..i)
                    .rev()
                    .find(|to| known.get(chained(&texts, from, *to).as_str()).is_some_and(|n| *n > 0));
                if let Some(to) = chain {
                    from = to + 1;
                    continue;
                }
                let (head, tail) = (texts[from - 1].1, texts[from].0);
                let seam = cell.lines[from].page != cell.lines[from - 1].page;
                cell.lines[from].broken = !seam && goes_on(&known, head, tail);
                from += 1;
            }
        }
    }
}

/// The first and the last word of each line of a cell.
fn ends<'l>(lines: &'l Lines, cell: &DraftCell) -> Vec<(&'l str, &'l str)> {
    let word = |l: &CellLine, i: Option<&u32>| {
        let page = lines.pages.get(l.page)?;
        page.words.get(*i? as usize).map(|w| w.text.as_str())
    };
    let both =
        |l| (word(l, l.words.first()).unwrap_or_default(), word(l, l.words.last()).unwrap_or_default());
    cell.lines.iter().map(both).collect()
}

/// The word that the pieces of some lines make behind the end of the line before them.
fn chained(texts: &[(&str, &str)], from: usize, to: usize) -> String {
    fold(&(texts[from - 1].1.to_owned() + &(from..=to).map(|k| texts[k].0).collect::<String>()))
}

/// All words whose number in the document will be asked for.
fn questions(lines: &Lines, drafts: &[Draft]) -> FxHashSet<String> {
    let mut out = FxHashSet::default();
    for cell in drafts.iter().flat_map(|d| &d.cells).filter(|c| c.lines.iter().any(|l| l.broken)) {
        let texts = ends(lines, cell);
        for from in (1..texts.len()).filter(|k| cell.lines[*k].broken) {
            out.insert(fold(texts[from - 1].1));
            out.insert(fold(texts[from].0));
            for to in (from..texts.len()).take_while(|k| cell.lines[*k].broken) {
                out.insert(chained(&texts, from, to));
            }
        }
    }
    out
}

/// Without a witness for the whole: figures go on, and so do words of which one part is none.
fn goes_on(known: &FxHashMap<&str, u32>, head: &str, tail: &str) -> bool {
    let figure = |c: char| c.is_ascii_digit() || ",./".contains(c);
    if head.ends_with(figure) && tail.starts_with(figure) {
        return unfinished(head) || tail.starts_with([',', '/']);
    }
    // A short end that is no word of the document, after a piece that is none either. Whole words
    // fill narrow columns too: without such signs they stay apart.
    let word = |w: &str| known.get(fold(w).as_str()).copied().unwrap_or(0) > 0;
    let short = tail.chars().count() <= 3 && tail.chars().all(char::is_lowercase);
    short && !word(head) && !word(tail) && !SMALL.contains(&tail)
}

fn fold(word: &str) -> String {
    trimmed(word).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::tables::testing::page;

    fn settled(cell: &[&str], elsewhere: &str) -> Vec<bool> {
        let mut rows: Vec<(f32, Vec<(f32, &str)>)> =
            cell.iter().enumerate().map(|(i, t)| (20.0 + 12.0 * i as f32, vec![(10.0, *t)])).collect();
        rows.push((200.0, vec![(10.0, elsewhere)]));
        let refs: Vec<(f32, &[(f32, &str)])> = rows.iter().map(|r| (r.0, r.1.as_slice())).collect();
        let p = page(&refs);
        let mut at = 0;
        let mut list = Vec::new();
        for (i, t) in cell.iter().enumerate() {
            let n = t.split(' ').count() as u32;
            list.push(CellLine { page: 0, words: (at..at + n).collect(), fresh: false, broken: i > 0 });
            at += n;
        }
        let mut drafts = vec![Draft {
            cells: vec![DraftCell { lines: list, ..DraftCell::default() }],
            ..Draft::default()
        }];
        settle(&Lines { pages: vec![p], ..Lines::default() }, &mut drafts);
        drafts[0].cells[0].lines.iter().map(|l| l.broken).collect()
    }

    #[test]
    fn a_broken_word_needs_a_witness() {
        assert_eq!(settled(&["concepti", "on rate"], "the conception rate"), [false, true]);
        assert_eq!(settled(&["Hallow", "mereb", "ay"], "in Hallowmerebay"), [false, true, true]);
        assert_eq!(settled(&["Teenage", "mothers"], "Teenage and other mothers"), [false, false]);
        assert_eq!(settled(&["Performance", "indicator"], "nothing"), [false, false]);
        assert_eq!(settled(&["Indicato", "r"], "nothing"), [false, true]);
        assert_eq!(settled(&["189/10,0", "00"], "nothing"), [false, true]);
        assert_eq!(settled(&["44.4", "128.9"], "nothing"), [false, false]);
    }
}
