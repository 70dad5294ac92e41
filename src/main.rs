//! The program: see `cli`.

mod cli;

/// Documents are many small strings on several threads: the system's allocator is a tenth slower, and
/// mimalloc 3 spreads them over twice the huge pages, each of which the system clears first.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
