//! TCP: sockets of the system, in the clear. What a node takes unless told otherwise.

use std::{io, net::SocketAddr};

use actor_core::NodeName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};

use super::{Detached, Listener, Stream, Transport, async_trait};

/// Nodes reach each other over TCP, and nothing encrypts what crosses: for loopback, and for networks that are themselves trusted.
///
/// ```
/// use actor_dist::{Node, transport::Tcp};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The same without `.transport(Tcp)`.
/// let alice = Node::builder("alice").transport(Tcp).cookie("only for this example")?.start().await?;
/// assert_eq!(alice.name().host(), "127.0.0.1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

#[async_trait]
impl Transport for Tcp {
    async fn bind(&self, address: &str, _: Option<&str>) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(Listening(TcpListener::bind(address).await?)))
    }

    async fn connect(&self, _: &NodeName, to: &NodeName) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((to.host(), to.port())).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }
}

struct Listening(TcpListener);

#[async_trait]
impl Listener for Listening {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Box<dyn Stream>, SocketAddr)> {
        loop {
            let (stream, from) = self.0.accept().await?;
            match stream.set_nodelay(true) {
                Ok(()) => return Ok((Box::new(stream), from)),
                // Some systems refuse this for a connection that was reset meanwhile; others are not to wait for that.
                Err(error) => tracing::debug!(%from, %error, "a connection ended as soon as it was there"),
            }
        }
    }
}

impl Stream for TcpStream {
    fn split(self: Box<Self>) -> (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>) {
        let (reading, writing) = self.into_split();
        (Box::new(reading), Box::new(writing))
    }

    fn detach(self: Box<Self>) -> io::Result<Detached> {
        let socket = self.into_std()?;
        Ok(Detached::new(move || Ok(Box::new(TcpStream::from_std(socket)?))))
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn keep_unsent_short(&self, bytes: u32) {
        if let Err(error) = socket2::SockRef::from(self).set_tcp_notsent_lowat(bytes) {
            tracing::debug!(%error, "the system does not keep the unsent bytes of a connection short");
        }
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    /// F3: the bound on what the system holds unsent is the socket's.
    #[tokio::test]
    async fn the_bound_on_unsent_bytes_reaches_the_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        stream.keep_unsent_short(20_000);
        assert_eq!(socket2::SockRef::from(&stream).tcp_notsent_lowat().unwrap(), 20_000);
    }
}
