//! A name of a contract is one Rust type.
// says: this name is in the list twice; remove one

actor_core::stubs!("contracts/bank.lock", "bank.Money" as Cash, "bank.Money" = crate::Money);

fn main() {}
