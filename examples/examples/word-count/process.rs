//! The worker processes: starts them, hands over what they need to join, kills them, tells of their end.
//! Knows no node: whether a worker is in the cluster is seen by monitors, not here.

use std::{
    env, fmt,
    io::{self, Read},
    process::{ExitStatus, Stdio},
};

use actor_core::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStderr, Command},
    sync::oneshot,
};

use crate::schedule::WorkerId;

/// The most that is kept of what a worker says on its standard error.
const SAID_BYTES: u64 = 16 << 10;

/// What a worker has to know. It is handed over through standard input, because everybody can read a command line.
#[derive(Clone)]
pub(crate) struct Briefing {
    pub(crate) name: String,
    /// The node to connect to.
    pub(crate) seed: String,
    pub(crate) cookie: String,
}

/// A process that runs. Dropping this kills it (SIGKILL).
pub(crate) struct Process {
    _alive: oneshot::Sender<()>,
}

/// A process has ended, or could not be started. A message that stays on this node.
pub(crate) struct ProcessEnded {
    pub(crate) worker: WorkerId,
    pub(crate) ending: Ending,
}

/// How a process ended.
pub(crate) enum Ending {
    NotStarted(io::Error),
    Ended { status: ExitStatus, said: String },
}

/// Starts a worker. Whatever happens, `tell` is told [`ProcessEnded`] once.
pub(crate) fn start(worker: WorkerId, briefing: Briefing, tell: Subject<ProcessEnded>) -> Process {
    let (alive, killed) = oneshot::channel();
    tokio::spawn(async move {
        let ending = run(&briefing, killed).await.unwrap_or_else(Ending::NotStarted);
        // Nobody listens any more when the coordinator has given up.
        let _unheard = tell.tell(ProcessEnded { worker, ending });
    });
    Process { _alive: alive }
}

async fn run(briefing: &Briefing, killed: oneshot::Receiver<()>) -> io::Result<Ending> {
    let mut child = Command::new(env::current_exe()?)
        .arg("--worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // If this fails the process is ending, and its status says more.
        let _ended = stdin.write_all(briefing.to_string().as_bytes()).await;
    }
    let stderr = child.stderr.take();
    let (status, said) = tokio::join!(end(&mut child, killed), read(stderr));
    Ok(Ending::Ended { status: status?, said })
}

async fn end(child: &mut Child, killed: oneshot::Receiver<()>) -> io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        _ = killed => child.start_kill()?,
    }
    child.wait().await
}

async fn read(stderr: Option<ChildStderr>) -> String {
    let Some(stderr) = stderr else {
        return String::new();
    };
    let (mut said, mut stderr) = (Vec::new(), stderr.take(SAID_BYTES));
    // Half of what it said is better than nothing; the rest is read so that it does not wait for us.
    let _half = stderr.read_to_end(&mut said).await;
    let _rest = tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&said).trim().to_owned()
}

impl fmt::Display for Briefing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.name, self.seed, self.cookie)
    }
}

impl Briefing {
    /// Reads what `Display` wrote.
    pub(crate) fn read(mut from: impl Read) -> io::Result<Briefing> {
        let mut text = String::new();
        from.read_to_string(&mut text)?;
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next(), lines.next(), lines.next()) {
            (Some(name), Some(seed), Some(cookie)) => Ok(Briefing { name, seed, cookie }),
            _ => Err(io::Error::other("a worker is started by the word count itself, which tells it whom to join")),
        }
    }
}

impl Ending {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Ending::Ended { status, said } if status.success() && said.is_empty())
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::NotStarted(error) => write!(f, "{error}"),
            Ending::Ended { status, said } if said.is_empty() => write!(f, "{status}"),
            Ending::Ended { status, said } => write!(f, "{status}: {said}"),
        }
    }
}
