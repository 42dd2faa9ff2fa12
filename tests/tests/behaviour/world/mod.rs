//! Worlds to try a claim in: what may be between two actors, and how a test is run there.

mod local;
mod memory;
mod older;
mod simulated;
mod tcp;

use actor_core::{NodeName, System};
use actor_dist::{Node, NodeBuilder, transport::Transport};
use tokio::sync::oneshot;

use crate::peer::{COOKIE, Peer};

pub(crate) use local::Local;
pub(crate) use memory::{Memory, PausedMemory};
pub(crate) use older::Older;
pub(crate) use simulated::Simulated;
pub(crate) use tcp::Tcp;

/// A world in which actors talk.
pub(crate) trait World: Sized + 'static {
    /// Runs a test in a new one.
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static);

    /// A new place with an actor, named `a` to `e`.
    fn peer(&self, short: &'static str) -> impl Future<Output = Peer>;
}

/// A world of nodes.
pub(crate) trait Cluster: World {
    fn transport(&self) -> impl Transport;

    /// Where the node of this name binds, and what it advertises, without ports.
    fn hosts(&self, short: &str) -> (String, String);

    /// Does something where the node of this name lives.
    fn at<T: Send + 'static>(
        &self,
        short: &str,
        what: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T>;

    /// A node to be.
    fn builder(&self, short: &str, port: u16) -> NodeBuilder {
        let (bind, advertise) = self.hosts(short);
        Node::builder(short)
            .transport(self.transport())
            .bind(format!("{bind}:{port}"))
            .advertise(format!("{advertise}:{port}"))
            .cookie(COOKIE)
            .unwrap()
            .system(System::new())
    }

    async fn start(&self, short: &str, builder: NodeBuilder) -> Peer {
        self.at(short, Peer::start(builder)).await
    }

    async fn three(&self) -> (Peer, Peer, Peer) {
        (self.peer("a").await, self.peer("b").await, self.peer("c").await)
    }

    /// The name of a node that takes connections and says nothing, for as long as the sender is held.
    async fn deaf(&self) -> (NodeName, oneshot::Sender<()>) {
        let (transport, (bind, host)) = (self.transport(), self.hosts("e"));
        let advertised = format!("{host}:0");
        let (hold, held) = oneshot::channel();
        let listen = async move {
            let listener = transport.bind(&format!("{bind}:0"), Some(&advertised)).await.unwrap();
            let bound = listener.local_addr().unwrap();
            tokio::spawn(async move {
                let _dropped = held.await;
                drop(listener);
            });
            bound
        };
        let bound = self.at("e", listen).await;
        (format!("deaf@{host}:{}", bound.port()).parse().unwrap(), hold)
    }
}

/// Runs a test on threads of the system, by its clock.
fn run_on_threads(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}
