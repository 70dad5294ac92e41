//! The program: see `cli`.

mod cli;

/// Documents are many small strings on several threads: the system's allocator is a third slower.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
