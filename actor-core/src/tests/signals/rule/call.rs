//! S3, S4: a call has the answer that its callee gave; one that was dropped, or whose callee ended, fails at once; one that was
//! not taken says so.

use super::mail::Mail;
use crate::{
    CallError, SendFailure,
    tests::signals::{
        clock::{Moment, Window},
        history::{Act, Deed, History, answer},
        program::Treatment,
    },
};

pub(super) fn check(history: &History, who: usize, _: &mut Mail, wrong: &mut Vec<String>) {
    for act in &history.tracks[who].acts {
        let Deed::Look { to, number, outcome } = &act.deed else { continue };
        let call = Call { history, from: who, to: *to, number: *number };
        if let Err(why) = call.check(act, outcome.as_ref()) {
            wrong.push(format!("{why}: call {number} of {who} to {to} was looked at: {act:?}"));
        }
    }
}

struct Call<'a> {
    history: &'a History,
    from: usize,
    to: usize,
    number: u32,
}

impl Call<'_> {
    fn was_taken(&self) -> bool {
        let call = Deed::Call { to: self.to, number: self.number, taken: true };
        self.history.tracks[self.from].acts.iter().any(|act| act.deed == call)
    }

    /// What its callee did about it, and when.
    fn settled(&self) -> Option<(Treatment, Window)> {
        self.history.tracks[self.to].acts.iter().find_map(|act| match act.deed {
            Deed::Settle { from, number, how } if from == self.from && number == self.number => Some((how, act.window)),
            _ => None,
        })
    }

    fn check(&self, look: &Act, outcome: Option<&Result<u64, CallError>>) -> Result<(), &'static str> {
        let (taken, settled, end) = (self.was_taken(), self.settled(), &self.history.ends[self.to]);
        // Under way: so may be one that was asked, until its caller was killed.
        let Some(outcome) = outcome else {
            let over =
                !taken || end.told < look.window.from || settled.is_some_and(|(_, at)| at.is_before(look.window));
            let outlived = look.window.until != Moment::NEVER;
            return if over && outlived { Err("S4: its answer should have been there") } else { Ok(()) };
        };
        let right = match (outcome, settled) {
            (Err(CallError::NotDelivered(SendFailure::Stopped)), None) => !taken,
            (_, Some((_, at))) if look.window.is_before(at) => return Err("S4: nobody had answered"),
            (Ok(value), Some((Treatment::Answer, _))) => *value == answer(self.from, self.to, self.number),
            (Err(CallError::Refused(why)), Some((Treatment::Refuse, _))) => *why == self.number.to_string(),
            (Err(CallError::NoReply), Some((Treatment::Drop, _))) => true,
            (Err(CallError::NoReply), None) => end.last < look.window.until,
            _ => false,
        };
        if right && (taken || settled.is_none()) { Ok(()) } else { Err("S4: that is not its answer") }
    }
}
