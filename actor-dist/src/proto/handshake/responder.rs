//! The side that is connected to: shows what H2 allows, checks the proof, and gives the driver a proven peer to welcome
//! or to refuse. Never tells an unproven initiator more than a `Challenge` holds, not even in a refusal. Driven by
//! whoever accepted the connection; each state is consumed by the message it waits for.

use super::{
    Authenticated, Cookie, Cookies, Local, PeerHello, Refusal, Rejected,
    message::{Acceptance, Challenge, Facts, Hello, Kind, Nonce, Sealed},
    proof::{Part, Prover, Transcript, Verified},
    terms::Terms,
};

/// Waits for the proof.
#[derive(Debug)]
pub(crate) struct Responder {
    local: Local,
    hello: Hello,
    terms: Terms,
    transcript: Transcript,
}

impl Responder {
    /// Answers the first message; the bytes are the challenge. The nonce must be fresh and random.
    ///
    /// # Errors
    /// [`Rejected`]: send its reply, if any, and close the connection.
    pub(crate) fn hello(local: &Local, bytes: &[u8], nonce: Nonce) -> Result<(Responder, Vec<u8>), Rejected> {
        local.common_version(Hello::versions(bytes)?)?;
        let hello = Hello::decode(bytes)?;
        local.is_other(&hello.node)?;
        if hello.wanted != local.node.name {
            return Err(Refusal::NotMe { wanted: hello.wanted, actual: local.node.name.clone() }.into());
        }
        let terms = local.settle(hello.versions, hello.capabilities)?;
        let node = local.node.clone();
        let challenge = Challenge { versions: local.versions, capabilities: local.capabilities, nonce, node }.encode();
        let mut transcript = Transcript::new();
        transcript.absorb(Part::Hello, bytes);
        transcript.absorb(Part::Challenge, &challenge);
        Ok((Responder { local: local.clone(), hello, terms, transcript }, challenge))
    }

    /// Binds both proofs to the secure channel below (H1); the initiator has to do the same with the same bytes.
    #[cfg_attr(not(any(test, fuzzing)), expect(dead_code, reason = "there is no secure channel before TLS"))]
    pub(crate) fn bound_to(mut self, channel: &[u8]) -> Responder {
        self.transcript.bind(channel);
        self
    }

    /// Checks the initiator's proof.
    ///
    /// # Errors
    /// [`Rejected`]: send its reply, if any, and close the connection.
    pub(crate) fn proof(mut self, bytes: &[u8], cookies: &Cookies) -> Result<Proven, Rejected> {
        let sealed = Sealed::<2>::decode("proof", Kind::Proof, bytes)?;
        self.transcript.absorb(Part::ProofBody, sealed.body);
        let (cookie, verified) =
            self.transcript.verify(Prover::Initiator, &sealed.macs, cookies).ok_or(Refusal::WrongCookie)?;
        self.transcript.absorb(Part::ProofMacs, sealed.macs.as_flattened());
        let Facts { schema_root, window } = Facts::decode(sealed.body)?;
        let Responder { local, hello, terms, transcript } = self;
        local.same_codec(hello.codec)?;
        let Hello { node, role, session, visible, .. } = hello;
        let peer = PeerHello { node, role, session, visible, schema_root, window };
        Ok(Proven { local, peer, terms, transcript, cookie: cookie.clone(), verified })
    }
}

/// The initiator is who it says it is; now the driver decides.
#[derive(Debug)]
pub(crate) struct Proven {
    local: Local,
    peer: PeerHello,
    terms: Terms,
    transcript: Transcript,
    cookie: Cookie,
    verified: Verified,
}

impl Proven {
    /// What it said.
    pub(crate) fn peer(&self) -> &PeerHello {
        &self.peer
    }

    /// Takes it; the bytes are the last message, with this side's proof under the cookie that the peer used.
    pub(crate) fn welcome(self) -> (Authenticated, Vec<u8>) {
        let Proven { local, peer, terms, mut transcript, cookie, verified } = self;
        let body = Acceptance {
            version: terms.version,
            capabilities: terms.capabilities,
            codec: local.codec,
            visible: local.visible,
            facts: Facts { schema_root: local.schema_root, window: local.window },
        }
        .encode();
        transcript.absorb(Part::WelcomeBody, &body);
        let macs = [transcript.prove(Prover::Responder, &cookie)];
        let bytes = Sealed { macs, body: &body }.encode(Kind::Welcome);
        (Authenticated::new(verified, &local, peer, terms), bytes)
    }

