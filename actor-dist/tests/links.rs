//! Links between actors of two or three nodes over real sockets: who ends with whom, who is told, and what an unlink undoes.

mod support;

use actor_core::{Linked, NodeDownCause, prelude::*};
use actor_dist::{AtNode, Node, NodeEvent};
use support::*;
use tokio::sync::mpsc;

#[derive(Protocol)]
#[wire(uri = "test.Knot", version = 1)]
enum Knot {
    Link { to: Subject<Knot>, done: Reply<()> },
    Unlink { to: Subject<Knot>, done: Reply<()> },
    Trap { done: Reply<()> },
    Who { reply: Reply<Subject<Knot>> },
    Note { n: u64 },
    NoteAndFail { to: Subject<Knot> },
    Ping { reply: Reply<()> },
    Fail,
    Finish,
}

#[derive(Actor)]
#[actor(handles(Knot, Exit))]
struct Knotted {
    told: mpsc::UnboundedSender<Told>,
    linked: Option<Subject<Knot>>,
}

#[derive(Debug, PartialEq)]
enum Told {
    Note(u64),
    /// Whether it is from the last one that was linked.
    Exit(ExitReason, bool),
}

impl Handler<Knot> for Knotted {
    async fn handle(&mut self, msg: Knot, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Knot::Link { to, done } => {
                cx.link(&to);
                self.linked = Some(to);
                done.send(());
            }
            Knot::Unlink { to, done } => {
                cx.unlink(&to);
                done.send(());
            }
            Knot::Trap { done } => {
                cx.trap_exits();
                done.send(());
            }
            Knot::Who { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?),
            Knot::Note { n } => self.told.send(Told::Note(n))?,
            Knot::NoteAndFail { to } => {
                (0..100).try_for_each(|n| to.note(n))?;
                return Err(Error::new("on purpose"));
            }
            Knot::Ping { reply } => reply.send(()),
            Knot::Fail => return Err(Error::new("on purpose")),
            Knot::Finish => cx.stop(),
        }
        Ok(())
    }
}

impl Handler<Exit> for Knotted {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        let from_linked = self.linked.as_ref().is_some_and(|linked| exit.is_from(linked));
        self.told.send(Told::Exit(exit.reason, from_linked))?;
        Ok(())
    }
}

const KNOT: LocalName<Knot> = LocalName::new("knot");

/// A node, and an actor on it to be linked.
struct End {
    peer: Peer,
    actor: ActorRef<Knotted>,
    told: mpsc::UnboundedReceiver<Told>,
}

async fn end(short: &str) -> End {
    end_on(peer(short).await)
}

fn end_on(peer: Peer) -> End {
    let (sender, told) = mpsc::unbounded_channel();
    let actor = peer.node.system().spawn(Knotted { told: sender, linked: None });
    peer.node.system().register(&KNOT, &actor.subject()).expect("the name is free");
    End { peer, actor, told }
}

impl End {
    fn knot(&self) -> Subject<Knot> {
        self.actor.subject()
    }

    /// A handle to the other's actor, as it arrives in an answer.
    async fn handle_of(&self, other: &End) -> Subject<Knot> {
        soon(KNOT.at(&self.peer.node, other.peer.name()).who()).await.expect("the other answers")
    }

    /// Links its actor with another; what is sent to that node from now on arrives after the link.
    async fn link(&self, to: &Subject<Knot>) {
        soon(self.knot().link(to.clone())).await.expect("it links");
    }

    async fn unlink(&self, from: &Subject<Knot>) {
        soon(self.knot().unlink(from.clone())).await.expect("it unlinks");
    }

    async fn trap(&self) {
        soon(self.knot().trap()).await.expect("it traps");
    }

    async fn told(&mut self) -> Told {
        soon(self.told.recv()).await.expect("the actor lives")
    }

    /// That it lives, and was told of nothing.
    async fn is_unmoved(&mut self) -> bool {
        soon(self.knot().ping()).await.is_ok() && self.told.try_recv().is_err()
    }

    /// When this returns, what was sent to the other from here is handled, and so is what came of it here.
    async fn settle(&self, other: &End) {
        self.peer.barrier(&other.peer).await;
        other.peer.barrier(&self.peer).await;
    }

    async fn ended(&self) -> ExitReason {
        soon(self.actor.ended()).await
    }
}

fn failed() -> ExitReason {
    ExitReason::Failed("on purpose".into())
}

