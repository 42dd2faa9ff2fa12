//! A type whose codec was written by hand has no stub.
// says: contracts/stubs_by_hand.lock, line 1: `bank.Money` has a codec written by hand
// says: `stubs!("contracts/stubs_by_hand.lock", "bank.Money" = crate::Money)`
// contract: bank.Money 1 = opaque #0000000000000000

actor_core::stubs!("contracts/stubs_by_hand.lock");

fn main() {}
