//! What could go wrong, done on purpose: each must be seen by an invariant within a few runs.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// What arrives does not wait behind what is held.
    HeldAreOvertaken,
    /// A gate opens when the last item is taken, and not when it is in.
    OpensEarly,
    /// What follows a token does not wait for its body.
    TokensShutNothing,
    /// One gate that is shut shuts all.
    OneGateForAll,
    /// The end of an actor is told at once.
    DownsPass,
    /// The same to watchers that are no actors.
    OutsideDownsPass,
    /// Now and then nobody is told to go on.
    GoIsLost,
    /// What is said to senders leaves a moment later, in any order.
    WordsLeaveLate,
    /// Nobody is stopped.
    NobodyIsStopped,
    /// Whoever had a name stops its senders on.
    NamesAreNotLedOn,
    /// A message that was handed back leaves all the same.
    RefusedLeaves,
    /// A body is taken for another one.
    WrongToken,
    /// A chunk overtakes the one before it.
    ChunksSwapped,
    /// A body is sent to its end before the next begins.
    BodiesTakeNoTurns,
    /// A connection is closed within bodies.
    ClosedWithinBodies,
    /// What is at hand is delivered after the end.
    DeliveredAfterTheEnd,
    /// What is behind a body that never comes is delivered.
    GapsAreIgnored,
    /// Now and then a frame is read twice.
    ReadTwice,
    /// Callers are not told of the end.
    CallersAreForgotten,
    /// A held message that was taken is put back behind the others when its mailbox is full.
    BackOfTheQueue,
    /// An answer is given to its caller a moment after what follows it.
    AnswersLag,
    /// Nobody is told of what cannot be decoded.
    UnreadableIsSilent,
    /// What cannot be decoded is delivered.
    UnreadableIsDelivered,
    /// A reply that was passed on fails nobody.
    ForwardedAreForgotten,
    /// The answer to a reply that was passed on goes no further.
    ForwardedAnswersFail,
    /// What has waited for room is not told of it.
    RoomIsNotTold,
}

pub(super) const MISTAKES: [Mistake; 26] = [
    Mistake::HeldAreOvertaken,
    Mistake::OpensEarly,
    Mistake::TokensShutNothing,
    Mistake::OneGateForAll,
    Mistake::DownsPass,
    Mistake::OutsideDownsPass,
    Mistake::GoIsLost,
    Mistake::WordsLeaveLate,
    Mistake::NobodyIsStopped,
    Mistake::NamesAreNotLedOn,
    Mistake::RefusedLeaves,
    Mistake::WrongToken,
    Mistake::ChunksSwapped,
    Mistake::BodiesTakeNoTurns,
    Mistake::ClosedWithinBodies,
    Mistake::DeliveredAfterTheEnd,
    Mistake::GapsAreIgnored,
    Mistake::ReadTwice,
    Mistake::CallersAreForgotten,
    Mistake::BackOfTheQueue,
    Mistake::AnswersLag,
    Mistake::UnreadableIsSilent,
    Mistake::UnreadableIsDelivered,
    Mistake::ForwardedAreForgotten,
    Mistake::ForwardedAnswersFail,
    Mistake::RoomIsNotTold,
];
