//! Two stubs in one module have two names.
// says: contracts/stubs_of_one_name.lock, line 2: `bank.Item` and `shop.Item` would both be `Item` in Rust
// says: `stubs!("contracts/stubs_of_one_name.lock", "shop.Item" as ShopItem)`
// contract: bank.Item 1 = struct { cents: u64 } #0123456789abcdef
// contract: shop.Item 1 = struct { cents: u64 } #0123456789abcdef

actor_core::stubs!("contracts/stubs_of_one_name.lock");

fn main() {}
