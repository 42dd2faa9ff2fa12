//! Tests of names: one node against what peers say, and clusters whose streams are delivered in a random order.

mod agreement;
mod cluster;
mod rule;

use std::time::{Duration, Instant};

use actor_core::{ActorId, Incarnation, NodeId, wire::Edge};

use super::{Entry, Message, Names, Offer, Order};
use crate::proto::session_id::SessionId;

const EDGE: Edge = Edge::of("bank.Account", &[]);
const OTHER_EDGE: Edge = Edge::of("chat.Room", &[]);

#[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
fn start() -> Instant {
    Instant::now()
}

fn node(i: usize, incarnation: u64) -> NodeId {
    NodeId { name: format!("n{i}@host:7000").parse().unwrap(), incarnation: Incarnation(incarnation) }
}

fn offer(name: &str, actor: u64) -> Offer {
    Offer { name: name.into(), uri: "bank.Account".into(), edge: EDGE, version: 1, actor: ActorId(actor), via: 0 }
}

fn entry(name: &str, term: u64) -> Entry {
    Entry { name: name.into(), uri: "bank.Account".into(), edge: EDGE, version: 1, actor: ActorId(1), via: 0, term }
}

const MINUTE: Duration = Duration::from_secs(60);

fn hear(names: &mut Names, session: u64, message: Message) -> Vec<Order> {
    let mut orders = Vec::new();
    names.heard(SessionId(session), message, &mut orders);
    orders
}

fn sent(session: u64, message: Message) -> Order {
    Order::Send { session: SessionId(session), message }
}
