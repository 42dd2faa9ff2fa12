//! A handshake over a wire that does what a script says: passes a message on, changes it, puts another in its place, or forges
//! one under the cookie. Holds that nobody believes what nobody said. For fuzzing and tests; never built otherwise.

use super::{
    Role, Versions,
    pair::{Outcome, Pair, Step, cookies, forge_proof, forge_welcome},
};

/// Plays a handshake by this script, whatever it is.
///
/// # Panics
/// If a side believes a message that the other did not send, or the two agree on different terms.
pub fn play(script: &[u8]) {
    let mut script = Script(script);
    let (pair, strangers) = script.pair();
    let mut wire = Wire { pair: &pair, script, sent: Vec::new(), heard: Vec::new(), forged: false };
    let (alice, bob) = pair.run(|step, bytes| wire.carry(step, bytes));
    let Wire { sent, heard, forged, .. } = wire;
    if let (Ok(one), Ok(two)) = (&alice, &bob)
        && !forged
    {
        let terms = |side: &super::Authenticated| {
            (side.role, side.session, side.version, side.capabilities, side.visible, side.peer.incarnation)
        };
        assert_eq!((terms(one).0, terms(one).1, terms(one).2), (terms(two).0, terms(two).1, terms(two).2));
        assert_eq!((terms(one).3, terms(one).4), (terms(two).3, terms(two).4));
    }
    if !forged {
        judge(&alice, &bob, &sent, &heard);
        assert!(!strangers || (alice.is_err() && bob.is_err()), "two nodes without a cookie in common connected");
    }
}

/// Who believed what was said.
fn judge(alice: &Outcome, bob: &Outcome, sent: &[Vec<u8>], heard: &[Vec<u8>]) {
    if alice.is_ok() {
        assert_eq!(sent, heard, "the side that connects believed what was changed on the way");
    }
    if bob.is_ok() {
        assert_eq!(sent[..2], heard[..2], "the side that is connected to believed what was changed on the way");
        assert_eq!(sent[2][MACS..], heard[2][MACS..], "it believed facts that were changed on the way");
    }
}

/// Where the body of a proof begins: a mac may be broken as long as the other is right, until the welcome tells.
const MACS: usize = 1 + 2 * 32;

/// The way between the two.
struct Wire<'a> {
    pair: &'a Pair,
    script: Script<'a>,
    sent: Vec<Vec<u8>>,
    heard: Vec<Vec<u8>>,
    forged: bool,
}

impl Wire<'_> {
    fn carry(&mut self, step: Step, sent: Vec<u8>) -> Vec<u8> {
        let heard = match self.script.byte() % 8 {
            0 => self.changed(sent.clone()),
            1 => self.script.bytes().to_vec(),
            2 => self.again(&sent),
            3 => self.forge(step).unwrap_or_else(|| sent.clone()),
            4 => [&sent[..], self.script.bytes()].concat(),
            5 => sent[..usize::from(self.script.number()) % (sent.len() + 1)].to_vec(),
            _ => sent.clone(),
        };
        self.sent.push(sent);
        self.heard.push(heard.clone());
        heard
    }

    fn changed(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.script.byte() % 8 {
            let (at, to) = (usize::from(self.script.number()), self.script.byte());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = to;
            }
        }
        bytes
    }

    /// Something that was said before, or the message itself.
    fn again(&mut self, sent: &[u8]) -> Vec<u8> {
        self.sent.get(usize::from(self.script.byte()) % 4).map_or_else(|| sent.to_vec(), Clone::clone)
    }

    /// What a holder of the cookie might say instead.
    fn forge(&mut self, step: Step) -> Option<Vec<u8>> {
        let (body, cookie) = (self.script.bytes(), &self.pair.bob_cookies.current);
        let forged = match step {
            Step::Proof => forge_proof(&self.heard[0], &self.sent[1], body, cookie),
            Step::Welcome => forge_welcome([&self.sent[0], &self.heard[1], &self.sent[2]], body, cookie),
            Step::Hello | Step::Challenge => return None,
        };
        self.forged = true;
        Some(forged)
    }
}

/// Bytes that decide; zeros when they are used up.
struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Some bytes after their count.
    fn bytes(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    /// The two ends, and whether they are strangers to each other.
    fn pair(&mut self) -> (Pair, bool) {
        let (mut pair, flags) = (Pair::new(), self.byte());
        let has = |bit: u8| flags & 1 << bit != 0;
        if has(0) {
            pair.alice.versions = Versions { min: 1, max: self.byte().max(1).into() };
        }
        if has(1) {
            pair.alice.capabilities.offered = self.number().into();
            pair.bob.capabilities.required = self.byte().into();
        }
        if has(2) {
            pair.want.role = [Role::Message, Role::Bulk][usize::from(has(3))];
        }
        pair.bob.codec += u16::from(has(4));
        pair.alice.visible = !has(5);
        if has(6) {
            pair.bob_cookies = cookies(&["new", if has(7) { "secret" } else { "other" }]);
        }
        (pair, has(6) && !has(7))
    }
}
