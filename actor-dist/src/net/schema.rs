//! The exchange of tables of types, on a control connection that is proven on both sides and before its session's lane opens
//! (H4). Equal builds know that from the handshake, and say nothing. Decides nothing itself: that is `proto::schema`.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Connection, handshake::Cut, within};
use crate::{
    driver::Settings,
    frame::{Frame, FrameReader, MAX_TABLE, Schemas},
    proto::schema::{Agreement, agree},
};

/// How long the exchange may take.
const EXCHANGE: Duration = Duration::from_secs(5);

impl Connection {
    /// Tells the peer this build's types, hears of its own, and finds out what the two have in common.
    pub(super) async fn agree(&mut self, settings: &Settings, peer_root: u64) -> Result<Agreement, Cut> {
        if settings.local.schema_root == peer_root {
            return Ok(Agreement::default());
        }
        let frame = within(EXCHANGE, self.exchange(&settings.schemas.frame)).await.ok_or(Cut::Silent)??;
        let Schemas { table, strict } = Schemas::decode(&frame)?;
        let ours = &settings.schemas.told;
        let agreement = agree(&ours.table, &table);
        match (ours.strict || strict) && !agreement.conflicts.is_empty() {
            true => Err(Cut::Conflicts(agreement.conflicts)),
            false => Ok(agreement),
        }
    }

    /// Both sides speak at once: each reads while it writes, or neither might get on.
    async fn exchange(&mut self, told: &[u8]) -> Result<Frame, Cut> {
        let (mut reading, mut writing) = tokio::io::split(&mut self.stream);
        let say = async { writing.write_all(told).await.map_err(Cut::Io) };
        let hear = async {
            let mut reader = FrameReader::new(MAX_TABLE);
            loop {
                if let Some(frame) = reader.next(&mut self.read)? {
                    return Ok(frame);
                }
                if reading.read_buf(&mut self.read).await? == 0 {
                    return Err(Cut::Closed);
                }
            }
        };
        let ((), frame) = tokio::try_join!(say, hear)?;
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use actor_core::{
        Incarnation, NodeId, System,
        wire::{CODEC_ID, Limits, SchemaTable},
    };
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::{
        driver::Told,
        event::NodeEvent,
        node::{ConnectError, Node},
        proto::{
            handshake::{Capabilities, Cookie, Cookies, Local, Role, Versions, Wanted},
            membership::Topology,
        },
    };

    const COOKIE: &str = "a cookie for tests only";

    /// A node of another build, as far as a connection needs it.
    fn settings() -> Settings {
        let local = Local {
            node: NodeId { name: "other@127.0.0.1:1".parse().unwrap(), incarnation: Incarnation(1) },
            versions: Versions { min: 1, max: 1 },
            capabilities: Capabilities::default(),
            codec: CODEC_ID,
            visible: true,
            schema_root: 1,
            window: Duration::from_secs(1),
        };
        let told = Told::new(&SchemaTable::default(), false).unwrap();
        let cookies = Cookies::one(Cookie::new(COOKIE).unwrap());
        Settings::new(local, told, cookies, System::new(), 1 << 20, Limits::default(), Topology::Manual)
    }

    /// What is no table, each with a word of what is said about it.
    fn hostile() -> [(&'static [u8], &'static str); 6] {
        [
            (b"\xff\xff\xff\xff\x25", "announced a frame of 4294967295 bytes"),
            (b"\0\0\0\0", "a frame of no bytes"),
            (b"\x02\0\0\0\x20\0", "heartbeat frame on a connection"),
            (b"\x01\0\0\0\x3f", "kind 0x3f"),
            (b"\x0b\0\0\0\x25\0\xfd\xff\xff\xff\xff\xff\xff\xff\xff", "more than 16384 types"),
            (b"\x04\0\0\0\x25\0\x01\x02", "the bytes end within the value"),
        ]
    }

    /// H4, F5: whatever is said in place of a table ends the attempt, with a word about it, on the side that dials.
    #[tokio::test]
    async fn what_is_no_table_ends_the_attempt_of_the_dialer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for (bytes, why) in hostile() {
            let dialed = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut liar, _) = listener.accept().await.unwrap();
            liar.write_all(bytes).await.unwrap();
            let error = Connection::new(Box::new(dialed)).agree(&settings(), 2).await.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            let node = "liar@127.0.0.1:1".parse().unwrap();
            assert!(matches!(error.for_dialer(&node), ConnectError::NotANode { .. }));
        }
        let dialed = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        drop(listener.accept().await.unwrap());
        let error = Connection::new(Box::new(dialed)).agree(&settings(), 2).await.unwrap_err();
        assert!(matches!(error, Cut::Closed | Cut::Io(_)), "{error}");
    }

    /// H4, F5: the same on the side that is dialed, which no session comes about with.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_no_table_ends_the_attempt_of_the_acceptor() {
        for (bytes, expected) in hostile() {
            // A node of its own for each: refusals are told ten times a second at most.
            let node = Node::builder("honest").cookie(COOKIE).unwrap().system(System::new());
            let node = node.schemas(SchemaTable::default()).start().await.unwrap();
            let mut events = node.events();
            let stream = TcpStream::connect((node.name().host(), node.name().port())).await.unwrap();
            let mut liar = Connection::new(Box::new(stream));
            let wanted = Wanted { role: Role::Control, session: 1, peer: node.name().clone() };
            liar.initiate(&settings(), wanted).await.unwrap();
            liar.stream.write_all(bytes).await.unwrap();
            let event = within(Duration::from_secs(20), events.next()).await.unwrap();
            let Some(NodeEvent::Refused { why, unproven: false, .. }) = event else { panic!("{event:?}") };
            assert!(why.contains(expected), "{why}");
            assert!(node.nodes().is_empty());
        }
    }

    /// H4: equal builds say nothing to each other; another build's table is read whole, whatever follows it.
    #[tokio::test]
    async fn equal_builds_exchange_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dialed = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut connection = Connection::new(Box::new(dialed));
        assert!(connection.agree(&settings(), 1).await.unwrap().versions.is_newest());
        peer.write_all(&[&settings().schemas.frame[..], b"heartbeats"].concat()).await.unwrap();
        assert!(connection.agree(&settings(), 2).await.unwrap().conflicts.is_empty());
        assert!(connection.read.starts_with(b"h") || connection.read.is_empty(), "it is left to who reads on");
    }
}
