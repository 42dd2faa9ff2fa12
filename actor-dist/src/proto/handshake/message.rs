//! The handshake's messages and their bytes. Checks form only: what a message means to this node is for `initiator` and
//! `responder` to say. Bytes after the last field are a newer peer's and ignored (H3), and so is what stands in an
//! extension area; both are under the proofs nevertheless.

use std::time::Duration;

use actor_core::{Incarnation, NodeId, NodeName};

use super::{
    Capabilities, HandshakeError, Refusal, Role, Versions,
    layout::{Reader, Writer},
    proof::{MAC, Mac},
};

/// A message's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Hello = 1,
    Challenge = 2,
    Proof = 3,
    Welcome = 4,
    Refused = 5,
}

/// What every `Hello` carries after its kind, so that a stranger is known by its first bytes.
const MAGIC: &[u8; 8] = b"ACTRDIST";

/// The bit of a flags byte that says that the node wants to be seen; the others are free.
const VISIBLE: u8 = 1;

/// A node's fresh random number.
pub(super) type Nonce = [u8; 32];

/// The initiator: who it is and whom it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) versions: Versions,
    pub(super) role: Role,
    pub(super) session: u64,
    pub(super) codec: u16,
    pub(super) capabilities: Capabilities,
    pub(super) nonce: Nonce,
    pub(super) visible: bool,
    pub(super) node: NodeId,
    pub(super) wanted: NodeName,
}

impl Hello {
    pub(super) fn encode(&self) -> Vec<u8> {
        let out = put_versions(Writer::new().u8(Kind::Hello as u8).raw(MAGIC), self.versions);
        let out = out.u8(self.role as u8).u64(self.session).u16(self.codec);
        let out = put_capabilities(out, self.capabilities).raw(&self.nonce).u8(flags(self.visible));
        put_node(out, &self.node).text(self.wanted.as_str()).area(&[]).finish()
    }

    /// The versions alone, which stand where every version of the transport puts them.
    pub(super) fn versions(bytes: &[u8]) -> Result<Versions, HandshakeError> {
        get_versions(&mut Self::open(bytes)?)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Hello, HandshakeError> {
        let mut d = Self::open(bytes)?;
        let versions = get_versions(&mut d)?;
        let role = Role::from_byte(d.u8()?).ok_or_else(|| d.malformed("this build knows no such role"))?;
        let (session, codec, capabilities) = (d.u64()?, d.u16()?, get_capabilities(&mut d)?);
        let (nonce, visible, node) = (d.array()?, is_visible(&mut d)?, get_node(&mut d)?);
        let wanted = d.node_name()?;
        d.area()?;
        Ok(Hello { versions, role, session, codec, capabilities, nonce, visible, node, wanted })
    }

    fn open(bytes: &[u8]) -> Result<Reader<'_>, HandshakeError> {
        let mut d = Reader::new("hello", bytes)?;
        match d.u8().is_ok_and(|kind| kind == Kind::Hello as u8) && d.array().is_ok_and(|magic| &magic == MAGIC) {
            true => Ok(d),
            false => Err(HandshakeError::Foreign),
        }
    }
}

/// The responder, to whoever asks (H2): nothing may be added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) versions: Versions,
    pub(super) capabilities: Capabilities,
    pub(super) nonce: Nonce,
    pub(super) node: NodeId,
}

impl Challenge {
    pub(super) fn encode(&self) -> Vec<u8> {
        let out = put_versions(Writer::new().u8(Kind::Challenge as u8), self.versions);
        put_node(put_capabilities(out, self.capabilities).raw(&self.nonce), &self.node).finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Challenge, HandshakeError> {
        let mut d = open("challenge", Kind::Challenge, bytes)?;
        let (versions, capabilities) = (get_versions(&mut d)?, get_capabilities(&mut d)?);
        Ok(Challenge { versions, capabilities, nonce: d.array()?, node: get_node(&mut d)? })
    }
}

/// What only a proven peer is told, by the initiator with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) schema_root: u64,
    pub(super) window: Duration,
}

