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
#[cfg(any(test, fuzzing))]
#[cfg_attr(not(test), expect(dead_code, reason = "some of it only tests need"))]
mod pair;
#[cfg(any(test, fuzzing))]
mod play;
mod proof;
mod refusal;
mod responder;
mod terms;

pub(crate) use authenticated::{Authenticated, PeerHello};
pub(crate) use cookie::{Cookie, Cookies};
pub(crate) use error::{HandshakeError, Rejected};
pub(crate) use initiator::Initiator;
#[cfg(test)]
pub(crate) use pair::numbers;
#[cfg(any(test, fuzzing))]
pub use play::play;
pub(crate) use refusal::{Party, Refusal};
pub(crate) use responder::{Proven, Responder};
pub(crate) use terms::{Capabilities, Capability, Local, Role, Versions, Wanted};

/// The longest message before authentication, in bytes.
pub(crate) const MAX_MESSAGE: usize = 4096;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        message::{Acceptance, Facts},
        pair::{Pair, STEPS, forge_proof, forge_welcome, node},
        *,
    };

    /// H1, H3.
    #[test]
    fn both_sides_agree() {
        let mut pair = Pair::new();
        pair.alice.versions = Versions { min: 1, max: 9 };
        pair.alice.capabilities.offered = 0b1101 | 1 << 63;
        pair.want.role = Role::Message;
        let (alice, bob) = pair.honest();
        let (alice, bob) = (alice.unwrap(), bob.unwrap());
        for side in [&alice, &bob] {
            assert_eq!((side.role, side.session, side.version), (Role::Message, 77, 2));
            assert_eq!((side.capabilities, side.visible), (0b101, true));
        }
        assert_eq!(
            (&alice.peer, alice.peer_schema_root, alice.peer_window),
            (&node("bob", 2), 2000, Duration::from_secs(2))
        );
        assert_eq!(
            (&bob.peer, bob.peer_schema_root, bob.peer_window),
            (&node("alice", 1), 1000, Duration::from_secs(1))
        );
    }

    /// H3: a newer peer may say more than this build understands, in every message.
    #[test]
    fn trailing_bytes_extensions_and_unknown_bits_are_ignored() {
        let pair = Pair::new();
        let secret = &pair.bob_cookies.current;
        let facts = Facts { schema_root: 5, window: Duration::from_secs(6) };
        // Every body ends in an empty extension area.
        let more = |bytes: &[u8]| [&bytes[..bytes.len() - 2], b"\x05\0later and more"].concat();

        let mut newer = pair.alice.clone();
        newer.capabilities.offered = u64::MAX;
        let mut hello = more(&Initiator::start(&newer, pair.want.clone(), [1; 32]).1);
        let flags = 1 + 8 + 4 + 1 + 8 + 2 + 16 + 32;
        hello[flags] |= 0xfe;
        let (responder, challenge) = Responder::hello(&pair.bob, &hello, [2; 32]).unwrap();
        let proof = forge_proof(&hello, &challenge, &more(&facts.encode()), secret);
        let proven = responder.proof(&proof, &pair.bob_cookies).unwrap();
        assert_eq!((proven.peer().schema_root, proven.peer().window), (5, Duration::from_secs(6)));
        assert_eq!(proven.welcome().0.capabilities, 0b111);

        let (initiator, hello) = Initiator::start(&pair.alice, pair.want.clone(), [3; 32]);
        let challenge = [&challenge[..], b"more"].concat();
        let (waiting, proof) = initiator.challenge(&challenge, &pair.alice_cookies).unwrap();
        let terms = Acceptance { version: 2, capabilities: 0b111, codec: 1, visible: true, facts };
        let welcome = forge_welcome([&hello, &challenge, &proof], &more(&terms.encode()), secret);
        assert_eq!(waiting.welcome(&welcome).unwrap().peer_schema_root, 5);
    }

    /// H1: the wire never changes silently; a new layout is a new transport version.
    #[test]
    fn the_messages_are_what_they_have_always_been() {
        let pair = Pair::new();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let golden = [
            "01414354524449535401000200004d00000000000000010007000000000000000000000000000000a1a1a1a1a1a1a1a1a1a1\
             a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a10101000000000000001400616c696365403132372e302e302e313a37\
             3030301200626f62403132372e302e302e313a373030300000",
            "020100020007000000000000000000000000000000b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0\
             b0b0b002000000000000001200626f62403132372e302e302e313a37303030",
            "03a89f1cf8751b96ecdd36f61b46afd333538b6572122ec0d32e199c608e660339a89f1cf8751b96ecdd36f61b46afd33353\
             8b6572122ec0d32e199c608e660339e803000000000000e80300000000",
            "041667a61a51e711c4959c64f2f644e02a4d3d65a8f7262da3956cb59b236b6a5202000700000000000000010001d0070000\
             00000000d00700000000",
        ];
        for ((message, golden), step) in pair.recorded().iter().zip(golden).zip(STEPS) {
            assert_eq!(hex(message), golden, "{step:?}");
        }
        // The text after the details is for people and may change.
        let refused = Refusal::NotMe { wanted: node("a", 1).name, actual: node("b", 1).name }.encode();
        let golden = "0505002400100061403132372e302e302e313a37303030100062403132372e302e302e313a37303030";
        assert_eq!(hex(&refused)[..golden.len()], *golden);
    }
}
