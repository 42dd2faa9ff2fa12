//! One system, and no node.

use actor_core::System;

use super::{World, run_on_threads};
use crate::peer::Peer;

pub(crate) struct Local(System);

impl World for Local {
    fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(Self) -> F + 'static) {
        run_on_threads(async { test(Local(System::new())).await });
    }

    async fn peer(&self, _: &'static str) -> Peer {
        Peer::local(&self.0)
    }
}
