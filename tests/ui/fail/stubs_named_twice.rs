//! A name of a contract is one Rust type.
// says: this name stands in the list twice; remove one

actor_core::stubs!("contracts/bank.lock", "bank.Money" as Cash, "bank.Money" = crate::Money);

fn main() {}
