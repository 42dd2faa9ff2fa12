//! What the tests share: an actor that counts, and one that does what the test says and tells it what it sees. Holds no claim
//! itself.
#![allow(dead_code, unreachable_pub, reason = "every test takes a part of it")]

use std::{
    future::{Future, poll_fn, ready},
    pin::Pin,
    task::Poll,
};

use actor_core::{Capacity, prelude::*};
use tokio::sync::{mpsc, oneshot};

/// What a [`Count`] takes.
#[derive(Protocol)]
#[wire(uri = "test.Counter", version = 1)]
pub enum Counter {
    Add { n: u64 },
    Total { reply: Reply<u64> },
    Keep { reply: Reply<u64> },
    Release,
    Fail,
    Panic,
    Refuse { reply: Reply<u64> },
    Hang { started: Reply<()> },
    Finish,
}

/// Counts, and ends in every way there is.
#[derive(Actor)]
#[actor(handles(Counter))]
pub struct Count {
    n: u64,
    kept: Option<Reply<u64>>,
    gate: Option<mpsc::Receiver<()>>,
}

impl Count {
    pub fn new() -> Self {
        Count { n: 0, kept: None, gate: None }
    }

    /// Waits for leave before each message.
    pub fn gated() -> (Self, mpsc::Sender<()>) {
        let (open, gate) = mpsc::channel(100);
        (Count { gate: Some(gate), ..Count::new() }, open)
    }
}

impl Handler<Counter> for Count {
    async fn handle(&mut self, msg: Counter, cx: &mut Context<Self>) -> Result<(), Error> {
        if let Some(gate) = &mut self.gate {
            gate.recv().await;
        }
        match msg {
            Counter::Add { n } => self.n += n,
            Counter::Total { reply } => reply.send(self.n),
            Counter::Keep { reply } => self.kept = Some(reply),
            Counter::Release => self.kept = None,
            Counter::Fail => {
                "x".parse::<u64>()?;
            }
            Counter::Panic => panic!("on purpose"),
            Counter::Refuse { reply } => reply.refuse("not today"),
            Counter::Hang { started } => {
                started.send(());
                std::future::pending::<()>().await;
            }
            Counter::Finish => cx.stop(),
        }
        Ok(())
    }
}

/// A counter in this system.
pub fn counter(system: &System) -> Subject<Counter> {
    system.spawn(Count::new()).subject()
}

/// The reason of a counter that was told to fail.
pub fn failed() -> ExitReason {
    ExitReason::Failed("invalid digit found in string".to_owned())
}

/// Passes everything on.
#[derive(Actor)]
#[actor(handles(Counter))]
pub struct Forward(pub Subject<Counter>);

impl Handler<Counter> for Forward {
    async fn handle(&mut self, msg: Counter, _: &mut Context<Self>) -> Result<(), Error> {
        self.0.tell(msg)?;
        Ok(())
    }
}

/// Ends before it begins.
#[derive(Actor)]
#[actor(handles(Counter), lifecycle)]
pub struct StillBorn;

impl Lifecycle for StillBorn {
    async fn started(&mut self, _: &mut Context<Self>) -> Result<(), Error> {
        Err(Error::new("still born"))
    }
}

impl Handler<Counter> for StillBorn {
    async fn handle(&mut self, _: Counter, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// What a puppet saw as an actor.
#[derive(Debug, PartialEq)]
pub enum Seen {
    Note(u64),
    Down(Down),
    Exit(Exit),
}

/// An actor that does what the test says.
#[derive(Actor)]
#[actor(handles(Act, Note, Down, Exit))]
pub struct Doll {
    seen: mpsc::UnboundedSender<Seen>,
}

/// What it does in one handler. A local message: no protocol, so it stays in its system.
pub enum Act {
    /// Waits for this, and then does that.
    Do(Waiting, Doing),
    Fail(String),
}

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;
type Doing = Box<dyn FnOnce(&mut Context<Doll>) + Send>;

/// Something to see, and to be seen in its place among other things.
#[derive(Debug)]
pub struct Note(pub u64);

impl Handler<Act> for Doll {
    async fn handle(&mut self, msg: Act, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Act::Do(until, act) => {
                until.await;
                act(cx);
            }
            Act::Fail(why) => return Err(Error::new(why)),
        }
        Ok(())
    }
}

impl Handler<Note> for Doll {
    async fn handle(&mut self, msg: Note, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Note(msg.0))?;
        Ok(())
    }
}

impl Handler<Down> for Doll {
    async fn handle(&mut self, msg: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Down(msg))?;
        Ok(())
    }
}

impl Handler<Exit> for Doll {
    async fn handle(&mut self, msg: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Exit(msg))?;
        Ok(())
    }
}

