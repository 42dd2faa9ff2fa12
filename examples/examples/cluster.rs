//! A cluster on one screen: two nodes (in one process, for brevity), a global name, a group, and a handle to an actor of the
//! other node. Read this after `hello`.

use actor_core::prelude::*;
use actor_dist::{GlobalName, GroupKey, Node};

#[derive(Protocol)]
#[wire(uri = "bank.Account", version = 1)]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Protocol, Clone)]
#[wire(uri = "chat.Event", version = 1)]
enum ChatEvent {
    Say { text: String },
}

const BANK: GlobalName<Account> = GlobalName::new("bank"); // the name and the protocol are one item
const ROOM: GroupKey<ChatEvent> = GroupKey::new("room:42");

#[derive(Actor)]
#[actor(handles(Account, ChatEvent))]
struct Teller {
    cents: u64,
}

impl Handler<Account> for Teller {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Deposit { cents } => self.cents += cents,
            Account::Balance { reply } => reply.send(self.cents),
        }
        Ok(())
    }
}

impl Handler<ChatEvent> for Teller {
    async fn handle(&mut self, ChatEvent::Say { text }: ChatEvent, _: &mut Context<Self>) -> Result<(), Error> {
        self.cents += u64::from(text == "hello");
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows its result")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let teller = spawn(Teller { cents: 0 });
    let (bank, listener) = (teller.subject::<Account>(), teller.subject::<ChatEvent>());

    let bob = Node::builder("bob").system(System::new()).cookie("only for this example")?.start().await?;
    let alice = Node::builder("alice").bind("127.0.0.1:0").cookie("only for this example")?.start().await?;
    bob.connect(alice.name()).await?; // and with her all nodes that she is connected to

    let term = alice.global().register(&BANK, &bank).await?; // `&ROOM` here would not compile
    BANK.on(&bob).deposit(500)?; // from any node, by name
    alice.groups().join(&ROOM, &listener)?;

    let teller = bob.global().whereis(&BANK).ok_or("the name resolves on every node")?;
    println!("{teller:?}, {term:?}: {} cents", teller.balance().await?); // a call across nodes
    ROOM.on(&bob).say("hello".to_owned())?; // to every member; calling a group does not compile
    println!("after the hello: {} cents", teller.balance().await?);
    bob.leave().await;
    alice.leave().await;
    Ok(())
}
