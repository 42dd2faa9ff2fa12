//! What a system and its node publish through the `metrics` facade, seen by a recorder as programs install one.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actor_core::prelude::*;
use actor_dist::{AtNode, Node, Topology, transport::Memory};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Every figure by its name and labels.
#[derive(Clone, Default)]
struct Figures(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Figures {
    fn of(&self, key: &Key) -> Arc<AtomicU64> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(format!("{} {}", key.name(), labels.join(" "))).or_default())
    }

    /// The bits of a figure; `None` if it was never published.
    fn get(&self, name: &str) -> Option<u64> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = table.iter().find(|(key, _)| key.starts_with(name))?.1;
        Some(found.load(Ordering::Relaxed))
    }
}

impl Recorder for Figures {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.of(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.of(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Till", version = 1)]
enum Till {
    Take { cents: u64 },
    Total { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Till))]
struct Cashier(u64);

impl Handler<Till> for Cashier {
    async fn handle(&mut self, msg: Till, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Till::Take { cents } => self.0 += cents,
            Till::Total { reply } => reply.send(self.0),
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_system_publishes_what_its_actors_do() {
    let figures = Figures::default();
    metrics::set_global_recorder(figures.clone()).unwrap_or_else(|_| panic!("there is no other recorder"));
    let system = System::new();
    let cashiers: Vec<_> = (0..3).map(|_| system.spawn(Cashier(0))).collect();
    for cashier in &cashiers {
        cashier.subject::<Till>().take(5).expect("it runs");
        assert_eq!(cashier.subject::<Till>().total().await, Ok(5));
    }
    cashiers[0].kill();
    cashiers[0].ended().await;
    let every = Duration::from_secs(10);
    let _publisher = system.publish_metrics("shop", every);
    tokio::time::sleep(every / 2).await;
    let gauge = |name: &str| figures.get(name).map(f64::from_bits);
    assert_eq!(gauge("actor_running system=shop kind=metrics::Cashier"), Some(2.0));
    assert_eq!(gauge("actor_mailbox_messages system=shop"), Some(0.0));
    assert_eq!(figures.get("actor_spawned_total system=shop"), Some(3));
    assert_eq!(figures.get("actor_ended_total system=shop how=failed"), Some(1));
    assert_eq!(figures.get("actor_ended_total system=shop how=normal"), Some(0));
    assert_eq!(figures.get("actor_handled_total system=shop"), Some(6));
    drop(cashiers);
    tokio::time::sleep(every).await;
    assert_eq!(gauge("actor_running system=shop kind=metrics::Cashier"), Some(0.0), "a kind that is gone says so");
    assert_eq!(figures.get("actor_ended_total system=shop how=normal"), Some(2));
}

const TILL: LocalName<Till> = LocalName::new("till");

async fn node(name: &str, net: &Memory) -> Node {
    let builder = Node::builder(name).transport(net.clone()).bind("0.0.0.0:0").advertise(format!("{name}.test:0"));
    let builder = builder.cookie("a cookie for tests only").expect("it is a cookie").topology(Topology::Manual);
    builder.system(System::new()).start().await.expect("the node starts")
}

#[tokio::test(start_paused = true)]
async fn a_node_publishes_its_links() {
    let figures = Figures::default();
    let _recorder = metrics::set_default_local_recorder(&figures);
    let net = Memory::new().inline();
    let (a, b) = (node("a", &net).await, node("b", &net).await);
    b.system().register(&TILL, &b.system().spawn(Cashier(0)).subject()).expect("the name is free");
    let to = TILL.at(&a, b.name());
    assert_eq!(to.total().await, Ok(0));
    let labels = format!("system=shop node={} peer={}", a.name(), b.name());
    let count = |name: &str| figures.get(&format!("{name} {labels}"));
    let gauge = |name: &str| count(name).map(f64::from_bits);
    let every = Duration::from_secs(10);
    let system = a.system().clone();
    let _publisher = system.publish_metrics("shop", every);
    tokio::time::sleep(every / 2).await;
    assert_eq!((gauge("actor_link_up"), count("actor_link_sent_messages_total")), (Some(1.0), Some(0)));
    let look = async || tokio::time::sleep(every).await;
    for _ in 0..3 {
        to.take(5).expect("there is room");
        assert!(to.total().await.is_ok());
    }
    look().await;
    let link = a.link(b.name()).expect("it is connected");
    assert_eq!(count("actor_link_sent_messages_total"), Some(6));
    assert_eq!(count("actor_link_received_messages_total"), Some(3));
    let (sent, received) = (count("actor_link_sent_bytes_total"), count("actor_link_received_bytes_total"));
    assert!(sent.is_some_and(|sent| sent > 0 && sent < link.sent.bytes), "one call was before the publisher");
    assert!(received.is_some_and(|received| received > 0 && received < link.received.bytes));
    let trip = link.round_trip.expect("it was measured");
    assert_eq!(gauge("actor_link_round_trip_seconds"), Some(trip.smoothed.as_secs_f64()));
    assert_eq!(gauge("actor_link_round_trip_variation_seconds"), Some(trip.variation.as_secs_f64()));
    assert!(gauge("actor_link_silence_seconds").is_some_and(|silence| silence < every.as_secs_f64()));
    assert_eq!((gauge("actor_link_queued_bytes"), count("actor_link_waits_total")), (Some(0.0), Some(0)));
    assert_eq!((count("actor_link_refused_total"), count("actor_link_waited_milliseconds_total")), (Some(0), Some(0)));

    // Counters go on over connections.
    a.disconnect(b.name());
    look().await;
    assert_eq!((gauge("actor_link_up"), count("actor_link_sent_messages_total")), (Some(0.0), Some(6)));
    assert!(to.total().await.is_ok());
    look().await;
    let again = a.link(b.name()).expect("it is connected again");
    assert!(again.connection != link.connection && again.sent.messages > 0);
    let sent = 6 + again.sent.messages;
    assert_eq!((gauge("actor_link_up"), count("actor_link_sent_messages_total")), (Some(1.0), Some(sent)));
    a.leave().await;
    look().await;
    assert_eq!(gauge("actor_link_up"), Some(0.0));
}
