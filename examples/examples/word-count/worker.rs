//! A worker: the process, and the actor in it that counts what the coordinator hands out.
//! Never writes to standard output and never decides what to count.

use std::{io, process::ExitCode, time::Duration};

use actor_core::prelude::*;
use actor_dist::Node;
use tokio::sync::oneshot;

use crate::{
    count::Reader,
    process::Briefing,
    protocol::{Announcement, COORDINATOR, COUNTERS, Counter, Desk, DeskClient, Skipped, Summary},
    tally::Tally,
};

/// How long the worker looks for the coordinator, and how long it waits for the answer.
const JOIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Runs the worker process. The parent reads what it says on standard error.
pub(crate) fn main() -> ExitCode {
    let ran = Briefing::read(io::stdin()).map_err(Into::into).and_then(|briefing| {
        // One thread: the counting is done on another, and it is what the processors are for.
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

async fn run(briefing: Briefing) -> Result<(), Box<dyn std::error::Error>> {
    let node = Node::builder(&briefing.name).bind("127.0.0.1:0").cookie(&briefing.cookie)?.start().await?;
    node.connect(&briefing.seed.parse()?).await?;

    let (stopped, ended) = oneshot::channel();
    let worker = spawn(Worker { name: briefing.name, desk: None, bench: Bench::default(), stopped: Some(stopped) });
    node.groups().join(&COUNTERS, &worker.subject())?;
    worker.subject().tell(Begin { desk: coordinator(&node).await? })?;

    ended.await.unwrap_or_else(|_| Err("the worker's actor failed".to_owned()))?;
    node.leave().await;
    Ok(())
}

async fn coordinator(node: &Node) -> Result<Subject<Desk>, String> {
    let look = async {
        loop {
            match node.global().whereis(&COORDINATOR) {
                Some(desk) => return desk,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    };
    tokio::time::timeout(JOIN, look).await.map_err(|_| format!("no coordinator was found in {JOIN:?}"))
}

/// Counts what it is told to.
#[derive(Actor)]
#[actor(handles(Begin, Counter, Announcement, Down))]
struct Worker {
    name: String,
    desk: Option<Subject<Desk>>,
    bench: Bench,
    /// Ends the process.
    stopped: Option<oneshot::Sender<Result<(), String>>>,
}

/// The first message of a worker, from its own process.
struct Begin {
    desk: Subject<Desk>,
}

impl Handler<Begin> for Worker {
    async fn handle(&mut self, Begin { desk }: Begin, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.monitor(&desk);
        if let Some(counter) = cx.subject() {
            desk.join(self.name.clone(), counter).timeout(JOIN).await?;
        }
        self.desk = Some(desk);
        Ok(())
    }
}

impl Handler<Counter> for Worker {
    async fn handle(&mut self, msg: Counter, _: &mut Context<Self>) -> Result<(), Error> {
        let Counter::Count { batch, files } = msg;
        let Some(desk) = &self.desk else {
            return Ok(());
        };
        let mut bench = std::mem::take(&mut self.bench);
        // Counting computes and reads files for a while: on a thread for that, so that this node goes on answering others.
        let (bench, parts, summary) = tokio::task::spawn_blocking(move || {
            let summary = bench.count(&files);
            let parts = bench.tally.take_parts();
            (bench, parts, summary)
        })
        .await?;
        self.bench = bench;
        for partial in parts {
            desk.send(Desk::Part { batch, partial }).await?;
        }
        desk.send(Desk::Counted { batch, summary }).await?;
        Ok(())
    }
}

impl Handler<Announcement> for Worker {
    async fn handle(&mut self, msg: Announcement, cx: &mut Context<Self>) -> Result<(), Error> {
        match (msg, &self.desk) {
            (Announcement::Total { words, .. }, Some(desk)) => desk.heard(self.name.clone(), words)?,
            (Announcement::Total { .. }, None) => {}
            (Announcement::Finish, _) => self.stop(Ok(()), cx),
        }
        Ok(())
    }
}

impl Handler<Down> for Worker {
    async fn handle(&mut self, down: Down, cx: &mut Context<Self>) -> Result<(), Error> {
        self.stop(Err(format!("the coordinator is down: {}", down.reason)), cx);
        Ok(())
    }
}

impl Worker {
    fn stop(&mut self, how: Result<(), String>, cx: &mut Context<Self>) {
        if let Some(stopped) = self.stopped.take() {
            // The process waits for this until it ends.
            let _gone = stopped.send(how);
        }
        cx.stop();
    }
}

/// The memory that counting needs, used again for every batch.
#[derive(Default)]
struct Bench {
    reader: Reader,
    tally: Tally,
}

impl Bench {
    fn count(&mut self, files: &[String]) -> Summary {
        let mut summary = Summary::default();
        for path in files {
            match self.reader.count(path, &mut self.tally) {
                Ok(bytes) => {
                    summary.files += 1;
                    summary.bytes += bytes;
                }
                Err(reason) => summary.skipped.push(Skipped { reason, path: path.clone() }),
            }
        }
        summary.words = self.tally.total();
        summary
    }
}
