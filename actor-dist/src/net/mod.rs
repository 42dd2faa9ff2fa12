//! Where sockets, tasks, the clock and chance enter: dials, accepts, reads and writes, and tells the driver what happened.
//! Decides nothing that another node could see: it is ordered to.
#![expect(clippy::disallowed_methods, reason = "time, tasks and chance enter here")]

mod accept;
mod bulk;
mod control;
mod dial;
mod drain;
mod handshake;
mod lane;
#[cfg(test)]
pub(crate) mod pair;
mod plane;
mod schema;
#[cfg(test)]
mod tests;
pub mod transport;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use actor_core::NodeDownCause;

use crate::{
    arrival::Inbound,
    driver::Driver,
    lane::{Lane, Refused},
    notice::Notices,
    proto::{Input, session_id::SessionId},
};

pub(crate) use dial::{dial_control, dial_lane};
use drain::DRAIN;
pub(crate) use drain::{DRAIN_MOST, end_drain, passed};
pub(crate) use lane::run as run_lane;
pub(crate) use plane::{Idle as IdlePlane, Plane, Rooms};

/// The time, by the clock of who asks: how long somebody waited. What happens when is told by the driver's clock.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Random bytes, for nonces and incarnations.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// What the future gives, if it gives it in time.
pub(crate) async fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(time, future).await.ok()
}

/// Runs a task on the control plane.
fn spawn_control(driver: &Driver, task: impl Future<Output = ()> + Send + 'static) {
    drop(driver.rooms.control.spawn(task));
}

/// Ends a session as lost, not at once: the one who says so may hold the driver's lock.
pub(crate) fn lost(driver: &Driver, session: SessionId) {
    let driver_later = driver.arc();
    spawn_control(driver, async move {
        driver_later.handle(Input::Lost { session, cause: NodeDownCause::Closed });
    });
}

/// How long what is to be told of dead letters is gathered.
const GATHER: Duration = Duration::from_millis(100);

/// Tells a peer of its tells that reached nobody, so often at most, until there are none for a while or the lane has ended. Where
/// the lane is full, that waits.
pub(crate) fn tell_notices(driver: &Driver, lane: &Arc<Lane>, notices: &Arc<Notices>) {
    let (driver_later, lane, notices) = (driver.arc(), Arc::clone(lane), Arc::clone(notices));
    spawn_control(driver, async move {
        loop {
            tokio::time::sleep(GATHER).await;
            let Some(frame) = notices.take() else { return };
            match driver_later.offer(&lane, &frame) {
                Ok(()) => {}
                Err(Refused::Full) => notices.put_back(frame),
                Err(_) => return,
            }
        }
    });
}

/// For how long a name may lead elsewhere before those who were stopped by who had it may go on.
const MOVED: Duration = Duration::from_millis(100);

/// Looks where the names lead whose senders are stopped, so often, until there are none.
pub(crate) fn look_after_names(inbound: &Arc<Inbound>) {
    let later = Arc::downgrade(inbound);
    spawn_control(&inbound.driver, async move {
        loop {
            tokio::time::sleep(MOVED).await;
            if !later.upgrade().is_some_and(|inbound| inbound.look_at_names()) {
                return;
            }
        }
    });
}

/// A connection past its handshake.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn transport::Stream>,
    /// What was read beyond the handshake.
    pub(crate) read: bytes::BytesMut,
}

/// Runs a task that moves bodies.
fn spawn_bulk(driver: &Arc<Driver>, task: impl Future<Output = ()> + Send + 'static) {
    if let Some(runtime) = plane::bodies(driver) {
        drop(runtime.spawn(task));
    }
}

/// Runs code that is long where it keeps no worker busy.
pub(crate) async fn aside<T: Send + 'static>(driver: &Driver, code: impl FnOnce() -> T + Send + 'static) -> T {
    if driver.rooms.is_inline() {
        return code();
    }
    match tokio::task::spawn_blocking(code).await {
        Ok(value) => value,
        // Users' code in it is guarded; a runtime that shuts down takes its tasks along.
        Err(_) => std::future::pending().await,
    }
}

/// Runs tasks of users' messages on the workers.
pub(crate) fn spawn_worker(driver: &Arc<Driver>, task: impl Future<Output = ()> + Send + 'static) {
    drop(driver.rooms.workers.spawn(task));
}
