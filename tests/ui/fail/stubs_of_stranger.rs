//! What is said of a contract's types is said of types that it has.
// says: no line of `contracts/stubs_of_stranger.lock` has this name
// contract: bank.Money 1 = struct { cents: u64 } #f37d6fdb1ef44f97

actor_core::stubs!("contracts/stubs_of_stranger.lock", "bank.Mony" as Cash);

fn main() {}
