//! Every call to another node has an answer, whatever is wrong with it (S5), and whoever of those who passed its reply on is
//! left (S6).

mod support;

use actor_core::{
    CallError, Capacity, SendFailure,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder},
};
use actor_dist::AtNode;
use support::*;

/// Leaves, and cannot be read where it arrives.
struct Torn;

impl Wire for Torn {
    const EDGE: Edge = Edge::of("test.Torn", &[]);

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::invalid("test.Torn", "it is torn"))
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Office", version = 1)]
enum Office {
    File { form: Torn, reply: Reply<u64> },
    Wait { reply: Reply<u64> },
}

/// Handles its first message for ever.
#[derive(Actor)]
#[actor(handles(Office))]
struct Slow;

impl Handler<Office> for Slow {
    async fn handle(&mut self, _: Office, _: &mut Context<Self>) -> Result<(), Error> {
        std::future::pending().await
    }
}

const OFFICE: LocalName<Office> = LocalName::new("office");

/// S5: a call that the other node could not read, or for which it found nobody, no room or another protocol, fails at once, and
/// says why. All of them surely did not run.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_answered_whatever_is_wrong_with_it() {
    const NOBODY: LocalName<Office> = LocalName::new("nobody");
    const MISTAKEN: LocalName<Office> = LocalName::new("echo");
    let (a, b) = (peer("a").await, peer("b").await);
    let slow = b.node.system().spawn_with(Slow, Capacity::Bounded(1));
    b.node.system().register(&OFFICE, &slow.subject()).unwrap();
    let office = OFFICE.at(&a.node, b.name());
    let not_delivered = |failure| Err(CallError::NotDelivered(failure));

    let torn = soon(office.file(Torn)).await;
    assert!(matches!(&torn, Err(CallError::Undecodable(why)) if why.contains("it is torn")), "{torn:?}");
    let mistaken = soon(MISTAKEN.at(&a.node, b.name()).wait()).await;
    let Err(CallError::Undecodable(why)) = mistaken else { panic!("{mistaken:?}") };
    assert!(why.contains("`test.Echo`") && why.contains("`test.Office`"), "{why}");
    assert_eq!(soon(NOBODY.at(&a.node, b.name()).wait()).await, not_delivered(SendFailure::Unresolved));

    // One is handled for ever, one waits in the mailbox, and those who had not heard that it is full wait before it.
    let waiting: Vec<_> = (0..8).map(|_| office.wait().timeout(std::time::Duration::from_secs(3600))).collect();
    a.barrier(&b).await;
    assert_eq!(soon(office.wait()).await, not_delivered(SendFailure::Overloaded));
    slow.kill();
    for (place, call) in waiting.into_iter().enumerate() {
        let expected = [Err(CallError::NoReply), not_delivered(SendFailure::Stopped)];
        let found = soon(call).await;
        assert!(expected.contains(&found), "{place}: {found:?}");
    }

    let on_b = a.handle_of(&b).await;
    on_b.finish().unwrap();
    soon(on_b.ended()).await;
    let stopped = soon(on_b.back("x".into())).await;
    assert_eq!(stopped, Err(CallError::NotDelivered(SendFailure::Stopped)));
}

/// S6: over three nodes, when the holder fails, when its node is dropped without a goodbye, and when the node in between goes
/// away, which knew whom to tell.
#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_reply_fails_with_whoever_stood_in_its_way() {
    let long = std::time::Duration::from_secs(3600);
    let (a, b, mut c, mut d) = (peer("a").await, peer("b").await, peer("c").await, peer("d").await);
    let (on_b, on_c, on_d) = (a.handle_of(&b).await, a.handle_of(&c).await, a.handle_of(&d).await);

    let held = on_b.forward(on_c.clone()).timeout(long);
    assert_eq!(c.seen().await, Seen::Kept);
    on_c.fail().unwrap();
    assert_eq!(soon(held).await, Err(CallError::NoReply));

    let held = on_b.forward(on_d.clone()).timeout(long);
    assert_eq!(d.seen().await, Seen::Kept);
    drop(d);
    assert_eq!(soon(held).await, Err(CallError::NoReply));

    let mut e = peer("e").await;
    let held = on_b.forward(a.handle_of(&e).await).timeout(long);
    assert_eq!(e.seen().await, Seen::Kept);
    let between = b.name().clone();
    drop(b);
    let failed = soon(held).await;
    assert!(matches!(&failed, Err(CallError::NodeDown { node, .. }) if *node == between), "{failed:?}");
}
