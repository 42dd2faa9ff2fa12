//! Carries the messages of a handshake over a fresh connection, with a deadline on every step. Checks nothing itself: that is
//! `proto::handshake`.

use std::{io, time::Duration};

use actor_core::NodeName;
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Connection, random, transport::Stream, within};
use crate::{
    driver::Settings,
    frame::{FrameError, append_message, take_message},
    node::{ConnectError, listed},
    proto::{
        handshake::{Authenticated, HandshakeError, Initiator, MAX_MESSAGE, Proven, Rejected, Responder, Wanted},
        schema::Conflict,
    },
};

/// How long the other side may take for one message.
const STEP: Duration = Duration::from_secs(3);

/// Why a handshake was cut short.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut {
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    #[error("the connection was closed")]
    Closed,
    #[error("no word within {STEP:?}")]
    Silent,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("the two builds contradict each other, and one of the two nodes is strict about it: {}", listed(.0))]
    Conflicts(Vec<Conflict>),
}

impl From<Rejected> for Cut {
    fn from(rejected: Rejected) -> Self {
        Cut::Handshake(rejected.error)
    }
}

impl Cut {
    /// Whether the other side failed to prove itself.
    pub(super) fn is_unproven(&self) -> bool {
        use crate::proto::handshake::Refusal;
        matches!(self, Cut::Handshake(HandshakeError::PeerNotProven | HandshakeError::Refusing(Refusal::WrongCookie)))
    }

    /// What this means to somebody here who wanted to connect.
    pub(super) fn for_dialer(self, node: &NodeName) -> ConnectError {
        let node = node.clone();
        match self {
            Cut::Handshake(error) => ConnectError::from_handshake(node, error),
            Cut::Silent => ConnectError::TimedOut { node },
            Cut::Frame(error) => ConnectError::NotANode { node, why: error.to_string() },
            Cut::Conflicts(conflicts) => ConnectError::Conflicts { node, conflicts },
            other => ConnectError::Unreachable { node, why: other.to_string() },
        }
    }
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Connection { stream, read: BytesMut::with_capacity(MAX_MESSAGE) }
    }

    async fn say(&mut self, message: &[u8]) -> Result<(), Cut> {
        let mut bytes = Vec::with_capacity(message.len() + 4);
        append_message(&mut bytes, message);
        within(STEP, self.stream.write_all(&bytes)).await.ok_or(Cut::Silent)??;
        Ok(())
    }

    async fn hear(&mut self) -> Result<Bytes, Cut> {
        within(STEP, async {
            loop {
                if let Some(message) = take_message(&mut self.read, MAX_MESSAGE)? {
                    return Ok(message);
                }
                if self.stream.read_buf(&mut self.read).await? == 0 {
                    return Err(Cut::Closed);
                }
            }
        })
        .await
        .ok_or(Cut::Silent)?
    }

    /// The side that dialed.
    pub(super) async fn initiate(&mut self, settings: &Settings, wanted: Wanted) -> Result<Authenticated, Cut> {
        let cookies = settings.cookies();
        let (initiator, hello) = Initiator::start(&settings.local, wanted, random()?);
        self.say(&hello).await?;
        let challenge = self.hear().await?;
        let (waiting, proof) = initiator.challenge(&challenge, &cookies)?;
        self.say(&proof).await?;
        let welcome = self.hear().await?;
        Ok(waiting.welcome(&welcome)?)
    }

    /// The side that was dialed: to the point where the peer is proven.
    pub(super) async fn respond(&mut self, settings: &Settings) -> Result<Proven, Cut> {
        let hello = self.hear().await?;
        let (responder, challenge) = match Responder::hello(&settings.local, &hello, random()?) {
            Ok(next) => next,
            Err(rejected) => return Err(self.reject(rejected).await),
        };
        self.say(&challenge).await?;
        let proof = self.hear().await?;
        match responder.proof(&proof, &settings.cookies()) {
            Ok(proven) => Ok(proven),
            Err(rejected) => Err(self.reject(rejected).await),
        }
    }

    /// Ends it for both sides with one message.
    pub(super) async fn end(&mut self, last: &[u8]) {
        let said = self.say(last).await.is_ok() && self.stream.shutdown().await.is_ok();
        tracing::trace!(said, "a handshake was ended");
    }

    /// Welcomes the peer.
    pub(super) async fn welcome(&mut self, proven: Proven) -> Result<Authenticated, Cut> {
        let (authenticated, welcome) = proven.welcome();
        self.say(&welcome).await?;
        Ok(authenticated)
    }

    async fn reject(&mut self, rejected: Rejected) -> Cut {
        if let Some(reply) = &rejected.reply {
            self.end(reply).await;
        }
        rejected.into()
    }
}
