//! What was typed. What it means is worked out in `settings`.

use agendapack::engine::StageName;
use agendapack::stages::emit::TableStyle;
use agendapack::stages::ocr::Mode;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    all done (a partial document counts as done: the summary and pack.json say what is missing)
  1    a bug of ours in at least one document
  2    a command line or a pipeline file that makes no sense
  3    some documents failed
  4    the only document failed
  5    the output cannot be written
  6    some sources could not be reached (nightly)
  7    another run is at work on the same output
  8    `status`: not all is fresh; `verify`: something is wrong
  130  interrupted; the same command goes on where it stopped";

/// Turns council agenda packs (PDF) into clean Markdown and JSON.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Convert(ConvertArgs),
    Nightly(NightlyArgs),
    Status(StatusArgs),
    Verify(VerifyArgs),
    Prune(PruneArgs),
    Stage(StageArgs),
    Show(ShowArgs),
    Inspect(InspectArgs),
    /// Convert documents for another process: what `convert --isolate` starts
    #[command(hide = true)]
    Worker,
    /// Print the JSON Schema of pack.json
    Schema,
    /// Print completions for a shell
    ///
    /// Example: agendapack completions bash > ~/.local/share/bash-completion/completions/agendapack
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const CONVERT_EXAMPLES: &str = "\
Examples:
  agendapack convert pack.pdf --out out                 one pack, to out/pack/
  agendapack convert packs/ 'more/*.pdf' --out out      a folder and a glob
  agendapack convert /archive --out out --pipeline archive   left alone with 100,000 packs
  find /archive -name '*.pdf' -print0 | agendapack convert - --out out
  agendapack convert packs/ --out out --json --quiet    events as JSON Lines on stdout
  agendapack convert scans/ --out out --ocr-lang eng+cym    scanned pages in English and Welsh

