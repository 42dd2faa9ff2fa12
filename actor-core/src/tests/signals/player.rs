//! An actor of a program: takes its steps one turn at a time, and writes down what it does and sees. Never judges.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll, Waker},
    time::Duration,
};

use super::{
    history::{Act, Deed, Moment, Seen, Sight, Track, Window, answer, words},
    program::{Part, Step, Treatment},
    stage::Stage,
};
use crate::{
    Actor, ActorRef, Address as _, Call, CallError, Context, Down, Error, Exit, Handler, MonitorRef, Reply,
    SendFailure, call,
};

#[derive(Actor)]
#[actor(handles(Play, Down, Exit))]
pub(super) struct Player {
    me: usize,
    stage: Arc<Stage>,
    turns: std::vec::IntoIter<Vec<Step>>,
    resting: bool,
    track: Track,
    /// How many letters went to each.
    numbers: Vec<u32>,
    monitors: Vec<MonitorRef>,
    /// Calls that were put off.
    held: Vec<(usize, u32, Reply<u64>)>,
    calls: Vec<Calling>,
}

/// A call whose answer is not known yet.
pub(super) struct Calling {
    pub(super) to: usize,
    pub(super) number: u32,
    call: Call<u64>,
}

pub(super) enum Play {
    /// Take the next turn.
    Turn(usize, u32),
    Note(usize, u32),
    Request(usize, u32, Treatment, Reply<u64>),
}

/// Longer than any program takes: a call that is over by it was forgotten.
const HOUR: Duration = Duration::from_secs(3600);

impl Calling {
    /// What is known of the answer now.
    pub(super) fn look(&mut self) -> Option<Result<u64, CallError>> {
        match Pin::new(&mut self.call).poll(&mut Task::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }
}

impl Player {
    pub(super) fn new(me: usize, part: &Part, stage: &Arc<Stage>) -> Self {
        Player {
            me,
            stage: Arc::clone(stage),
            turns: part.turns.clone().into_iter(),
            resting: false,
            track: Track::default(),
            numbers: vec![0; stage.actors()],
            monitors: Vec::new(),
            held: Vec::new(),
            calls: Vec::new(),
        }
    }

    fn now(&self) -> Moment {
        self.stage.clock.tick()
    }

    fn saw(&mut self, sight: Sight) {
        let at = self.now();
        self.track.seen.push(Seen { at, done: Moment::NEVER, sight });
    }

    fn done(&mut self) {
        let now = self.now();
        if let Some(seen) = self.track.seen.last_mut() {
            seen.done = now;
        }
    }

    /// Writes down what began then and has just returned.
    fn did(&mut self, from: Moment, deed: Deed) {
        let window = Window { from, until: self.now() };
        self.track.acts.push(Act { window, deed });
    }

    /// Writes down what begins now and may not return.
    fn begin(&mut self, deed: Deed) -> usize {
        let window = Window { from: self.now(), until: Moment::NEVER };
        self.track.acts.push(Act { window, deed });
        self.track.acts.len() - 1
    }

    fn returned(&mut self, begun: usize) {
        self.track.acts[begun].window.until = self.now();
    }

    fn number(&mut self, to: usize) -> u32 {
        self.numbers[to] += 1;
        self.numbers[to]
    }

    fn send(&mut self, to: usize, make: fn(usize, u32) -> Play) -> bool {
        let number = self.number(to);
        let from = self.now();
        let taken = self.stage.actor(to).subject().tell(make(self.me, number)).is_ok();
        self.did(from, Deed::Send { to, number, taken });
        taken
    }

    /// Calls, and looks at once, which is how it is known whether the call was taken.
    fn call(&mut self, to: usize, treatment: Treatment) -> Option<Calling> {
        let (me, number) = (self.me, self.number(to));
        let from = self.now();
        let call = call(&self.stage.actor(to).subject(), |reply| Play::Request(me, number, treatment, reply));
        let window = Window { from, until: self.now() };
        let mut calling = Calling { to, number, call: call.timeout(HOUR) };
        let looked = self.now();
        let outcome = calling.look();
        let taken = outcome != Some(Err(CallError::NotDelivered(SendFailure::Stopped)));
        self.track.acts.push(Act { window, deed: Deed::Call { to, number, taken } });
        let waits = outcome.is_none();
        self.did(looked, Deed::Look { to, number, outcome });
        waits.then_some(calling)
    }

    async fn ask(&mut self, to: usize, treatment: Treatment) {
        let Some(Calling { number, call, .. }) = self.call(to, treatment) else { return };
        let begun = self.begin(Deed::Look { to, number, outcome: None });
        let outcome = Some(call.await);
        self.track.acts[begun].deed = Deed::Look { to, number, outcome };
        self.returned(begun);
    }

    fn look(&mut self, at: usize) {
        let from = self.now();
        let Calling { to, number, .. } = self.calls[at];
        let outcome = self.calls[at].look();
        if outcome.is_some() {
            self.calls.swap_remove(at);
        }
        self.did(from, Deed::Look { to, number, outcome });
    }

