//! That an actor has hooks is one word.
// says: write it as `lifecycle`, without a value

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Account), lifecycle = true)]
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
