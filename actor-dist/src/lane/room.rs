//! Room in a lane: how much there is, who waits for it, and for whom the node takes nothing more at the moment. Takes nothing in.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{BODIES, HIGH_WATER, Lane, PENDING_HIGH_WATER, Recipient, Refused, Stage};

impl Lane {
    /// There is no room, which is counted.
    pub(super) fn full(&self) -> Refused {
        self.stalls.refused();
        Refused::Full
    }

    /// How many frames have gone out or wait to be written, and how many bytes wait.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let state = self.lock();
        (state.frames, state.waits() + state.bodies.bytes())
    }

    /// Waits until there may be room for a message to this recipient.
    pub(crate) async fn room(&self, to: &Recipient<'_>) {
        let go;
        let (room, stopped) = {
            let state = self.lock();
            let full = match state.stage {
                Stage::Open(_) => state.waits() >= HIGH_WATER || state.bodies.bytes() >= BODIES,
                Stage::Pending => state.waits() >= PENDING_HIGH_WATER,
                Stage::Finished => false,
            };
            // A future that was made before those who wait are woken is woken with them.
            let room = full.then(|| self.room.notified());
            go = state.stops.get(to).cloned();
            (room, go.as_ref().map(|go| go.notified()))
        };
        let _waiting = (stopped.is_some() || room.is_some()).then(|| self.stalls.wait());
        if let Some(stopped) = stopped {
            stopped.await;
        }
        if let Some(room) = room {
            room.await;
        }
    }

    /// The node wants no more for this recipient, until it says so.
    pub(crate) fn stop(&self, to: Recipient<'static>) {
        let mut state = self.lock();
        if !matches!(state.stage, Stage::Finished) && !state.stops.stop(to, || Arc::new(Notify::new())) {
            tracing::warn!("a peer stops more of its actors than a node can have");
        }
    }

    /// The node takes messages for it again.
    pub(crate) fn go(&self, to: &Recipient<'static>) {
        let waits = self.lock().stops.go(to);
        if let Some(waits) = waits {
            waits.notify_waiters();
        }
    }
}
