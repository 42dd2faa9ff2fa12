//! The side that is connected to: shows what H2 allows, checks the proof, and gives the driver a proven peer to welcome
//! or to refuse. Never tells an unproven initiator more than a `Challenge` holds, not even in a refusal. Driven by
//! whoever accepted the connection; each state is consumed by the message it waits for.

use super::{
    Authenticated, Cookie, Cookies, HandshakeError, Local, PeerHello, Refusal, Rejected,
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
