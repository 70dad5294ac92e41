//! `show`: what a stage made, as JSON; the last stage's Markdown.

use super::args::ShowArgs;
use super::exit::Exit;
use super::output::print;
use super::settings::{PackSettings, kept};
use agendapack::Error;
use agendapack::engine::StageName;
use agendapack::stages::emit::Emitted;
use serde_json::Value;

pub(crate) fn execute(args: &ShowArgs) -> Result<Exit, Error> {
    if let Some(store) = kept(&args.pack.pack) {
        // A kept output is shown as it is, whatever became of its pack.
        return if args.stage == StageName::Emit {
            markdown(args, &store.load(args.stage)?)
        } else {
            json(args, store.load(args.stage)?)
        };
    }
    let settings = PackSettings::new(&args.pack, false)?;
    let mut road = settings.road();
    if args.stage == StageName::Emit {
        markdown(args, road.emitted()?)
    } else {
        json(args, road.json(args.stage)?)
    }
}

fn markdown(args: &ShowArgs, emitted: &Emitted) -> Result<Exit, Error> {
    let text = emitted.get("pack.md").unwrap_or_default();
    print(&args.page.map_or_else(|| text.to_owned(), |page| page_of(text, page)))?;
    Ok(Exit::Done)
}

fn json(args: &ShowArgs, mut value: Value) -> Result<Exit, Error> {
    if let Some(page) = args.page {
        keep_page(&mut value, page);
    }
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    print(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

/// The Markdown of one page: from its mark to the next.
fn page_of(markdown: &str, page: u32) -> String {
    let mark = format!("<!-- page {page} -->");
    let from = markdown.find(&mark).unwrap_or(markdown.len());
    let rest = &markdown[from..];
    let to = rest[rest.len().min(mark.len())..].find("<!-- page ").map_or(rest.len(), |at| at + mark.len());
    rest[..to].to_owned()
}

/// Leaves of each list what belongs to the page. What names no page belongs to all.
fn keep_page(value: &mut Value, page: u32) {
    let Value::Object(fields) = value else { return };
    for (name, field) in fields {
        if let Value::Array(entries) = field {
            entries.retain(|e| on_page(e, page).unwrap_or(true));
        } else if name == "document" {
            // What the PDF says of itself is of no page, and its structure fills the screen.
            *field = Value::String("(left out: see without --page)".into());
        }
    }
}

/// Whether an entry belongs to the page; `None` where it does not say.
fn on_page(entry: &Value, page: u32) -> Option<bool> {
    let is = |v: &Value| v.as_u64().map(|n| n == u64::from(page));
    if let Some(own) = entry.get("page").and_then(is) {
        return Some(own);
    }
    if let Some([first, last]) = entry.get("pages").and_then(Value::as_array).map(Vec::as_slice) {
        return Some((first.as_u64()?..=last.as_u64()?).contains(&u64::from(page)));
    }
    let places = entry.get("origin").or(entry.get("parts"))?.as_array()?;
    Some(places.iter().any(|p| p.get("page").and_then(is) == Some(true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_keeps_what_is_on_it() {
        let mut value = json!({
            "document": {"title": "x"},
            "pages": [{"page": 1}, {"page": 2}],
            "blocks": [{"id": "b1", "origin": [{"page": 1}, {"page": 2}]}, {"id": "b2", "origin": [{"page": 3}]}],
            "sections": [{"pages": [2, 4]}, {"pages": [5, 5]}],
            "grids": [{"parts": [{"page": 7}]}],
        });
        keep_page(&mut value, 2);
        assert_eq!(value["pages"], json!([{"page": 2}]));
        assert_eq!(value["blocks"][0]["id"], "b1");
        assert_eq!(value["blocks"].as_array().map(Vec::len), Some(1));
        assert_eq!(value["sections"], json!([{"pages": [2, 4]}]));
        assert_eq!(value["grids"], json!([]));
    }

    #[test]
    fn a_page_of_markdown_ends_where_the_next_begins() {
        let md = "<!-- page 1 -->\n\none\n\n<!-- page 2 -->\n\ntwo\n";
        assert_eq!(page_of(md, 1), "<!-- page 1 -->\n\none\n\n");
        assert_eq!(page_of(md, 2), "<!-- page 2 -->\n\ntwo\n");
        assert_eq!(page_of(md, 3), "");
    }
}
