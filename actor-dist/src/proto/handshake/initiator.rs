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
    pub(crate) fn bound_to(mut self, channel: &[u8]) -> Initiator {
        self.transcript.bind(channel);
        self
    }

    /// Answers the challenge; the bytes are the proof.
    ///
    /// # Errors
    /// [`HandshakeError`]: close the connection.
    pub(crate) fn challenge(
        self,
        bytes: &[u8],
        cookies: &Cookies,
    ) -> Result<(AwaitWelcome, Vec<u8>), HandshakeError> {
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
            return Err(HandshakeError::Malformed { what: "welcome", why: "its terms do not follow from the two offers" });
        }
        let Facts { schema_root, window } = facts;
        let (role, session) = (self.want.role, self.want.session);
        let peer = PeerHello { node: self.challenge.node, role, session, visible, schema_root, window };
        Ok(Authenticated::new(verified, &self.local, peer, self.terms))
    }
}
