//! The control plane: listens, and ticks, until the node ends. On a thread and a runtime of its own, so that no handler of a user
//! can keep heartbeats, deadlines or handshakes waiting; or, where the transport says so, on the runtime of whoever starts
//! the node.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Instant,
};

use tokio::{runtime::Handle, sync::oneshot, task};

use super::{
    accept,
    transport::{ControlPlane, Listener},
};
use crate::{driver::Driver, proto::Input};

/// Where a node's tasks run, and by which clock.
#[derive(Debug, Clone)]
pub(crate) struct Rooms {
    /// The runtime of the one who started the node: lanes and deliveries run there.
    pub(crate) workers: Handle,
    /// The control plane's.
    pub(crate) control: Handle,
    pub(crate) clock: Clock,
}

impl Rooms {
    /// Whether all happens on the runtime of whoever started the node.
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self.clock, Clock::Runtime)
    }
}

/// By which clock a node reckons: that of its control plane, which also wakes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    System,
    /// The clock of the runtime on which it is asked, which a test may have paused.
    Runtime,
}

impl Clock {
    pub(crate) fn now(self) -> Instant {
        match self {
            Clock::System => Instant::now(),
            Clock::Runtime => tokio::time::Instant::now().into_std(),
        }
    }
}

/// A control plane with nothing to do yet. Dropped, it ends.
pub(crate) struct Idle {
    place: Place,
    rooms: Rooms,
}

enum Place {
    Thread { thread: JoinHandle<()>, work: oneshot::Sender<Work> },
    Inline,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A running control plane.
#[derive(Debug)]
pub(crate) enum Plane {
    Thread(JoinHandle<()>),
    Inline(task::JoinHandle<()>),
}

impl Idle {
    /// A control plane beside the runtime in which this is called.
    pub(crate) fn new(at: ControlPlane) -> io::Result<Self> {
        let workers = Handle::current();
        let (place, control, clock) = match at {
            ControlPlane::OwnThread => {
                let (work, given) = oneshot::channel::<Work>();
                let (thread, control) = on_own_thread("actor-control", async {
                    if let Ok(work) = given.await {
                        work.await;
                    }
                })?;
                (Place::Thread { thread, work }, control, Clock::System)
            }
            ControlPlane::Inline => (Place::Inline, workers.clone(), Clock::Runtime),
        };
        Ok(Idle { place, rooms: Rooms { workers, control, clock } })
    }

    pub(crate) fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// What the future gives, run here.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = io::Result<T>> + Send + 'static,
    ) -> io::Result<T> {
        self.rooms.control.spawn(future).await.unwrap_or_else(|ended| Err(io::Error::other(ended)))
    }

    /// Serves the node until it is told to stop.
    pub(crate) fn serve(self, driver: &Arc<Driver>, listener: Box<dyn Listener>) -> Plane {
        let driver = Arc::clone(driver);
        let work = async move {
            tokio::select! {
                () = accept::run(Arc::clone(&driver), listener) => {}
                () = tick(&driver) => {}
                () = driver.stopped.notified() => {}
            }
        };
        match self.place {
            Place::Inline => Plane::Inline(self.rooms.control.spawn(work)),
            Place::Thread { thread, work: give } => {
                let given = give.send(Box::pin(work)).is_ok();
                debug_assert!(given, "invariant: the thread waits for its work");
                Plane::Thread(thread)
            }
        }
    }
}

async fn tick(driver: &Driver) {
    loop {
        match driver.next_timeout() {
            None => driver.changed.notified().await,
            Some(at) => tokio::select! {
                () = tokio::time::sleep_until(at.into()) => driver.handle(Input::Tick),
                () = driver.changed.notified() => {}
            },
        }
    }
}

/// Where bodies are moved: on a thread that starts with the first, unless the control plane is inline; it ends with the node.
pub(super) fn bodies(driver: &Driver) -> Option<Handle> {
    if driver.rooms.is_inline() {
        return Some(driver.rooms.workers.clone());
    }
    let start = || {
        let mut ends = driver.bodies_end.subscribe();
        let end = async move {
            let _ended_or_gone = ends.wait_for(|ended| *ended).await.is_ok();
        };
        let started = on_own_thread("actor-bodies", end);
        started.map(|(_, handle)| handle).inspect_err(|error| tracing::error!(%error, "bodies cannot be moved")).ok()
    };
    driver.bodies.get_or_init(start).clone()
}

/// A thread with a runtime of its own, until `work` is done. The runtime is made there, since it cannot be dropped where others
/// run, should there be no thread.
fn on_own_thread(name: &str, work: impl Future<Output = ()> + Send + 'static) -> io::Result<(JoinHandle<()>, Handle)> {
    let (tell, made) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(tell.send(Err(error))),
        };
        drop(tell.send(Ok(runtime.handle().clone())));
        runtime.block_on(work);
        // A look-up of a host's name may hang in there; nobody waits for it.
        runtime.shutdown_background();
    })?;
    let handle = made.recv().map_err(io::Error::other)??;
    Ok((thread, handle))
}

impl Plane {
    /// Waits for the thread to end; it was told to. Returns at once on that thread itself, and for one that has none.
    pub(crate) fn join(self) {
        let Plane::Thread(thread) = self else { return };
        if thread.thread().id() != thread::current().id() {
            told(thread.join().is_ok());
        }
    }

    /// Waits until it has ended and no longer listens; it was told to.
    pub(crate) async fn ended(self) {
        match self {
            Plane::Inline(task) => told(task.await.is_ok()),
            thread => thread.join(),
        }
    }
}

/// A transport is not ours, and may panic.
fn told(ended: bool) {
    if !ended {
        tracing::error!("a node's control plane panicked");
    }
}
