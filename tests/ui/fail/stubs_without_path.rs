//! Stubs are made of a contract, and of nothing else.
// says: write the path of a contract: `stubs!("contracts/bank.lock")`

actor_core::stubs!(bank);

fn main() {}
