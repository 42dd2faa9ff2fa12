//! A node of the service: the process, started by the operator with a build to run.
//! Never writes to standard output and never decides when to leave.

use std::{
    fmt,
    io::{self, Read},
    process::ExitCode,
};

use actor_core::{NodeName, prelude::*};
use actor_dist::{Events, Node, NodeEvent};
use tokio::sync::oneshot;

use crate::{
    build::{Build, NoTill, Till, table},
    clerk::{Clerk, Round},
    conflict,
    control::CLERK,
    v1::V1,
    v2_shop::{self, V2},
};

/// What a node has to know. It is handed over through standard input, because everybody can read a command line.
pub(crate) struct Briefing {
    pub(crate) shop: String,
    pub(crate) build: String,
    /// The operator's node.
    pub(crate) seed: String,
    pub(crate) cookie: String,
}

impl fmt::Display for Briefing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n{}\n", self.shop, self.build, self.seed, self.cookie)
    }
}

impl Briefing {
    /// Reads what `Display` wrote.
    fn read(mut from: impl Read) -> io::Result<Briefing> {
        let mut text = String::new();
        from.read_to_string(&mut text)?;
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next(), lines.next(), lines.next(), lines.next()) {
            (Some(shop), Some(build), Some(seed), Some(cookie)) => Ok(Briefing { shop, build, seed, cookie }),
            _ => Err(io::Error::other("a node is started by the rolling upgrade itself, which tells it whom to join")),
        }
    }
}

/// Runs the process of a node.
pub(crate) fn main() -> ExitCode {
    let ran = Briefing::read(io::stdin()).map_err(Error::from).and_then(|briefing| {
        // One thread: the traffic is light.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(briefing))
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(briefing: Briefing) -> Result<(), Error> {
    match briefing.build.as_str() {
        "v1" => serve::<V1, NoTill>(briefing, &["control", "v1"]).await,
        "v2" => serve::<V2, v2_shop::Cashier>(briefing, &["control", "v2"]).await,
        "v2-odd" => serve::<V2, conflict::Cashier>(briefing, &["control", "conflict", "v2"]).await,
        build => Err(Error::new(format_args!("there is no build `{build}`"))),
    }
}

async fn serve<B: Build, T: Till>(briefing: Briefing, modules: &[&str]) -> Result<(), Error> {
    let node = Node::builder(&briefing.shop).bind("127.0.0.1:0").cookie(&briefing.cookie)?.schemas(table(modules)?);
    let node = node.start().await?;
    let label = format!("{}/{}", briefing.shop, briefing.build);
    let build = B::open(&node, &label)?;
    T::open(&node)?;
    let (left, leave) = oneshot::channel();
    let clerk = spawn(Clerk::<B, T>::new(node.clone(), label, build, left));
    // All is known here before the operator sees this node.
    node.system().register(&CLERK, &clerk.subject())?;
    clerk.subject().tell(Round)?;
    let (events, seed) = (node.events(), briefing.seed.parse()?);
    node.connect(&seed).await?;
    tokio::select! {
        left = leave => left.map_err(|_| Error::new("the clerk failed"))?,
        () = lost(events, &seed) => return Err(Error::new("the operator is gone")),
    }
    node.leave().await;
    Ok(())
}

/// Ends when the session with the operator has.
async fn lost(mut events: Events, seed: &NodeName) {
    while let Some(event) = events.next().await {
        if matches!(event, NodeEvent::Down { node, .. } if node.name == *seed) {
            return;
        }
    }
}
