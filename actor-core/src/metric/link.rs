//! The links of a system's node through the `metrics` facade. A connection counts from its beginning and figures go on over
//! all of them, so it is remembered of each what was last said. Remembers nothing of links that are gone, and asks no link itself.

use std::collections::BTreeMap;

use metrics::{Label, counter, gauge};

use crate::{
    identity::{NodeId, NodeName},
    route::{LinkFigures, Remote},
};

/// What was last said of each link; nothing before the first time.
#[derive(Default)]
pub(super) struct Links(Option<Told>);

/// By this node, in its run, and the name of the other one.
type Told = BTreeMap<(NodeId, NodeName), LinkFigures>;

/// One of the figures of a link.
struct Figure<T> {
    name: &'static str,
    of: fn(&LinkFigures) -> T,
}

/// What only grows on a connection.
const COUNTERS: [Figure<u64>; 7] = [
    Figure { name: "actor_link_sent_bytes_total", of: |link| link.sent_bytes },
    Figure { name: "actor_link_sent_messages_total", of: |link| link.sent_messages },
    Figure { name: "actor_link_received_bytes_total", of: |link| link.received_bytes },
    Figure { name: "actor_link_received_messages_total", of: |link| link.received_messages },
    Figure { name: "actor_link_refused_total", of: |link| link.refused },
    Figure { name: "actor_link_waits_total", of: |link| link.waits },
    Figure {
        name: "actor_link_waited_milliseconds_total",
        of: |link| u64::try_from(link.waited.as_millis()).unwrap_or(u64::MAX),
    },
];

/// How it stands at the moment, as far as that is known.
const GAUGES: [Figure<Option<f64>>; 5] = [
    Figure { name: "actor_link_up", of: |_| Some(1.0) },
    Figure { name: "actor_link_queued_bytes", of: |link| Some(link.queued_bytes as f64) },
    Figure { name: "actor_link_round_trip_seconds", of: |link| Some(link.round_trip?.0.as_secs_f64()) },
    Figure { name: "actor_link_round_trip_variation_seconds", of: |link| Some(link.round_trip?.1.as_secs_f64()) },
    Figure { name: "actor_link_silence_seconds", of: |link| Some(link.silence.as_secs_f64()) },
];

impl Links {
    pub(super) fn publish(&mut self, system: &str, remote: Option<&dyn Remote>) {
        let links = |remote: &dyn Remote| {
            let ends = |link: &LinkFigures| (remote.node().clone(), link.peer.clone());
            remote.link_figures().into_iter().map(|link| (ends(&link), link)).collect()
        };
        let now: Told = remote.map(links).unwrap_or_default();
        let before = self.0.take();
        for (ends, gone) in before.iter().flatten().filter(|(ends, _)| !now.contains_key(ends)) {
            end(&labels(system, ends), gone);
        }
        for (ends, link) in &now {
            let last = match &before {
                // What moved before this publisher began another one may have counted.
                None => Some(link),
                Some(before) => before.get(ends).filter(|last| last.connection == link.connection),
            };
            say(&labels(system, ends), link, last);
        }
        self.0 = Some(now);
    }
}

fn labels(system: &str, (node, peer): &(NodeId, NodeName)) -> [Label; 3] {
    let label = |key, value: &str| Label::new(key, value.to_owned());
    [label("system", system), label("node", node.name.as_str()), label("peer", peer.as_str())]
}

fn say(labels: &[Label; 3], link: &LinkFigures, last: Option<&LinkFigures>) {
    for Figure { name, of } in COUNTERS {
        counter!(name, labels.iter()).increment(of(link).saturating_sub(last.map_or(0, of)));
    }
    for Figure { name, of } in GAUGES {
        if let Some(value) = of(link) {
            gauge!(name, labels.iter()).set(value);
        }
    }
}

fn end(labels: &[Label; 3], link: &LinkFigures) {
    for Figure { name, .. } in GAUGES.iter().filter(|gauge| (gauge.of)(link).is_some()) {
        gauge!(*name, labels.iter()).set(0.0);
    }
}
