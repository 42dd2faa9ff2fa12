//! L3, L4: a stop, a kill, an untrapped exit, and what the actor says itself, once arrived, overtake what waits; a kill ends the
//! handler at its next await.

use super::mail::{Fatal, Mail};
use crate::tests::signals::{
    clock::Moment,
    history::{Act, Deed, History},
};

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    for (by, act) in history.acts() {
        let (what, spared) = match act.deed {
            Deed::Stop(to) if to == who => ("L4: a stop", 1),
            Deed::Kill(to) if to == who => ("L3: a kill", 1),
            Deed::Finish if by == who => ("V3: its own stop", 0),
            _ => continue,
        };
        mail.fatal.push(Fatal { what, by: act.window.until, void: Moment::NEVER, spared });
        let outlived = |later: &&Act| act.window.is_before(later.window) && later.window.until != Moment::NEVER;
        if act.deed == Deed::Kill(who)
            && let Some(later) =
                history.tracks[who].acts.iter().find(|later| later.deed == Deed::Yield && outlived(later))
        {
            wrong.push(format!("L3: {who} was killed and got through an await later: {later:?}"));
        }
    }
    for Fatal { what, by, void, spared } in &mail.fatal {
        let within = |moment: Moment| *by < moment && moment < *void;
        let begun = history.tracks[who].seen.iter().filter(|seen| within(seen.at)).count();
        if begun > *spared {
            wrong.push(format!("{what} had arrived at {who}, and {begun} letters came out after it"));
        }
        let later = mail.letters.iter().find(|letter| letter.read && *by < letter.pushed.from && within(letter.taken));
        if let Some(later) = later {
            wrong.push(format!("{what} had arrived at {who}, and {} was sent later and came out", later.item));
        }
    }
}
