//! A handler deals with every message of the protocol.
// says: non-exhaustive patterns
// says: `Account::Balance { .. }` not covered

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

impl Handler<Account> for Bank {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Deposit { cents } => self.cents += cents,
        }
        Ok(())
    }
}

fn main() {}
