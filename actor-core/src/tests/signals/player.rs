//! An actor of a program: takes its steps one turn at a time, and writes down what it does and sees. Never judges.

use std::sync::Arc;

use super::{
    clock::Window,
    diary::Diary,
    history::{Act, Deed, Sight, answer, words},
    letter::{Calling, HOUR, Play},
    program::{Part, Step, Treatment},
    stage::Stage,
};
use crate::{
    Actor, Address as _, CallError, Context, Down, Error, Exit, Handler, MonitorRef, Reply, SendFailure, call,
};

#[derive(Actor)]
#[actor(handles(Play, Down, Exit))]
pub(super) struct Player {
    me: usize,
    stage: Arc<Stage>,
    turns: std::vec::IntoIter<Vec<Step>>,
    resting: bool,
    diary: Diary,
    /// How many letters went to each.
    numbers: Vec<u32>,
    monitors: Vec<MonitorRef>,
    /// Calls that were put off.
    held: Vec<(usize, u32, Reply<u64>)>,
    calls: Vec<Calling>,
}

impl Player {
    pub(super) fn new(me: usize, part: &Part, stage: &Arc<Stage>) -> Self {
        Player {
            me,
            stage: Arc::clone(stage),
            turns: part.turns.clone().into_iter(),
            resting: false,
            diary: Diary::new(stage),
            numbers: vec![0; stage.actors()],
            monitors: Vec::new(),
            held: Vec::new(),
            calls: Vec::new(),
        }
    }

    fn number(&mut self, to: usize) -> u32 {
        self.numbers[to] += 1;
        self.numbers[to]
    }

    fn send(&mut self, to: usize, make: fn(usize, u32) -> Play) -> bool {
        let number = self.number(to);
        let from = self.diary.now();
        let taken = self.stage.actor(to).subject().tell(make(self.me, number)).is_ok();
        self.diary.did(from, Deed::Send { to, number, taken });
        taken
    }

    /// Calls, and looks at once, which is how it is known whether the call was taken.
    fn call(&mut self, to: usize, treatment: Treatment) -> Option<Calling> {
        let (me, number) = (self.me, self.number(to));
        let from = self.diary.now();
        let call = call(&self.stage.actor(to).subject(), |reply| Play::Request(me, number, treatment, reply));
        let window = Window { from, until: self.diary.now() };
        let mut calling = Calling { to, number, call: call.timeout(HOUR) };
        let looked = self.diary.now();
        let outcome = calling.look();
        let taken = outcome != Some(Err(CallError::NotDelivered(SendFailure::Stopped)));
        self.diary.track.acts.push(Act { window, deed: Deed::Call { to, number, taken } });
        let waits = outcome.is_none();
        self.diary.did(looked, Deed::Look { to, number, outcome });
        waits.then_some(calling)
    }

    async fn ask(&mut self, to: usize, treatment: Treatment) {
        let Some(Calling { number, call, .. }) = self.call(to, treatment) else { return };
        let begun = self.diary.begin(Deed::Look { to, number, outcome: None });
        let outcome = Some(call.await);
        self.diary.track.acts[begun].deed = Deed::Look { to, number, outcome };
        self.diary.returned(begun);
    }

    fn look(&mut self, at: usize) {
        let from = self.diary.now();
        let Calling { to, number, .. } = self.calls[at];
        let outcome = self.calls[at].look();
        if outcome.is_some() {
            self.calls.swap_remove(at);
        }
        self.diary.did(from, Deed::Look { to, number, outcome });
    }

    fn settle(&mut self, from: usize, number: u32, how: Treatment, reply: Reply<u64>) {
        let begun = self.diary.now();
        match how {
            Treatment::Answer => reply.send(answer(from, self.me, number)),
            Treatment::Refuse => reply.refuse(number),
            Treatment::Hold if !self.resting => return self.held.push((from, number, reply)),
            Treatment::Hold | Treatment::Drop => drop(reply),
        }
        let how = if how == Treatment::Hold { Treatment::Drop } else { how };
        self.diary.did(begun, Deed::Settle { from, number, how });
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
                    let begun = self.diary.begin(Deed::Yield);
                    tokio::task::yield_now().await;
                    self.diary.returned(begun);
                }
                Step::Fail => {
                    self.diary.begin(Deed::Fail);
                    return Err(Error::new("failed"));
                }
                Step::Panic => {
                    self.diary.begin(Deed::Panic);
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
                let from = self.diary.now();
                cx.demonitor(reference);
                self.diary.did(from, Deed::Demonitor(reference));
            }
            Step::Exit(to) => {
                let number = self.number(to);
                let from = self.diary.now();
                self.stage.actor(to).exit(words(self.me, to, number));
                self.diary.did(from, Deed::Exit { to, number });
            }
            step => {
                let from = self.diary.now();
                if let Some(deed) = self.signal(step, cx) {
                    self.diary.did(from, deed);
                }
            }
        }
    }

    fn signal(&mut self, step: Step, cx: &mut Context<Self>) -> Option<Deed> {
        let subject = |to: usize| self.stage.actor(to).subject::<Play>();
        Some(match step {
            Step::Link(to) => {
                cx.link(&subject(to));
                Deed::Link(to)
            }
            Step::Unlink(to) => {
                cx.unlink(&subject(to));
                Deed::Unlink(to)
            }
            Step::Monitor(to) => {
                let reference = cx.monitor(&subject(to));
                self.monitors.push(reference);
                Deed::Monitor { to, reference }
            }
            Step::Trap => {
                cx.trap_exits();
                Deed::Trap
            }
            Step::Untrap => {
                cx.untrap_exits();
                Deed::Untrap
            }
            Step::Order(to, order) => self.stage.order(to, order),
            Step::Finish => {
                cx.stop();
                Deed::Finish
            }
            _ => return None,
        })
    }
}

impl Handler<Play> for Player {
    async fn handle(&mut self, message: Play, cx: &mut Context<Self>) -> Result<(), Error> {
        match message {
            Play::Turn(from, number) => {
                self.diary.saw(Sight::Message { from, number, call: false });
                self.turn(cx).await?;
            }
            Play::Note(from, number) => self.diary.saw(Sight::Message { from, number, call: false }),
            Play::Request(from, number, treatment, reply) => {
                self.diary.saw(Sight::Message { from, number, call: true });
                self.settle(from, number, treatment, reply);
            }
        }
        self.diary.done();
        Ok(())
    }
}

impl Handler<Down> for Player {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.diary.saw(Sight::Down(down));
        self.diary.done();
        Ok(())
    }
}

impl Handler<Exit> for Player {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        self.diary.saw(Sight::Exit(exit));
        self.diary.done();
        Ok(())
    }
}

/// Its mailbox is closed, and nobody was told yet: what it wrote goes to the stage.
impl Drop for Player {
    fn drop(&mut self) {
        let (track, calls) = (std::mem::take(&mut self.diary.track), std::mem::take(&mut self.calls));
        self.stage.dropped(self.me, track, calls);
    }
}
