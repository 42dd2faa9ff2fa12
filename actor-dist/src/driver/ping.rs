//! Pings that somebody waits for: over the session that stands, or the next one if nobody else used that. Measures no link for itself:
//! that are the heartbeats.

use std::time::Duration;

use actor_core::NodeName;
use tokio::sync::oneshot;

use super::Driver;
use crate::{frame::Control, net, node::ConnectError};

/// How long a ping waits for its echo.
const PING: Duration = Duration::from_secs(5);

/// What became of a ping.
pub(crate) enum Pinged {
    Echoed,
    /// Its session ended because nobody else used it: it is for the next one.
    Unused,
}

impl Driver {
    /// Connects if that may be, and measures the way to the node and back. A session that nobody used may end at the same moment:
    /// the next one has not been unused for long, and ends for nobody while the echo is awaited here.
    pub(crate) async fn ping(&self, peer: &NodeName) -> Result<Duration, ConnectError> {
        self.reach(peer).await?;
        if let Some(trip) = self.ping_once(peer).await? {
            return Ok(trip);
        }
        self.reach(peer).await?;
        self.ping_once(peer).await?.ok_or_else(|| ConnectError::lost(peer))
    }

    /// Sends a ping over the control connection of a node, and waits for its echo; nothing if there is no session, or only one that
    /// ended because nobody used it.
    async fn ping_once(&self, peer: &NodeName) -> Result<Option<Duration>, ConnectError> {
        let sent = self.now();
        let token = self.fresh();
        let echo = {
            let mut state = self.lock();
            let found = state.proto.nodes().find(|(_, node)| node.name == *peer).map(|(session, _)| session);
            let Some(link) = found.and_then(|session| state.links.get(&session)).cloned() else { return Ok(None) };
            if !link.say(Control::Ping { token }) {
                return Err(ConnectError::lost(peer));
            }
            let (told, echo) = oneshot::channel();
            // Whoever gave up waiting is forgotten with the next ping.
            state.pings.retain(|_, (_, told)| !told.is_closed());
            state.pings.insert(token, (link.session, told));
            echo
        };
        match net::within(PING, echo).await {
            Some(Ok(Pinged::Echoed)) => Ok(Some(self.now().saturating_duration_since(sent))),
            Some(Ok(Pinged::Unused)) => Ok(None),
            Some(Err(_)) => Err(ConnectError::lost(peer)),
            None => Err(ConnectError::TimedOut { node: peer.clone() }),
        }
    }
}