Each pack gets a folder with pack.md, pack.json, tables/*.csv and observations.csv. What was
converted before from the same file with the same options is skipped. Stopped or killed at any
moment, the same command goes on where it was; two at once share the work. OUT/.agendapack has
journal.jsonl, what became of each document in all runs (once it is large, earlier ones are in
journal.1.jsonl), and summary.json, the last run.

";

/// Convert packs to Markdown, JSON and CSV
#[derive(Debug, Args)]
#[command(after_help = format!("{CONVERT_EXAMPLES}{EXIT_CODES}"))]
pub(crate) struct ConvertArgs {
    /// PDFs, zip files and folders of them, globs, or - for a list of files on standard input
    ///
    /// In folders *.pdf and *.zip count, at any depth; links are followed. A list has one file a line,
    /// or, from `find -print0`, one between zero bytes.
    #[arg(required = true, value_name = "IN")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder to write to
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Pipeline: default, archive, develop, nightly, or a TOML file
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) pipeline: String,
    /// Documents at once [default: the pipeline's; 0 is one a core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// How tables are written in Markdown [default: the pipeline's]
    #[arg(long, value_name = "STYLE")]
    pub(crate) tables: Option<TableArg>,
    /// Write each section to a file of its own, too
    #[arg(long)]
    pub(crate) split: bool,
    /// Leave out the comments that say where a page begins
    #[arg(long)]
    pub(crate) no_page_marks: bool,
    /// Convert in worker processes, killed when they hang or take too much memory
    ///
    /// The limits are the pipeline's `document_s` and `memory_mb`. On in the pipeline `archive`.
    #[arg(long, overrides_with = "no_isolate")]
    pub(crate) isolate: bool,
    /// Convert in this process, whatever the pipeline says
    #[arg(long)]
    pub(crate) no_isolate: bool,
    /// Which pages are read from their pictures, by tesseract [default: the pipeline's]
    #[arg(long, value_name = "MODE")]
    pub(crate) ocr: Option<OcrArg>,
    /// Languages of scanned pages, as tesseract names them: eng, or eng+cym [default: the pipeline's]
    #[arg(long, value_name = "LANGS")]
    pub(crate) ocr_lang: Option<String>,
    /// Convert again what is fresh, and what failed for good
    #[arg(long)]
    pub(crate) force: bool,
    /// Read and compare all files of packs that look fresh, instead of their sizes and times
    #[arg(long)]
    pub(crate) check: bool,
    /// Print errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print what happens as JSON Lines on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

const NIGHTLY_EXAMPLES: &str = "\
Examples:
  agendapack nightly --pipeline council.toml                 what is new since the last night
  agendapack nightly --pipeline council.toml --dry-run       what there is; nothing is fetched or written
  agendapack nightly --pipeline council.toml --date 2026-05-01    for another day than today
  15 3 * * *  agendapack nightly --pipeline /etc/agendapack/council.toml --quiet    from cron

The pipeline file names the sources: folders, ModernGov sites, feeds. Readers read OUT/current,
which changes by one rename; OUT/reports/latest.md tells what the night came to.
docs/nightly.md explains all of it.

";

/// Fetch, convert and publish what is new at the sources of a pipeline
#[derive(Debug, Args)]
#[command(after_help = format!("{NIGHTLY_EXAMPLES}{EXIT_CODES}"))]
pub(crate) struct NightlyArgs {
    /// Pipeline: a TOML file that names sources
    #[arg(long, value_name = "FILE", default_value = "nightly")]
    pub(crate) pipeline: String,
    /// Folder to publish in [default: the pipeline's]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Documents at once [default: the pipeline's; 0 is one a core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// The day that it is run for, from which days back and ahead are counted [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<jiff::civil::Date>,
    /// Only ask the sources what there is: fetch, convert and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print what happens as JSON Lines on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// Say what in an output folder is fresh, stale and why, failed, or without a source
///
/// Changes nothing. What is called stale is what `convert` would do
/// again. Packs that were never converted are not known here: `convert` is given them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  agendapack status out                        against the options that each pack was made with
  agendapack status out --pipeline archive     against those of a pipeline
  agendapack status out --json | jq -r '.packs[] | select(.state == \"stale\") | .source'

States:
  fresh        converted, nothing lost, nothing changed since
  partial      the same, with a loss that pack.json tells of
  duplicate    it has the content of another pack, which was converted in its place
  stale        something changed: input, option, version, or a file that is missing or edited
  failed       it cannot be converted: the code says why
  unfinished   its writing was cut short
  orphaned     its source is gone: `prune` removes what was made of it

The exit code is 0 where every pack is fresh, partial or a duplicate, and 8 where one is not.")]
pub(crate) struct StatusArgs {
    /// Folder that `convert` wrote to
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Pipeline to compare with [default: the options that each pack was made with]
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// List what is fresh and what is a duplicate, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Read all sources and files instead of comparing their sizes and times
    #[arg(long)]
    pub(crate) check: bool,
    /// Print all of it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check that what stands in an output folder is whole and agrees with itself
///
/// Reads every file: its hash against the stamp; pack.json against the JSON Schema (`agendapack schema`);
/// the ledger of every page; rows and columns of tables/*.csv and the rows of observations.csv against
/// pack.json; the hashes of kept stage outputs; and names files that no stamp names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  agendapack verify out
  agendapack verify out --json | jq -r '.problems[] | [.code, .file] | @tsv'

docs/errors.md says what each code means and what to do. The exit code is 0 where nothing is wrong, and
8 where something is.")]
pub(crate) struct VerifyArgs {
    /// Folder that `convert` wrote to
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Print all of it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Remove what was made of sources that are gone, and what dead runs left
///
/// Removes files, stamps and kept outputs of packs whose source is gone; kept outputs and plans that no
/// stamp points to; half-written files. Files that no stamp names, or that were edited, stay and are
/// named. Refuses while a run is at work, and where no source at all is there: a drive that is not
/// mounted looks like that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  agendapack prune out --dry-run     what would go
  agendapack prune out
  agendapack status out              what is orphaned, before you prune")]
pub(crate) struct PruneArgs {
    /// Folder that `convert` wrote to
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Remove nothing, say what would be
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Prune even where no source is there any more
    #[arg(long)]
    pub(crate) all_gone: bool,
    /// Print all of it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Styles of tables, as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TableArg {
    /// Pipe tables: spans become blanks
    Pipe,
    /// HTML tables: spans are kept
    Html,
    /// HTML where a table has spans, pipes elsewhere
    Auto,
}

impl From<TableArg> for TableStyle {
    fn from(arg: TableArg) -> Self {
        match arg {
            TableArg::Pipe => TableStyle::Pipe,
            TableArg::Html => TableStyle::Html,
            TableArg::Auto => TableStyle::Auto,
        }
    }
}

/// Which pages are read from their pictures, as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OcrArg {
    /// None
    Off,
    /// Those whose text is missing or gibberish
    Auto,
    /// All
    Force,
    /// As auto, and those whose text is an earlier program's OCR
    Redo,
}

impl From<OcrArg> for Mode {
    fn from(arg: OcrArg) -> Self {
        match arg {
            OcrArg::Off => Mode::Off,
            OcrArg::Auto => Mode::Auto,
            OcrArg::Force => Mode::Force,
            OcrArg::Redo => Mode::Redo,
        }
    }
}

/// Which pack is looked at, and where its stages' outputs lie.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// A PDF, the folder of a converted pack, or a kept output in OUT/.agendapack
    #[arg(value_name = "PACK")]
    pub(crate) pack: PathBuf,
    /// Folder of stored outputs [default: the converted pack's; else .agendapack]
    #[arg(long, value_name = "DIR")]
    pub(crate) work: Option<PathBuf>,
    /// Pipeline: its name or a TOML file [default: the options that a converted pack was made with]
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
}

/// Run a stage again on what is kept, for one pack or all packs of an output folder
///
/// Inputs are read as they were kept, whatever program built them for debugging made them; what is missing
/// above is made, and said. Outputs are stored. Below NAME, down to --to, runs only what is stale then: an
/// equal output stops the cascade. Where it goes down to `emit`, files and stamps are written as `convert`
/// does. One pack that fails stops no other.
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  agendapack convert packs/ --out out --pipeline develop   once: keeps what every stage makes
  agendapack stage tables out --diff --dry-run             what would my change to `tables` change?
  agendapack stage tables out --diff                       the same, and write it
  agendapack stage sections out --to normalise             no further than `normalise`
  agendapack stage tables out --from lines                 `lines` again, too
  agendapack stage blocks out/pack                         one converted pack
  agendapack stage tables pack.pdf                         one PDF, with what it needs

A stage that comes out the same is `unchanged`; what was not kept before is `made`. The diff has packs
as files: lines of pack.md as `diff -u` prints them, and observations by table[row,column], added behind
`+`, removed behind `-`, changed behind `!`.

{EXIT_CODES}"))]
pub(crate) struct StageArgs {
    /// The stage
    #[arg(value_name = "NAME")]
    pub(crate) stage: StageName,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Run the stages from this one to NAME again, too
    #[arg(long, value_name = "STAGE")]
    pub(crate) from: Option<StageName>,
    /// Go on below NAME with what is stale then, down to this one [default: NAME, or emit with --diff]
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: Option<StageName>,
    /// Say what changes in the Markdown and in the observations
    #[arg(long)]
    pub(crate) diff: bool,
    /// Write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Packs at once [default: one a core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

/// Print what a stage made of a pack
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  agendapack show tables pack.pdf --page 12     tables of page 12, as JSON
  agendapack show emit pack.pdf | less          the Markdown
  agendapack show tables out/pack               as kept with a converted pack
  agendapack show tables out/.agendapack/8f…c1/tables.json     a kept output itself")]
pub(crate) struct ShowArgs {
    /// The stage
    #[arg(value_name = "STAGE")]
    pub(crate) stage: StageName,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Only what belongs to this page of the PDF
    #[arg(long, value_name = "N")]
    pub(crate) page: Option<u32>,
}

/// Draw what the stages saw on a page, as SVG
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  agendapack inspect pack.pdf --page 12 > page.svg
  agendapack inspect pack.pdf --page 12 --layers words,cells -o page.svg

Each layer is a <g> with the layer's name as its class, so that a browser can switch it off.")]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// The page of the PDF, from 1
    #[arg(long, value_name = "N")]
    pub(crate) page: u32,
    /// Only these layers
    #[arg(long, value_name = "LAYERS", value_delimiter = ',')]
    pub(crate) layers: Vec<super::inspect::LayerName>,
    /// Write here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
