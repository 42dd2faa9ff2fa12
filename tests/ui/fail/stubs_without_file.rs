//! A contract is a file of the package.
// says: there is no file `contracts/none.lock` in the folder of this package's Cargo.toml
// says: copy the `wire.lock` of the package that owns the types

actor_core::stubs!("contracts/none.lock");

fn main() {}
