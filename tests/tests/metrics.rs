//! What a system publishes through the `metrics` facade, seen by a recorder as programs install one.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actor_core::prelude::*;
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
