//! An actor lists what it handles.
// says: `Bank` handles nothing yet
// says: #[actor(handles(MyProtocol))]

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
struct Bank;

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

fn open() -> Subject<Account> {
    spawn(Bank).subject()
}

fn main() {}
