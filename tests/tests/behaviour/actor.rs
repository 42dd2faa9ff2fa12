//! The actor that every claim is tried with, and what it tells the test.

use std::sync::Arc;

use actor_core::prelude::*;
use tokio::sync::{Notify, mpsc};

#[derive(Protocol)]
#[wire(uri = "behaviour.Talk", version = 1)]
pub(crate) enum Talk {
    Say { n: u64 },
    Hear { bytes: Vec<u8> },
    Add { a: u64, b: u64, reply: Reply<u64> },
    Echo { bytes: Vec<u8>, reply: Reply<Vec<u8>> },
    Keep { reply: Reply<u64> },
    AnswerKept { n: u64 },
    DropKept,
    Forward { to: Subject<Talk>, reply: Reply<u64> },
    Who { reply: Reply<Subject<Talk>> },
    Watch { to: Subject<Talk>, done: Reply<()> },
    Unwatch { done: Reply<()> },
    Link { to: Subject<Talk>, done: Reply<()> },
    Unlink { to: Subject<Talk>, done: Reply<()> },
    Trap { done: Reply<()> },
    Block,
    Burst { to: Subject<Talk>, below: u64 },
    Fail,
    Finish,
}

/// For groups.
#[derive(Protocol, Clone)]
#[wire(uri = "behaviour.Note", version = 1)]
pub(crate) enum Note {
    Number { n: u64 },
}

/// Tells the test what it sees.
#[derive(Actor)]
#[actor(handles(Talk, Note, Down, Exit))]
pub(crate) struct Talker {
    pub(crate) seen: mpsc::UnboundedSender<Seen>,
    pub(crate) kept: Vec<Reply<u64>>,
    pub(crate) monitor: Option<MonitorRef>,
    /// What a blocked one waits for.
    pub(crate) gate: Arc<Notify>,
}

impl Talker {
    pub(crate) fn new(seen: mpsc::UnboundedSender<Seen>, gate: Arc<Notify>) -> Self {
        Talker { seen, kept: Vec::new(), monitor: None, gate }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Said(u64),
    /// How many bytes.
    Heard(usize),
    Note(u64),
    Kept,
    Down(ExitReason),
    Exit(ExitReason),
}

impl Handler<Talk> for Talker {
    async fn handle(&mut self, msg: Talk, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Talk::Say { n } => self.seen.send(Seen::Said(n))?,
            Talk::Hear { bytes } => self.seen.send(Seen::Heard(bytes.len()))?,
            Talk::Add { a, b, reply } => reply.send(a + b),
            Talk::Echo { bytes, reply } => reply.send(bytes),
            Talk::Keep { reply } => {
                self.kept.push(reply);
                self.seen.send(Seen::Kept)?;
            }
            Talk::AnswerKept { n } => self.kept.drain(..).for_each(|reply| reply.send(n)),
            Talk::DropKept => self.kept.clear(),
            Talk::Forward { to, reply } => to.tell(Talk::Keep { reply })?,
            Talk::Who { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?),
            Talk::Watch { to, done } => {
                self.monitor = Some(cx.monitor(&to));
                done.send(());
            }
            Talk::Unwatch { done } => {
                self.monitor.take().into_iter().for_each(|monitor| cx.demonitor(monitor));
                done.send(());
            }
            Talk::Link { to, done } => {
                cx.link(&to);
                done.send(());
            }
            Talk::Unlink { to, done } => {
                cx.unlink(&to);
                done.send(());
            }
            Talk::Trap { done } => {
                cx.trap_exits();
                done.send(());
            }
            Talk::Block => self.gate.notified().await,
            Talk::Burst { to, below } => {
                (0..below).try_for_each(|n| to.say(n))?;
                return Err(Error::new("on purpose"));
            }
            Talk::Fail => return Err(Error::new("on purpose")),
            Talk::Finish => cx.stop(),
        }
        Ok(())
    }
}

impl Handler<Note> for Talker {
    async fn handle(&mut self, Note::Number { n }: Note, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Note(n))?;
        Ok(())
    }
}

impl Handler<Down> for Talker {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Down(down.reason))?;
        Ok(())
    }
}

impl Handler<Exit> for Talker {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Exit(exit.reason))?;
        Ok(())
    }
}

/// What an actor ends with that was told to fail.
pub(crate) fn failed() -> ExitReason {
    ExitReason::Failed("on purpose".into())
}
