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

    fn cookies(secret: &str) -> Cookies {
        Cookies::one(Cookie::new(secret).unwrap())
    }

    fn transcript(parts: &[(Part, &[u8])]) -> Transcript {
        let mut transcript = Transcript::new();
        parts.iter().for_each(|(part, bytes)| transcript.absorb(*part, bytes));
        transcript
    }

    /// H1: a proof is good for one side, one cookie, one channel and one transcript.
    #[test]
    fn a_proof_proves_one_thing_only() {
        let said = transcript(&[(Part::Hello, b"ab"), (Part::Challenge, b"c")]);
        let good = cookies("good");
        let mac = said.prove(Prover::Initiator, &good.current);
        assert!(said.verify(Prover::Initiator, &[mac], &good).is_some());
        assert!(said.verify(Prover::Responder, &[mac], &good).is_none());
        assert!(said.verify(Prover::Initiator, &[mac], &cookies("bad")).is_none());
        let mut bound = said.clone();
        bound.bind(b"channel");
        assert!(bound.verify(Prover::Initiator, &[mac], &good).is_none());
    }

    /// H1: what was said is framed, so that no two conversations share a transcript.
    #[test]
    fn conversations_that_differ_only_in_framing_differ() {
        let good = cookies("good");
        let proof = |parts: &[(Part, &[u8])]| transcript(parts).prove(Prover::Initiator, &good.current);
        let one = proof(&[(Part::Hello, b"ab"), (Part::Challenge, b"c")]);
        assert_ne!(one, proof(&[(Part::Hello, b"a"), (Part::Challenge, b"bc")]));
        assert_ne!(one, proof(&[(Part::Challenge, b"ab"), (Part::Hello, b"c")]));
        assert_ne!(one, proof(&[(Part::Hello, b"ab")]));
    }
}
