//! Two ends of a handshake over a wire that may change bytes. For tests and fuzzing; never built otherwise.

use std::time::Duration;

use actor_core::{Incarnation, NodeId};

use super::{
    Authenticated, Capabilities, Cookie, Cookies, HandshakeError, Initiator, Local, Rejected, Responder, Role,
    Versions, Wanted,
    message::{Kind, Sealed},
    proof::{Part, Prover, Transcript},
};

/// What one side got of a handshake.
pub(super) type Outcome = Result<Authenticated, HandshakeError>;

/// Which message of a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Hello,
    Challenge,
    Proof,
    Welcome,
}

pub(super) const STEPS: [Step; 4] = [Step::Hello, Step::Challenge, Step::Proof, Step::Welcome];

pub(super) fn node(name: &str, incarnation: u64) -> NodeId {
    NodeId {
        name: format!("{name}@127.0.0.1:7000").parse().expect("it is a name"),
        incarnation: Incarnation(incarnation),
    }
}

fn local(name: &str, incarnation: u64) -> Local {
    Local {
        node: node(name, incarnation),
        versions: Versions { min: 1, max: 2 },
        capabilities: Capabilities { offered: 0b111, required: 0 },
        codec: 1,
        visible: true,
        schema_root: incarnation * 1000,
        window: Duration::from_secs(incarnation),
    }
}

pub(super) fn cookies(secrets: &[&str]) -> Cookies {
    let cookie = |secret: &&str| Cookie::new(secret).expect("it is a cookie");
    Cookies { current: cookie(&secrets[0]), previous: secrets.get(1).map(cookie) }
}

/// The two ends of a handshake to be: alice connects to bob.
pub(super) struct Pair {
    pub(super) alice: Local,
    pub(super) bob: Local,
    pub(super) want: Wanted,
    pub(super) alice_cookies: Cookies,
    pub(super) bob_cookies: Cookies,
    /// What names the secure channel, on alice's end and on bob's.
    pub(super) channels: [&'static [u8]; 2],
}

impl Pair {
    pub(super) fn new() -> Pair {
        let (alice, bob) = (local("alice", 1), local("bob", 2));
        let want = Wanted { role: Role::Control, session: 77, peer: bob.node.name.clone() };
        let (alice_cookies, bob_cookies) = (cookies(&["secret"]), cookies(&["secret"]));
        Pair { alice, bob, want, alice_cookies, bob_cookies, channels: [b"", b""] }
    }

    /// Runs it over a wire that may change bytes; what alice got, and what bob got. When alice gives up first, bob gets
    /// nothing more, which here counts as `Foreign`.
    pub(super) fn run(&self, mut wire: impl FnMut(Step, Vec<u8>) -> Vec<u8>) -> (Outcome, Outcome) {
        let refused = |rejected: Rejected| (Err(rejected.error), rejected.reply.unwrap_or_default());
        let (initiator, hello) = Initiator::start(&self.alice, self.want.clone(), [0xa1; 32]);
        let initiator = initiator.bound_to(self.channels[0]);
        let (responder, challenge) = match Responder::hello(&self.bob, &wire(Step::Hello, hello), [0xb0; 32]) {
            Ok((responder, challenge)) => (Ok(responder.bound_to(self.channels[1])), challenge),
            Err(rejected) => {
                let (outcome, reply) = refused(rejected);
                (Err(outcome), reply)
            }
        };
        let (waiting, proof) = match initiator.challenge(&wire(Step::Challenge, challenge), &self.alice_cookies) {
            Ok(step) => step,
            Err(error) => {
                return (Err(error), responder.map_or_else(|outcome| outcome, |_| Err(HandshakeError::Foreign)));
            }
        };
        let responder = responder.expect("alice goes on only after a challenge");
        let (outcome, welcome) = match responder.proof(&wire(Step::Proof, proof), &self.bob_cookies) {
            Ok(proven) => {
                let (authenticated, welcome) = proven.welcome();
                (Ok(authenticated), welcome)
            }
            Err(rejected) => refused(rejected),
        };
        (waiting.welcome(&wire(Step::Welcome, welcome)), outcome)
    }

    pub(super) fn honest(&self) -> (Outcome, Outcome) {
        self.run(|_, bytes| bytes)
    }

    /// The four messages of an honest run.
    pub(super) fn recorded(&self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        let _ = self.run(|_, bytes| {
            messages.push(bytes.clone());
            bytes
        });
        messages
    }
}

/// A `Proof` of any body, as an initiator of another build might send it.
pub(super) fn forge_proof(hello: &[u8], challenge: &[u8], body: &[u8], cookie: &Cookie) -> Vec<u8> {
    let mut said = Transcript::new();
    said.absorb(Part::Hello, hello);
    said.absorb(Part::Challenge, challenge);
    said.absorb(Part::ProofBody, body);
    Sealed { macs: [said.prove(Prover::Initiator, cookie); 2], body }.encode(Kind::Proof)
}

/// A `Welcome` of any body, as a responder of another build might send it.
pub(super) fn forge_welcome(before: [&[u8]; 3], body: &[u8], cookie: &Cookie) -> Vec<u8> {
    let [hello, challenge, proof] = before;
    let proof = Sealed::<2>::decode("proof", Kind::Proof, proof).expect("an initiator wrote it");
    let mut said = Transcript::new();
    said.absorb(Part::Hello, hello);
    said.absorb(Part::Challenge, challenge);
    said.absorb(Part::ProofBody, proof.body);
    said.absorb(Part::ProofMacs, proof.macs.as_flattened());
    said.absorb(Part::WelcomeBody, body);
    Sealed { macs: [said.prove(Prover::Responder, cookie)], body }.encode(Kind::Welcome)
}

/// A fixed sequence of numbers without a pattern (xorshift, Marsaglia).
pub(crate) fn numbers(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}
