//! A type whose codec was written by hand has no stub.
// says: contracts/stubs_by_hand.lock, line 1: the codec of `bank.Money` was written by hand
// says: say which type of yours it is: `stubs!("…", "bank.Money" = crate::Type)`
// contract: bank.Money 1 = opaque #0000000000000000

actor_core::stubs!("contracts/stubs_by_hand.lock");

fn main() {}
