//! A network in memory: with threads of the system and its clock, and on one thread whose clock is paused.

use actor_dist::transport::{self, Transport};

use super::{Cluster, World, run_on_threads};
use crate::peer::Peer;

pub(crate) struct Memory(transport::Memory);

/// No time passes but what everybody waits for.
pub(crate) struct PausedMemory(Memory);

impl World for Memory {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        run_on_threads(async { test(Memory(transport::Memory::new())).await });
    }

    async fn peer(&self, short: &'static str) -> Peer {
        self.start(short, self.builder(short, 0)).await
    }
}

impl Cluster for Memory {
    fn transport(&self) -> impl Transport {
        self.0.clone()
    }

    fn hosts(&self, short: &str) -> (String, String) {
        ("0.0.0.0".to_owned(), format!("{short}.test"))
    }

    async fn at<T: Send + 'static>(&self, _: &str, what: impl Future<Output = T> + Send + 'static) -> T {
        what.await
    }
}

impl World for PausedMemory {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async { test(PausedMemory(Memory(transport::Memory::new().inline()))).await });
    }

    async fn peer(&self, short: &'static str) -> Peer {
        self.0.peer(short).await
    }
}

impl Cluster for PausedMemory {
    fn transport(&self) -> impl Transport {
        self.0.transport()
    }

    fn hosts(&self, short: &str) -> (String, String) {
        self.0.hosts(short)
    }

    async fn at<T: Send + 'static>(&self, _: &str, what: impl Future<Output = T> + Send + 'static) -> T {
        what.await
    }
}