/// That it ended by a link, with that actor, which ended for that reason.
fn assert_linked(reason: &ExitReason, whom: &End, why: &ExitReason) {
    let ExitReason::Linked(linked) = reason else { panic!("it did not end by a link: {reason:?}") };
    let Linked { peer, reason } = &**linked;
    assert_eq!((peer.node(), peer.actor()), (Some(whom.peer.node.id()), whom.actor.id()));
    assert_eq!(reason, why);
}

/// L1, L3
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_ends_the_linked_actor_on_another_node() {
    let (a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.link(&on_b).await;
    a.link(&on_b).await;
    on_b.fail().unwrap();
    assert_linked(&a.ended().await, &b, &failed());
}

/// L1: links have no direction.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_ends_the_one_that_was_linked_to_as_well() {
    let (a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.link(&on_b).await;
    a.settle(&b).await;
    a.knot().fail().unwrap();
    assert_linked(&b.ended().await, &a, &failed());
}

/// L1: linked from both sides at once there is one link, and one exit.
#[tokio::test(flavor = "multi_thread")]
async fn both_may_link_at_once() {
    for _ in 0..20 {
        let (mut a, b) = (end("a").await, end("b").await);
        let (on_a, on_b) = (b.handle_of(&a).await, a.handle_of(&b).await);
        a.trap().await;
        tokio::join!(a.link(&on_b), b.link(&on_a));
        a.settle(&b).await;
        b.actor.kill();
        assert_eq!(a.told().await, Told::Exit(ExitReason::Killed, true));
        assert_eq!(b.ended().await, ExitReason::Killed);
        b.settle(&a).await;
        assert!(a.is_unmoved().await);
    }
}

/// L3: who is named is the first that ended, also two nodes away.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_links_names_the_first_that_ended() {
    let (a, b, c) = (end("a").await, end("b").await, end("c").await);
    let on_b = a.handle_of(&b).await;
    b.link(&b.handle_of(&c).await).await;
    a.link(&on_b).await;
    b.settle(&c).await;
    a.settle(&b).await;
    c.knot().fail().unwrap();
    assert_linked(&b.ended().await, &c, &failed());
    assert_linked(&a.ended().await, &c, &failed());
}

/// L3, S1, L4: a trapped exit is a message, behind all that its actor had sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_trapped_exit_comes_after_every_earlier_message_of_its_actor() {
    let (mut a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.trap().await;
    a.link(&on_b).await;
    on_b.note_and_fail(a.knot()).unwrap();
    for n in 0..100 {
        assert_eq!(a.told().await, Told::Note(n));
    }
    assert_eq!(a.told().await, Told::Exit(failed(), true));
    assert!(a.is_unmoved().await);
}

/// L3: a normal end takes nobody down; who traps exits is told of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_normal_end_does_not_end_the_linked_actor() {
    let (mut a, b, mut c) = (end("a").await, end("b").await, end("c").await);
    let on_b = a.handle_of(&b).await;
    c.trap().await;
    a.link(&on_b).await;
    c.link(&c.handle_of(&b).await).await;
    c.settle(&b).await;
    on_b.finish().unwrap();
    assert_eq!(c.told().await, Told::Exit(ExitReason::Normal, true));
    // The monitor began after the link, or there is no such actor: either way its answer comes behind the exit.
    let reason = soon(on_b.ended()).await;
    assert!(matches!(reason, ExitReason::Normal | ExitReason::NoSuchActor), "{reason:?}");
    assert!(a.is_unmoved().await);
}

/// L1: whichever end unlinks, the link has no effect on either.
#[tokio::test(flavor = "multi_thread")]
async fn an_unlinked_actor_is_left_alone() {
    let (mut a, mut b) = (end("a").await, end("b").await);
    let (on_a, on_b) = (b.handle_of(&a).await, a.handle_of(&b).await);
    a.trap().await;
    b.trap().await;
    a.link(&on_b).await;
    a.settle(&b).await;
    b.unlink(&on_a).await;
    b.settle(&a).await;
    a.link(&on_b).await;
    a.unlink(&on_b).await;
    a.settle(&b).await;
    a.knot().fail().unwrap();
    assert_eq!(a.ended().await, failed());
    a.settle(&b).await;
    assert!(b.is_unmoved().await);
    assert!(a.told.try_recv().is_err());
}

/// L1: a link that is renewed before the other side knows that it was undone stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_renewed_at_once_stands() {
    let (a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    for _ in 0..50 {
        a.link(&on_b).await;
        a.unlink(&on_b).await;
    }
    a.link(&on_b).await;
    on_b.fail().unwrap();
    assert_linked(&a.ended().await, &b, &failed());
}

