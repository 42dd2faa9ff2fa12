//! A helper process: a node with one actor that does what a test says. Ends when its standard input does.
#![expect(clippy::print_stdout, reason = "the node's name is told by standard output")]

use std::{
    io::Read,
    time::{Duration, Instant},
};

use actor_core::prelude::*;
use actor_dist::Node;
use tests::{COOKIE, MEMBERS, REMOTE, Remote};

#[derive(Actor)]
#[actor(handles(Remote))]
struct Driven {
    node: Node,
    kept: Vec<Reply<()>>,
}

impl Handler<Remote> for Driven {
    async fn handle(&mut self, msg: Remote, cx: &mut Context<Self>) -> Result<(), Error> {
        let me = || cx.subject::<Remote>().ok_or_else(|| Error::new("no handle is left"));
        match msg {
            Remote::Echo { text, reply } => reply.send(text),
            Remote::Handle { reply } => reply.send(me()?),
            Remote::BlockWorkers { milliseconds, reply } => block(milliseconds, reply),
            Remote::Join { reply } => {
                self.node.groups().join(&MEMBERS, &me()?)?;
                reply.send(());
            }
            Remote::Keep { reply } => self.kept.push(reply),
            Remote::Connect { to, reply } => {
                reply.send(self.node.connect(&to).await.err().map(|error| format!("{error:?}")));
            }
        }
        Ok(())
    }
}

/// Blocks every worker: more actors than workers, each of which holds its worker until the time is over.
fn block(milliseconds: u64, reply: Reply<u64>) {
    let workers = tokio::runtime::Handle::current().metrics().num_workers() as u64;
    let until = Instant::now() + Duration::from_millis(milliseconds);
    reply.send(workers);
    for _ in 0..workers * 2 {
        tokio::spawn(async move {
            // The answer leaves first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(short), Some(window)) = (arguments.next(), arguments.next()) else {
        return Err("usage: helper NAME WINDOW_MS, with the cookie in the environment".into());
    };
    let node = Node::builder(short).cookie(std::env::var(COOKIE)?)?;
    let node = node.window(Duration::from_millis(window.parse()?)).start().await?;
    let driven = spawn(Driven { node: node.clone(), kept: Vec::new() }).subject();
    node.system().register(&REMOTE, &driven)?;
    println!("{}", node.name());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await??;
    Ok(())
}
