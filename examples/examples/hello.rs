//! An actor on one screen: a protocol, an actor that handles it, a tell and a call. Read this first.

use actor_core::prelude::*;

#[derive(Protocol)] // an enum is a protocol: all that its addresses accept
#[wire(uri = "bank.Account", version = 1)] // its name on the wire, independent of modules and crates
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> }, // one-shot, typed, and it crosses nodes
}

#[derive(Actor)]
#[actor(handles(Account))] // the closed list of what this actor handles
struct Bank {
    cents: u64,
}

impl Handler<Account> for Bank {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Deposit { cents } => self.cents += cents,
            Account::Balance { reply } => reply.send(self.cents),
        }
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows its result")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bank: Subject<Account> = spawn(Bank { cents: 0 }).subject();
    bank.deposit(500)?; // a tell never waits; an error hands the message back
    println!("{}", bank.balance().await?); // a call; five seconds unless you say otherwise
    Ok(())
}