/// L2, E4: every actor linked with one of a node that is lost is told, on both sides, and before the event.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_ends_every_link_with_it() {
    let (mut a, mut b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    let untrapped = a.peer.node.system().spawn(Knotted { told: mpsc::unbounded_channel().0, linked: None });
    a.trap().await;
    b.trap().await;
    a.link(&on_b).await;
    soon(untrapped.subject::<Knot>().link(on_b)).await.unwrap();
    a.settle(&b).await;
    let b_id = b.peer.node.id().clone();
    b.peer.node.clone().leave().await;
    while !matches!(a.peer.event().await, NodeEvent::Down { node, .. } if node == b_id) {}
    // E4: the exit was in the mailbox before the event; what is said now comes behind it.
    soon(a.knot().ping()).await.unwrap();
    let left = ExitReason::NodeDown(NodeDownCause::Left);
    assert_eq!(a.told.try_recv(), Ok(Told::Exit(left.clone(), true)));
    assert_linked(&soon(untrapped.ended()).await, &b, &left);
    for _ in 0..2 {
        assert_eq!(b.told().await, Told::Exit(left.clone(), false));
    }
    assert!(a.is_unmoved().await && b.is_unmoved().await);
}

/// L2
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_dead_actor_is_told_that_there_is_none() {
    let (mut a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    on_b.finish().unwrap();
    assert_eq!(b.ended().await, ExitReason::Normal);
    a.trap().await;
    a.link(&on_b).await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NoSuchActor, true));
    let untrapped = a.peer.node.system().spawn(Knotted { told: mpsc::unbounded_channel().0, linked: None });
    soon(untrapped.subject::<Knot>().link(on_b)).await.unwrap();
    assert_linked(&soon(untrapped.ended()).await, &b, &ExitReason::NoSuchActor);
}

/// N3, L2: a link connects, and is told if that does not come about.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_connects_on_demand() {
    let (mut a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.trap().await;
    a.peer.node.disconnect(b.peer.name());
    while !matches!(a.peer.event().await, NodeEvent::Down { .. }) {}
    a.link(&on_b).await;
    assert!(matches!(a.peer.event().await, NodeEvent::Up { .. }));
    on_b.fail().unwrap();
    assert_eq!(a.told().await, Told::Exit(failed(), true));
    let c = end("c").await;
    let on_c = a.handle_of(&c).await;
    c.peer.node.leave().await;
    while !matches!(a.peer.event().await, NodeEvent::Down { .. }) {}
    a.link(&on_c).await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NodeDown(NodeDownCause::Refused), true));
}

/// N8, L2: once a node has left, nobody here is linked in vain with what was elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_over_a_node_that_has_stopped_is_told() {
    let (mut a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.trap().await;
    a.link(&on_b).await;
    a.peer.node.clone().leave().await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NodeDown(NodeDownCause::Left), true));
    a.link(&on_b).await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NodeDown(NodeDownCause::Refused), true));
    a.unlink(&on_b).await;
    assert!(a.is_unmoved().await);
}

/// N1, L2: a node's next run has none of the actors of the one before.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_does_not_survive_a_restart() {
    let (mut a, b) = (end("a").await, end("b").await);
    let old = a.handle_of(&b).await;
    let address = format!("{}:{}", b.peer.name().host(), b.peer.name().port());
    a.trap().await;
    b.peer.node.leave().await;
    while !matches!(a.peer.event().await, NodeEvent::Down { .. }) {}
    let again = end_on(start(Node::builder("b").bind(address)).await);
    // Nothing stands yet: the link waits for a session with the run that is gone, and finds the next one.
    a.link(&old).await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NoSuchActor, true));
    a.link(&old).await;
    assert_eq!(a.told().await, Told::Exit(ExitReason::NoSuchActor, true));
    let fresh = a.handle_of(&again).await;
    a.link(&fresh).await;
    fresh.fail().unwrap();
    assert_eq!(a.told().await, Told::Exit(failed(), true));
}

/// L1, L2, S2: a link made while its session ends is answered once, whichever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_races_with_the_end_is_answered_once() {
    let (mut a, b) = (end("a").await, end("b").await);
    let on_b = a.handle_of(&b).await;
    a.trap().await;
    b.trap().await;
    for _ in 0..60 {
        let (link, ()) = tokio::join!(a.knot().link(on_b.clone()), async { a.peer.node.disconnect(b.peer.name()) });
        link.unwrap();
        a.peer.node.disconnect(b.peer.name());
        let told = a.told().await;
        assert!(matches!(told, Told::Exit(ExitReason::NodeDown(_), true)), "{told:?}");
        a.settle(&b).await;
        assert!(a.is_unmoved().await);
    }
}
