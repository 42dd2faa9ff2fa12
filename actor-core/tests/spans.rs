//! Spans from send to handle. The only test of its program, with one subscriber for all threads: while there is no more than one,
//! `tracing` asks the thread that first comes to a span whether it is wanted, and keeps the answer for all. In a test beside others,
//! with a subscriber of its own thread, that was now and then the thread of another, which wanted none.

use std::sync::{Arc, Mutex};

use actor_core::prelude::*;
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    layer::{Context as LayerContext, Layer, SubscriberExt as _},
    registry::LookupSpan,
};

#[derive(Protocol)]
#[wire(uri = "test.Relay", version = 1)]
enum Relay {
    Forward { to: Subject<Relay> },
    Rest,
}

#[derive(Actor)]
#[actor(handles(Relay))]
struct Runner;

impl Handler<Relay> for Runner {
    async fn handle(&mut self, msg: Relay, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Relay::Forward { to } => to.rest()?,
            Relay::Rest => {}
        }
        Ok(())
    }
}

/// Spans of messages: which, from whom, and the message in whose span it was sent.
#[derive(Debug, Clone, Default)]
struct Seen {
    message: String,
    from: String,
    below: Option<String>,
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "from" {
            self.from = format!("{value:?}");
        }
    }
}

#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Seen>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: LayerContext<'_, S>) {
        let mut seen = Seen::default();
        attributes.record(&mut seen);
        let span = cx.span(id).expect("it was made");
        seen.below =
            span.parent().and_then(|parent| parent.extensions().get::<Seen>().map(|seen| seen.message.clone()));
        span.extensions_mut().insert(seen.clone());
        self.0.lock().expect("nobody panics with it").push(seen);
    }
}

/// A message is handled in a span below the one in which it was sent, so that causes can be followed from actor to actor.
#[tokio::test]
async fn spans_follow_messages_from_actor_to_actor() {
    let spans = Spans::default();
    let subscriber = tracing_subscriber::registry().with(spans.clone());
    tracing::subscriber::set_global_default(subscriber).expect("it is the only one");
    let system = System::new();
    let (first, second) = (system.spawn(Runner), system.spawn(Runner));
    first.subject::<Relay>().forward(second.subject()).unwrap();
    first.drain();
    first.ended().await;
    second.drain();
    second.ended().await;
    let seen = spans.0.lock().unwrap().clone();
    let forward = seen.iter().find(|seen| seen.message == "Relay::Forward").expect("it was handled");
    let rest = seen.iter().find(|seen| seen.message == "Relay::Rest").expect("it was handled");
    assert_eq!((&*forward.from, &forward.below), ("", &None));
    assert_eq!((rest.from.clone(), rest.below.as_deref()), (format!("{:?}", first.id()), Some("Relay::Forward")));
}
