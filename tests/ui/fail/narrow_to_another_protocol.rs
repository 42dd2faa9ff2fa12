//! An address is narrowed only to what its protocol includes.
// says: `Account` does not include `Admin`
// says: #[wire(include)] Name(Admin)

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping,
}

#[derive(Protocol)]
#[wire(uri = "bank.Admin")]
enum Admin {
    Freeze,
}

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    #[wire(include)]
    Health(Health),
}

fn admin(account: &Subject<Account>) -> Subject<Admin> {
    account.narrow::<Admin>()
}

fn main() {}
