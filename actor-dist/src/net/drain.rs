//! How long a session that is ended on purpose, or lost, may still move what is on its way: as long as something moves, up to a
//! bound. Moves nothing itself.

use std::{sync::Arc, time::Duration};

use actor_core::route::Door;

use super::spawn_control;
use crate::{arrival::Inbound, driver::Driver, link::Link, proto::session_id::SessionId};

/// How long nothing may move.
pub(crate) const DRAIN: Duration = Duration::from_secs(1);
/// How long it may take in all.
pub(crate) const DRAIN_MOST: Duration = Duration::from_secs(10);

/// Takes a session for moved to its end once nothing moves any more, or after a while, whatever its tasks do.
pub(crate) fn end_drain(driver: &Driver, link: &Arc<Link>) {
    let (driver_later, link) = (driver.arc(), Arc::clone(link));
    spawn_control(driver, async move {
        let since = driver_later.now();
        loop {
            let moved = link.traffic.moved();
            tokio::time::sleep(DRAIN).await;
            if link.is_closed() {
                return;
            }
            if moved == link.traffic.moved() || driver_later.now().saturating_duration_since(since) >= DRAIN_MOST {
                return force(&driver_later, link.session).await;
            }
        }
    });
}

/// Ends a session whatever its tasks do. Who reads it may be in users' code for long: that is not waited for, but what it reads
/// there is not delivered any more.
async fn force(driver: &Driver, session: SessionId) {
    if let Some(inbound) = driver.shut(session) {
        while inbound.is_passed() {
            tokio::time::sleep(Door::MOMENT).await;
        }
    }
    driver.drained(session);
}

/// Waits here until nothing is put into a mailbox any more of sessions that were shut.
pub(crate) fn passed(shut: &[Arc<Inbound>]) {
    while shut.iter().any(|inbound| inbound.is_passed()) {
        std::thread::sleep(Door::MOMENT);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::{
        event::NodeEvent,
        lane::Ports,
        net::{pair::Pair, within},
    };

    const BACKLOG: usize = 7 << 20;

    /// So much waits for the peer.
    fn send(pair: &Pair) {
        assert!(pair.way_out().push(None, None, &mut vec![0; BACKLOG].into(), Ports::new()).is_ok());
    }

    /// N8, F1: a peer that reads nothing holds nobody up for long, though it keeps its connections.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_peer_that_does_not_read_is_left_after_a_moment() {
        let pair = Pair::up().await;
        send(&pair);
        assert!(within(DRAIN_MOST - DRAIN, pair.node.leave()).await.is_some(), "it does not wait for the bound");
        drop((pair.events, pair.control, pair.lane));
    }

    /// N8: a peer that reads slowly gets all of it, though that takes longer than nothing may move.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_peer_that_reads_slowly_gets_all_of_it() {
        let mut pair = Pair::up().await;
        send(&pair);
        pair.node.disconnect(&pair.peer.name);
        let (mut buffer, mut read, started) = (vec![0; BACKLOG], 0, pair.node.driver().now());
        while read < BACKLOG {
            tokio::time::sleep(Duration::from_millis(20)).await;
            match pair.lane.read(&mut buffer[..64 << 10]).await.unwrap() {
                0 => panic!("it ends after {read} bytes"),
                more => read += more,
            }
        }
        assert!(pair.node.driver().now().saturating_duration_since(started) > DRAIN, "it was slow");
        drop(pair.lane);
        assert!(matches!(pair.events.next().await, Some(NodeEvent::Down { .. })));
    }
}
