//! What accountants check: totals, differences and changes in per cent, recomputed from what is printed.
//!
//! A relation is believed where the table itself shows it, in most of the places where it could hold;
//! the exceptions are told. Nothing is repaired: the source may be wrong. Rounding is allowed for by the
//! decimals that are printed.

use super::grid::{Grid, Role};
use super::observe::{label, labels, repeats_header};
use super::value::Reading;
use crate::model::{ColumnFacts, Issue, PageNo};
use crate::vocabulary::{FigureWords, fold};
use std::cell::OnceCell;

/// Most columns of figures that are tried as parts of a difference.
const COLUMNS: usize = 14;
/// Most mismatches told of one table.
const TOLD: usize = 20;

/// A figure as printed, and half of its last place: what rounding may have taken from it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Printed {
    value: f64,
    half: f64,
}

/// A table's figures, for arithmetic.
struct Sums<'g> {
    grid: &'g Grid<'g>,
    columns: &'g [ColumnFacts],
    figures: Vec<usize>,
    labels: Vec<usize>,
    words: &'g FigureWords,
    /// The figures of all cells, row by row, as far as they were asked for: each is, by every pair of
    /// columns that it could be the difference of.
    printed: Vec<OnceCell<Option<Printed>>>,
}

/// Checks one table.
pub(super) fn check(grid: &Grid, columns: &[ColumnFacts], words: &FigureWords) -> Vec<Issue> {
    let figures: Vec<usize> =
        (0..grid.cols()).filter(|c| grid.columns.get(*c) == Some(&Role::Figures)).collect();
    // Two tables in one grid: sums would run over both.
    if (grid.headers..grid.rows()).any(|r| repeats_header(grid, r, &figures)) {
        return Vec::new();
    }
    let printed = vec![OnceCell::new(); grid.rows() * grid.cols()];
    let sums = Sums { grid, columns, figures, labels: labels(grid), words, printed };
    let adding: Vec<usize> = sums.figures.iter().copied().filter(|c| sums.adds(*c)).collect();
    let mut issues = sums.column_totals(&adding);
    issues.extend(sums.row_totals(&adding));
    issues.extend(sums.differences(&adding));
    issues.extend(sums.changes());
    issues.truncate(TOLD);
    issues
}

/// How a total's figure stands to what it adds up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    /// It is their sum.
    Holds,
    /// It is not: this is.
    Fails(f64),
    /// A part is missing, or there is nothing to add.
    Open,
}

