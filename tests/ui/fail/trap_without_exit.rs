//! Only an actor that handles `Exit` can trap exits.
// says: actor `Bank` does not handle `Exit`
// says: implement `Handler<Exit>`

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
    peer: Subject<Account>,
}

impl Handler<Account> for Bank {
    async fn handle(&mut self, _: Account, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.trap_exits();
        cx.link(&self.peer);
        Ok(())
    }
}

fn main() {}
