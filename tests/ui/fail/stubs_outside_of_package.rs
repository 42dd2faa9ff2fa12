//! A contract is found from the package that reads it, on every machine.
// says: write one such as "contracts/bank.lock"

actor_core::stubs!("/etc/contracts/bank.lock");

fn main() {}
