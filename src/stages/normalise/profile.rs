//! Families of tables: which one a table belongs to, and what it calls rows and columns.

use crate::vocabulary::{FigureWords, Sought, TableProfile, fold, packed};

/// What of a table its family is known by, folded.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// The header path of each column.
    pub heads: Vec<String>,
    /// The names of the rows.
    pub labels: Vec<String>,
    /// Its title, the heading above it and its corner cell.
    pub title: String,
    /// How many labels of report headers it has.
    pub fields: usize,
}

/// The family that has the most evidence; of equals the later, so that a file of one's own wins.
pub(super) fn find<'p>(
    looks: &Looks,
    profiles: &'p [TableProfile],
    words: &FigureWords,
) -> Option<&'p TableProfile> {
    let heads: Vec<Sought> = looks.heads.iter().map(|h| Sought::new(h)).collect();
    let title = Sought::new(&looks.title);
    let names: Vec<Name> = looks.labels.iter().map(|l| Name::of(l, words)).collect();
    let seen = Seen { heads, title, names, fields: looks.fields };
    let mut best: Option<(usize, &TableProfile)> = None;
    for p in profiles {
        if let Some(n) = evidence(&seen, p)
            && best.is_none_or(|(m, _)| n >= m)
        {
            best = Some((n, p));
        }
    }
    best.map(|b| b.1)
}

/// The same, made ready to be asked by every family.
struct Seen<'l> {
    heads: Vec<Sought<'l>>,
    title: Sought<'l>,
    names: Vec<Name>,
    fields: usize,
}

/// The name of a row, without spaces.
struct Name {
    whole: String,
    /// Without stops at its end, and without the words that only say how it is counted.
    candidates: [String; 2],
}

impl Name {
    fn of(folded: &str, words: &FigureWords) -> Name {
        let name = folded.trim_end_matches(STOPS);
        Name { whole: packed(folded), candidates: [packed(name), packed(core(name, words))] }
    }
}

/// What may stand behind a row's name.
const STOPS: [char; 4] = ['.', ':', ' ', '*'];

/// How much speaks for a family; nothing where something that it asks for is missing.
fn evidence(seen: &Seen, p: &TableProfile) -> Option<usize> {
    if p.least_fields.is_some_and(|n| seen.fields < n) {
        return None;
    }
    let headers = p.headers.count_in(&seen.heads);
    if headers < p.headers.len() {
        return None;
    }
    let any = p.any.count_in(&seen.heads);
    if any < p.least_any.unwrap_or(usize::from(!p.any.is_empty())) {
        return None;
    }
    let titled = usize::from(p.title.within_sought(&seen.title).is_some());
    if titled == 0 && !p.title.is_empty() {
        return None;
    }
    let named = |n: &&Name| {
        p.indicator.is_some()
            || p.rows.covers(&n.whole)
            || n.candidates.iter().any(|c| p.indicators.values().any(|w| w.covers(c)))
    };
    let rows = seen.names.iter().filter(named).count();
    // A family that is known by nothing else is known by its rows.
    let asks = p.headers.is_empty() && p.any.is_empty() && p.title.is_empty() && p.least_fields.is_none();
    if rows < p.least_rows.unwrap_or(if asks { 2 } else { 0 }) {
        return None;
    }
    let fields = if p.least_fields.is_some() { seen.fields } else { 0 };
    let sum = 2 * headers + any + 2 * titled + rows + fields;
    (sum > 0).then_some(sum)
}

/// The canonical name of a row; `area` may stand behind it ("Children in need in Northtown").
pub(super) fn indicator<'p>(
    label: &str,
    area: Option<&str>,
    p: &'p TableProfile,
    words: &FigureWords,
) -> Option<&'p str> {
    if let Some(all) = &p.indicator {
        return Some(all);
    }
    let folded = fold(label);
    let mut name = folded.trim_end_matches(STOPS);
    if let Some(area) = area {
        let area = fold(area);
        name = name
            .strip_suffix(area.as_str())
            .map_or(name, |n| n.trim_end_matches(" in ").trim_end_matches(" - "));
    }
    for candidate in [name, core(name, words)].map(packed) {
        if let Some((id, _)) = p.indicators.iter().find(|(_, w)| w.covers(&candidate)) {
            return Some(id);
        }
    }
    None
}

