//! S1, S2, S3: what one actor sends to another arrives in sending order, at most once, without gaps; what was refused does not
//! arrive, and was refused only by one that had ended or was draining.

use super::mail::{Item, Mail};
use crate::tests::signals::{
    clock::{Moment, Window},
    history::{Act, Deed, History, Sight},
};

struct Sent {
    number: u32,
    call: bool,
    taken: bool,
    window: Window,
}

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    let drains: Vec<_> =
        history.acts().filter(|(_, act)| act.deed == Deed::Drain(who)).map(|(_, act)| act.window).collect();
    for (from, track) in history.tracks.iter().enumerate() {
        let sent: Vec<_> = track.acts.iter().filter_map(|act| sent(act, who)).collect();
        let mut taken = vec![Moment::NEVER; sent.len()];
        let mut next = 0;
        for (place, seen) in history.tracks[who].seen.iter().enumerate() {
            let Sight::Message { from: sender, number, call } = seen.sight else { continue };
            if sender != from {
                continue;
            }
            let Ok(at) = sent.binary_search_by_key(&number, |sent| sent.number) else { continue };
            if at < next || sent[at].call != call || !sent[at].taken {
                wrong.push(format!("S1: {number} from {from} came to {who} twice, late, or though it was refused"));
            }
            next = at + 1;
            taken[at] = seen.at;
            mail.read(place, Item::Message { from, number }, sent[at].window, seen.at);
        }
        for (sent, taken) in sent.iter().zip(taken) {
            let Sent { number, window, .. } = *sent;
            if taken == Moment::NEVER && sent.taken {
                mail.left(Item::Message { from, number }, window, taken);
                if history.was_drained(who) {
                    wrong.push(format!("L4: {who} was drained, and {number} from {from} is lost"));
                }
            }
            let end = &history.ends[who];
            let (drained, draining) = drains.iter().fold((false, false), |(drained, draining), drain: &Window| {
                (drained || drain.is_before(window), draining || !window.is_before(*drain))
            });
            if sent.taken && (end.dropped < window.from || drained) {
                wrong.push(format!("S3: {who} had ended or was draining, and took {number} from {from}"));
            }
            if !sent.taken && window.until < end.last && !draining {
                wrong.push(format!("S3: {who} was alive, and refused {number} from {from}"));
            }
        }
    }
}

fn sent(act: &Act, who: usize) -> Option<Sent> {
    let (to, number, call, taken) = match act.deed {
        Deed::Send { to, number, taken } => (to, number, false, taken),
        Deed::Call { to, number, taken } => (to, number, true, taken),
        _ => return None,
    };
    (to == who).then_some(Sent { number, call, taken, window: act.window })
}
