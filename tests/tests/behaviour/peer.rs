//! One place where an actor lives: a node with a system of its own, or a part of a system without a node. Barriers instead of
//! sleeps.

use std::{sync::Arc, time::Duration};

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, ConnectError, Events, Node, NodeBuilder, NodeEvent};
use tokio::sync::{Notify, mpsc};

use crate::actor::{Note, Seen, Talk, TalkClient, Talker};

pub(crate) const COOKIE: &str = "a cookie for tests only";

/// The local name of every node's actor.
pub(crate) const TALK: LocalName<Talk> = LocalName::new("talk");

/// Longer than any test takes.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

pub(crate) struct Peer {
    /// None in a world without nodes, and when it was lost.
    node: Option<Node>,
    pub(crate) actor: ActorRef<Talker>,
    pub(crate) talk: Subject<Talk>,
    pub(crate) note: Subject<Note>,
    seen: mpsc::UnboundedReceiver<Seen>,
    gate: Arc<Notify>,
    events: Option<Events>,
}

impl Peer {
    /// One in a system without a node.
    pub(crate) fn local(system: &System) -> Peer {
        let (sender, seen) = mpsc::unbounded_channel();
        let gate = Arc::<Notify>::default();
        let actor = system.spawn(Talker::new(sender, Arc::clone(&gate)));
        let (talk, note) = (actor.subject(), actor.subject());
        Peer { node: None, actor, talk, note, seen, gate, events: None }
    }

    /// A node and its actor, on the runtime where this is called.
    pub(crate) async fn start(builder: NodeBuilder) -> Peer {
        let node = builder.start().await.unwrap();
        let peer = Peer::local(node.system());
        node.system().register(&TALK, &peer.talk).unwrap();
        Peer { events: Some(node.events()), node: Some(node), ..peer }
    }

    pub(crate) fn node(&self) -> &Node {
        self.node.as_ref().expect("it has a node")
    }

    pub(crate) fn name(&self) -> &NodeName {
        self.node().name()
    }

    /// A handle to the other's actor, as this one comes by it: in an answer, if the two are on different nodes.
    pub(crate) async fn reach(&self, other: &Peer) -> Subject<Talk> {
        match &self.node {
            Some(node) => soon(TALK.at(node, other.name()).who()).await.unwrap(),
            None => other.talk.clone(),
        }
    }

    pub(crate) async fn connect(&self, other: &Peer) -> Result<(), ConnectError> {
        soon(self.node().connect(other.name())).await.map(drop)
    }

    /// When this returns, the other has taken in all that was sent to it from here.
    pub(crate) async fn barrier(&self, other: &Peer) {
        assert_eq!(soon(self.reach(other).await.add(1, 2)).await, Ok(3));
    }

    /// When this returns, its own actor has handled all that it had before.
    pub(crate) async fn flush(&self) {
        assert_eq!(soon(self.talk.add(1, 2)).await, Ok(3));
    }

    /// Lets its actor go on, after it was told to block.
    pub(crate) fn unblock(&self) {
        self.gate.notify_one();
    }

    /// The next that its actor sees.
    pub(crate) async fn seen(&mut self) -> Seen {
        soon(self.seen.recv()).await.expect("the actor lives")
    }

    /// That its actor has seen nothing more.
    pub(crate) async fn saw_nothing(&mut self) -> bool {
        self.flush().await;
        self.seen.try_recv().is_err()
    }

    /// That its actor has ended, and saw nothing more.
    pub(crate) async fn ended(&mut self) -> ExitReason {
        let reason = soon(self.actor.ended()).await;
        assert_eq!(self.seen.try_recv().ok(), None);
        reason
    }

    pub(crate) async fn event(&mut self) -> NodeEvent {
        self.next_event().await.expect("the node lives")
    }

    /// The next event; none once the node has stopped, and all were told.
    pub(crate) async fn next_event(&mut self) -> Option<NodeEvent> {
        soon(self.events.as_mut().expect("it has a node").next()).await
    }

    /// The next event that is not about a connection made.
    pub(crate) async fn bad_news(&mut self) -> NodeEvent {
        loop {
            match self.event().await {
                NodeEvent::Up { .. } => {}
                other => return other,
            }
        }
    }

    /// Ends the node without a goodbye.
    pub(crate) fn lose_node(&mut self) {
        self.node = None;
    }

    pub(crate) async fn leave(&mut self) {
        soon(self.node.take().expect("it has a node").leave()).await;
    }
}

/// A bound on waiting, so that a lost message fails a test and does not hang it.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it happens within a minute")
}

/// A reply to put into messages by hand, of a call that nobody awaits.
pub(crate) fn reply() -> Reply<u64> {
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
    drop(actor_core::call(&catch, |reply| reply));
    catch.0.into_inner().expect("the call was made")
}
