//! Every type that a contract speaks of stands in it, or is said.
// says: contracts/stubs_unknown_type.lock, line 1: `shop.Item` is used here but has no line
// says: `stubs!("contracts/stubs_unknown_type.lock", "shop.Item" = crate::Item)`
// contract: bank.Account 1 = protocol { 0 Buy { item: shop.Item } } #0123456789abcdef

actor_core::stubs!("contracts/stubs_unknown_type.lock");

fn main() {}
