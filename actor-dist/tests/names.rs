//! Sends by name over real sockets that wait for room, on the link and in mailboxes.

mod support;

use actor_core::{Capacity, prelude::*};
use actor_dist::{AtNode, GlobalName};
use support::*;
use tokio::sync::mpsc::unbounded_channel;

const NAME: GlobalName<Echo> = GlobalName::new("the-echo");

/// So many messages of eight kilobytes as find room on the way to them.
fn fill(to: &impl Address<Echo>) -> usize {
    let large = || "x".repeat(8 << 10);
    let taken = (0..1000).take_while(|_| to.say(large()).is_ok()).count();
    assert!((2..1000).contains(&taken), "nothing leaves while this thread does not wait, but {taken} found room");
    taken
}

async fn heard(peer: &mut Peer, large: usize, last: &str) {
    for _ in 0..large {
        assert!(matches!(peer.seen().await, Seen::Said(text) if text.len() == 8 << 10));
    }
    assert_eq!(peer.seen().await, Seen::Said(last.into()));
}

/// F1: by name, and by (name, node), with and without a session, as by handle: a tell comes back when the link is full, and
/// `send` waits for room. One thread writes and sends, so that nothing leaves meanwhile.
#[tokio::test]
async fn a_send_by_name_waits_for_room_on_the_link() {
    let (a, mut b) = (peer("a").await, peer("b").await);
    let name = b.name().clone();
    let at = ECHO.at(&a.node, &name);
    let waiting = fill(&at);
    assert!(matches!(at.say("one".into()), Err(SendError::Overloaded(Echo::Say { .. }))));
    soon(at.send(Echo::Say { text: "by name there".into() })).await.unwrap();
    heard(&mut b, waiting, "by name there").await;

    soon(b.node.global().register(&NAME, &b.echo)).await.unwrap();
    let named = NAME.on(&a.node);
    let waiting = fill(&named);
    assert!(matches!(named.say("one".into()), Err(SendError::Overloaded(Echo::Say { .. }))));
    soon(named.send(Echo::Say { text: "by name".into() })).await.unwrap();
    heard(&mut b, waiting, "by name").await;

    let waiting = fill(&at);
    soon(at.send(Echo::Say { text: "again".into() })).await.unwrap();
    heard(&mut b, waiting, "again").await;
}

/// Handles nothing until it may.
#[derive(Actor)]
#[actor(handles(Note))]
struct Slow(std::sync::Arc<tokio::sync::Semaphore>, tokio::sync::mpsc::UnboundedSender<u64>);

impl Handler<Note> for Slow {
    async fn handle(&mut self, Note::Number { n }: Note, _: &mut Context<Self>) -> Result<(), Error> {
        self.0.acquire().await?.forget();
        Ok(self.1.send(n)?)
    }
}

/// F1, F2: a full mailbox on another node is waited for by name as by handle, and hands messages back.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_by_name_waits_for_a_mailbox_elsewhere() {
    const SLOW: LocalName<Note> = LocalName::new("slow");
    const SLOWEST: GlobalName<Note> = GlobalName::new("slowest");
    let (a, b) = (peer("a").await, peer("b").await);
    a.barrier(&b).await;
    let (may, (seen, mut numbers)) = (std::sync::Arc::new(tokio::sync::Semaphore::new(0)), unbounded_channel());
    let slow = b.node.system().spawn_with(Slow(may.clone(), seen), Capacity::Bounded(2)).subject();
    b.node.system().register(&SLOW, &slow).unwrap();
    soon(b.node.global().register(&SLOWEST, &slow)).await.unwrap();
    let (at, named) = (SLOW.at(&a.node, b.name()), SLOWEST.on(&a.node));
    let mut taken = 0;
    for to in [&at as &dyn Address<Note>, &named] {
        while to.tell(Note::Number { n: taken }).is_ok() {
            taken += 1;
            a.barrier(&b).await;
        }
    }
    let short = std::time::Duration::from_millis(20);
    assert!(matches!(at.send_within(short, Note::Number { n: 0 }).await, Err(SendError::Overloaded(_))));
    assert!(matches!(named.send_within(short, Note::Number { n: 0 }).await, Err(SendError::Overloaded(_))));
    let waits = async { tokio::join!(at.send(Note::Number { n: u64::MAX }), named.send(Note::Number { n: u64::MAX })) };
    may.add_permits(1 << 20);
    let sent = soon(waits).await;
    assert!(matches!(sent, (Ok(()), Ok(()))), "{sent:?}");
    for n in (0..taken).chain([u64::MAX, u64::MAX]) {
        assert_eq!(soon(numbers.recv()).await, Some(n));
    }
}

/// F1: a name of one's own node is waited for as its mailbox is.
#[tokio::test]
async fn a_send_by_name_on_this_node_reaches_its_holder() {
    let mut a = peer("a").await;
    soon(a.node.global().register(&NAME, &a.echo)).await.unwrap();
    NAME.on(&a.node).send(Echo::Say { text: "global".into() }).await.unwrap();
    assert_eq!(a.seen().await, Seen::Said("global".into()));
    ECHO.at(&a.node, a.name()).send(Echo::Say { text: "local".into() }).await.unwrap();
    assert_eq!(a.seen().await, Seen::Said("local".into()));
    let nobody = GlobalName::<Echo>::new("nobody").on(&a.node).send(Echo::Release).await;
    assert!(matches!(nobody, Err(SendError::Unresolved(Echo::Release))));
}
