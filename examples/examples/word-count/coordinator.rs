//! The coordinator: an actor that hands out files, merges what comes back, and gives the work of a lost worker to others.
//! What a batch is, `schedule` decides; it counts nothing itself.
//!
//! Every message changes what is known; after each, [`go_on`](Coordinator::go_on) takes all the steps that have become
//! possible.

use std::{collections::BTreeMap, time::Duration};

use actor_core::prelude::*;
use actor_dist::Node;
use tokio::sync::oneshot;

use crate::{
    outcome::{Failure, Outcome},
    process::{self, Briefing, ProcessEnded},
    protocol::{Announcement, COUNTERS, Counter, Desk, Partial, Skipped, Summary, Welcome},
    report::Report,
    roster::{Roster, State},
    schedule::{Schedule, WorkerId},
    tally::Tally,
};

/// How long each phase may take, the counting aside.
const PHASE: Duration = Duration::from_secs(20);

#[derive(Actor)]
#[actor(handles(Start, Desk, Down, ProcessEnded, Deadline))]
pub(crate) struct Coordinator {
    node: Node,
    phase: Phase,
    roster: Roster,
    schedule: Schedule,
    /// The words of batches that are not complete.
    parts: BTreeMap<u64, Vec<Partial>>,
    /// The words of complete batches that are not in the tally yet.
    unmerged: Vec<Partial>,
    tally: Tally,
    skipped: Vec<Skipped>,
    /// Whether a worker is still to be killed.
    kill: bool,
    report: Report,
    done: Option<oneshot::Sender<Result<Outcome, Failure>>>,
}

/// The workers to start. The first message, from this process.
pub(crate) struct Start(pub(crate) Vec<Briefing>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Workers start and join.
    Gathering,
    Counting,
    /// Workers are told the total.
    Announcing,
    /// Workers are told to end.
    Finishing,
}

/// A phase has had its time.
pub(crate) struct Deadline(Phase);

impl Coordinator {
    /// A coordinator that tells `done` once, at the end.
    pub(crate) fn new(
        node: Node,
        schedule: Schedule,
        kill: bool,
        report: Report,
        done: oneshot::Sender<Result<Outcome, Failure>>,
    ) -> Self {
        Coordinator {
            node,
            phase: Phase::Gathering,
            roster: Roster::default(),
            schedule,
            parts: BTreeMap::new(),
            unmerged: Vec::new(),
            tally: Tally::default(),
            skipped: Vec::new(),
            kill,
            report,
            done: Some(done),
        }
    }
}

impl Handler<Start> for Coordinator {
    async fn handle(&mut self, Start(briefings): Start, cx: &mut Context<Self>) -> Result<(), Error> {
        for (position, briefing) in briefings.into_iter().enumerate() {
            let Some(me) = cx.subject() else {
                return Ok(());
            };
            let name = briefing.name.clone();
            self.roster.expect(name, process::start(WorkerId(position), briefing, me));
        }
        self.enter(Phase::Gathering, cx);
        Ok(())
    }
}

impl Handler<Desk> for Coordinator {
    async fn handle(&mut self, msg: Desk, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Desk::Join { worker, counter, reply } => self.join(&worker, counter, reply, cx),
            Desk::Part { batch, partial } => self.parts.entry(batch).or_default().push(partial),
            Desk::Counted { batch, summary } => self.counted(batch, summary),
            Desk::Heard { worker, words } => {
                let heard = words == self.tally.total();
                if let Some(member) = self.roster.by_name(&worker) {
                    member.heard = heard;
                }
            }
        }
        self.go_on(cx).await
    }
}

impl Handler<Down> for Coordinator {
    async fn handle(&mut self, down: Down, cx: &mut Context<Self>) -> Result<(), Error> {
        let Some(worker) = self.roster.by_monitor(down.reference) else {
            return Ok(());
        };
        let Some(member) = self.roster.member(worker) else {
            return Ok(());
        };
        if self.phase == Phase::Finishing {
            return Ok(());
        }
        member.state = State::Lost;
        // It may still run, behind a cut: what it goes on to do is of no use.
        member.process = None;
        let name = member.name.clone();
        let unfinished = self.schedule.give_up(worker);
        let schedule = &self.schedule;
        self.parts.retain(|batch, _| schedule.worker(*batch).is_some());
        self.report.lost(&name, &down.reason, unfinished);
        self.go_on(cx).await
    }
}

impl Handler<ProcessEnded> for Coordinator {
    async fn handle(&mut self, msg: ProcessEnded, cx: &mut Context<Self>) -> Result<(), Error> {
        let Some(member) = self.roster.member(msg.worker) else {
            return Ok(());
        };
        member.ended = true;
        if matches!(member.state, State::Expected) {
            member.state = State::Absent;
            self.report.absent(&member.name, &msg.ending);
        } else if !msg.ending.is_success() {
            self.report.ended(&member.name, &msg.ending);
        }
        self.go_on(cx).await
    }
}

impl Handler<Deadline> for Coordinator {
    async fn handle(&mut self, Deadline(phase): Deadline, cx: &mut Context<Self>) -> Result<(), Error> {
        if phase == self.phase {
            let late = match phase {
                Phase::Gathering => self.roster.kill(|member| matches!(member.state, State::Expected)),
                Phase::Counting => Vec::new(),
                Phase::Announcing => self.roster.kill(|member| member.is_joined() && !member.heard),
                Phase::Finishing => self.roster.kill(|member| !member.ended),
            };
            late.iter().for_each(|name| self.report.late(name, PHASE));
        }
        self.go_on(cx).await
    }
}

