//! An actor that says it has hooks has them.
// says: actor `Bank` has `lifecycle` in its `#[actor(..)]` but no hooks
// says: no `impl Lifecycle for Bank`
// says: take `lifecycle` out

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Account), lifecycle)]
struct Bank;

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

async fn open() -> Result<Subject<Account>, Error> {
    Ok(System::default().start(Bank).await?.subject())
}

fn main() {}
