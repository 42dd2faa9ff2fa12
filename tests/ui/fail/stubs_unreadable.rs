//! A contract is understood to its last word.
// says: contracts/stubs_unreadable.lock, line 2: `money` is not a type that this release of the library knows
// says: copy the file again from its owner
// contract: # What `bank` has released.
// contract: bank.Account 1 = protocol { 0 Deposit { cents: money } } #a53d316e7bac7181

actor_core::stubs!("contracts/stubs_unreadable.lock");

fn main() {}
