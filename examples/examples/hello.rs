//! An actor on one screen: a protocol, an actor that handles it, a tell and a call. Read this first.

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "hello.Greeter", version = 1)]
pub(crate) enum Greeter {
    /// Remember a name.
    Meet { name: String },
    /// How would you greet everybody you have met?
    Greet { reply: Reply<String> },
}

#[derive(Actor)]
#[actor(handles(Greeter))]
struct Host {
    guests: Vec<String>,
}

impl Handler<Greeter> for Host {
    async fn handle(&mut self, msg: Greeter, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Greeter::Meet { name } => self.guests.push(name),
            Greeter::Greet { reply } => reply.send(format!("hello, {}!", self.guests.join(" and "))),
        }
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows its result")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let greeter: Subject<Greeter> = spawn(Host { guests: Vec::new() }).subject();
    greeter.meet("Ada".to_owned())?; // a tell: returns at once
    greeter.meet("Grace".to_owned())?;
    println!("{}", greeter.greet().await?); // a call: waits for the answer
    Ok(())
}
