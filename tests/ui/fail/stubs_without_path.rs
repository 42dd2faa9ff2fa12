//! Stubs are made of a contract, and of nothing else.
// says: the path of a contract, such as `stubs!("contracts/bank.lock")`, is to be

actor_core::stubs!(bank);

fn main() {}
