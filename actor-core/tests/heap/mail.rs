//! A message to an actor of this process takes no memory of its own, once the actor has had as many at a time.

use actor_core::{Capacity, prelude::*};

use crate::counting::taken;

struct Number(u64);

#[derive(Actor)]
#[actor(handles(Number))]
struct Sum(u64);

impl Handler<Number> for Sum {
    async fn handle(&mut self, Number(n): Number, _: &mut Context<Self>) -> Result<(), Error> {
        self.0 += n;
        Ok(())
    }
}

/// Sends ten thousand messages, never more at a time than there is room for.
async fn send(sum: &Subject<Number>, capacity: Capacity) {
    for n in 0..10_000 {
        match capacity {
            Capacity::Unbounded => sum.tell(Number(n)).expect("there is room"),
            Capacity::Bounded(_) => sum.send(Number(n)).await.expect("there is room"),
        }
        if n % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn a_message_takes_no_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("it can be built");
    let _inside = runtime.enter();
    for capacity in [Capacity::Unbounded, Capacity::Bounded(1024)] {
        let sum = System::new().spawn_with(Sum(0), capacity).subject();
        let [_, _, at_last] = [(); 3].map(|()| taken(|| runtime.block_on(send(&sum, capacity))).1.times);
        assert!(at_last <= 1, "{capacity:?}: {at_last}, of which one is the runtime's");
    }
}