impl Coordinator {
    fn join(&mut self, worker: &str, counter: Subject<Counter>, reply: Reply<Welcome>, cx: &mut Context<Self>) {
        // For a name that nobody was given, the reply is dropped, and the caller told so.
        if let Some(member) = self.roster.by_name(worker)
            && matches!(member.state, State::Expected)
        {
            let monitor = cx.monitor(&counter);
            member.state = State::Joined { counter, monitor };
            reply.send(Welcome { members: self.node.groups().members(&COUNTERS).len() as u64 });
        }
    }

    fn counted(&mut self, batch: u64, summary: Summary) {
        let parts = self.parts.remove(&batch).unwrap_or_default();
        let Some(worker) = self.schedule.worker(batch).filter(|worker| self.roster.is_joined(*worker)) else {
            return;
        };
        let Some(member) = self.roster.member(worker) else {
            return;
        };
        member.done.files += summary.files;
        member.done.bytes += summary.bytes;
        member.done.words += summary.words;
        self.skipped.extend(summary.skipped);
        self.unmerged.extend(parts);
        self.report.progress(self.schedule.close(batch));
    }

    /// Takes every step that has become possible; a step that fails ends the count.
    async fn go_on(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        if let Err(error) = self.steps(cx).await {
            self.end(Err(Failure::Coordinator(error.to_string())), cx);
        }
        Ok(())
    }

    async fn steps(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        if self.phase == Phase::Gathering && !self.roster.expects_more() {
            self.report.gathered(self.node.name(), self.roster.members());
            self.enter(Phase::Counting, cx);
        }
        if self.phase == Phase::Counting {
            self.hand_out().await?;
            self.merge().await?;
            if self.schedule.is_finished() {
                self.announce();
                self.enter(Phase::Announcing, cx);
            } else if self.roster.is_hopeless() {
                let failure = match self.roster.all_absent() {
                    true => Failure::NoWorkers,
                    false => Failure::WorkersLost(self.schedule.unfinished()),
                };
                self.end(Err(failure), cx);
            }
        }
        if self.phase == Phase::Announcing && self.roster.all_heard() {
            self.broadcast(Announcement::Finish);
            self.enter(Phase::Finishing, cx);
        }
        if self.phase == Phase::Finishing && self.roster.all_ended() {
            let outcome = self.outcome();
            self.end(Ok(outcome), cx);
        }
        Ok(())
    }

    fn enter(&mut self, phase: Phase, cx: &mut Context<Self>) {
        self.phase = phase;
        if phase != Phase::Counting
            && let Some(me) = cx.subject()
        {
            tokio::spawn(async move {
                tokio::time::sleep(PHASE).await;
                // The coordinator has ended in time.
                let _in_time = me.tell(Deadline(phase));
            });
        }
    }

    /// Gives a batch to everybody who has none.
    async fn hand_out(&mut self) -> Result<(), Error> {
        let joined = self.roster.joined();
        for (worker, counter) in &joined {
            if !self.schedule.is_idle(*worker) {
                continue;
            }
            let Some(batch) = self.schedule.hand_out(*worker, joined.len()) else {
                break;
            };
            match counter.send(Counter::Count { batch: batch.id, files: batch.files }).await {
                // A worker that is gone is known by its `Down`, which brings the batch back.
                Ok(()) | Err(SendError::Stopped(_) | SendError::Disconnected(_) | SendError::Unreachable(..)) => {}
                Err(error) => return Err(error.into()),
            }
            if self.kill && self.schedule.is_half_way() {
                self.kill = false;
                if let Some(name) = self.roster.kill_one(*worker) {
                    self.report.killed(name);
                }
            }
        }
        Ok(())
    }

    /// Adds the words of complete batches to the tally: on a thread for computations, so that this node goes on answering.
    async fn merge(&mut self) -> Result<(), Error> {
        if self.unmerged.is_empty() {
            return Ok(());
        }
        let (mut tally, parts) = (std::mem::take(&mut self.tally), std::mem::take(&mut self.unmerged));
        let merging =
            tokio::task::spawn_blocking(move || parts.iter().try_for_each(|part| tally.absorb(part)).map(|()| tally));
        self.tally = merging.await??;
        Ok(())
    }

    fn announce(&mut self) {
        let files = self.roster.members().iter().map(|member| member.done.files).sum();
        let (words, distinct) = (self.tally.total(), self.tally.distinct());
        self.broadcast(Announcement::Total { words, distinct, files });
    }

    fn broadcast(&mut self, news: Announcement) {
        // An empty group is no failure of the count: its workers are lost, which their `Down`s say.
        if let Err(error) = COUNTERS.on(&self.node).tell(news)
            && !self.roster.joined().is_empty()
        {
            self.report.say(format_args!("the group `counters` was not told: {error}"));
        }
    }

    fn outcome(&mut self) -> Outcome {
        Outcome::new(
            std::mem::take(&mut self.tally),
            std::mem::take(&mut self.skipped),
            std::mem::take(&mut self.roster),
        )
    }

    fn end(&mut self, how: Result<Outcome, Failure>, cx: &mut Context<Self>) {
        self.report.close();
        if let Some(done) = self.done.take() {
            // `main` waits for this until it ends.
            let _gone = done.send(how);
        }
        cx.stop();
    }
}
