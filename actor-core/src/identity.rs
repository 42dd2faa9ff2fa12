//! Who is who across machines: node names, incarnations, actor ids, and the address they make together.
//! Never resolves or opens anything: these are values. Handles, names and the wire are built from them.

use std::{fmt, str::FromStr, sync::Arc};

use crate::wire::{COUNTS, DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

/// A node's advertised name, `name@host:port`.
///
/// The host and port are where other nodes reach it; where it binds is the node's own affair. Cheap to clone.
///
/// ```
/// use actor_core::NodeName;
/// let bob: NodeName = "bob@10.0.0.7:7000".parse()?;
/// assert_eq!((bob.short(), bob.host(), bob.port()), ("bob", "10.0.0.7", 7000));
/// assert!("bob".parse::<NodeName>().is_err());
/// # Ok::<(), actor_core::NodeNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeName(Arc<str>);

impl NodeName {
    /// The longest name accepted, in bytes.
    pub const MAX: usize = 320;

    /// The part before the `@`.
    pub fn short(&self) -> &str {
        self.split().0
    }

    /// The advertised host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        self.split().1.trim_start_matches('[').trim_end_matches(']')
    }

    /// The advertised port.
    pub fn port(&self) -> u16 {
        self.split().2
    }

    /// The whole name.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn split(&self) -> (&str, &str, u16) {
        parts(&self.0).expect("invariant: a node name was checked when it was made")
    }
}

/// `(short, host, port)`, or why the text is none.
fn parts(text: &str) -> Result<(&str, &str, u16), &'static str> {
    let (short, address) = text.split_once('@').ok_or("there is no `@`")?;
    let (host, port) = address.rsplit_once(':').ok_or("there is no `:port`")?;
    if short.is_empty() || !short.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return Err("the part before `@` takes letters, digits, `-`, `_` and `.`");
    }
    let bracketed = host.starts_with('[') && host.ends_with(']') && host.len() > 2;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let inside = |b: u8| b.is_ascii_hexdigit() || b":.%".contains(&b);
    let ok = match bracketed {
        true => host[1..host.len() - 1].bytes().all(inside),
        false => !host.is_empty() && host.bytes().all(plain),
    };
    if !ok {
        return Err("the host is neither a name, an IPv4 address nor an IPv6 address in brackets");
    }
    let port = port.parse().map_err(|_| "the port is not a number from 0 to 65535")?;
    Ok((short, host, port))
}

impl FromStr for NodeName {
    type Err = NodeNameError;

    fn from_str(text: &str) -> Result<Self, NodeNameError> {
        let refuse = |why| NodeNameError { text: text.chars().take(80).collect(), why };
        if text.len() > Self::MAX {
            return Err(refuse("it is longer than 320 bytes"));
        }
        parts(text).map_err(refuse)?;
        Ok(NodeName(text.into()))
    }
}

/// A text that is no node name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no node name: {why}; write `name@host:port`, as in `bob@10.0.0.7:7000`")]
pub struct NodeNameError {
    text: String,
    why: &'static str,
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Wire for NodeName {
    const EDGE: Edge = Edge::of("node_name", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "node_name", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.text(self.as_str())
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.text()?;
        d.charge(text.len() + COUNTS)?;
        text.parse().map_err(|e: NodeNameError| DecodeError::invalid("NodeName", e.to_string()))
    }
}

/// One run of a node: a number chosen at random when it starts, so that a handle from before a restart is told
/// from one made after it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Incarnation(pub u64);

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:016x}", self.0)
    }
}

/// A node in one of its runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    /// The advertised name.
    pub name: NodeName,
    /// Which run of it.
    pub incarnation: Incarnation,
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.name, self.incarnation)
    }
}

impl Wire for NodeId {
    const EDGE: Edge = Edge::of("node_id", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "node_id", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.name.encode(e)?;
        self.incarnation.0.encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(NodeId { name: Wire::decode(d)?, incarnation: Incarnation(Wire::decode(d)?) })
    }
}

/// An actor within one run of its system; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActorId(pub u64);

impl fmt::Debug for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl Wire for ActorId {
    const EDGE: Edge = Edge::of("actor_id", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "actor_id", &[]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.0.encode(e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(ActorId(Wire::decode(d)?))
    }
}

/// Where an actor is known to the whole cluster: a node's run and an id in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActorAddress {
    /// The node it lives on, in the run it lives in.
    pub node: NodeId,
    /// Its id there.
    pub actor: ActorId,
}

impl fmt::Display for ActorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} on {}", self.actor, self.node)
    }
}
