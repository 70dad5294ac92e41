//! Whatever the bytes: an error with a code, or a pack whose ledger balances.
#![no_main]

use agendapack::{Options, convert};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(converted) = convert(bytes, "fuzz.pdf", &Options::default()) {
        for page in &converted.pack.pages {
            assert!(page.ledger.balances(), "page {}: {:?}", page.page, page.ledger);
        }
    }
});
