//! Carries out what `proto` orders about sessions that nobody uses: looks at what moved, holds a lane back, and ends a session at the
//! one moment at which nothing is under way. Decides nothing else.

use std::sync::{Arc, PoisonError};

use actor_core::{CallError, NodeId, SendFailure};

use super::{Driver, State};
use crate::{
    frame::{Control, Quiet},
    lane::{Lane, Moved},
    link::Link,
    net,
    proto::{
        Input,
        handshake::Capability,
        idle::{Counts, Order},
        session_id::SessionId,
    },
};

impl Driver {
    pub(super) fn idle(&self, state: &mut State, order: Order) {
        let (Order::Look(session)
        | Order::Ask { session, .. }
        | Order::Agree { session, .. }
        | Order::Refuse(session)
        | Order::Unanswered(session)) = order;
        let Some(link) = state.links.get(&session).cloned() else { return };
        let Some((_, lane)) = link.peer() else { return };
        match order {
            Order::Look(_) => {
                let counts = Counts { sent: lane.counts().0, received: link.traffic.messages_received() };
                let busy =
                    !link.can(Capability::IDLE) || !lane.is_quiet() || !is_settled(&link) || is_pinged(state, session);
                state.proto.handle(self.now(), Input::Looked { session, counts, busy });
            }
            Order::Ask { counts, .. } => {
                let Counts { sent, received } = counts;
                if !(lane.hold(sent) && link.say(Control::Quiet(Quiet::Ask { sent, received }))) {
                    lane.release();
                    state.proto.handle(self.now(), Input::QuietRefused(session));
                }
            }
            Order::Agree { counts, .. } => {
                let received = link.traffic.messages_received() == counts.received;
                let free = received && is_settled(&link) && !is_pinged(state, session);
                match free && lane.finish_quiet(counts.sent) {
                    true => state.proto.handle(self.now(), Input::QuietAgreed(session)),
                    false => say_no(&link),
                }
            }
            Order::Refuse(_) => say_no(&link),
            Order::Unanswered(_) => net::lost(self, session),
        }
    }

    /// The other side needs the session.
    pub(crate) fn quiet_refused(&self, link: &Link) {
        if let Some((_, lane)) = link.peer() {
            lane.release();
        }
        self.handle(Input::QuietRefused(link.session));
    }

    /// The session was not needed: what was held back goes out by the next one.
    pub(super) fn hand_on(&self, state: &mut State, node: &NodeId, moved: Moved) {
        if moved.is_empty() {
            return;
        }
        let lane = {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(node.name.clone()).or_insert_with(|| Arc::new(Lane::new())))
        };
        lane.wait_with(moved);
        if state.proto.mention(self.now(), &node.name).is_err() {
            self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(&node.name);
            let leftovers = lane.fail(&CallError::NotDelivered(SendFailure::Disconnected));
            self.never_left(&node.name, &leftovers, &SendFailure::Disconnected);
            state.leftovers.append(leftovers);
        }
    }

    /// The other side asks whether the session may end.
    pub(crate) fn quiet_asked(&self, session: SessionId, sent: u64, received: u64) {
        self.handle(Input::QuietAsked { session, theirs: Counts { sent, received } });
    }
}

fn is_settled(link: &Link) -> bool {
    link.inbound().is_none_or(|inbound| inbound.is_settled())
}

/// Whether somebody waits for the echo of a ping.
fn is_pinged(state: &State, session: SessionId) -> bool {
    state.pings.values().any(|(on, told)| *on == session && !told.is_closed())
}

fn say_no(link: &Link) {
    if !link.say(Control::Quiet(Quiet::No)) {
        tracing::debug!(session = %link.session, "a peer that asked reads no answer");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actor_core::{DeadLetterReason, DeadLetterStream, NodeName, SentBy, prelude::*};

    use super::*;
    use crate::{
        names::AtNode,
        net::{
            pair::{Pair, builder},
            within,
        },
        node::{Node, Topology},
    };

    const NOTED: LocalName<Noted> = LocalName::new("noted");

    #[derive(Protocol)]
    #[wire(uri = "idle.Noted", version = 1)]
    enum Noted {
        Number { n: u64 },
        Last { reply: Reply<u64> },
    }

    #[derive(Actor)]
    #[actor(handles(Noted))]
    struct Noting(u64);

    impl Handler<Noted> for Noting {
        async fn handle(&mut self, msg: Noted, _: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                Noted::Number { n } => self.0 = n,
                Noted::Last { reply } => reply.send(self.0),
            }
            Ok(())
        }
    }

    async fn soon<T>(future: impl Future<Output = T>) -> T {
        within(Duration::from_secs(20), future).await.expect("it happens within 20 seconds")
    }

    async fn manual(short: &str) -> Node {
        let builder = builder(short).topology(Topology::Manual);
        builder.idle_close(Duration::from_millis(100)).start().await.expect("it starts")
    }

    /// A node and a peer of that name, which has agreed to end their session after this was held back: three tells, and a call.
    async fn held_back(peer: NodeName) -> (Node, DeadLetterStream, Call<u64>) {
        let mut pair = Pair::with(manual("node").await, peer).await;
        soon(pair.hear_control(|frame| matches!(frame, Control::Quiet(Quiet::Ask { .. })))).await;
        let letters = pair.node.system().dead_letters().subscribe();
        let noted = NOTED.at(&pair.node, &pair.peer.name);
        (1..=3).for_each(|n| noted.number(n).expect("it is held back"));
        let call = noted.last();
        pair.say_control(&Control::Quiet(Quiet::Yes)).await;
        (pair.node, letters, call)
    }

    /// Four messages to that node are told as dead letters.
    async fn assert_told(node: &Node, letters: &mut DeadLetterStream, peer: &NodeName, why: &SendFailure) {
        for _ in 0..4 {
            let letter = soon(letters.next()).await.expect("the system lives");
            assert_eq!(letter.receiver, format!("name `noted` of node `{peer}`"));
            assert_eq!((letter.message.as_str(), letter.from), ("idle.Noted", SentBy::Node(node.name().clone())));
            assert_eq!(letter.reason, DeadLetterReason::NotTaken(why.to_string()));
        }
        assert_eq!(node.system().dead_letters().not_taken(), 4);
    }

    /// F1, N3: what was held back is told if no other session comes about.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_held_back_for_nobody_is_told() {
        let nobody: NodeName = "peer@127.0.0.1:1".parse().expect("it is a name");
        let (node, mut letters, call) = held_back(nobody.clone()).await;
        assert_eq!(soon(call).await, Err(CallError::NotDelivered(SendFailure::Disconnected)));
        assert_told(&node, &mut letters, &nobody, &SendFailure::Disconnected).await;
    }

    /// F1, N1: what was held back is told if it is another run of the node that the next session is with, which gets none of it.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_held_back_for_an_earlier_run_is_told() {
        let again = manual("peer").await;
        let noting = again.system().spawn(Noting(0)).subject::<Noted>();
        again.system().register(&NOTED, &noting).expect("the name is free");
        let (node, mut letters, call) = held_back(again.name().clone()).await;
        assert_eq!(soon(call).await, Err(CallError::NotDelivered(SendFailure::Stopped)));
        assert_told(&node, &mut letters, again.name(), &SendFailure::Stopped).await;
        assert_eq!(soon(NOTED.at(&node, again.name()).last()).await, Ok(0));
    }
}
