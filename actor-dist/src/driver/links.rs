//! What is told of the links that stand, for people and for metrics. Reads counts that are kept anyway; changes nothing.

use std::{sync::Arc, time::Instant};

use actor_core::{NodeName, route::LinkFigures};

use super::{Driver, ping::Pinged};
use crate::{
    event::ConnectionId,
    link::Link,
    link_stats::{LinkStats, Moved, RoundTrip, Stalled},
    proto::session_id::SessionId,
};

impl Driver {
    /// All links, in the order of the nodes' names.
    pub(crate) fn links(&self) -> Vec<LinkStats> {
        let standing: Vec<_> = {
            let state = self.lock();
            state.proto.nodes().filter_map(|(session, _)| state.links.get(&session).cloned()).collect()
        };
        let now = self.now();
        standing.iter().filter_map(|link| stats(link, now)).collect()
    }

    /// The same, to be published.
    pub(crate) fn figures(&self) -> Vec<LinkFigures> {
        let figures = |link: LinkStats| LinkFigures {
            peer: link.node.name,
            connection: link.connection.0,
            sent_bytes: link.sent.bytes,
            sent_messages: link.sent.messages,
            received_bytes: link.received.bytes,
            received_messages: link.received.messages,
            queued_bytes: link.queued as u64,
            refused: link.stalls.refused,
            waits: link.stalls.waits,
            waited: link.stalls.waited,
            round_trip: link.round_trip.map(|trip| (trip.smoothed, trip.variation)),
            silence: link.silence,
        };
        self.links().into_iter().map(figures).collect()
    }

    /// The link to a node, if it is connected.
    pub(crate) fn link_stats(&self, peer: &NodeName) -> Option<LinkStats> {
        let link = {
            let state = self.lock();
            let (session, _) = state.proto.nodes().find(|(_, node)| node.name == *peer)?;
            Arc::clone(state.links.get(&session)?)
        };
        stats(&link, self.now())
    }

    /// Says that this node lives, in a way that measures the way there and back.
    pub(super) fn heartbeat(&self, link: &Link) {
        link.probe.ask(self.fresh(), self.now(), |ping| link.say(ping));
    }

    /// The peer measures; so does this node, unless it just did. Its own heartbeats may never be due, since the echoes are
    /// signs of life.
    pub(crate) fn pinged(&self, link: &Link) {
        if link.probe.is_due(self.now(), self.settings.local.window / 4) {
            self.heartbeat(link);
        }
    }

    /// An echo came: of a heartbeat, or of somebody's ping.
    pub(crate) fn pong(&self, link: &Link, token: u64) {
        if !link.probe.echo(token, self.now()) {
            self.ping_answered(link.session, token);
        }
    }

    /// A ping's echo came; one that nobody asked this peer for counts for nothing.
    fn ping_answered(&self, session: SessionId, token: u64) {
        let mut state = self.lock();
        let asked = state.pings.get(&token).is_some_and(|(asked, _)| *asked == session);
        if let Some((_, told)) = asked.then(|| state.pings.remove(&token)).flatten() {
            let _ = told.send(Pinged::Echoed);
        }
    }
}

fn stats(link: &Link, now: Instant) -> Option<LinkStats> {
    let (node, lane) = link.peer()?;
    let (messages, queued) = lane.counts();
    let (refused, waits, waited) = lane.stalls.read();
    let traffic = &link.traffic;
    let round_trip = link.probe.round_trip();
    Some(LinkStats {
        node: node.clone(),
        connection: ConnectionId(link.session.0),
        sent: Moved { bytes: traffic.bytes_sent(), messages },
        received: Moved { bytes: traffic.bytes_received(), messages: traffic.messages_received() },
        queued,
        stalls: Stalled { refused, waits, waited },
        round_trip: round_trip.map(|trip| RoundTrip {
            latest: trip.latest,
            smoothed: trip.smoothed,
            variation: trip.variation,
        }),
        silence: traffic.silence(now),
    })
}
