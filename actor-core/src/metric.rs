//! A system's numbers through the `metrics` facade, for whatever recorder the program installed. Read every so often from
//! counts that are kept anyway: actors, messages and links pay nothing for it.

mod link;

use std::{collections::BTreeMap, fmt, time::Duration};

use metrics::{counter, gauge};

use self::link::Links;
use crate::{runtime, stats::SystemStats, system::System};

impl System {
    /// Publishes the system's numbers through the [`metrics`] facade, at once and then so often, until the publisher is dropped.
    /// Not more often than a hundred times a second. Each time it looks at every running actor, about 100 ns for an actor. `system` is the label by which systems of a
    /// process are told apart.
    ///
    /// | name | kind | labels | what |
    /// |---|---|---|---|
    /// | `actor_running` | gauge | `system`, `kind` | actors of that Rust type |
    /// | `actor_mailbox_messages` | gauge | `system`, `kind` | messages and signals that wait before them |
    /// | `actor_mailbox_longest` | gauge | `system`, `kind` | those before the one with the longest mailbox |
    /// | `actor_spawned_total` | counter | `system` | actors |
    /// | `actor_ended_total` | counter | `system`, `how`: `normal` or `failed` | actors |
    /// | `actor_handled_total` | counter | `system` | messages and signals |
    /// | `actor_dead_letters_total` | counter | `system`, `why`: `ended`, `not_taken`, `elsewhere` or `given_up` | messages that reached nobody |
    /// | `actor_link_up` | gauge | `system`, `node`, `peer` | 1 while the system's node is connected with that peer, then 0 |
    /// | `actor_link_sent_bytes_total`, `actor_link_received_bytes_total` | counter | `system`, `node`, `peer` | bytes on the wire, without heartbeats and the like |
    /// | `actor_link_sent_messages_total`, `actor_link_received_messages_total` | counter | `system`, `node`, `peer` | messages, answers and signals |
    /// | `actor_link_queued_bytes` | gauge | `system`, `node`, `peer` | bytes that wait to be written |
    /// | `actor_link_refused_total` | counter | `system`, `node`, `peer` | messages that found no room |
    /// | `actor_link_waits_total` | counter | `system`, `node`, `peer` | times that a sender waited for room |
    /// | `actor_link_waited_milliseconds_total` | counter | `system`, `node`, `peer` | how long all of them together |
    /// | `actor_link_round_trip_seconds` | gauge | `system`, `node`, `peer` | there and back, smoothed as in RFC 6298, once it was measured |
    /// | `actor_link_round_trip_variation_seconds` | gauge | `system`, `node`, `peer` | how far it is from that |
    /// | `actor_link_silence_seconds` | gauge | `system`, `node`, `peer` | for how long nothing was heard from there |
    ///
    /// Links are there for a system with a node; each time, they cost its lock once. They are counted from when the publisher
    /// began, over all connections with a peer, so that each publisher needs a label of its own. What moved between the last look at
    /// a connection and its end is not counted; then the gauges go to zero.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn publish_metrics(&self, system: impl Into<String>, every: Duration) -> MetricsPublisher {
        let mut publisher = Publisher { label: system.into(), kinds: BTreeMap::new(), links: Links::default() };
        let weak = self.downgrade();
        MetricsPublisher(runtime::repeat(every.max(SHORTEST), move || match weak.upgrade() {
            Some(system) => {
                publisher.publish(&system);
                true
            }
            None => false,
        }))
    }
}

const SHORTEST: Duration = Duration::from_millis(10);

/// Publishes a system's numbers until it is dropped.
#[must_use = "the numbers are published until this is dropped"]
pub struct MetricsPublisher(#[expect(dead_code, reason = "held until it is to end")] runtime::Repeating);

impl fmt::Debug for MetricsPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsPublisher")
    }
}

struct Publisher {
    label: String,
    /// What was last said of each kind, so that a kind without actors goes to zero.
    kinds: BTreeMap<&'static str, Kind>,
    links: Links,
}

#[derive(Default)]
struct Kind {
    running: usize,
    waiting: usize,
    longest: usize,
}

impl Publisher {
    fn publish(&mut self, system: &System) {
        let actors = system.actors();
        let stats = SystemStats::of(system);
        self.kinds.values_mut().for_each(|kind| *kind = Kind::default());
        for actor in &actors {
            let kind = self.kinds.entry(actor.kind).or_default();
            kind.running += 1;
            kind.waiting += actor.mailbox;
            kind.longest = kind.longest.max(actor.mailbox);
        }
        let label = || self.label.clone();
        for (kind, Kind { running, waiting, longest }) in &self.kinds {
            gauge!("actor_running", "system" => label(), "kind" => *kind).set(*running as f64);
            gauge!("actor_mailbox_messages", "system" => label(), "kind" => *kind).set(*waiting as f64);
            gauge!("actor_mailbox_longest", "system" => label(), "kind" => *kind).set(*longest as f64);
        }
        counter!("actor_spawned_total", "system" => label()).absolute(stats.spawned);
        counter!("actor_ended_total", "system" => label(), "how" => "normal").absolute(stats.ended - stats.failed);
        counter!("actor_ended_total", "system" => label(), "how" => "failed").absolute(stats.failed);
        counter!("actor_handled_total", "system" => label()).absolute(stats.handled);
        counter!("actor_dead_letters_total", "system" => label(), "why" => "ended").absolute(stats.dead_letters_ended);
        counter!("actor_dead_letters_total", "system" => label(), "why" => "not_taken")
            .absolute(stats.dead_letters_not_taken);
        counter!("actor_dead_letters_total", "system" => label(), "why" => "elsewhere")
            .absolute(stats.dead_letters_elsewhere);
        counter!("actor_dead_letters_total", "system" => label(), "why" => "given_up")
            .absolute(stats.dead_letters_given_up);
        self.links.publish(&self.label, system.remote().as_deref());
    }
}
