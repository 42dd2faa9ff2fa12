//! The mutual proof of the cookie (H1): a transcript of all that was said, and the mac that only a holder of the cookie
//! can put under it. Never compares a secret in variable time, never keeps one. Driven by `initiator` and `responder`,
//! which absorb the same messages in the same order.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest as _, Sha256};

use super::cookie::{Cookie, Cookies};

/// A proof's length in bytes.
pub(super) const MAC: usize = 32;

/// HMAC-SHA-256 under a cookie.
pub(super) type Mac = [u8; MAC];

/// The fact that a mac was checked and was right; made nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verified(());

/// Who proves; the two sides' macs over one transcript differ, so that neither can be sent back as the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prover {
    Initiator,
    Responder,
}

/// What a message was, as the transcript tells them apart.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Part {
    Hello = 1,
    Challenge = 2,
    ProofBody = 3,
    ProofMacs = 4,
    WelcomeBody = 5,
}

/// All that was said on this connection, in order.
#[derive(Debug, Clone)]
pub(super) struct Transcript {
    said: Sha256,
    /// What names the secure channel below, if there is one; both ends know it without saying it.
    channel: Vec<u8>,
}

impl Transcript {
    pub(super) fn new() -> Transcript {
        Transcript { said: Sha256::new_with_prefix(b"actor-dist handshake 1\0"), channel: Vec::new() }
    }

    /// Ties all proofs to the secure channel that carries them, wherever in the handshake this is called.
    pub(super) fn bind(&mut self, channel: &[u8]) {
        self.channel = channel.to_vec();
    }

    /// Appends what was sent or received.
    pub(super) fn absorb(&mut self, part: Part, bytes: &[u8]) {
        self.said.update([part as u8]);
        self.said.update((bytes.len() as u64).to_le_bytes());
        self.said.update(bytes);
    }

    /// The proof that the prover holds the cookie and has seen this transcript.
    pub(super) fn prove(&self, prover: Prover, cookie: &Cookie) -> Mac {
        self.keyed(prover, cookie).finalize().into_bytes().into()
    }

