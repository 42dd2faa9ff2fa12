//! A mailbox has room for a message.
// says: a mailbox has room for one message at least

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Account), mailbox = 0)]
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
