//! The model: what may come out of a mailbox, given what went in, one kind of signal per file. Each looks at a history and
//! says what is wrong with it. Where the clock leaves two outcomes open both are right.

mod asked;
mod call;
mod end;
mod fatal;
mod link;
mod mail;
mod message;
mod monitor;
mod stranger;

use self::mail::Mail;
use super::history::History;

/// What one actor was sent or did, and saw.
type Check = fn(&History, usize, &mut Mail, &mut Vec<String>);

/// What went into the mailbox comes first, then what is said of all of it.
const CHECKS: [Check; 9] = [
    message::check,
    monitor::check,
    asked::check,
    link::check,
    stranger::check,
    fatal::check,
    mail::check,
    call::check,
    end::check,
];

/// Everything that is wrong.
pub(super) fn broken(history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for who in 0..history.ends.len() {
        let mut mail = Mail::new(history.tracks[who].seen.len());
        for check in CHECKS {
            check(history, who, &mut mail, &mut wrong);
        }
    }
    wrong
}
