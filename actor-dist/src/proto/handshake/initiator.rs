//! The side that connects: says hello, answers the challenge with a proof, and believes a welcome only with the
//! responder's. Never sends a proof to a node other than the one wanted (as far as a name can tell before it is
//! proven). Driven by whoever owns the connection; each state is consumed by the message it waits for.

use super::{
    Authenticated, Cookies, HandshakeError, Local, PeerHello, Wanted,
    message::{Acceptance, Challenge, Facts, Hello, Kind, Nonce, Sealed},
    proof::{Part, Prover, Transcript},
    terms::Terms,
};

/// Waits for the challenge.
#[derive(Debug)]
pub(crate) struct Initiator {
    local: Local,
    want: Wanted,
    transcript: Transcript,
}

impl Initiator {
    /// Begins; the bytes are the first message. The nonce must be fresh and random.
    pub(crate) fn start(local: &Local, want: Wanted, nonce: Nonce) -> (Initiator, Vec<u8>) {
        let hello = Hello {
            versions: local.versions,
            role: want.role,
            session: want.session,
            codec: local.codec,
            capabilities: local.capabilities,
            nonce,
            visible: local.visible,
            node: local.node.clone(),
            wanted: want.peer.clone(),
        };
        let bytes = hello.encode();
        let mut transcript = Transcript::new();
        transcript.absorb(Part::Hello, &bytes);
        (Initiator { local: local.clone(), want, transcript }, bytes)
    }

    /// Binds both proofs to the secure channel below (H1); the responder has to do the same with the same bytes.
    #[cfg_attr(not(any(test, fuzzing)), expect(dead_code, reason = "there is no secure channel before TLS"))]
    pub(crate) fn bound_to(mut self, channel: &[u8]) -> Initiator {
        self.transcript.bind(channel);
        self
    }

    /// Answers the challenge; the bytes are the proof.
    ///
    /// # Errors
    /// [`HandshakeError`]: close the connection.
    pub(crate) fn challenge(self, bytes: &[u8], cookies: &Cookies) -> Result<(AwaitWelcome, Vec<u8>), HandshakeError> {
        let Initiator { local, want, mut transcript } = self;
        let challenge = Challenge::decode(bytes)?;
        local.is_other(&challenge.node).map_err(HandshakeError::Refusing)?;
        if challenge.node.name != want.peer {
            return Err(HandshakeError::WrongPeer { wanted: want.peer, found: challenge.node.name });
        }
        let terms = local.settle(challenge.versions, challenge.capabilities).map_err(HandshakeError::Refusing)?;
        let body = Facts { schema_root: local.schema_root, window: local.window }.encode();
        transcript.absorb(Part::Challenge, bytes);
        transcript.absorb(Part::ProofBody, &body);
        // Two macs always, so that nobody sees whether a change of cookies is in progress.
        let previous = cookies.previous.as_ref().unwrap_or(&cookies.current);
        let macs = [&cookies.current, previous].map(|cookie| transcript.prove(Prover::Initiator, cookie));
        transcript.absorb(Part::ProofMacs, macs.as_flattened());
        let proof = Sealed { macs, body: &body }.encode(Kind::Proof);
        Ok((AwaitWelcome { local, want, challenge, terms, transcript, cookies: cookies.clone() }, proof))
    }
}

/// Waits for the welcome.
#[derive(Debug)]
pub(crate) struct AwaitWelcome {
    local: Local,
    want: Wanted,
    challenge: Challenge,
    terms: Terms,
    transcript: Transcript,
    cookies: Cookies,
}

impl AwaitWelcome {
    /// Checks the responder's proof and its terms.
    ///
    /// # Errors
    /// [`HandshakeError`]: close the connection.
    pub(crate) fn welcome(mut self, bytes: &[u8]) -> Result<Authenticated, HandshakeError> {
        let sealed = Sealed::<1>::decode("welcome", Kind::Welcome, bytes)?;
        self.transcript.absorb(Part::WelcomeBody, sealed.body);
        let (_, verified) = self
            .transcript
            .verify(Prover::Responder, &sealed.macs, &self.cookies)
            .ok_or(HandshakeError::PeerNotProven)?;
        let Acceptance { version, capabilities, codec, visible, facts } = Acceptance::decode(sealed.body)?;
        self.local.same_codec(codec).map_err(HandshakeError::Refusing)?;
        if self.terms != (Terms { version, capabilities }) {
            return Err(HandshakeError::Malformed {
                what: "welcome",
                why: "its terms do not follow from the two offers",
            });
        }
        let Facts { schema_root, window } = facts;
        let (role, session) = (self.want.role, self.want.session);
        let peer = PeerHello { node: self.challenge.node, role, session, visible, schema_root, window };
        Ok(Authenticated::new(verified, &self.local, peer, self.terms))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proto::handshake::{
        Refusal, Responder,
        pair::{Pair, forge_welcome, node},
    };

    /// N1, N5: a port that another node took over is noticed by both, and so are namesakes.
    #[test]
    fn another_node_than_wanted_is_noticed() {
        let mut pair = Pair::new();
        let carol = node("carol", 3).name;
        pair.want.peer = carol.clone();
        let not_me = Refusal::NotMe { wanted: carol.clone(), actual: pair.bob.node.name.clone() };
        let (alice, bob) = pair.honest();
        assert_eq!(alice.unwrap_err(), HandshakeError::Refused(not_me.clone()));
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(not_me));

        let (initiator, _) = Initiator::start(&pair.alice, pair.want.clone(), [0; 32]);
        let error = initiator.challenge(&Pair::new().recorded()[1], &pair.alice_cookies).unwrap_err();
        assert_eq!(error, HandshakeError::WrongPeer { wanted: carol, found: pair.bob.node.name.clone() });

        let mut pair = Pair::new();
        pair.alice.node.name = pair.bob.node.name.clone();
        let taken = Refusal::NameTaken { name: pair.bob.node.name.clone() };
        assert_eq!(pair.honest().0.unwrap_err(), HandshakeError::Refused(taken));
        pair.alice.node = pair.bob.node.clone();
        assert_eq!(pair.honest().0.unwrap_err(), HandshakeError::Refused(Refusal::ToSelf));
    }

    /// H3: a proven responder still cannot make terms that the offers do not yield.
    #[test]
    fn terms_beyond_the_offers_are_refused() {
        let pair = Pair::new();
        for (version, capabilities, codec) in [(1, 0b111, 1), (3, 0b111, 1), (2, 0b1111, 1), (2, 0, 1), (2, 0b111, 4)] {
            let (initiator, hello) = Initiator::start(&pair.alice, pair.want.clone(), [3; 32]);
            let (_, challenge) = Responder::hello(&pair.bob, &hello, [4; 32]).unwrap();
            let (waiting, proof) = initiator.challenge(&challenge, &pair.alice_cookies).unwrap();
            let facts = Facts { schema_root: 8, window: Duration::from_secs(9) };
            let body = Acceptance { version, capabilities, codec, visible: true, facts }.encode();
            let welcome = forge_welcome([&hello, &challenge, &proof], &body, &pair.bob_cookies.current);
            match (codec, waiting.welcome(&welcome).unwrap_err()) {
                (1, error) => assert!(matches!(error, HandshakeError::Malformed { what: "welcome", .. })),
                (_, error) => {
                    assert_eq!(error, HandshakeError::Refusing(Refusal::CodecMismatch { ours: 1, theirs: 4 }));
                }
            }
        }
    }
}
