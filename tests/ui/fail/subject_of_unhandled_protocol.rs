//! An actor gives subjects only for the protocols in its list.
// says: actor `Bank` does not handle `Admin`
// says: handles(..)

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
#[actor(handles(Account, Down))]
struct Bank;

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl Handler<Down> for Bank {
    async fn handle(&mut self, _: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

fn admin(bank: &ActorRef<Bank>) -> Subject<Admin> {
    bank.subject()
}

fn main() {}
