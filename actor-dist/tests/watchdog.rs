//! A watchdog sees through names.

mod support;

use std::time::Duration;

use actor_core::{Alarm, NodeName, prelude::*};
use actor_dist::{AtNode, GlobalName, Node};
use support::soon;

#[derive(Protocol)]
#[wire(uri = "test.Mirror", version = 1)]
enum Mirror {
    /// Asks itself, by a way of its own.
    Ask { reply: Reply<u64> },
}

/// By which name an actor asks itself.
enum By {
    Global,
    Local,
}

#[derive(Actor)]
#[actor(handles(Mirror))]
struct Narcissus {
    node: Node,
    by: By,
}

const GLOBAL: GlobalName<Mirror> = GlobalName::new("narcissus");
const LOCAL: LocalName<Mirror> = LocalName::new("narcissus");

impl Handler<Mirror> for Narcissus {
    async fn handle(&mut self, Mirror::Ask { reply }: Mirror, _: &mut Context<Self>) -> Result<(), Error> {
        let here: &NodeName = self.node.name();
        reply.send(match self.by {
            By::Global => GLOBAL.on(&self.node).ask().await?,
            By::Local => LOCAL.at(&self.node, here).ask().await?,
        });
        Ok(())
    }
}

/// Calls that wait in a circle are found, also of those who called by a global name, or by a name of this very node.
#[tokio::test]
async fn a_circle_is_seen_through_names() {
    for by in [By::Global, By::Local] {
        let node = support::peer("a").await.node;
        let mut watchdog = node.system().watchdog(Duration::from_millis(40));
        let actor = node.system().spawn(Narcissus { node: node.clone(), by });
        let subject = actor.subject();
        soon(node.global().register(&GLOBAL, &subject)).await.unwrap();
        node.system().register(&LOCAL, &subject).unwrap();
        let asked = subject.ask();
        let alarm = soon(watchdog.next()).await.expect("there is an alarm");
        assert!(matches!(&alarm, Alarm::Deadlock(circle) if circle.len() == 1), "{alarm}");
        drop(asked);
        actor.kill();
        soon(actor.ended()).await;
    }
}