    /// The first cookie under which one of the macs is the prover's proof.
    pub(super) fn verify<'c>(
        &self,
        prover: Prover,
        macs: &[Mac],
        cookies: &'c Cookies,
    ) -> Option<(&'c Cookie, Verified)> {
        let proven = cookies.all().find(|cookie| {
            let proof = self.keyed(prover, cookie);
            macs.iter().any(|mac| proof.clone().verify_slice(mac).is_ok())
        });
        proven.map(|cookie| (cookie, Verified(())))
    }

    fn keyed(&self, prover: Prover, cookie: &Cookie) -> Hmac<Sha256> {
        let label: &[u8; 9] = match prover {
            Prover::Initiator => b"initiator",
            Prover::Responder => b"responder",
        };
        Hmac::<Sha256>::new_from_slice(cookie.secret())
            .expect("invariant: HMAC takes keys of any length")
            .chain_update(label)
            .chain_update((self.channel.len() as u64).to_le_bytes())
            .chain_update(&self.channel)
            .chain_update(self.said.clone().finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::handshake::{
        HandshakeError, Initiator, Refusal, Responder,
        message::Kind,
        pair::{Pair, STEPS, Step, cookies, numbers},
    };

    fn transcript(parts: &[(Part, &[u8])]) -> Transcript {
        let mut transcript = Transcript::new();
        parts.iter().for_each(|(part, bytes)| transcript.absorb(*part, bytes));
        transcript
    }

    /// H1: a proof is good for one side, one cookie, one channel and one transcript.
    #[test]
    fn a_proof_proves_one_thing_only() {
        let said = transcript(&[(Part::Hello, b"ab"), (Part::Challenge, b"c")]);
        let good = cookies(&["good"]);
        let mac = said.prove(Prover::Initiator, &good.current);
        assert!(said.verify(Prover::Initiator, &[mac], &good).is_some());
        assert!(said.verify(Prover::Responder, &[mac], &good).is_none());
        assert!(said.verify(Prover::Initiator, &[mac], &cookies(&["bad"])).is_none());
        let mut bound = said.clone();
        bound.bind(b"channel");
        assert!(bound.verify(Prover::Initiator, &[mac], &good).is_none());
    }

    /// H1: what was said is framed, so that no two conversations share a transcript.
    #[test]
    fn conversations_that_differ_only_in_framing_differ() {
        let good = cookies(&["good"]);
        let proof = |parts: &[(Part, &[u8])]| transcript(parts).prove(Prover::Initiator, &good.current);
        let one = proof(&[(Part::Hello, b"ab"), (Part::Challenge, b"c")]);
        assert_ne!(one, proof(&[(Part::Hello, b"a"), (Part::Challenge, b"bc")]));
        assert_ne!(one, proof(&[(Part::Challenge, b"ab"), (Part::Hello, b"c")]));
        assert_ne!(one, proof(&[(Part::Hello, b"ab")]));
    }

    /// H1: both sides say so, each from its own point of view.
    #[test]
    fn a_wrong_cookie_is_refused() {
        let mut pair = Pair::new();
        pair.alice_cookies = cookies(&["wrong"]);
        let (alice, bob) = pair.honest();
        assert_eq!(alice.unwrap_err(), HandshakeError::Refused(Refusal::WrongCookie));
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(Refusal::WrongCookie));
    }

    /// H1: a responder that accepts any proof still has to prove the cookie itself.
    #[test]
    fn a_responder_without_the_cookie_is_not_believed() {
        let pair = Pair::new();
        let (alice, _) = pair.run(|step, bytes| match step {
            Step::Welcome => {
                let mut forged = bytes;
                forged[1..33].fill(7);
                forged
            }
            _ => bytes,
        });
        assert_eq!(alice.unwrap_err(), HandshakeError::PeerNotProven);
    }

    /// H1: with a secure channel below, a proof is good on that channel only.
    #[test]
    fn a_proof_for_another_channel_is_refused() {
        let mut pair = Pair::new();
        pair.channels = [b"one", b"one"];
        assert!(pair.honest().0.is_ok());
        for other in [b"two".as_slice(), b""] {
            pair.channels[1] = other;
            assert_eq!(pair.honest().0.unwrap_err(), HandshakeError::Refused(Refusal::WrongCookie));
        }
    }

    /// H1: nothing that is said can be changed on the way: every bit of every message.
    #[test]
    fn a_flipped_bit_fails_or_changes_nothing() {
        let pair = Pair::new();
        let honest = pair.honest();
        let lengths: Vec<usize> = pair.recorded().iter().map(Vec::len).collect();
        for (target, length) in STEPS.into_iter().zip(lengths) {
            for bit in 0..length * 8 {
                let (alice, bob) = pair.run(|step, mut bytes| {
                    if step == target {
                        bytes[bit / 8] ^= 1 << (bit % 8);
                    }
                    bytes
                });
                assert!(alice.is_err(), "alice believed {target:?} with bit {bit} flipped");
                assert!(bob.is_err() || bob == honest.1, "bob took other terms from {target:?} with bit {bit} flipped");
            }
        }
    }

    /// H5: no bytes of a stranger do more than end the attempt.
    #[test]
    fn cut_and_random_messages_fail() {
        let pair = Pair::new();
        let lengths: Vec<usize> = pair.recorded().iter().map(Vec::len).collect();
        let mut next = numbers(0x5eed);
        for (target, length) in STEPS.into_iter().zip(lengths) {
            for cut in 0..length {
                let (alice, _) = pair.run(|step, mut bytes| {
                    bytes.truncate(if step == target { cut } else { bytes.len() });
                    bytes
                });
                assert!(alice.is_err(), "alice believed {cut} bytes of {target:?}");
            }
            for _ in 0..2000 {
                let (alice, _) = pair.run(|step, mut bytes| {
                    if step == target {
                        let from = (next() % 10) as usize;
                        bytes.truncate((next() % 300) as usize);
                        bytes.iter_mut().skip(from).for_each(|byte| *byte = next() as u8);
                        bytes.push(next() as u8);
                    }
                    bytes
                });
                assert!(alice.is_err(), "alice believed a random {target:?}");
            }
        }
    }

    /// H1: one's own messages come back as nobody's.
    #[test]
    fn reflected_messages_are_refused() {
        let pair = Pair::new();
        let messages = pair.recorded();
        let reflect = |from: usize, to: Step| {
            let (alice, _) = pair.run(|step, bytes| if step == to { messages[from].clone() } else { bytes });
            alice.unwrap_err()
        };
        assert!(matches!(reflect(0, Step::Challenge), HandshakeError::Malformed { .. }));
        assert!(matches!(reflect(2, Step::Welcome), HandshakeError::Malformed { .. }));
        let mut own_proof = messages[2].clone();
        own_proof[0] = Kind::Welcome as u8;
        let (alice, _) = pair.run(|step, bytes| if step == Step::Welcome { own_proof.clone() } else { bytes });
        assert_eq!(alice.unwrap_err(), HandshakeError::PeerNotProven);
        let rejected = Responder::hello(&pair.alice, &messages[0], [9; 32]).unwrap_err();
        assert_eq!(rejected.error, HandshakeError::Refusing(Refusal::ToSelf));
    }

    /// H1: a recorded conversation proves nothing to a node that chose another nonce.
    #[test]
    fn replayed_messages_are_refused() {
        let pair = Pair::new();
        let old = pair.recorded();
        let (responder, _) = Responder::hello(&pair.bob, &old[0], [0xb1; 32]).unwrap();
        let rejected = responder.proof(&old[2], &pair.bob_cookies).unwrap_err();
        assert_eq!(rejected.error, HandshakeError::Refusing(Refusal::WrongCookie));
        let (initiator, _) = Initiator::start(&pair.alice, pair.want.clone(), [0xa2; 32]);
        let (waiting, _) = initiator.challenge(&old[1], &pair.alice_cookies).unwrap();
        assert_eq!(waiting.welcome(&old[3]).unwrap_err(), HandshakeError::PeerNotProven);
    }

    /// DESIGN §9: nodes with one cookie in common connect, whichever connects, for the whole of a change.
    #[test]
    fn a_change_of_cookies_has_an_overlap() {
        let stages: [&[&str]; 3] = [&["old"], &["new", "old"], &["new"]];
        for alice in stages {
            for bob in stages {
                let mut pair = Pair::new();
                (pair.alice_cookies, pair.bob_cookies) = (cookies(alice), cookies(bob));
                let (one, two) = pair.honest();
                let common = alice.iter().any(|secret| bob.contains(secret));
                assert_eq!((one.is_ok(), two.is_ok()), (common, common), "{alice:?} to {bob:?}");
            }
        }
    }
}
