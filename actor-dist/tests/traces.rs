//! Traces from node to node. A program of its own, with one subscriber for all threads.

mod support;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use actor_core::{NodeName, TraceBridge, TraceContext, prelude::*};
use actor_dist::{AtNode, GroupKey, Node};
use support::{COOKIE, soon};
use tracing::Span;

#[derive(Protocol)]
#[wire(uri = "test.Tour", version = 1)]
enum Tour {
    Go { on: Subject<Tour>, reply: Reply<u64> },
    Rest { reply: Reply<u64> },
    Wake,
}

#[derive(Protocol, Clone)]
#[wire(uri = "test.Call", version = 1)]
enum Hear {
    Now,
}

#[derive(Actor)]
#[actor(handles(Tour, Hear))]
struct Traveller;

impl Handler<Tour> for Traveller {
    async fn handle(&mut self, msg: Tour, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Tour::Go { on, reply } => reply.send(on.rest().await? + 1),
            Tour::Rest { reply } => reply.send(1),
            Tour::Wake => {}
        }
        Ok(())
    }
}

impl Handler<Hear> for Traveller {
    async fn handle(&mut self, _: Hear, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// A tracing system of a few lines: it knows of some spans in which trace they are.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    of: HashMap<u64, TraceContext>,
    followed: Vec<(u64, TraceContext)>,
}

fn number(span: &Span) -> Option<u64> {
    span.id().map(|id| id.into_u64())
}

impl TraceBridge for Traces {
    fn context(&self, current: &Span) -> Option<TraceContext> {
        let state = self.0.lock().expect("nobody panics with it");
        let (number, sent_in) = (number(current)?, state.of.get(&number(current)?)?);
        TraceContext::new(sent_in.trace_id(), number.to_be_bytes(), sent_in.flags())
    }

    fn follow(&self, span: &Span, sent_in: &TraceContext) {
        let mut state = self.0.lock().expect("nobody panics with it");
        let number = number(span).expect("spans of messages are wanted");
        state.of.insert(number, *sent_in);
        state.followed.push((number, *sent_in));
    }
}

impl Traces {
    /// In which span a message that came was handled, and where it was sent.
    async fn followed(&self) -> (u64, TraceContext) {
        soon(async {
            loop {
                let first = self.0.lock().expect("nobody panics with it").followed.pop();
                match first {
                    Some(followed) => return followed,
                    None => tokio::task::yield_now().await,
                }
            }
        })
        .await
    }
}

const TOUR: LocalName<Tour> = LocalName::new("tour");
const ROOM: GroupKey<Hear> = GroupKey::new("room");

async fn node(name: &str) -> (Node, ActorRef<Traveller>, Traces) {
    let system = System::new();
    let (traces, traveller) = (Traces::default(), system.spawn(Traveller));
    system.bridge_traces(traces.clone()).expect("it has none yet");
    assert!(system.bridge_traces(traces.clone()).is_err(), "the first one stays");
    system.register(&TOUR, &traveller.subject()).expect("the name is free");
    let builder = Node::builder(name).cookie(COOKIE).expect("it is a cookie").system(system);
    let node = builder.start().await.expect("the node starts");
    (node, traveller, traces)
}

/// DESIGN §6: a message is handled in the trace in which it was sent, from node to node and by whatever way, also if it waited for a
/// session; one that was sent in no trace, in none.
#[tokio::test(flavor = "multi_thread")]
async fn a_trace_follows_messages_from_node_to_node() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).expect("it is the only one");
    let ((a, on_a, at_a), (b, on_b, at_b)) = (node("a").await, node("b").await);
    let root: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    let span = tracing::info_span!("request");
    at_a.0.lock().unwrap().of.insert(number(&span).unwrap(), root);
    let there: NodeName = b.name().clone();
    let to_b = TOUR.at(&a, &there);

    let there_and_back = span.in_scope(|| to_b.go(on_a.subject()));
    assert_eq!(soon(there_and_back).await, Ok(2));
    let (handled, sent_in) = at_b.followed().await;
    assert_eq!((sent_in.trace_id(), sent_in.flags()), (root.trace_id(), 1), "it waited for the session");
    assert_eq!(u64::from_be_bytes(sent_in.span_id()), number(&span).unwrap());
    let (_, sent_in) = at_a.followed().await;
    assert_eq!(sent_in.trace_id(), root.trace_id());
    assert_eq!(u64::from_be_bytes(sent_in.span_id()), handled, "the handler on b sent it");

    span.in_scope(|| to_b.wake()).unwrap();
    assert_eq!(at_b.followed().await.1.trace_id(), root.trace_id());
    assert_eq!(soon(to_b.rest()).await, Ok(1));
    assert!(at_b.0.lock().unwrap().followed.is_empty(), "it was sent in no trace");

    b.groups().join(&ROOM, &on_b.subject()).unwrap();
    soon(TOUR.at(&b, a.name()).rest()).await.unwrap();
    span.in_scope(|| ROOM.on(&a).now()).unwrap();
    assert_eq!(at_b.followed().await.1.trace_id(), root.trace_id());
}
