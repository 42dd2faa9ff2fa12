//! An actor has a handler for every message in its list.
// says: actor `Bank` lists `Admin`
// says: no `impl Handler<Admin> for Bank`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Protocol)]
#[wire(uri = "bank.Admin")]
enum Admin {
    Freeze,
}

#[derive(Actor)]
#[actor(handles(Account, Admin))]
struct Bank;

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

fn admin(bank: &ActorRef<Bank>) -> Subject<Admin> {
    bank.subject()
}

fn main() {}
