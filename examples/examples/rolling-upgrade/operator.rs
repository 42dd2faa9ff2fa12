//! The operator: starts and stops the processes of the nodes and tells their clerks whom to trade with. What happens in which
//! order, `story` says. It has no type of the service, only those of `control`.

use std::{env, process::Stdio, time::Duration};

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, Events, Node, NodeEvent};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

use crate::{
    build::table,
    control::{CLERK, ControlClient, Line, Peer},
    report::{arrived, say},
    worker::Briefing,
};

/// How long each step may take.
const STEP: Duration = Duration::from_secs(15);

pub(crate) struct Operator {
    node: Node,
    events: Events,
    cookie: String,
    shops: Vec<Shop>,
    /// What the nodes have counted.
    lines: Vec<Line>,
}

/// A node of the service that runs.
pub(crate) struct Shop {
    pub(crate) peer: Peer,
    name: NodeName,
    /// Killed when this is dropped.
    process: Child,
}

impl Operator {
    pub(crate) async fn new() -> Result<Self, Error> {
        let cookie = random_cookie()?;
        let node = Node::builder("operator").bind("127.0.0.1:0").cookie(&cookie)?.schemas(table(&["control"])?);
        let node = node.start().await?;
        let events = node.events();
        Ok(Operator { node, events, cookie, shops: Vec::new(), lines: Vec::new() })
    }

    /// The shop that runs there, `shop-1`.
    pub(crate) fn shop(&self, name: &str) -> Result<&Shop, Error> {
        let found = self.shops.iter().find(|shop| shop.name.short() == name);
        found.ok_or_else(|| Error::new(format_args!("`{name}` does not run")))
    }

    /// Starts a process and lets all shops trade with it, and it with them.
    pub(crate) async fn start(&mut self, name: &str, build: &str) -> Result<(), Error> {
        let briefing = Briefing {
            shop: name.to_owned(),
            build: build.to_owned(),
            seed: self.node.name().to_string(),
            cookie: self.cookie.clone(),
        };
        let mut process = spawn_process(&briefing).await?;
        let up = async {
            tokio::select! {
                up = up(&mut self.events, name) => up,
                ended = process.wait() => Err(Error::new(format_args!("its process ended: {}", ended?))),
            }
        };
        let up = timeout(STEP, up).await.unwrap_or_else(|_| Err(Error::new(format_args!("not seen within {STEP:?}"))));
        let node = up.map_err(|error| Error::new(format_args!("`{name}` did not join: {error}")))?;
        let new = Peer { node: node.to_string(), label: format!("{name}/{build}") };
        for shop in &self.shops {
            CLERK.at(&self.node, &shop.name).admit(new.clone()).timeout(STEP).await?;
            CLERK.at(&self.node, &node).admit(shop.peer.clone()).timeout(STEP).await?;
        }
        self.shops.push(Shop { peer: new, name: node, process });
        Ok(())
    }

    /// Lets a shop and all others close their books, and ends its process. All that was sent to it has arrived before.
    pub(crate) async fn stop(&mut self, name: &str) -> Result<(), Error> {
        let position = self.shops.iter().position(|shop| shop.name.short() == name);
        let mut leaving = self.shops.remove(position.ok_or_else(|| Error::new("it does not run"))?);
        let mut received = Vec::new();
        for shop in &self.shops {
            received.push(CLERK.at(&self.node, &shop.name).release(leaving.peer.clone()).timeout(STEP).await?);
        }
        let clerk = CLERK.at(&self.node, &leaving.name);
        let sent = clerk.quit().timeout(STEP).await?;
        say(format_args!("  {} has sent {}, and received {}", leaving.peer.label, arrived(&sent), arrived(&received)));
        self.lines.extend(sent.into_iter().chain(received));
        clerk.leave()?;
        let status = timeout(STEP, leaving.process.wait()).await??;
        match status.success() {
            true => Ok(()),
            false => Err(Error::new(format_args!("the process of `{name}` ended with {status}"))),
        }
    }

    /// Rounds of traffic by every shop, besides those that they make all the time.
    pub(crate) async fn run(&self, rounds: u64) -> Result<(), Error> {
        for shop in &self.shops {
            CLERK.at(&self.node, &shop.name).run(rounds).timeout(STEP).await?;
        }
        let shops: Vec<_> = self.shops.iter().map(|shop| shop.peer.label.as_str()).collect();
        say(format_args!("  running: {}; traffic among all of them", shops.join(", ")));
        Ok(())
    }

    /// What one shop says to another, and what comes of it.
    pub(crate) async fn show(&self, from: &str, to: &str, via: &str) -> Result<(), Error> {
        let (from, to, via) = (self.shop(from)?, self.shop(to)?, self.shop(via)?);
        say(format_args!("  {} to {}, the third is {}", from.peer.label, to.peer.label, via.peer.label));
        let clerk = CLERK.at(&self.node, &from.name);
        for line in clerk.show(to.peer.clone(), via.peer.clone()).timeout(STEP).await? {
            say(format_args!("    {line}"));
        }
        Ok(())
    }

    /// Sends a coupon from one shop's till to another's; what came of it.
    pub(crate) async fn spend(&self, from: &str, to: &str) -> Result<String, Error> {
        let (from, to) = (self.shop(from)?, self.shop(to)?);
        let outcome = CLERK.at(&self.node, &from.name).spend(to.peer.clone()).timeout(STEP).await?;
        say(format_args!("  a coupon from {} to {}: {outcome}", from.peer.label, to.peer.label));
        Ok(outcome)
    }

    /// What one shop was told that it and another contradict each other about.
    pub(crate) async fn conflict(&self, at: &str, with: &str) -> Result<String, Error> {
        let (at, with) = (self.shop(at)?, self.shop(with)?);
        let words = CLERK.at(&self.node, &at.name).conflict(with.peer.clone()).timeout(STEP).await?;
        say(format_args!("  {} is told of a conflict: {words}", at.peer.label));
        Ok(words)
    }

    /// Stops all shops; what all nodes have counted.
    pub(crate) async fn finish(mut self) -> Result<Vec<Line>, Error> {
        while let Some(shop) = self.shops.first() {
            let name = shop.name.short().to_owned();
            self.stop(&name).await?;
        }
        self.node.leave().await;
        Ok(self.lines)
    }
}

/// Waits until a node of this short name is connected.
async fn up(events: &mut Events, short: &str) -> Result<NodeName, Error> {
    while let Some(event) = events.next().await {
        if let NodeEvent::Up { node, .. } = event
            && node.name.short() == short
        {
            return Ok(node.name);
        }
    }
    Err(Error::new("the events have ended"))
}

async fn spawn_process(briefing: &Briefing) -> Result<Child, Error> {
    let mut process = Command::new(env::current_exe()?)
        .arg("--node")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(briefing.to_string().as_bytes()).await?;
    }
    Ok(process)
}

/// A secret for this run: whoever does not know it cannot join.
fn random_cookie() -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
