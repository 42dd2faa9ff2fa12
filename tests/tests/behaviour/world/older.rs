//! A world with nodes of two builds: the one of this name offers no capability, like a build from before there were any.

use actor_dist::{NodeBuilder, transport::Transport};

use super::{Cluster, World};
use crate::peer::Peer;

pub(crate) struct Older<W, const SHORT: char>(W);

impl<W: Cluster, const SHORT: char> World for Older<W, SHORT> {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        W::run(|world| test(Older(world)));
    }

    async fn peer(&self, short: &'static str) -> Peer {
        self.start(short, self.builder(short, 0)).await
    }
}

impl<W: Cluster, const SHORT: char> Cluster for Older<W, SHORT> {
    fn transport(&self) -> impl Transport {
        self.0.transport()
    }

    fn hosts(&self, short: &str) -> (String, String) {
        self.0.hosts(short)
    }

    async fn at<T: Send + 'static>(&self, short: &str, what: impl Future<Output = T> + Send + 'static) -> T {
        self.0.at(short, what).await
    }

    fn builder(&self, short: &str, port: u16) -> NodeBuilder {
        let builder = self.0.builder(short, port);
        if short.starts_with(SHORT) { builder.without_capabilities() } else { builder }
    }
}
