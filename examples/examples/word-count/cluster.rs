//! The cluster of one count: this process's node, the coordinator in it under its global name, and the worker processes.

use std::error::Error;

use actor_core::prelude::*;
use actor_dist::Node;
use tokio::sync::oneshot;

use crate::{
    args::Options,
    coordinator::{Coordinator, Start},
    input::Input,
    outcome::Outcome,
    process::Briefing,
    protocol::COORDINATOR,
    report::Report,
    schedule::Schedule,
};

/// Starts the cluster, and waits until it has counted everything.
pub(crate) async fn count(options: &Options, input: &Input) -> Result<Outcome, Box<dyn Error>> {
    let cookie = random_cookie()?;
    let node = Node::builder("coordinator").bind("127.0.0.1:0").cookie(&cookie)?.start().await?;

    let schedule = Schedule::new(input.files.clone(), options.repeat);
    let report = Report::new(schedule.unfinished().bytes);
    let (done, outcome) = oneshot::channel();
    let coordinator = spawn(Coordinator::new(node.clone(), schedule, options.kill, report, done));
    node.global().register(&COORDINATOR, &coordinator.subject()).await?;

    let seed = node.name().to_string();
    let briefing = |number| Briefing { name: format!("worker-{number}"), seed: seed.clone(), cookie: cookie.clone() };
    let mut workers: Vec<Briefing> = (1..=options.nodes).map(briefing).collect();
    if let Some(last) = workers.last_mut().filter(|_| options.wrong_cookie) {
        last.cookie = random_cookie()?;
    }
    coordinator.subject().tell(Start(workers))?;

    let outcome = outcome.await.map_err(|_| "the coordinator's actor failed")??;
    node.leave().await;
    Ok(outcome)
}

/// A secret for this run: whoever does not know it cannot join.
fn random_cookie() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
