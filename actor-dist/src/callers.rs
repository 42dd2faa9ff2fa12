//! What is said of callers here to the nodes that they asked: how long they wait beyond what came with their requests, and that
//! they have given up. Knows no caller: ports do.

use std::{sync::Arc, time::Duration};

use actor_core::route::{Asked, GaveUp, PortId};

use crate::{
    frame::Lane as Frame,
    lane::{Lane, Ports},
    packet::Scratch,
};

/// What is said of a caller is shorter than this, in bytes.
const SHORT: usize = 64;

impl Lane {
    /// A message with these ports is about to leave for a node that wants to know of its callers. Says which of them have given up
    /// already.
    pub(crate) fn is_asked(self: &Arc<Self>, ports: &Ports) -> Vec<PortId> {
        if ports.is_empty() {
            return Vec::new();
        }
        let weak = Arc::downgrade(self);
        ports.iter().for_each(|(id, port)| port.leaves(weak.clone(), *id));
        ports.iter().filter(|(_, port)| port.is_abandoned()).map(|(id, _)| *id).collect()
    }

    /// Says something of a caller. What does not find room under the ceiling is not said: the session is as good as lost then.
    fn say(&self, frame: &Frame) {
        let mut packet = Scratch::take();
        if frame.encode(&mut packet.bytes, SHORT).is_ok() && self.push_always(None, &mut packet, Ports::new()).is_err()
        {
            tracing::debug!(?frame, "nobody is told of a caller");
        }
    }
}

impl Asked for Lane {
    fn waits(&self, port: PortId, wait: Duration) {
        self.say(&Frame::Waits { port: port.0, milliseconds: milliseconds(wait) });
    }

    fn give_up(&self, port: PortId, why: GaveUp) {
        drop(self.port(port));
        self.say(&Frame::GiveUp { port: port.0, why });
    }
}

/// As it crosses: rounded up, and 49 days at most.
pub(crate) fn milliseconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