impl Sums<'_> {
    fn rows(&self) -> std::ops::Range<usize> {
        self.grid.headers..self.grid.rows()
    }

    /// The figure of a cell of its own.
    fn at(&self, row: usize, col: usize) -> Option<Printed> {
        *self.printed.get(row * self.grid.cols() + col)?.get_or_init(|| self.read(row, col))
    }

    fn read(&self, row: usize, col: usize) -> Option<Printed> {
        let cell = self.grid.begins(row, col).filter(|c| c.row_span == 1 && c.col_span == 1)?;
        let Reading::Figure(f) = self.grid.reading(row, col) else { return None };
        let text = self.grid.text(row, col);
        if f.of.is_some() || f.note.is_some() || cell.header {
            return None;
        }
        Some(Printed { value: f.value, half: half_step(text, f.value, self.unit(row, col).is_none()) })
    }

    /// The unit of a cell as far as adding goes.
    fn unit(&self, row: usize, col: usize) -> Option<&str> {
        match self.grid.reading(row, col) {
            Reading::Figure(f) => f.unit.as_deref(),
            _ => None,
        }
        .or_else(|| self.columns.get(col)?.unit.as_deref())
    }

    /// Whether a column's figures can be added up.
    fn adds(&self, col: usize) -> bool {
        let Some(facts) = self.columns.get(col) else { return false };
        let measure = facts.measure.as_deref().unwrap_or_default();
        !matches!(measure, "rate" | "rank" | "percentage" | "average" | "likelihood" | "impact" | "score")
            && facts.unit.as_deref() != Some("%")
            && !self.rows().any(|r| {
                self.unit(r, col).is_some_and(|u| {
                    u == "%" || u == "rank" || u.starts_with("per ") || u.starts_with("percentage")
                })
            })
    }

    fn name(&self, row: usize) -> String {
        label(self.grid, row, &self.labels)
    }

    fn is_total(&self, row: usize) -> bool {
        total(&self.name(row), self.words)
    }

    fn heading(&self, col: usize) -> String {
        self.columns.get(col).map(|c| c.header.join(" / ")).unwrap_or_default()
    }

    fn page(&self, row: usize, col: usize) -> Option<PageNo> {
        self.grid.begins(row, col).map(|c| c.page).filter(|p| p.0 > 0)
    }

    fn place(&self, row: usize, col: usize) -> String {
        let quoted = |what: &str, text: &str| {
            if text.is_empty() { String::new() } else { format!(", {what} \"{text}\"") }
        };
        format!(
            "table {}{}{}: printed {}",
            self.grid.table.id,
            quoted("row", &self.name(row)),
            quoted("column", &self.heading(col)),
            self.grid.text(row, col)
        )
    }

    /// Total rows against the rows that they may add up.
    fn column_totals(&self, columns: &[usize]) -> Vec<Issue> {
        let totals: Vec<usize> = self.rows().filter(|r| self.is_total(*r)).collect();
        let mut issues = Vec::new();
        for &t in &totals {
            let best = self.ways(t, &totals).into_iter().map(|parts| {
                let verdicts: Vec<Verdict> = columns.iter().map(|c| self.sum(t, *c, &parts)).collect();
                let holds = verdicts.iter().filter(|v| **v == Verdict::Holds).count();
                let fails = verdicts.iter().filter(|v| matches!(v, Verdict::Fails(_))).count();
                (holds, std::cmp::Reverse(fails), verdicts)
            });
            let Some((holds, fails, verdicts)) = best.max_by_key(|(h, f, _)| (*h, *f)) else { continue };
            // The row adds up in most columns: it is a sum, and the others are wrong.
            if holds < 2 || fails.0 * 2 > holds {
                continue;
            }
            for (c, verdict) in columns.iter().zip(verdicts) {
                if let Verdict::Fails(sum) = verdict {
                    let message = format!("{}, but its parts add up to {}", self.place(t, *c), shown(sum));
                    issues.push(Issue::doubt("total_mismatch", self.page(t, *c), "normalise", message));
                }
            }
        }
        issues
    }

    /// Lists of rows that a total row may add up.
    fn ways(&self, total: usize, totals: &[usize]) -> Vec<Vec<usize>> {
        let before: Vec<usize> = totals.iter().copied().filter(|t| *t < total).collect();
        let from = before.last().map_or(self.grid.headers, |t| t + 1);
        let since: Vec<usize> = (from..total).collect();
        let plain: Vec<usize> = (self.grid.headers..total).filter(|r| !before.contains(r)).collect();
        let running: Vec<usize> = before.last().copied().into_iter().chain(since.iter().copied()).collect();
        let all: Vec<usize> = before.iter().copied().chain(since.iter().copied()).collect();
        // Rows under the last heading inside the table.
        let figure = |r: &usize| self.figures.iter().any(|c| self.at(*r, *c).is_some());
        let group: Vec<usize> = since.iter().rev().copied().take_while(figure).collect();
        // Totals of groups that come before, and nothing else.
        let mut ways = vec![since, plain, running, all, before, group];
        ways.dedup();
        ways
    }

    fn sum(&self, row: usize, col: usize, parts: &[usize]) -> Verdict {
        let Some(total) = self.at(row, col) else { return Verdict::Open };
        let (mut sum, mut half, mut n) = (0.0, total.half, 0usize);
        for &r in parts {
            match (self.at(r, col), self.grid.reading(r, col)) {
                (Some(p), _) => {
                    sum += p.value;
                    half += p.half;
                    n += 1;
                }
                (None, Reading::Blank) => {}
                // A dash among sums of money is nothing; words are no part.
                (None, Reading::Missing(_)) if self.grid.text(r, col).chars().all(|c| "-–— ".contains(c)) =>
                    {}
                _ => return Verdict::Open,
            }
        }
        if n < 2 || (total.value == 0.0 && sum == 0.0) {
            return Verdict::Open;
        }
        // "1.178" for a thousand and more: another way of writing, not another sum.
        if (sum - 1000.0 * total.value).abs() < 0.5 {
            return Verdict::Open;
        }
        if (sum - total.value).abs() <= half + 1e-6 { Verdict::Holds } else { Verdict::Fails(sum) }
    }

    /// Columns headed "Total" against the columns before them.
    fn row_totals(&self, adding: &[usize]) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (k, &t) in self.figures.iter().enumerate() {
            let headed =
                self.columns.get(t).and_then(|c| c.header.last()).is_some_and(|h| total(h, self.words));
            if !headed || !adding.contains(&t) || k < 2 {
                continue;
            }
            let is_sum = |c: &&usize| {
                self.columns.get(**c).and_then(|f| f.header.last()).is_some_and(|h| total(h, self.words))
            };
            let from = self.figures[..k].iter().rposition(|c| is_sum(&c)).map_or(0, |i| i + 1);
            for parts in [&self.figures[from..k], &self.figures[..k]] {
                let verdicts: Vec<(usize, Verdict)> =
                    self.rows().map(|r| (r, self.across(r, t, parts))).collect();
                if let Some(wrong) = exceptions(&verdicts, 3, 8) {
                    for (r, sum) in wrong {
                        let message = format!("{}, but its parts add up to {}", self.place(r, t), shown(sum));
                        issues.push(Issue::doubt("total_mismatch", self.page(r, t), "normalise", message));
                    }
                    break;
                }
            }
        }
        issues
    }

    fn across(&self, row: usize, col: usize, parts: &[usize]) -> Verdict {
        let Some(total) = self.at(row, col) else { return Verdict::Open };
        let (mut sum, mut half, mut n) = (0.0, total.half, 0usize);
        for &c in parts {
            match (self.at(row, c), self.grid.reading(row, c)) {
                (Some(p), _) if self.unit(row, c) == self.unit(row, col) => {
                    sum += p.value;
                    half += p.half;
                    n += 1;
                }
                (None, Reading::Blank) => {}
                (None, Reading::Missing(_)) if self.grid.text(row, c).chars().all(|k| "-–— ".contains(k)) =>
                    {}
                _ => return Verdict::Open,
            }
        }
        if n < 2 || (total.value == 0.0 && sum == 0.0) {
            return Verdict::Open;
        }
        if (sum - total.value).abs() <= half + 1e-6 { Verdict::Holds } else { Verdict::Fails(sum) }
    }

    /// Columns of variances against the two columns that they are the difference of.
    fn differences(&self, adding: &[usize]) -> Vec<Issue> {
        let is = |c: &usize, names: &[&str]| {
            let measure = self.columns.get(*c).and_then(|f| f.measure.as_deref());
            measure.is_some_and(|m| names.iter().any(|n| m.starts_with(n)))
        };
        let mut issues = Vec::new();
        for v in adding.iter().filter(|c| is(c, &["variance", "change", "movement"])) {
            let others: Vec<usize> = adding.iter().copied().filter(|c| c != v).take(COLUMNS).collect();
            let pairs =
                others.iter().enumerate().flat_map(|(i, a)| others[i + 1..].iter().map(move |b| (*a, *b)));
            let best = pairs
                .filter_map(|(a, b)| {
                    let verdicts: Vec<(usize, Verdict)> =
                        self.rows().map(|r| (r, self.difference(r, *v, a, b))).collect();
                    let holds = verdicts.iter().filter(|x| x.1 == Verdict::Holds).count();
                    Some((holds, (a, b), exceptions(&verdicts, 4, 8)?))
                })
                .max_by_key(|(holds, _, _)| *holds);
            let Some((_, (a, b), wrong)) = best else { continue };
            for (r, difference) in wrong {
                let message = format!(
                    "{}, but {} and {} differ by {}",
                    self.place(r, *v),
                    self.grid.text(r, a),
                    self.grid.text(r, b),
                    shown(difference)
                );
                issues.push(Issue::doubt("variance_mismatch", self.page(r, *v), "normalise", message));
            }
        }
        issues
    }

    /// Which way a difference is counted (and the sign of income) is the council's choice.
    fn difference(&self, row: usize, v: usize, a: usize, b: usize) -> Verdict {
        let (Some(v), Some(a), Some(b)) = (self.at(row, v), self.at(row, a), self.at(row, b)) else {
            return Verdict::Open;
        };
        let difference = (b.value - a.value).abs();
        if v.value == 0.0 && difference <= v.half + a.half + b.half {
            return Verdict::Open;
        }
        let off = (v.value.abs() - difference).abs();
        if off <= v.half + a.half + b.half + 1e-6 { Verdict::Holds } else { Verdict::Fails(difference) }
    }

    /// Columns of changes in per cent against the two columns that they compare.
    fn changes(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        for &v in &self.figures {
            let changes = self.columns.get(v).and_then(|f| f.measure.as_deref()).is_some_and(|m| {
                m.starts_with("change") || m.starts_with("variance") || m.starts_with("movement")
            });
            if !changes || !self.rows().any(|r| self.unit(r, v) == Some("%")) {
                continue;
            }
            let others: Vec<usize> = self.figures.iter().copied().filter(|c| *c != v).take(COLUMNS).collect();
            let pairs =
                others.iter().flat_map(|a| others.iter().filter(move |b| *b != a).map(move |b| (*a, *b)));
            let best = pairs
                .filter_map(|(a, b)| {
                    let verdicts: Vec<(usize, Verdict)> =
                        self.rows().map(|r| (r, self.change(r, v, a, b))).collect();
                    let holds = verdicts.iter().filter(|x| x.1 == Verdict::Holds).count();
                    Some((holds, (a, b), exceptions(&verdicts, 3, 6)?))
                })
                .max_by_key(|(holds, _, _)| *holds);
            let Some((_, (a, b), wrong)) = best else { continue };
            for (r, change) in wrong {
                let message = format!(
                    "{}, but from {} to {} is {}%",
                    self.place(r, v),
                    self.grid.text(r, a),
                    self.grid.text(r, b),
                    shown((change * 10.0).round() / 10.0)
                );
                issues.push(Issue::doubt("change_mismatch", self.page(r, v), "normalise", message));
            }
        }
        issues
    }

    fn change(&self, row: usize, v: usize, a: usize, b: usize) -> Verdict {
        if self.unit(row, v) != Some("%") {
            return Verdict::Open;
        }
        let (Some(v), Some(from), Some(to)) = (self.at(row, v), self.at(row, a), self.at(row, b)) else {
            return Verdict::Open;
        };
        let points = (to.value - from.value).abs();
        let shares = self.unit(row, a) == Some("%");
        if shares && (v.value.abs() - points).abs() <= 2.0 * v.half + from.half + to.half + 1e-6 {
            return if v.value == 0.0 { Verdict::Open } else { Verdict::Holds };
        }
        if from.value == 0.0 || from.value.abs() <= 4.0 * from.half && from.half > 0.0 {
            return Verdict::Open;
        }
        let change = 100.0 * (to.value - from.value) / from.value.abs();
        // Some cut where others round: a whole last place.
        let slack = 2.0 * v.half
            + 100.0 * (to.half / from.value.abs() + to.value.abs() * from.half / (from.value * from.value))
            + 1e-6;
        if v.value == 0.0 && change.abs() <= slack {
            return Verdict::Open;
        }
        if (v.value.abs() - change.abs()).abs() <= slack { Verdict::Holds } else { Verdict::Fails(change) }
    }
}

