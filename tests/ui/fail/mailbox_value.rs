//! A mailbox's bound is a number.
// says: write it as `mailbox = 64`, or `mailbox = unbounded`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Account), mailbox = "64")]
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
