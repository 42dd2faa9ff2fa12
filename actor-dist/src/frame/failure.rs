//! Why a call on another node has no answer, in the form that crosses. Never longer than a kilobyte and a bit, so that it
//! always fits. Made from and turned into core's `CallError` by the node.

use actor_core::{
    ExitReason, Linked,
    wire::{DecodeError, Decoder, EncodeError, Encoder, Wire},
};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnswerFailure {
    /// The request was dropped unanswered. It may have run.
    NoReply,
    /// The actor had stopped; it did not run.
    Stopped,
    /// The mailbox was full; it did not run.
    Overloaded,
    /// Nobody held the name; it did not run.
    Unresolved,
    /// The request could not be decoded; it did not run.
    Undecodable(String),
    /// The receiver is of another protocol; it did not run.
    WrongProtocol(String),
    /// The actor refused, in these words.
    Refused(String),
    /// The answer could not be encoded. It has run.
    BadAnswer(String),
    /// Something else, or a newer peer's reason, in its words.
    Other(String),
}

impl AnswerFailure {
    fn parts(&self) -> (u32, &str) {
        match self {
            AnswerFailure::Other(text) => (0, text),
            AnswerFailure::NoReply => (1, ""),
            AnswerFailure::Stopped => (2, ""),
            AnswerFailure::Overloaded => (3, ""),
            AnswerFailure::Unresolved => (4, ""),
            AnswerFailure::Undecodable(text) => (5, text),
            AnswerFailure::WrongProtocol(text) => (6, text),
            AnswerFailure::Refused(text) => (7, text),
            AnswerFailure::BadAnswer(text) => (8, text),
        }
    }

    /// With words of at most so many bytes.
    pub(crate) fn cut(self, bytes: usize) -> AnswerFailure {
        let cut = |text: String| clip(&text, bytes).to_owned();
        match self {
            AnswerFailure::Undecodable(text) => AnswerFailure::Undecodable(cut(text)),
            AnswerFailure::WrongProtocol(text) => AnswerFailure::WrongProtocol(cut(text)),
            AnswerFailure::Refused(text) => AnswerFailure::Refused(cut(text)),
            AnswerFailure::BadAnswer(text) => AnswerFailure::BadAnswer(cut(text)),
            AnswerFailure::Other(text) => AnswerFailure::Other(cut(text)),
            wordless => wordless,
        }
    }

    /// A tag, and a text that is there whatever the tag is: a reader can pass over a reason it does not know.
    pub(super) fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let (tag, text) = self.parts();
        e.tag(tag)?;
        e.text(clip(text, MAX_TEXT))
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<AnswerFailure, DecodeError> {
        let tag = d.tag()?;
        let text = clip(d.text()?, MAX_TEXT).to_owned();
        Ok(match tag {
            1 => AnswerFailure::NoReply,
            2 => AnswerFailure::Stopped,
            3 => AnswerFailure::Overloaded,
            4 => AnswerFailure::Unresolved,
            5 => AnswerFailure::Undecodable(text),
            6 => AnswerFailure::WrongProtocol(text),
            7 => AnswerFailure::Refused(text),
            8 => AnswerFailure::BadAnswer(text),
            _ => AnswerFailure::Other(text),
        })
    }
}

/// Writes an exit reason, short enough to arrive however long the actor's words were (L4).
pub(super) fn put_reason(e: &mut Encoder<'_>, reason: &ExitReason) -> Result<(), EncodeError> {
    clip_reason(reason).encode(e)
}

pub(super) fn reason(d: &mut Decoder<'_>) -> Result<ExitReason, DecodeError> {
    Ok(clip_reason(&ExitReason::decode(d)?))
}

fn clip_reason(reason: &ExitReason) -> ExitReason {
    let cut = |text: &str| clip(text, MAX_TEXT).to_owned();
    match reason {
        ExitReason::Failed(text) => ExitReason::Failed(cut(text)),
        ExitReason::Panicked(text) => ExitReason::Panicked(cut(text)),
        ExitReason::StartFailed(text) => ExitReason::StartFailed(cut(text)),
        ExitReason::Exited(text) => ExitReason::Exited(cut(text)),
        ExitReason::Linked(linked) => {
            let (peer, reason) = (linked.peer.clone(), clip_reason(&linked.reason));
            ExitReason::Linked(Box::new(Linked { peer, reason }))
        }
        wordless => wordless.clone(),
    }
}

/// The longest text of a failure or an exit reason that crosses, in bytes.
pub(super) const MAX_TEXT: usize = 1024;

fn clip(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use actor_core::{ActorId, Incarnation, NodeId, wire::Limits};

    use super::*;

    fn written(fields: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>) -> Vec<u8> {
        let mut out = Vec::new();
        fields(&mut Encoder::new(&mut out)).unwrap();
        out
    }

    /// F1: both ends cut, so that neither has to trust the other.
    #[test]
    fn long_texts_are_cut_at_a_character_on_both_ends() {
        let (long, cut) = (format!("a{}", "ü".repeat(4000)), format!("a{}", "ü".repeat(511)));
        let bytes = written(|e| AnswerFailure::Undecodable(long.clone()).encode(e));
        assert!(bytes.len() <= MAX_TEXT + 4);
        let unclipped = written(|e| e.tag(5).and_then(|()| e.text(&long)));
        for bytes in [bytes, unclipped] {
            let found = AnswerFailure::decode(&mut Decoder::new(&bytes, Limits::default()));
            assert_eq!(found, Ok(AnswerFailure::Undecodable(cut.clone())));
        }
    }

    /// The reason of an actor that was linked to another, which ended for this one: its form on the wire, since only a node
    /// can say who its actors are.
    fn through_a_link(reason: &ExitReason) -> ExitReason {
        let bytes = written(|e| {
            e.tag(11)?;
            ActorId(7).encode(e)?;
            Some(NodeId { name: "a@h:1".parse().unwrap(), incarnation: Incarnation(3) }).encode(e)?;
            reason.encode(e)
        });
        ExitReason::decode(&mut Decoder::new(&bytes, Limits::default())).unwrap()
    }

    /// L4, F1: every reason that has words is cut, also inside of another, on both ends.
    #[test]
    fn every_reason_with_words_is_cut_on_both_ends() {
        type Worded = fn(String) -> ExitReason;
        let worded: [Worded; 5] =
            [ExitReason::Failed, ExitReason::Panicked, ExitReason::StartFailed, ExitReason::Exited, |text| {
                through_a_link(&ExitReason::Failed(text))
            }];
        let (long, cut) = (format!("a{}", "ü".repeat(4000)), format!("a{}", "ü".repeat(511)));
        for worded in worded {
            let (long, cut) = (worded(long.clone()), worded(cut.clone()));
            let bytes = written(|e| put_reason(e, &long));
            assert!(bytes.len() <= MAX_TEXT + 32);
            for bytes in [bytes, written(|e| long.encode(e))] {
                assert_eq!(reason(&mut Decoder::new(&bytes, Limits::default())), Ok(cut.clone()));
            }
        }
    }

    /// H3: a newer peer's reason still fails the call.
    #[test]
    fn an_unknown_reason_keeps_its_words() {
        let bytes = written(|e| e.tag(77).and_then(|()| e.text("too sunny")));
        let found = AnswerFailure::decode(&mut Decoder::new(&bytes, Limits::default()));
        assert_eq!(found, Ok(AnswerFailure::Other("too sunny".into())));
    }
}