/// The places where a relation fails, if it holds in at least `least` places and `of_ten` of ten.
fn exceptions(verdicts: &[(usize, Verdict)], least: usize, of_ten: usize) -> Option<Vec<(usize, f64)>> {
    let holds = verdicts.iter().filter(|v| v.1 == Verdict::Holds).count();
    let wrong: Vec<(usize, f64)> = verdicts
        .iter()
        .filter_map(|(r, v)| if let Verdict::Fails(x) = v { Some((*r, *x)) } else { None })
        .collect();
    (holds >= least && holds * 10 >= (holds + wrong.len()) * of_ten).then_some(wrong)
}

/// Whether a name is that of a sum.
fn total(name: &str, words: &FigureWords) -> bool {
    let folded = fold(name);
    let last = folded.rsplit(" / ").next().unwrap_or_default();
    words.totals.begins(last).is_some() || words.totals.ends(last)
}

/// Half of the last place that is printed.
fn half_step(text: &str, value: f64, bare: bool) -> f64 {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let decimals = digits.split_once('.').map_or(0, |(_, d)| d.len().min(9));
    let mantissa: f64 = digits.trim_end_matches('.').parse().unwrap_or(0.0);
    let scale = if mantissa > 0.0 && value != 0.0 { (value.abs() / mantissa).log10().round() } else { 0.0 };
    // Whole things are counted, not rounded; whole pounds or per cent may have been.
    let counted = decimals == 0 && scale == 0.0 && bare && value.abs() < 1000.0;
    if counted { 0.0 } else { 0.5 * 10f64.powf(scale - decimals as f64) }
}

