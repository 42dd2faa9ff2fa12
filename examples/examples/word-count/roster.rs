//! The workers as the coordinator sees them: who is expected, who works, who is lost, and what each has done.
//! Never talks to them.

use actor_core::prelude::*;

use crate::{
    process::Process,
    protocol::{Counter, Summary},
    schedule::WorkerId,
};

#[derive(Default)]
pub(crate) struct Roster(Vec<Member>);

pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) state: State,
    /// Taking it away kills it.
    pub(crate) process: Option<Process>,
    /// Whether the process is known to have ended.
    pub(crate) ended: bool,
    /// Whether it said that it has heard the total.
    pub(crate) heard: bool,
    /// What it has counted.
    pub(crate) done: Summary,
}

pub(crate) enum State {
    /// Started, and not seen yet.
    Expected,
    /// In the group.
    Joined { counter: Subject<Counter>, monitor: MonitorRef },
    /// Killed by this program, with its `Down` still to come. What it has sent does not count any more.
    Killed { monitor: MonitorRef },
    /// Was in the group, and is down.
    Lost,
    /// Never joined.
    Absent,
}

impl Roster {
    pub(crate) fn expect(&mut self, name: String, process: Process) {
        let state = State::Expected;
        self.0.push(Member {
            name,
            state,
            process: Some(process),
            ended: false,
            heard: false,
            done: Summary::default(),
        });
    }

    pub(crate) fn member(&mut self, worker: WorkerId) -> Option<&mut Member> {
        self.0.get_mut(worker.0)
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.0
    }

    pub(crate) fn by_name(&mut self, name: &str) -> Option<&mut Member> {
        self.0.iter_mut().find(|member| member.name == name)
    }

    /// The worker whose `Down` answers this monitor.
    pub(crate) fn by_monitor(&self, reference: MonitorRef) -> Option<WorkerId> {
        let watched = |member: &Member| match member.state {
            State::Joined { monitor, .. } | State::Killed { monitor } => monitor == reference,
            _ => false,
        };
        self.0.iter().position(watched).map(WorkerId)
    }

    /// The workers that are there, with what they are told.
    pub(crate) fn joined(&self) -> Vec<(WorkerId, Subject<Counter>)> {
        let joined = |(position, member): (usize, &Member)| match &member.state {
            State::Joined { counter, .. } => Some((WorkerId(position), counter.clone())),
            _ => None,
        };
        self.0.iter().enumerate().filter_map(joined).collect()
    }

    pub(crate) fn is_joined(&self, worker: WorkerId) -> bool {
        self.0.get(worker.0).is_some_and(Member::is_joined)
    }

    /// Whether a worker may still join.
    pub(crate) fn expects_more(&self) -> bool {
        self.0.iter().any(|member| matches!(member.state, State::Expected))
    }

    /// Whether nobody is there to count, nor will be.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.0.iter().all(|member| matches!(member.state, State::Lost | State::Absent))
    }

    /// Whether no worker has ever been there.
    pub(crate) fn all_absent(&self) -> bool {
        self.0.iter().all(|member| matches!(member.state, State::Absent))
    }

    /// Whether every worker that is there has heard the total.
    pub(crate) fn all_heard(&self) -> bool {
        self.0.iter().all(|member| member.heard || !member.is_joined())
    }

    /// Whether every process has ended.
    pub(crate) fn all_ended(&self) -> bool {
        self.0.iter().all(|member| member.ended)
    }

    /// Kills a worker that is there, for the sake of the demonstration; returns its name.
    pub(crate) fn kill_one(&mut self, worker: WorkerId) -> Option<&str> {
        let member = self.0.get_mut(worker.0)?;
        let State::Joined { monitor, .. } = member.state else {
            return None;
        };
        member.state = State::Killed { monitor };
        member.process = None;
        Some(&member.name)
    }

    /// Kills the workers that keep everybody waiting; returns their names.
    pub(crate) fn kill(&mut self, is_late: impl Fn(&Member) -> bool) -> Vec<String> {
        let late = self.0.iter_mut().filter(|member| member.process.is_some() && is_late(member));
        late.map(|member| {
            member.process = None;
            member.name.clone()
        })
        .collect()
    }

    pub(crate) fn into_members(self) -> Vec<Member> {
        self.0
    }
}

impl Member {
    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.state, State::Joined { .. })
    }

    /// What became of it, in words.
    pub(crate) fn fate(&self) -> &'static str {
        match self.state {
            State::Expected | State::Absent => "did not start",
            State::Joined { .. } => "",
            State::Killed { .. } | State::Lost => "lost on the way",
        }
    }
}
