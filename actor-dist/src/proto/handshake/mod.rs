//! The handshake: how two nodes prove to each other that they share the cookie and agree on how to talk, before
//! either says anything that matters. Pure: never opens a socket, reads a clock or draws a nonce, and never believes a
//! byte that no proof covers. The driver carries each message as one length-prefixed frame of at most [`MAX_MESSAGE`]
//! bytes and puts a deadline on every step.
//!
//! ```text
//! initiator                                               responder
//!   Initiator::start  ── Hello ──────────────────────────▶  Responder::hello
//!   .challenge        ◀── Challenge (or Refused) ─────────
//!                     ── Proof (mac, mac, facts) ────────▶  .proof -> Proven: the driver looks at `peer()`, then
//!   .welcome          ◀── Welcome (mac, terms, facts) ────  .welcome   (or Refused: `.refuse`)
//!   = Authenticated                                         = Authenticated
//! ```
//!
//! Every mac is HMAC-SHA-256 under the cookie over the name of the side that proves, the channel binding if there is
//! one, and the SHA-256 of all messages so far including the body that the mac stands in front of, each framed by its
//! kind and length (`proof`). The bytes are fixed-width little-endian and no codec's (`layout`): the codec is one of
//! the things agreed on. A `Refused` is covered by no proof, since the refused may hold no cookie: it ends an attempt,
//! and nothing else may follow from it.

mod authenticated;
mod cookie;
mod error;
mod initiator;
mod layout;
mod message;
mod proof;
mod refusal;
mod responder;
mod terms;

pub(crate) use authenticated::Authenticated;
pub(crate) use cookie::{Cookie, CookieError, Cookies};
pub(crate) use error::{HandshakeError, Rejected};
pub(crate) use initiator::{AwaitWelcome, Initiator};
pub(crate) use refusal::{Party, Refusal};
pub(crate) use responder::{PeerHello, Proven, Responder};
pub(crate) use terms::{Capabilities, Capability, Local, Role, Versions, Wanted};

/// The longest message before authentication, in bytes.
pub(crate) const MAX_MESSAGE: usize = 4096;