/// A computed figure without the dust of arithmetic.
fn shown(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{issues, table};

    fn told(rows: &[&str]) -> Vec<String> {
        issues(table(1, rows)).into_iter().map(|i| format!("{}: {}", i.code, i.message)).collect()
    }

    #[test]
    fn a_total_that_does_not_add_up_is_told() {
        let right = [
            "Service | 2023 £000 | 2024 £000 | 2025 £000",
            "Roads | 10.5 | 11.5 | 3.1",
            "Parks | 20.2 | 21.0 | 4.1",
        ];
        let with = |last: &str| told(&[&right[..], &[last]].concat());
        assert!(with("Total | 30.7 | 32.5 | 7.2").is_empty());
        assert!(with("Total | 30.8 | 32.5 | 7.2").is_empty(), "rounding of three figures");
        assert_eq!(
            with("Total | 30.7 | 35.2 | 7.2"),
            [
                "total_mismatch: table t1, row \"Total\", column \"2024 £000\": printed 35.2, but its parts add up to 32.5"
            ]
        );
        assert!(with("Total | 99.0 | 35.2 | 7.2").is_empty(), "nothing shows that it is a sum of these rows");
    }

    #[test]
    fn subtotals_and_grand_totals_add_up_in_their_own_ways() {
        let rows = [
            "Service | A | B",
            "One | 1 | 2",
            "Two | 3 | 4",
            "Sub total | 4 | 6",
            "Three | 5 | 6",
            "Four | 1 | 1",
            "Sub total | 6 | 7",
            "Grand total | 10 | 13",
        ];
        assert!(told(&rows).is_empty());
    }

    #[test]
    fn a_variance_is_the_difference_of_two_columns() {
        let mut rows = vec![
            "Service | Budget £m | Forecast £m | Variance £m",
            "A | 10.0 | 12.0 | +2.0",
            "B | 5.0 | 4.0 | -1.0",
        ];
        rows.extend(["C | 7.1 | 7.5 | 0.4", "D | (3.0) | (4.0) | (1.0)", "E | 1.0 | 3.0 | 2.0"]);
        assert!(told(&rows).is_empty());
        rows.push("F | 6.0 | 8.0 | 3.0");
        assert_eq!(
            told(&rows),
            [
                "variance_mismatch: table t1, row \"F\", column \"Variance £m\": printed 3.0, but 6.0 and 8.0 differ by 2"
            ]
        );
    }

    #[test]
    fn a_change_in_per_cent_is_recomputed_and_points_between_shares_allowed() {
        let mut rows = vec!["NORTHTOWN | 2021 | 2022 | % CHANGE", "Referrals | 4,436 | 4,612 | Up 3.9%"];
        rows.extend(["Plans | 570 | 416 | Down 27%", "Repeats | 32.4% | 37.9% | Up by 5.5%"]);
        assert!(told(&rows).is_empty(), "cut, rounded, and in points");
        rows.push("Visits | 100 | 150 | Up 20%");
        assert_eq!(
            told(&rows),
            [
                "change_mismatch: table t1, row \"Visits\", column \"% CHANGE\": printed Up 20%, but from 100 to 150 is 50%"
            ]
        );
    }
}