    fn settle(&mut self, from: usize, number: u32, how: Treatment, reply: Reply<u64>) {
        let begun = self.now();
        match how {
            Treatment::Answer => reply.send(answer(from, self.me, number)),
            Treatment::Refuse => reply.refuse(number),
            Treatment::Hold if !self.resting => return self.held.push((from, number, reply)),
            Treatment::Hold | Treatment::Drop => drop(reply),
        }
        let how = if how == Treatment::Hold { Treatment::Drop } else { how };
        self.did(begun, Deed::Settle { from, number, how });
    }

    /// All steps are done: nobody waits for this actor any more.
    fn rest(&mut self) {
        self.resting = true;
        for (from, number, reply) in std::mem::take(&mut self.held) {
            self.settle(from, number, Treatment::Drop, reply);
        }
        self.stage.rested(self.me);
    }

    async fn turn(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        for step in self.turns.next().unwrap_or_default() {
            match step {
                Step::Ask(to, treatment) => self.ask(to, treatment).await,
                Step::Yield => {
                    let begun = self.begin(Deed::Yield);
                    tokio::task::yield_now().await;
                    self.returned(begun);
                }
                Step::Fail => {
                    self.begin(Deed::Fail);
                    return Err(Error::new("failed"));
                }
                Step::Panic => {
                    self.begin(Deed::Panic);
                    // As a panic, but without its words on the screen.
                    std::panic::resume_unwind(Box::new("panicked"));
                }
                step => self.step(step, cx),
            }
        }
        if self.turns.as_slice().is_empty() || !self.send(self.me, Play::Turn) {
            self.rest();
        }
        Ok(())
    }

    fn step(&mut self, step: Step, cx: &mut Context<Self>) {
        match step {
            Step::Send(to) => drop(self.send(to, Play::Note)),
            Step::Call(to, treatment) => {
                let calling = self.call(to, treatment);
                self.calls.extend(calling);
            }
            Step::Look(at) if !self.calls.is_empty() => self.look(at % self.calls.len()),
            Step::Settle(at, how) if !self.held.is_empty() => {
                let (from, number, reply) = self.held.swap_remove(at % self.held.len());
                self.settle(from, number, how, reply);
            }
            Step::Demonitor(at) if !self.monitors.is_empty() => {
                let reference = self.monitors.swap_remove(at % self.monitors.len());
                let from = self.now();
                cx.demonitor(reference);
                self.did(from, Deed::Demonitor(reference));
            }
            Step::Exit(to) => {
                let number = self.number(to);
                let from = self.now();
                self.stage.actor(to).exit(words(self.me, to, number));
                self.did(from, Deed::Exit { to, number });
            }
            step => {
                let from = self.now();
                if let Some(deed) = self.signal(step, cx) {
                    self.did(from, deed);
                }
            }
        }
    }

    fn signal(&mut self, step: Step, cx: &mut Context<Self>) -> Option<Deed> {
        let subject = |to: usize| self.stage.actor(to).subject::<Play>();
        let order = |to: usize, order: fn(&ActorRef<Player>)| order(self.stage.actor(to));
        match step {
            Step::Link(to) => cx.link(&subject(to)),
            Step::Unlink(to) => cx.unlink(&subject(to)),
            Step::Monitor(to) => {
                let reference = cx.monitor(&subject(to));
                self.monitors.push(reference);
                return Some(Deed::Monitor { to, reference });
            }
            Step::Trap => cx.trap_exits(),
            Step::Untrap => cx.untrap_exits(),
            Step::Kill(to) => order(to, ActorRef::kill),
            Step::Stop(to) => order(to, ActorRef::stop),
            Step::Drain(to) => order(to, ActorRef::drain),
            Step::Finish => cx.stop(),
            _ => return None,
        }
        Some(match step {
            Step::Link(to) => Deed::Link(to),
            Step::Unlink(to) => Deed::Unlink(to),
            Step::Trap => Deed::Trap,
            Step::Untrap => Deed::Untrap,
            Step::Kill(to) => Deed::Kill(to),
            Step::Stop(to) => Deed::Stop(to),
            Step::Drain(to) => Deed::Drain(to),
            _ => Deed::Finish,
        })
    }
}

impl Handler<Play> for Player {
    async fn handle(&mut self, message: Play, cx: &mut Context<Self>) -> Result<(), Error> {
        match message {
            Play::Turn(from, number) => {
                self.saw(Sight::Message { from, number, call: false });
                self.turn(cx).await?;
            }
            Play::Note(from, number) => self.saw(Sight::Message { from, number, call: false }),
            Play::Request(from, number, treatment, reply) => {
                self.saw(Sight::Message { from, number, call: true });
                self.settle(from, number, treatment, reply);
            }
        }
        self.done();
        Ok(())
    }
}

impl Handler<Down> for Player {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.saw(Sight::Down(down));
        self.done();
        Ok(())
    }
}

impl Handler<Exit> for Player {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        self.saw(Sight::Exit(exit));
        self.done();
        Ok(())
    }
}

/// Its mailbox is closed, and nobody was told yet: what it wrote goes to the stage.
impl Drop for Player {
    fn drop(&mut self) {
        let (track, calls) = (std::mem::take(&mut self.track), std::mem::take(&mut self.calls));
        self.stage.dropped(self.me, track, calls);
    }
}