/// A doll, and what it sees.
pub struct Puppet {
    pub actor: ActorRef<Doll>,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl Puppet {
    pub fn new(system: &System) -> Self {
        Puppet::with(system, Capacity::default())
    }

    /// One with this much room for messages.
    pub fn with(system: &System, capacity: Capacity) -> Self {
        let (seen, heard) = mpsc::unbounded_channel();
        Puppet { actor: system.spawn_with(Doll { seen }, capacity), seen: heard }
    }

    /// One that monitors this actor.
    pub async fn watching<P: Send + 'static>(system: &System, to: &Subject<P>) -> Self {
        let puppet = Puppet::new(system);
        puppet.monitor(to).await;
        puppet
    }

    /// One that is linked to this actor, and traps exits.
    pub async fn trapping<P: Send + 'static>(system: &System, to: &Subject<P>) -> Self {
        let puppet = Puppet::new(system);
        puppet.act(Context::trap_exits).await;
        puppet.link(to).await;
        puppet
    }

    pub fn subject(&self) -> Subject<Act> {
        self.actor.subject()
    }

    /// Has the actor do this in a handler of its own, and waits until it has.
    pub async fn act<T: Send + 'static>(&self, act: impl FnOnce(&mut Context<Doll>) -> T + Send + 'static) -> T {
        self.act_after(ready(()), act).await
    }

    /// As [`act`](Self::act), after a wait in the same handler.
    pub async fn act_after<T: Send + 'static>(
        &self,
        until: impl Future<Output = ()> + Send + 'static,
        act: impl FnOnce(&mut Context<Doll>) -> T + Send + 'static,
    ) -> T {
        let (done, result) = oneshot::channel();
        self.begin(until, move |cx| drop(done.send(act(cx))));
        result.await.expect("the puppet lives")
    }

    /// Has the actor do this when its turn comes.
    pub fn begin(
        &self,
        until: impl Future<Output = ()> + Send + 'static,
        act: impl FnOnce(&mut Context<Doll>) + Send + 'static,
    ) {
        self.subject().tell(Act::Do(Box::pin(until), Box::new(act))).expect("the puppet lives");
    }

    /// Has the actor wait in a handler until the sender is used or dropped. It does when this returns.
    pub async fn pause(&self) -> oneshot::Sender<()> {
        let (begun, has_begun) = oneshot::channel();
        let (resume, resumed) = oneshot::channel();
        let wait = async move {
            let _ = begun.send(());
            let _ = resumed.await;
        };
        self.begin(wait, |_| {});
        has_begun.await.expect("the puppet lives");
        resume
    }

    pub async fn link<P: Send + 'static>(&self, to: &Subject<P>) {
        let to = to.clone();
        self.act(move |cx| cx.link(&to)).await;
    }

    pub async fn unlink<P: Send + 'static>(&self, to: &Subject<P>) {
        let to = to.clone();
        self.act(move |cx| cx.unlink(&to)).await;
    }

    pub async fn monitor<P: Send + 'static>(&self, to: &Subject<P>) -> MonitorRef {
        let to = to.clone();
        self.act(move |cx| cx.monitor(&to)).await
    }

    /// Ends the actor with an error in a handler.
    pub fn fail(&self, why: &str) {
        self.subject().tell(Act::Fail(why.to_owned())).expect("the puppet lives");
    }

    /// To be seen after everything that was sent to the actor before.
    pub fn note(&self, n: u64) {
        self.actor.subject().tell(Note(n)).expect("the puppet lives");
    }

    /// The next thing it sees.
    pub async fn seen(&mut self) -> Seen {
        self.seen.recv().await.expect("the puppet lives")
    }

    /// The next thing it sees, which is a down.
    pub async fn down(&mut self) -> ExitReason {
        match self.seen().await {
            Seen::Down(down) => down.reason,
            other => panic!("a down was to be seen, not {other:?}"),
        }
    }

    /// The next thing it sees, which is an exit.
    pub async fn exit(&mut self) -> Exit {
        match self.seen().await {
            Seen::Exit(exit) => exit,
            other => panic!("an exit was to be seen, not {other:?}"),
        }
    }

    /// Sees nothing before what is sent to it now; lives.
    pub async fn sees_nothing(&mut self) {
        self.note(u64::MAX);
        assert_eq!(self.seen().await, Seen::Note(u64::MAX));
    }
}

/// Lets everybody else run who can, on a runtime of one thread.
pub async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// All the outputs, in the order of the futures, which run together.
pub async fn all<F: Future + Unpin>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    poll_fn(|task| {
        let mut pending = false;
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            match Pin::new(future).poll(task) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
