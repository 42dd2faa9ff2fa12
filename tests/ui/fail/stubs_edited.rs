//! A contract is not edited by who reads it.
// says: contracts/stubs_edited.lock, line 1: `bank.Account` version 1 does not match its hash
// says: copy the file again from its owner
// contract: bank.Account 1 = protocol { 0 Deposit { cents: u32 } } #a53d316e7bac7181

actor_core::stubs!("contracts/stubs_edited.lock");

fn main() {}
