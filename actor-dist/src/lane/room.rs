//! Room in a lane: how much there is, who waits for it, and for whom the node takes nothing more at the moment. Takes nothing in.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{Lane, Recipient, Refused};

impl Lane {
    /// That there is no room is counted.
    pub(super) fn refused(&self, refused: Refused) -> Refused {
        if refused == Refused::Full {
            self.stalls.refused();
        }
        refused
    }

    /// How many frames have gone out or wait to be written, and how many bytes wait.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let outlet = self.lock();
        (outlet.frames(), outlet.waits() + outlet.bodies().bytes())
    }

    /// Waits until there may be room for a message to this recipient.
    pub(crate) async fn room(&self, to: &Recipient<'_>) {
        let go;
        let (room, stopped) = {
            let outlet = self.lock();
            // A future that was made before those who wait are woken is woken with them.
            let room = outlet.is_full().then(|| self.room.notified());
            go = outlet.stopped(to);
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
        if !self.lock().stop(to, || Arc::new(Notify::new())) {
            tracing::warn!("a peer stops more of its actors than a node can have");
        }
    }

    /// The node takes messages for it again.
    pub(crate) fn go(&self, to: &Recipient<'static>) {
        let waits = self.lock().go(to);
        if let Some(waits) = waits {
            waits.notify_waiters();
        }
    }
}
