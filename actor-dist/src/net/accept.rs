//! Lets others in: accepts, bounds how many strangers there are at once, and hears them out until they are proven.
//! Whoever is not proven costs a bounded buffer for a bounded time, and learns nothing (H2, H5).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Connection, control,
    handshake::Cut,
    spawn_control,
    transport::{Listener, Stream},
    within,
};
use crate::{
    driver::Driver,
    link::{LaneSocket, Phase, reached},
    proto::{
        Input,
        handshake::{Proven, Refusal, Role},
        session::Verdict,
    },
};

/// How many strangers may be at it at once, and from one address.
const STRANGERS: usize = 512;
const STRANGERS_PER_ADDRESS: usize = 128;
/// How long the whole handshake may take.
const WHOLE: Duration = Duration::from_secs(8);
/// How long to wait when the system has no more sockets to give.
const BREATH: Duration = Duration::from_millis(50);

/// Who is not proven yet.
#[derive(Debug, Default)]
struct Strangers {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One stranger's place; given back when dropped.
struct Place {
    strangers: Arc<Mutex<Strangers>>,
    address: IpAddr,
}

impl Place {
    fn take(strangers: &Arc<Mutex<Strangers>>, address: IpAddr) -> Option<Place> {
        let mut table = strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let here = table.by_address.get(&address).copied().unwrap_or_default();
        if table.all >= STRANGERS || here >= STRANGERS_PER_ADDRESS {
            return None;
        }
        table.all += 1;
        table.by_address.insert(address, here + 1);
        Some(Place { strangers: Arc::clone(strangers), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        table.all -= 1;
        let left = table.by_address.get(&self.address).map_or(0, |here| here - 1);
        match left {
            0 => table.by_address.remove(&self.address),
            _ => table.by_address.insert(self.address, left),
        };
    }
}

/// Accepts until the node ends.
pub(super) async fn run(driver: Arc<Driver>, mut listener: Box<dyn Listener>) {
    let strangers = Arc::<Mutex<Strangers>>::default();
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Some(place) = Place::take(&strangers, from.ip()) else {
            driver.refused(from, "too many connections are being set up".to_owned(), true);
            continue;
        };
        let guest = Arc::clone(&driver);
        spawn_control(&driver, async move { hear_out(guest, stream, from, place).await });
    }
}

async fn hear_out(driver: Arc<Driver>, stream: Box<dyn Stream>, from: SocketAddr, place: Place) {
    let mut connection = Connection::new(stream);
    let heard = within(WHOLE, connection.respond(&driver.settings));
    let proven = match heard.await.unwrap_or(Err(Cut::Silent)) {
        Ok(proven) => proven,
        // Who hangs up was not refused: a port scan, or a node whose attempt was overtaken by its peer's.
        Err(cut @ (Cut::Io(_) | Cut::Closed)) => return tracing::debug!(%from, %cut, "a stranger hung up"),
        Err(cut) => return driver.refused(from, cut.to_string(), cut.is_unproven()),
    };
    drop(place);
    match proven.peer().role {
        Role::Control => admit_control(driver, connection, from, proven).await,
        Role::Message => admit_lane(driver, connection, from, proven).await,
        Role::Bulk => admit_bodies(driver, connection, from, proven).await,
    }
}

async fn admit_control(driver: Arc<Driver>, mut connection: Connection, from: SocketAddr, proven: Proven) {
    let peer = proven.peer();
    let link = match driver.admit_control(peer.node.clone(), peer.session, peer.window) {
        Ok(link) => link,
        Err(verdict) => {
            let refusal = refusal(verdict, &proven);
            return refuse(&driver, connection, from, proven, refusal).await;
        }
    };
    let peer_root = peer.schema_root;
    let Ok(authenticated) = connection.welcome(proven).await else {
        return driver.lost(&link);
    };
    match connection.agree(&driver.settings, peer_root).await {
        Ok(agreement) => {
            link.agree(agreement, authenticated.capabilities);
            control::run(&driver, &link, connection).await;
        }
        Err(cut) => {
            driver.lost(&link);
            match cut {
                Cut::Io(_) | Cut::Closed => tracing::debug!(%from, %cut, "a peer hung up before the types were told"),
                cut => driver.refused(from, cut.to_string(), false),
            }
        }
    }
}

async fn admit_lane(driver: Arc<Driver>, mut connection: Connection, from: SocketAddr, proven: Proven) {
    let peer = proven.peer();
    let link = match driver.admit_lane(&peer.node, peer.session) {
        Ok(link) => link,
        Err(verdict) => {
            let refusal = refusal(verdict, &proven);
            return refuse(&driver, connection, from, proven, refusal).await;
        }
    };
    let welcomed = connection.welcome(proven).await.is_ok();
    // The peer may be done with the tables before this node has read the other one; nothing is decoded until it has.
    reached(&mut link.phase(), Phase::Agreed).await;
    match LaneSocket::of(connection) {
        Ok(socket) if welcomed && *link.phase().borrow() < Phase::Closed => {
            link.put_lane_socket(socket);
            driver.handle(Input::LaneOpened(link.session));
        }
        _ => driver.lost(&link),
    }
}

/// A connection for the bodies of a session that stands, which whoever opened that opens too.
async fn admit_bodies(driver: Arc<Driver>, mut connection: Connection, from: SocketAddr, proven: Proven) {
    let peer = proven.peer();
    let Some(link) = driver.session_of(&peer.node, peer.session) else {
        return refuse(&driver, connection, from, proven, Refusal::UnknownSession).await;
    };
    let welcomed = connection.welcome(proven).await.is_ok();
    match LaneSocket::of(connection) {
        Ok(socket) if welcomed => link.put_body_socket(socket),
        _ => driver.lost(&link),
    }
}

fn refusal(verdict: Verdict, proven: &Proven) -> Refusal {
    match verdict {
        Verdict::Myself => Refusal::NameTaken { name: proven.peer().node.name.clone() },
        Verdict::Leaving => Refusal::Leaving,
        Verdict::Simultaneous => Refusal::Simultaneous,
        Verdict::UnknownSession => Refusal::UnknownSession,
    }
}

async fn refuse(driver: &Driver, mut connection: Connection, from: SocketAddr, proven: Proven, refusal: Refusal) {
    // Both dialing at once is an everyday matter, and no news.
    if refusal != Refusal::Simultaneous {
        driver.refused(from, refusal.to_string(), false);
    }
    let last = proven.refuse(refusal);
    connection.end(&last).await;
}
