//! The list of messages is in parentheses.
// says: write the list in parentheses: `handles(Account)`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles = Account)]
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
