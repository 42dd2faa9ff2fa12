//! What is done with a contract that people may have edited. Also compiled by a program in `fuzz/`.

use actor_core::wire::lock::Contract;

/// Reads it, writes it, reads that, and holds it against a crate without types.
///
/// # Panics
/// If what was written is not what was read, or an update does not do what the review says.
pub(crate) fn feed(text: &str) {
    let Ok(contract) = text.parse::<Contract>() else { return };
    let again: Contract = contract.to_string().parse().expect("what was written can be read");
    assert_eq!(again, contract);
    assert!(contract.edits(&again, &[]).is_empty());
    let decisions = contract.review(&[]).iter().any(|finding| !finding.is_mendable());
    assert_eq!(contract.clone().update(&[]).is_err(), decisions);
    let _page = contract.page("");
}
