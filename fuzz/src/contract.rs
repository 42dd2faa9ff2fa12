//! Reads contracts as people may have edited them, and writes them again.
#![no_main]

use actor_core::wire::lock::Contract;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let Ok(contract) = input.parse::<Contract>() else { return };
    let again: Contract = contract.to_string().parse().expect("what was written can be read");
    assert_eq!(again, contract);
    assert!(contract.edits(&again).is_empty());
    let mut updated = contract.clone();
    let findings = contract.review(&[]);
    assert_eq!(updated.update(&[]).is_err(), findings.iter().any(|finding| !finding.is_mendable()));
    let _page = contract.page("");
});
