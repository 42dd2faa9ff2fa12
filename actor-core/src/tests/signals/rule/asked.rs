//! S1, S2, L3: an exit that an actor is told comes once and in its place to one that traps exits, and ends one that does not.

use super::mail::{Fatal, Item, Mail};
use crate::{
    Exit, ExitReason,
    tests::signals::{
        clock::Moment,
        history::{Deed, History, Sight, words},
    },
};

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    for (from, act) in history.acts() {
        let Deed::Exit { to, number } = act.deed else { continue };
        if to != who {
            continue;
        }
        let words = words(from, to, number);
        let item = Item::Asked { from, number };
        let mut exits = history.tracks[who].seen.iter().enumerate().filter(|(_, seen)| match &seen.sight {
            Sight::Exit(exit) => says(exit, &words) && history.peer(exit) == Some(from),
            _ => false,
        });
        let trapping = history.trapping(who, act.window);
        match exits.next() {
            Some((place, seen)) => mail.read(place, item, act.window, seen.at),
            None if trapping == Some(true) => mail.left(item, act.window, Moment::NEVER),
            None if trapping == Some(false) => {
                let what = "L3: an exit that it was told";
                mail.fatal.push(Fatal { what, by: act.window.until, void: Moment::NEVER, spared: 1 });
            }
            None => continue,
        }
        if exits.next().is_some() {
            wrong.push(format!("S2: {who} had the exit twice that {from} told it in letter {number}"));
        }
    }
}

/// Whether it is in these words.
fn says(exit: &Exit, words: &str) -> bool {
    matches!(&exit.reason, ExitReason::Exited(why) if why == words)
}
