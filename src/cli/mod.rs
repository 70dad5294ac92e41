//! The command line: what was typed, what it means, one file a command.

mod args;
mod convert;
mod exit;
mod inputs;
mod inspect;
mod interrupt;
mod nightly;
mod output;
mod progress;
mod prune;
mod settings;
mod show;
mod stage;
mod status;
mod verify;

use agendapack::Error;
use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use exit::Exit;
use std::io::Write;
use std::process::ExitCode;

/// Parses, dispatches, tells errors.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return if e.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    match execute(cli.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "error: {error} [{}]\n  hint: {}", error.code(), error.hint());
            Exit::from(&error).into()
        }
    }
}

fn execute(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Convert(args) => convert::execute(&settings::ConvertSettings::new(args)?),
        Command::Nightly(args) => nightly::execute(&args),
        Command::Verify(args) => verify::execute(&args),
        Command::Prune(args) => prune::execute(&args),
        Command::Status(args) => status::execute(&args),
        Command::Stage(args) => stage::execute(&args),
        Command::Show(args) => show::execute(&args),
        Command::Inspect(args) => inspect::execute(&args),
        Command::Worker => {
            let input = std::io::BufReader::new(std::io::stdin());
            agendapack::engine::worker::serve(input, &mut std::io::stdout()).map(|()| Exit::Done)
        }
        Command::Schema => output::print(&agendapack::schema()).map(|()| Exit::Done),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "agendapack", &mut text);
            output::print(&String::from_utf8_lossy(&text)).map(|()| Exit::Done)
        }
    }
}
