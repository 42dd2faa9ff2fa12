//! An actor has only the attributes that are known.
// says: unknown attribute `capacity`
// says: an actor takes only `handles(

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(capacity = 10)]
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
