//! `inspect`: a page as the stages saw it, as SVG with a layer a stage.

use super::args::InspectArgs;
use super::exit::Exit;
use super::output::print;
use super::settings::{PackSettings, kept};
use agendapack::Error;
use agendapack::engine::StageName;
use agendapack::model::{Block, BlockKind, Flow, Layer, LineFate, Lines, PageLines, PageNo, Rect, Tables};
use clap::ValueEnum;
use std::fmt::Write as _;

/// Layers of the drawing, bottom to top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayerName {
    /// Filled boxes
    Fills,
    /// Straight rules
    Rulings,
    /// Pictures
    Images,
    /// Words, as text
    Words,
    /// Lines
    Lines,
    /// Cells of tables
    Cells,
    /// Blocks, with their kind
    Blocks,
    /// Furniture and hidden text
    Furniture,
}

impl LayerName {
    const ALL: [LayerName; 8] = [
        LayerName::Fills,
        LayerName::Rulings,
        LayerName::Images,
        LayerName::Words,
        LayerName::Lines,
        LayerName::Cells,
        LayerName::Blocks,
        LayerName::Furniture,
    ];

    /// Class of its group, colour of its strokes.
    fn look(self) -> (&'static str, &'static str) {
        match self {
            LayerName::Fills => ("fills", "#bbbbbb"),
            LayerName::Rulings => ("rulings", "#d62728"),
            LayerName::Images => ("images", "#8c564b"),
            LayerName::Words => ("words", "#222222"),
            LayerName::Lines => ("lines", "#1f77b4"),
            LayerName::Cells => ("cells", "#2ca02c"),
            LayerName::Blocks => ("blocks", "#9467bd"),
            LayerName::Furniture => ("furniture", "#ff7f0e"),
        }
    }
}

pub(crate) fn execute(args: &InspectArgs) -> Result<Exit, Error> {
    let text = if let Some(store) = kept(&args.pack.pack) {
        // A kept output is drawn with those beside it.
        let (lines, tables): (Lines, Tables) =
            (store.load(StageName::Lines)?, store.load(StageName::Tables)?);
        drawn(args, &lines, &tables, &store.load(StageName::Blocks)?)?
    } else {
        let settings = PackSettings::new(&args.pack, false)?;
        let mut road = settings.road().holding();
        let (lines, tables) = (road.lines()?.clone(), road.tables()?.clone());
        drawn(args, &lines, &tables, road.flow()?)?
    };
    match &args.out {
        Some(path) => {
            std::fs::write(path, text).map_err(|source| Error::Write { path: path.clone(), source })?;
        }
        None => print(&text)?,
    }
    Ok(Exit::Done)
}

/// The page that is asked for.
fn drawn(args: &InspectArgs, lines: &Lines, tables: &Tables, flow: &Flow) -> Result<String, Error> {
    let pages = lines.pages.len();
    let Some(page) = lines.pages.iter().find(|p| p.page == PageNo(args.page)) else {
        let detail = format!("there is no page {}: the pack has {pages} pages", args.page);
        return Err(Error::Usage { detail });
    };
    let layers = if args.layers.is_empty() { &LayerName::ALL[..] } else { &args.layers };
    Ok(svg(page, tables, flow, layers))
}

