//! A protocol is included once.
// says: `Health` and `Vitals` both include `Health`
// says: remove one `include`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping,
}

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    #[wire(include)]
    Health(Health),
    #[wire(include)]
    Vitals(Health),
}

fn narrow(account: &Subject<Account>) -> Subject<Health> {
    account.narrow()
}

fn main() {}
