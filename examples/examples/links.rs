//! An actor that survives its children: it starts workers linked to itself, gets their exits as messages, and starts new ones.
//! With hooks at the beginning and the end, a dead letter, and a look at who runs. Read this after `hello`.

use actor_core::{ExitReason, prelude::*};
use tokio::sync::mpsc;

#[derive(Protocol)]
#[wire(uri = "shop.Order", version = 1)]
enum Order {
    Pack { pieces: u32 },
}

#[derive(Actor)]
#[actor(handles(Order), lifecycle)] // `lifecycle`: it has hooks
struct Packer;

impl Lifecycle for Packer {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        show(format_args!("{:?} is ready", cx.id()));
        Ok(()) // an error here would be its end, before any message
    }

    async fn stopping(&mut self, reason: &ExitReason, cx: &mut Context<Self>) -> Result<(), Error> {
        show(format_args!("{:?} goes: {reason}", cx.id()));
        Ok(())
    }
}

impl Handler<Order> for Packer {
    async fn handle(&mut self, Order::Pack { pieces }: Order, _: &mut Context<Self>) -> Result<(), Error> {
        if pieces == 0 {
            return Err(Error::new("there is nothing to pack")); // ends this actor, and tells whoever is linked to it
        }
        Ok(())
    }
}

#[derive(Actor)]
#[actor(handles(Order, Exit), lifecycle)] // without `Exit` in the list, `trap_exits` would not compile
struct Foreman {
    packer: Option<Subject<Order>>,
    replaced: mpsc::UnboundedSender<ExitReason>,
}

impl Lifecycle for Foreman {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.trap_exits();
        self.packer = Some(cx.spawn_linked(Packer).subject());
        Ok(())
    }
}

impl Handler<Order> for Foreman {
    async fn handle(&mut self, order: Order, _: &mut Context<Self>) -> Result<(), Error> {
        if let Some(packer) = &self.packer {
            packer.tell(order)?;
        }
        Ok(())
    }
}

impl Handler<Exit> for Foreman {
    async fn handle(&mut self, exit: Exit, cx: &mut Context<Self>) -> Result<(), Error> {
        if self.packer.as_ref().is_some_and(|packer| exit.is_from(packer)) {
            self.packer = Some(cx.spawn_linked(Packer).subject());
            self.replaced.send(exit.reason)?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let system = System::default();
    let mut dead_letters = system.dead_letters().subscribe();
    let (replaced, mut replacements) = mpsc::unbounded_channel();
    let foreman = system.start(Foreman { packer: None, replaced }).await?; // waits for its start hook
    let orders = foreman.subject::<Order>();
    for pieces in [3, 0, 5] {
        orders.pack(pieces)?;
    }
    show(dead_letters.next().await.ok_or("the system is there")?); // the order that waited behind the fatal one
    let why = replacements.recv().await.ok_or("the foreman runs")?;
    show(format_args!("there is a new packer, after the old one: {why}"));
    system.actors().iter().for_each(show);
    foreman.drain(); // handles what waits, takes nothing more, then stops
    show(format_args!("the foreman ended: {}", foreman.ended().await));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn show(line: impl std::fmt::Display) {
    println!("{line}");
}
