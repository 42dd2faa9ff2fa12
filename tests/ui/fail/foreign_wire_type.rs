//! A wire type is not foreign.
// says: `Item` is a wire type already, so it needs no `foreign`; remove it

use actor_core::prelude::*;

#[derive(Wire, serde::Serialize, serde::Deserialize)]
#[wire(uri = "shop.Item")]
struct Item {
    cents: u64,
}

#[derive(Wire)]
#[wire(uri = "shop.Cart")]
struct Cart {
    #[wire(foreign = "shop.Item/1")]
    items: Vec<Item>,
}

fn main() {}
