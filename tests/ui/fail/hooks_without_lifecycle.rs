//! An actor with hooks says so.
// says: the hooks of actor `Bank` would never run
// says: add `lifecycle` to its attribute

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Account))]
struct Bank {
    cents: u64,
}

impl Lifecycle for Bank {
    async fn started(&mut self, _: &mut Context<Self>) -> Result<(), Error> {
        self.cents = "500".parse()?;
        Ok(())
    }
}

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

fn open() -> Subject<Account> {
    spawn(Bank { cents: 0 }).subject()
}

fn main() {}
