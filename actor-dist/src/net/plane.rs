//! The control plane's thread: a runtime of its own, so that no handler of a user can keep heartbeats, deadlines or
//! handshakes waiting. Runs the listener and the clock's ticks until the node ends.

use std::{io, sync::Arc, thread::JoinHandle};

use tokio::net::TcpListener;

use super::accept;
use crate::{driver::Driver, proto::Input};

/// The running thread.
#[derive(Debug)]
pub(crate) struct Plane(JoinHandle<()>);

/// Starts the control plane of a node that listens here.
pub(crate) fn start(driver: &Arc<Driver>, listener: std::net::TcpListener) -> io::Result<Plane> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let first = driver.control.set(runtime.handle().clone()).is_ok();
    debug_assert!(first, "invariant: a node has one control plane");
    let driver = Arc::clone(driver);
    let thread = std::thread::Builder::new().name("actor-control".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = accept::run(Arc::clone(&driver), listener) => {}
                () = tick(&driver) => {}
                () = driver.stopped.notified() => {}
            }
        });
        // A look-up of a host's name may hang in there; nobody waits for it.
        runtime.shutdown_background();
    })?;
    Ok(Plane(thread))
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

/// Starts the thread on which bodies are moved, unless it runs; it ends with the node.
pub(super) fn bodies(driver: &Arc<Driver>) -> io::Result<tokio::runtime::Handle> {
    if let Some(running) = driver.bodies.get() {
        return Ok(running.clone());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    if driver.bodies.set(handle).is_ok() {
        let ends = driver.bodies_end.subscribe();
        std::thread::Builder::new().name("actor-bodies".into()).spawn(move || {
            let mut ends = ends;
            let _ended_or_gone = runtime.block_on(ends.wait_for(|ended| *ended)).is_ok();
            runtime.shutdown_background();
        })?;
    }
    driver.bodies.get().cloned().ok_or_else(|| io::Error::other("the thread for bodies did not start"))
}

impl Plane {
    /// Waits for the thread to end; it was told to. Returns at once on that thread itself.
    pub(crate) fn join(self) {
        if self.0.thread().id() != std::thread::current().id() {
            let ended = self.0.join().is_ok();
            debug_assert!(ended, "invariant: the control plane does not panic");
        }
    }
}
