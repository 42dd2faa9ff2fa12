//! A simulated network of hosts, with latency, by its own clock: turmoil's, behind the public trait of transports. A test runs on
//! a host of its own, and has the others do things.

use std::{
    collections::BTreeMap,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use actor_core::NodeName;
use actor_dist::transport::{ControlPlane, Detached, Listener, Stream, Transport, async_trait};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, oneshot},
};
use turmoil::net::{TcpListener, TcpStream};

use super::{Cluster, World};
use crate::peer::Peer;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The hosts by their names, and what has things done there.
pub(crate) struct Simulated(Rc<BTreeMap<&'static str, mpsc::UnboundedSender<Job>>>);

impl World for Simulated {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        let mut sim = turmoil::Builder::new()
            .rng_seed(7)
            .simulation_duration(Duration::from_secs(600))
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(5))
            .build();
        let mut hosts = BTreeMap::new();
        for short in ["a", "b", "c", "d", "e"] {
            let (order, jobs) = mpsc::unbounded_channel::<Job>();
            hosts.insert(short, order);
            let jobs = Arc::new(Mutex::new(Some(jobs)));
            sim.host(short, move || {
                let jobs = jobs.lock().unwrap().take();
                async move {
                    let mut jobs = jobs.expect("no host is restarted");
                    while let Some(job) = jobs.recv().await {
                        tokio::spawn(job);
                    }
                    Ok(())
                }
            });
        }
        let world = Simulated(Rc::new(hosts));
        sim.client("test", async move {
            test(world).await;
            Ok(())
        });
        sim.run().unwrap();
    }

    async fn peer(&self, short: &'static str) -> Peer {
        self.start(short, self.builder(short, 0)).await
    }
}

impl Cluster for Simulated {
    fn transport(&self) -> impl Transport {
        Turmoil
    }

    fn hosts(&self, short: &str) -> (String, String) {
        ("0.0.0.0".to_owned(), short.to_owned())
    }

    async fn at<T: Send + 'static>(&self, short: &str, what: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = oneshot::channel();
        let job = async move {
            let _nobody_waits = done.send(what.await);
        };
        assert!(self.0[short].send(Box::pin(job)).is_ok(), "the host runs");
        result.await.expect("it is done")
    }
}

/// Everything that a node needs of a network.
#[derive(Debug)]
struct Turmoil;

#[async_trait]
impl Transport for Turmoil {
    async fn bind(&self, address: &str, _: Option<&str>) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(Listening(TcpListener::bind(address).await?)))
    }

    async fn connect(&self, _: &NodeName, to: &NodeName) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(Simulation(TcpStream::connect((to.host(), to.port())).await?)))
    }

    fn is_confidential(&self) -> bool {
        true
    }

    fn control_plane(&self) -> ControlPlane {
        ControlPlane::Inline
    }
}

struct Listening(TcpListener);

#[async_trait]
impl Listener for Listening {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Box<dyn Stream>, SocketAddr)> {
        let (stream, from) = self.0.accept().await?;
        Ok((Box::new(Simulation(stream)), from))
    }
}

struct Simulation(TcpStream);

impl Stream for Simulation {
    fn split(self: Box<Self>) -> (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>) {
        let (reading, writing) = self.0.into_split();
        (Box::new(reading), Box::new(writing))
    }

    fn detach(self: Box<Self>) -> io::Result<Detached> {
        Ok(Detached::as_is(self))
    }
}

impl AsyncRead for Simulation {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Simulation {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