/// The page as SVG, in its reading frame.
fn svg(page: &PageLines, tables: &Tables, flow: &Flow, layers: &[LayerName]) -> String {
    let [w, h] = page.size;
    let legend = 16.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.1} {:.1}\" font-family=\"sans-serif\">\n\
         <title>page {}</title>\n<rect width=\"{w:.1}\" height=\"{h:.1}\" fill=\"#fff\" stroke=\"#999\"/>\n",
        h + legend,
        page.page
    );
    for layer in LayerName::ALL.iter().filter(|l| layers.contains(l)) {
        let (class, colour) = layer.look();
        let _ = writeln!(out, "<g class=\"{class}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"0.6\">");
        draw(&mut out, *layer, page, tables, flow);
        out.push_str("</g>\n");
    }
    let _ = writeln!(out, "<g class=\"legend\" font-size=\"8\">");
    for (i, layer) in LayerName::ALL.iter().filter(|l| layers.contains(l)).enumerate() {
        let (class, colour) = layer.look();
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{:.1}\" fill=\"{colour}\">■ {class}</text>",
            8 + i * 60,
            h + 11.0
        );
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn draw(out: &mut String, layer: LayerName, page: &PageLines, tables: &Tables, flow: &Flow) {
    let g = &page.graphics;
    match layer {
        LayerName::Fills => g.fills.iter().for_each(|f| {
            let attributes =
                format!("fill=\"#{:06x}\" fill-opacity=\"0.35\" stroke=\"none\"", f.colour & 0xff_ffff);
            rect(out, f.bbox, &attributes, "");
        }),
        LayerName::Rulings => g.rulings.iter().for_each(|r| {
            let (x1, y1, x2, y2) =
                if r.horizontal { (r.start, r.at, r.end, r.at) } else { (r.at, r.start, r.at, r.end) };
            let _ = writeln!(out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
        }),
        LayerName::Images => {
            g.images.iter().for_each(|i| rect(out, i.bbox, "stroke-dasharray=\"4 2\"", "image"));
        }
        LayerName::Words => {
            for w in &page.words {
                let _ = writeln!(
                    out,
                    "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
                     fill=\"#222\" stroke=\"none\"{}>{}</text>",
                    w.bbox.left,
                    w.bbox.bottom - w.bbox.height() * 0.22,
                    w.size,
                    w.bbox.width(),
                    if w.style.bold { " font-weight=\"bold\"" } else { "" },
                    escape(&w.text)
                );
            }
        }
        LayerName::Lines => page
            .lines
            .iter()
            .enumerate()
            .filter(|(_, l)| l.fate == LineFate::Body)
            .for_each(|(i, l)| rect(out, l.bbox, "", &format!("line {i}"))),
        LayerName::Cells => {
            for table in tables.grids.iter().map(|g| &g.table) {
                for c in table.cells.iter().filter(|c| c.page == page.page) {
                    let at = format!("row {} column {}", c.row, c.col);
                    rect(out, c.bbox, "fill=\"#2ca02c\" fill-opacity=\"0.06\"", &at);
                }
            }
        }
        LayerName::Blocks => blocks(out, page, flow, |b| b.layer == Layer::Body),
        LayerName::Furniture => blocks(out, page, flow, |b| b.layer != Layer::Body),
    }
}

fn blocks(out: &mut String, page: &PageLines, flow: &Flow, wanted: impl Fn(&Block) -> bool) {
    for block in flow.blocks.iter().filter(|b| wanted(b)) {
        for origin in block.origin.iter().filter(|o| o.page == page.page) {
            let label = format!("{} {}", block.id, kind(&block.kind));
            rect(out, origin.bbox.grown(1.5), "stroke-width=\"0.9\"", &label);
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"5\" fill=\"currentColor\" stroke=\"none\">{label}</text>",
                origin.bbox.left,
                origin.bbox.top - 2.0
            );
        }
    }
}

fn kind(kind: &BlockKind) -> String {
    match kind {
        BlockKind::Heading { level, .. } => format!("h{level}"),
        BlockKind::Paragraph { .. } => "p".into(),
        BlockKind::ListItem { depth, .. } => format!("li{depth}"),
        BlockKind::TocEntry { .. } => "toc".into(),
        BlockKind::Table { table } => table.clone(),
        BlockKind::Figure { .. } => "figure".into(),
        BlockKind::Caption { .. } => "caption".into(),
        BlockKind::Footnote { .. } => "footnote".into(),
        BlockKind::Furniture { role, .. } => format!("{role:?}"),
        BlockKind::Hidden { reason, .. } => format!("{reason:?}"),
        _ => "other".into(),
    }
}

fn rect(out: &mut String, r: Rect, attributes: &str, title: &str) {
    let _ = write!(
        out,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" {attributes}",
        r.left,
        r.top,
        r.width(),
        r.height()
    );
    let _ = if title.is_empty() {
        writeln!(out, "/>")
    } else {
        writeln!(out, "><title>{}</title></rect>", escape(title))
    };
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
