//! The clerk of a node: an actor that makes the traffic, counts what it has sent, and does what the operator asks.
//! Knows no build: what is said, `Build` says.

use std::{collections::BTreeMap, marker::PhantomData, time::Duration};

use actor_core::{NodeName, prelude::*};
use actor_dist::{Node, NodeEvent};
use tokio::sync::oneshot;

use crate::{
    build::{Build, Till},
    control::{Control, Line, Peer, Tally},
};

/// Between two rounds of traffic.
const PACE: Duration = Duration::from_millis(2);
/// How long the clerk waits for an event.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Actor)]
#[actor(handles(Control, Round))]
pub(crate) struct Clerk<B: Build, T: Till> {
    node: Node,
    label: String,
    build: B,
    till: PhantomData<T>,
    partners: BTreeMap<String, Partner>,
    /// Broadcasts so far.
    news: u64,
    /// What went wrong in a round.
    failed: Option<Error>,
    left: Option<oneshot::Sender<()>>,
}

/// A node that this one trades with.
struct Partner {
    name: NodeName,
    label: String,
    sent: Tally,
}

/// Time for another round. A message that stays on this node.
pub(crate) struct Round;

impl<B: Build, T: Till> Clerk<B, T> {
    /// A clerk that tells `left` when the operator wants the process to end.
    pub(crate) fn new(node: Node, label: String, build: B, left: oneshot::Sender<()>) -> Self {
        let (partners, till) = (BTreeMap::new(), PhantomData);
        Clerk { node, label, build, till, partners, news: 0, failed: None, left: Some(left) }
    }
}

impl<B: Build, T: Till> Handler<Round> for Clerk<B, T> {
    async fn handle(&mut self, _: Round, cx: &mut Context<Self>) -> Result<(), Error> {
        if self.failed.is_none() {
            self.failed = self.round().await.err();
        }
        if let Some(me) = cx.subject::<Round>() {
            tokio::spawn(async move {
                tokio::time::sleep(PACE).await;
                // The clerk has ended in between.
                let _ended = me.tell(Round);
            });
        }
        Ok(())
    }
}

impl<B: Build, T: Till> Handler<Control> for Clerk<B, T> {
    async fn handle(&mut self, msg: Control, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Control::Admit { peer, reply } => answer(reply, self.admit(peer).await),
            Control::Run { rounds, reply } => answer(reply, self.run(rounds).await),
            Control::Release { peer, reply } => answer(reply, self.release(&peer.label).await),
            Control::Quit { reply } => answer(reply, self.quit().await),
            Control::Show { to, via, reply } => answer(reply, self.build.show(&to, &via).await),
            Control::Spend { to, reply } => {
                let to = to.node.parse()?;
                reply.send(T::spend(&self.node, &to).await);
            }
            Control::Conflict { with, reply } => {
                let found = tokio::time::timeout(PATIENCE, self.conflict(&with)).await;
                answer(reply, found.unwrap_or_else(|_| Err(Error::new("no conflict was told in time"))));
            }
            Control::Leave => {
                if let Some(left) = self.left.take() {
                    // The process waits for this until it ends.
                    let _gone = left.send(());
                }
                cx.stop();
            }
        }
        Ok(())
    }
}

impl<B: Build, T: Till> Clerk<B, T> {
    /// When the other shop has answered, this node knows that it is in the group: that was said before, on the same way.
    async fn admit(&mut self, peer: Peer) -> Result<bool, Error> {
        let name = peer.node.parse()?;
        let greeted = self.build.greet(&name, self.news).await?;
        let partner = Partner { name, label: peer.label.clone(), sent: Tally::default() };
        self.partners.insert(peer.label, partner);
        Ok(greeted)
    }

    async fn run(&mut self, rounds: u64) -> Result<bool, Error> {
        for _ in 0..rounds {
            self.round().await?;
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(true),
        }
    }

    /// A tell and a call to each partner, and a broadcast to all.
    async fn round(&mut self) -> Result<(), Error> {
        for Partner { name, label, sent } in self.partners.values_mut() {
            self.build.order(name, sent.tells + 1)?;
            sent.tells += 1;
            let right = self.build.price(name, label, sent.calls + 1).await?;
            sent.calls += 1;
            sent.wrong += u64::from(!right);
        }
        if self.partners.is_empty() {
            return Ok(());
        }
        self.news += 1;
        let reach = self.build.sale(self.news)?;
        if reach.missed > 0 || reach.nodes < self.partners.len() {
            return Err(Error::new(format_args!("a broadcast did not go to all: {reach:?}")));
        }
        self.partners.values_mut().for_each(|partner| partner.sent.news += 1);
        Ok(())
    }

    async fn release(&mut self, label: &str) -> Result<Line, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let partner = self.partners.remove(label).ok_or_else(|| Error::new("there is no such partner"))?;
        let received = self.build.part(&partner.name).await?;
        Ok(Line { from: self.label.clone(), to: partner.label, sent: partner.sent, received })
    }

    /// When the others have answered, they know that this shop is no longer in the group.
    async fn quit(&mut self) -> Result<Vec<Line>, Error> {
        self.build.close();
        let labels: Vec<String> = self.partners.keys().cloned().collect();
        let mut lines = Vec::new();
        for label in labels {
            lines.push(self.release(&label).await?);
        }
        Ok(lines)
    }

    async fn conflict(&self, with: &Peer) -> Result<String, Error> {
        // A new subscription begins with all that stands, the conflicts among it.
        let mut events = self.node.events();
        while let Some(event) = events.next().await {
            if let NodeEvent::SchemaConflict { node, uri, ours, theirs, .. } = event
                && node.name.to_string() == with.node
            {
                return Ok(format!("`{uri}` is {ours} here, and {theirs} on {}", with.label));
            }
        }
        Err(Error::new("the events have ended"))
    }
}

fn answer<A>(reply: Reply<A>, result: Result<A, Error>) {
    match result {
        Ok(answer) => reply.send(answer),
        Err(error) => reply.refuse(error),
    }
}
