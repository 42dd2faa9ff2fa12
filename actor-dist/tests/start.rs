//! What a node asks for before it starts. How nodes behave once they run is in the suite of all transports, in `tests`.

mod support;

use actor_core::prelude::*;
use actor_dist::{Node, StartError};
use support::*;

/// DESIGN §9: traffic that others could read needs a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_plaintext_bind_beyond_loopback_is_refused() {
    let system = System::new;
    let builder = |bind| Node::builder("a").bind(bind).system(system()).cookie(COOKIE).unwrap();
    assert!(matches!(builder("0.0.0.0:0").start().await, Err(StartError::Plaintext { .. })));
    assert!(matches!(builder("0.0.0.0:0").allow_plaintext().start().await, Err(StartError::Advertise { .. })));
    let open = builder("0.0.0.0:0").allow_plaintext().advertise("127.0.0.1:0").start().await.unwrap();
    let near = peer("near").await;
    soon(near.node.connect(open.name())).await.unwrap();
    assert!(matches!(Node::builder("a").system(system()).start().await, Err(StartError::NoCookie)));
    let taken = Node::builder("b").cookie(COOKIE).unwrap().system(open.system().clone()).start().await;
    assert!(matches!(taken, Err(StartError::SystemTaken)));
}
