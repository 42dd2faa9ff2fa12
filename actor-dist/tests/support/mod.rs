//! Nodes in one process, each with a system of its own, and barriers instead of sleeps.
#![allow(dead_code, reason = "every suite uses a part of it")]

use std::time::Duration;

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, ConnectError, Events, Node, NodeBuilder, NodeEvent};
use tokio::sync::mpsc;

pub(crate) const COOKIE: &str = "a cookie for tests only";

#[derive(Protocol)]
#[wire(uri = "test.Echo", version = 1)]
pub(crate) enum Echo {
    Say { text: String },
    Back { text: String, reply: Reply<String> },
    Keep { reply: Reply<u64> },
    Forward { to: Subject<Echo>, reply: Reply<u64> },
    Release,
    Who { reply: Reply<Subject<Echo>> },
    Watch { to: Subject<Echo>, ready: Reply<()> },
    Fail,
    Finish,
}

/// Tells the test what it sees.
#[derive(Actor)]
#[actor(handles(Echo, Note, Down))]
pub(crate) struct Echoer {
    pub(crate) seen: mpsc::UnboundedSender<Seen>,
    pub(crate) kept: Vec<Reply<u64>>,
}

#[derive(Protocol, Clone)]
#[wire(uri = "test.Note", version = 1)]
pub(crate) enum Note {
    Number { n: u64 },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Said(String),
    Note(u64),
    Kept,
    Down(ExitReason),
}

impl Handler<Echo> for Echoer {
    async fn handle(&mut self, msg: Echo, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Echo::Say { text } => self.seen.send(Seen::Said(text))?,
            Echo::Back { text, reply } => reply.send(text),
            Echo::Keep { reply } => {
                self.kept.push(reply);
                self.seen.send(Seen::Kept)?;
            }
            Echo::Forward { to, reply } => to.tell(Echo::Keep { reply })?,
            Echo::Release => self.kept.clear(),
            Echo::Who { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?),
            Echo::Watch { to, ready } => {
                cx.monitor(&to);
                ready.send(());
            }
            Echo::Fail => return Err(Error::new("on purpose")),
            Echo::Finish => cx.stop(),
        }
        Ok(())
    }
}

impl Handler<Note> for Echoer {
    async fn handle(&mut self, Note::Number { n }: Note, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Note(n))?;
        Ok(())
    }
}

impl Handler<Down> for Echoer {
    async fn handle(&mut self, msg: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Down(msg.reason))?;
        Ok(())
    }
}

/// The local name of every test node's first actor.
pub(crate) const ECHO: LocalName<Echo> = LocalName::new("echo");

pub(crate) struct Peer {
    pub(crate) node: Node,
    pub(crate) echo: Subject<Echo>,
    pub(crate) note: Subject<Note>,
    pub(crate) seen: mpsc::UnboundedReceiver<Seen>,
    pub(crate) events: Events,
}

pub(crate) async fn peer(short: &str) -> Peer {
    start(Node::builder(short)).await
}

pub(crate) async fn start(builder: NodeBuilder) -> Peer {
    let node = builder.cookie(COOKIE).expect("it is a cookie").system(System::new());
    let node = node.start().await.expect("the node starts");
    let (sender, seen) = mpsc::unbounded_channel();
    let actor = node.system().spawn(Echoer { seen: sender, kept: Vec::new() });
    let (echo, note) = (actor.subject(), actor.subject());
    node.system().register(&ECHO, &echo).expect("the name is free");
    let events = node.events();
    Peer { node, echo, note, seen, events }
}

impl Peer {
    pub(crate) fn name(&self) -> &NodeName {
        self.node.name()
    }

    /// A handle to the other's actor, as it arrives in an answer.
    pub(crate) async fn handle_of(&self, other: &Peer) -> Subject<Echo> {
        ECHO.at(&self.node, other.name()).who().await.expect("the other answers")
    }

    pub(crate) async fn connect(&self, other: &Peer) -> Result<(), ConnectError> {
        self.node.connect(other.name()).await.map(drop)
    }

    /// When this returns, the other has taken in all that was sent to it from here.
    pub(crate) async fn barrier(&self, other: &Peer) {
        let text = ECHO.at(&self.node, other.name()).back("barrier".into()).await.expect("the other answers");
        assert_eq!(text, "barrier");
    }

    pub(crate) async fn seen(&mut self) -> Seen {
        soon(self.seen.recv()).await.expect("the actor lives")
    }

    pub(crate) async fn event(&mut self) -> NodeEvent {
        soon(self.events.next()).await.expect("the node lives")
    }
}

/// A bound on waiting, so that a lost message fails a test and does not hang it.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it happens within 20 seconds")
}

/// A call and its reply, to put into messages by hand.
pub(crate) fn pair() -> (Call<u64>, Reply<u64>) {
    struct Catch(std::cell::RefCell<Option<Reply<u64>>>);
    impl actor_core::AddressOf<Reply<u64>> for Catch {}
    impl Address<Reply<u64>> for Catch {
        fn tell(&self, msg: Reply<u64>) -> Result<(), SendError<Reply<u64>>> {
            *self.0.borrow_mut() = Some(msg);
            Ok(())
        }
    }
    impl actor_core::CallAddress<Reply<u64>> for Catch {}
    let catch = Catch(std::cell::RefCell::new(None));
    let call = actor_core::call(&catch, |reply| reply);
    (call, catch.0.into_inner().expect("the call was made"))
}