/// A row's name without the words that only say how it is counted.
fn core<'l>(label: &'l str, words: &FigureWords) -> &'l str {
    let mut name = label;
    loop {
        let before = name;
        if let Some(n) = words.counts_before.begins(name) {
            name = name.get(n..).unwrap_or_default().trim_start();
        }
        // "… (rate per 10,000)", "… (%)"
        if let (Some(open), true) = (name.rfind('('), name.ends_with(')')) {
            name = name.get(..open).unwrap_or_default().trim_end();
        }
        let behind =
            words.counts_behind.iter().filter_map(|w| name.strip_suffix(w)).filter(|n| n.ends_with(' '));
        if let Some(shortest) = behind.min_by_key(|n| n.len()) {
            name = shortest.trim_end_matches([' ', ',', '-']);
        }
        if name == before || name.is_empty() {
            return before;
        }
    }
}

/// What a family says that a column measures: the lowest header that it knows, its longest phrase.
pub(super) fn measure(path: &[String], p: &TableProfile) -> Option<String> {
    // "Residual / Likelihood" is more than "Likelihood".
    let whole = path.join(" ");
    let whole = Sought::new(&whole);
    let length = |phrase: &str| phrase.chars().filter(|c| *c != '…').count();
    let found = p.measures.iter().filter_map(|(m, w)| Some((w.held_by(&whole).map(length).max()?, m)));
    found.max_by_key(|(n, _)| *n).map(|(_, m)| m.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn looks(heads: &[&str], labels: &[&str], title: &str) -> Looks {
        let fold_all = |l: &[&str]| l.iter().map(|t| fold(t)).collect();
        Looks { heads: fold_all(heads), labels: fold_all(labels), title: fold(title), fields: 0 }
    }

    fn id(looks: &Looks) -> Option<String> {
        let v = Vocabulary::default();
        find(looks, &v.tables, &v.figures).map(|p| p.id.clone())
    }

    #[test]
    fn families_are_known_by_headers_rows_and_titles() {
        for (heads, labels, title, wanted) in [
            (
                &["NORTHTOWN", "2021", "2022"][..],
                &["Referrals", "Children in need", "Other"][..],
                "",
                "safeguarding",
            ),
            (&["Indicator", "Rate"], &["Teenage conceptions (rate)", "Infant mortality rate"], "", "health"),
            (&["Data", "Rate"], &["Knife crime", "Number of domestic abuse incidents"], "", "police"),
            (
                &["Funding agency", "2021-22"],
                &["A Council", "The Police Force", "B Council"],
                "",
                "partner-contributions",
            ),
            (&["Service", "Net budget £000", "Forecast", "Variance"], &["Roads"], "", "revenue-monitoring"),
            (
                &["Project", "Budget", "Real variance", "Rephasing variance"],
                &["School"],
                "Capital budget",
                "capital-monitoring",
            ),
            (&["Indicator", "Latest", "RAG", "DoT"], &["Homes built"], "", "scorecard"),
            (&["Ref", "Risk description", "Likelihood", "Impact"], &["Fire"], "", "risk-register"),
            (&["Action", "Lead", "Deadline"], &["Write"], "", "action-plan"),
            (&["Member", "Possible", "Attended"], &["A Person"], "Attendance 2023/24", "attendance"),
        ] {
            assert_eq!(id(&looks(heads, labels, title)).as_deref(), Some(wanted), "{heads:?}");
        }
        assert_eq!(id(&looks(&["Road", "Length"], &["High Street"], "Roads")), None);
    }

    #[test]
    fn a_row_is_an_indicator_where_nothing_else_is_said() {
        let v = Vocabulary::default();
        let p = v.tables.iter().find(|p| p.id == "safeguarding").unwrap();
        let of = |label: &str| indicator(label, Some("Northtown"), p, &v.figures);
        assert_eq!(of("Number of Children in Need"), Some("children_in_need"));
        assert_eq!(of("Children in Need in Northtown."), Some("children_in_need"));
        assert_eq!(of("Children in Need (rate per 10,000)"), Some("children_in_need"));
        assert_eq!(of("% were re-referrals within the previous 12 months"), Some("re_referrals"));
        assert_eq!(
            of("Child Protec tion Plans"),
            Some("child_protection_plans"),
            "a narrow cell broke the word"
        );
        assert_eq!(of("Children in need who moved"), None, "something else is counted");
    }

    #[test]
    fn a_column_measures_what_its_longest_phrase_says() {
        let v = Vocabulary::default();
        let of = |id: &str, path: &[&str]| {
            let p = v.tables.iter().find(|p| p.id == id).unwrap();
            measure(&path.iter().map(|t| fold(t)).collect::<Vec<_>>(), p)
        };
        assert_eq!(of("revenue-monitoring", &["Original Budget"]).as_deref(), Some("budget_original"));
        assert_eq!(of("risk-register", &["Residual", "Likelihood"]).as_deref(), Some("residual_likelihood"));
        assert_eq!(of("revenue-monitoring", &["Ward"]), None);
    }
}