impl Facts {
    /// The body of a `Proof`.
    pub(super) fn encode(&self) -> Vec<u8> {
        self.put(Writer::new()).area(&[]).finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Facts, HandshakeError> {
        let mut d = Reader::new("proof", body)?;
        let facts = Self::get(&mut d)?;
        d.area()?;
        Ok(facts)
    }

    fn put(&self, out: Writer) -> Writer {
        out.u64(self.schema_root).u32(u32::try_from(self.window.as_millis()).unwrap_or(u32::MAX))
    }

    fn get(d: &mut Reader<'_>) -> Result<Facts, HandshakeError> {
        Ok(Facts { schema_root: d.u64()?, window: Duration::from_millis(d.u32()?.into()) })
    }
}

/// The terms as the responder settled them, and its facts: the body of a `Welcome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acceptance {
    pub(super) version: u16,
    pub(super) capabilities: u64,
    pub(super) codec: u16,
    pub(super) visible: bool,
    pub(super) facts: Facts,
}

impl Acceptance {
    pub(super) fn encode(&self) -> Vec<u8> {
        let out = Writer::new().u16(self.version).u64(self.capabilities).u16(self.codec).u8(flags(self.visible));
        self.facts.put(out).area(&[]).finish()
    }

    pub(super) fn decode(body: &[u8]) -> Result<Acceptance, HandshakeError> {
        let mut d = Reader::new("welcome", body)?;
        let (version, capabilities, codec, visible) = (d.u16()?, d.u64()?, d.u16()?, is_visible(&mut d)?);
        let facts = Facts::get(&mut d)?;
        d.area()?;
        Ok(Acceptance { version, capabilities, codec, visible, facts })
    }
}

/// A body behind the macs that prove it: `Proof` has two, `Welcome` one. The macs come first so that they cover all
/// that follows, whatever a newer peer appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sealed<'a, const MACS: usize> {
    pub(super) macs: [Mac; MACS],
    pub(super) body: &'a [u8],
}

impl<'a, const MACS: usize> Sealed<'a, MACS> {
    pub(super) fn encode(&self, kind: Kind) -> Vec<u8> {
        Writer::new().u8(kind as u8).raw(self.macs.as_flattened()).raw(self.body).finish()
    }

    pub(super) fn decode(what: &'static str, kind: Kind, bytes: &'a [u8]) -> Result<Self, HandshakeError> {
        let mut d = open(what, kind, bytes)?;
        let mut macs = [[0; MAC]; MACS];
        for mac in &mut macs {
            *mac = d.array()?;
        }
        Ok(Sealed { macs, body: d.rest() })
    }
}

/// Begins to read a message where a refusal may stand in its place.
fn open<'a>(what: &'static str, kind: Kind, bytes: &'a [u8]) -> Result<Reader<'a>, HandshakeError> {
    let mut d = Reader::new(what, bytes)?;
    match d.u8()? {
        found if found == kind as u8 => Ok(d),
        found if found == Kind::Refused as u8 => Err(HandshakeError::Refused(Refusal::decode(d)?)),
        _ => Err(d.malformed("it is another message")),
    }
}

fn put_versions(out: Writer, versions: Versions) -> Writer {
    out.u16(versions.min).u16(versions.max)
}

fn get_versions(d: &mut Reader<'_>) -> Result<Versions, HandshakeError> {
    let versions = Versions { min: d.u16()?, max: d.u16()? };
    match versions.min <= versions.max {
        true => Ok(versions),
        false => Err(d.malformed("its version range is empty")),
    }
}

fn put_capabilities(out: Writer, capabilities: Capabilities) -> Writer {
    out.u64(capabilities.offered).u64(capabilities.required)
}

fn get_capabilities(d: &mut Reader<'_>) -> Result<Capabilities, HandshakeError> {
    Ok(Capabilities { offered: d.u64()?, required: d.u64()? })
}

fn put_node(out: Writer, node: &NodeId) -> Writer {
    out.u64(node.incarnation.0).text(node.name.as_str())
}

fn get_node(d: &mut Reader<'_>) -> Result<NodeId, HandshakeError> {
    let incarnation = Incarnation(d.u64()?);
    Ok(NodeId { name: d.node_name()?, incarnation })
}

fn flags(visible: bool) -> u8 {
    if visible { VISIBLE } else { 0 }
}

fn is_visible(d: &mut Reader<'_>) -> Result<bool, HandshakeError> {
    Ok(d.u8()? & VISIBLE != 0)
}
