//! Sockets on loopback.

use actor_dist::transport::{self, Transport};

use super::{Cluster, World, run_on_threads};
use crate::peer::Peer;

pub(crate) struct Tcp;

impl World for Tcp {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        run_on_threads(async { test(Tcp).await });
    }

    async fn peer(&self, short: &'static str) -> Peer {
        self.start(short, self.builder(short, 0)).await
    }
}

impl Cluster for Tcp {
    fn transport(&self) -> impl Transport {
        transport::Tcp
    }

    fn hosts(&self, _: &str) -> (String, String) {
        ("127.0.0.1".to_owned(), "127.0.0.1".to_owned())
    }

    async fn at<T: Send + 'static>(&self, _: &str, what: impl Future<Output = T> + Send + 'static) -> T {
        what.await
    }
}
