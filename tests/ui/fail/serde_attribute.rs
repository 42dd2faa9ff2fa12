//! An attribute of serde that would change what arrives is not believed.
// says: `#[serde(skip)]` has no effect between nodes: `password` would be sent anyway
// says: `#[wire(.., ignore_serde)]`

use actor_core::prelude::*;

#[derive(Wire, serde::Serialize, serde::Deserialize)]
#[wire(uri = "bank.Person")]
struct Person {
    #[serde(rename = "n")]
    name: String,
    #[serde(skip, default)]
    password: String,
}

fn main() {}