    /// Turns it down; send the bytes and close the connection.
    pub(crate) fn refuse(self, refusal: Refusal) -> Vec<u8> {
        refusal.encode()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proto::handshake::{
        HandshakeError, Initiator, Versions,
        pair::{Pair, cookies},
    };

    /// H2: whatever differs in a responder beyond what a challenge may show, a stranger sees no difference.
    #[test]
    fn a_stranger_sees_the_challenge_and_nothing_else() {
        let pair = Pair::new();
        let mut other = pair.bob.clone();
        (other.codec, other.visible, other.schema_root, other.window) = (9, false, 9, Duration::from_secs(9));
        let hello = pair.recorded().swap_remove(0);
        let (one, shown) = Responder::hello(&pair.bob, &hello, [5; 32]).unwrap();
        let (two, shown_by_other) = Responder::hello(&other, &hello, [5; 32]).unwrap();
        assert_eq!(shown, shown_by_other);
        let name = pair.bob.node.name.as_str();
        let allowed = [
            b"\x02\x01\0\x02\0".as_slice(),
            &0b111u64.to_le_bytes(),
            &0u64.to_le_bytes(),
            &[5; 32],
            &2u64.to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            name.as_bytes(),
        ];
        assert_eq!(shown, allowed.concat());
        let wrong = Sealed { macs: [[0; 32]; 2], body: b"" }.encode(Kind::Proof);
        let refusals = [one, two].map(|responder| responder.proof(&wrong, &pair.bob_cookies).unwrap_err());
        assert_eq!(refusals[0], refusals[1]);
        assert_eq!(refusals[0].reply.as_ref().unwrap(), &Refusal::WrongCookie.encode());
        for cut in 0..hello.len() {
            let refusals = [&pair.bob, &other].map(|bob| Responder::hello(bob, &hello[..cut], [5; 32]).unwrap_err());
            assert_eq!(refusals[0], refusals[1]);
        }
    }

    /// N5: what is no node gets no answer; a node whose message is wrong is told.
    #[test]
    fn a_stranger_of_another_protocol_gets_no_answer() {
        let bob = Pair::new().bob;
        let rejected = Responder::hello(&bob, b"GET / HTTP/1.1", [0; 32]).unwrap_err();
        assert_eq!((rejected.error, rejected.reply), (HandshakeError::Foreign, None));
        let mut hello = Pair::new().recorded().swap_remove(0);
        hello.truncate(60);
        let rejected = Responder::hello(&bob, &hello, [0; 32]).unwrap_err();
        assert_eq!(rejected.error, HandshakeError::Malformed { what: "hello", why: "it ends too early" });
        assert_eq!(rejected.reply.unwrap(), Refusal::Malformed { what: "hello".into() }.encode());
    }

    /// H3: a version that changes all of a `Hello` but its beginning is told so, and not that it is malformed.
    #[test]
    fn a_hello_of_a_later_layout_meets_a_version_mismatch() {
        let pair = Pair::new();
        let hello = [b"\x01ACTRDIST\x05\0\x06\0".as_slice(), b"who knows"].concat();
        let rejected = Responder::hello(&pair.bob, &hello, [0; 32]).unwrap_err();
        let theirs = Versions { min: 5, max: 6 };
        let expected = Refusal::VersionMismatch { ours: pair.bob.versions, theirs };
        assert_eq!(rejected.error, HandshakeError::Refusing(expected));
    }

    /// H2: the codec is not among what a stranger is shown, so it is compared after the proof.
    #[test]
    fn another_codec_is_refused_after_the_proof() {
        let mut pair = Pair::new();
        pair.bob.codec = 2;
        let (alice, bob) = pair.honest();
        assert_eq!(alice.unwrap_err(), HandshakeError::Refused(Refusal::CodecMismatch { ours: 1, theirs: 2 }));
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(Refusal::CodecMismatch { ours: 2, theirs: 1 }));
        pair.alice_cookies = cookies(&["wrong"]);
        assert_eq!(pair.honest().0.unwrap_err(), HandshakeError::Refused(Refusal::WrongCookie));
    }

    /// N6, N8: what a driver finds wrong with a proven peer reaches it typed.
    #[test]
    fn a_proven_peer_can_be_refused() {
        let pair = Pair::new();
        let (initiator, hello) = Initiator::start(&pair.alice, pair.want.clone(), [1; 32]);
        let (responder, challenge) = Responder::hello(&pair.bob, &hello, [2; 32]).unwrap();
        let (waiting, proof) = initiator.challenge(&challenge, &pair.alice_cookies).unwrap();
        let proven = responder.proof(&proof, &pair.bob_cookies).unwrap();
        assert_eq!(proven.peer().node, pair.alice.node);
        let error = waiting.welcome(&proven.refuse(Refusal::Simultaneous)).unwrap_err();
        assert_eq!(error, HandshakeError::Refused(Refusal::Simultaneous));
    }
}
