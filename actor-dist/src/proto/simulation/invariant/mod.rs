//! What must hold, one promise per file: each looks at the world and at what was seen, and says what is wrong.

mod dial;
mod event;
mod group;
mod link;
mod mesh;
mod monitor;
pub(super) mod name;
mod session;
mod silence;
mod tell;

use super::World;

type Check = fn(&World) -> Result<(), String>;

/// When nothing has been under way for a while.
const AT_REST: [Check; 11] = [
    as_it_happened,
    session::check,
    dial::check,
    event::check,
    monitor::check,
    link::check,
    name::check,
    group::check,
    silence::check,
    tell::check,
    mesh::check,
];

/// When besides every node has mentioned every other one.
const IN_FULL_MESH: [Check; 3] = [mesh::check_full, name::check_full, group::check_full];

pub(super) fn at_rest(world: &World) -> Result<(), Vec<String>> {
    all(&AT_REST, world)
}

/// The same where nobody wants a mesh, and nobody needs a session that nothing goes over.
pub(super) fn at_rest_without_mesh(world: &World) -> Result<(), Vec<String>> {
    at_rest(world)?;
    all(&[tell::check_idle], world)
}

pub(super) fn in_full_mesh(world: &World) -> Result<(), Vec<String>> {
    all(&IN_FULL_MESH, world)
}

fn all(checks: &[Check], world: &World) -> Result<(), Vec<String>> {
    let wrong: Vec<String> = checks.iter().filter_map(|check| check(world).err()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// What could be seen to be wrong only at its moment.
fn as_it_happened(world: &World) -> Result<(), String> {
    if world.log.violations.is_empty() { Ok(()) } else { Err(world.log.violations.join("\n")) }
}
