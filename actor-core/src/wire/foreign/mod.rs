//! Types of other crates that have serde's traits and not [`Wire`](super::Wire): they cross where a field names them, under the
//! name and version that the team promises for their form, and nowhere else. Never takes serde for granted: what is read is
//! bounded as everything else is, and what these bytes cannot carry is an error. Driven by the derives.

mod growth;
mod read;
mod write;

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    marker::PhantomData,
    panic::catch_unwind,
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Limits};

/// A type that serde can write, and read again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be `foreign`: it does not implement both `Serialize` and `Deserialize`",
    label = "neither a wire type nor one with both of serde's traits",
    note = "if `{Self}` is yours, remove `foreign` and derive it: `#[derive(Wire)] #[wire(uri = \"team.Name\", version = 1)]`",
    note = "if it is from another crate, turn on that crate's serde feature, often named `serde`",
    note = "otherwise copy its parts into a wire type of your own"
)]
pub trait ForeignType: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> ForeignType for T {}

/// The name of a foreign type's form, such as `geo.Point/1`: words joined by dots, and a version, which is another when the
/// type's serde form is another.
pub trait ForeignName {
    /// What stands in contracts, and what the type is when another contains it.
    const NAME: &'static str;

    /// Remembers whether a value was read back: a static of this name.
    fn first_use() -> &'static FirstUse;
}

/// The form of a foreign type `T`, through serde, under the name `N`.
///
/// The bytes are those of serde's data model, without names: they do not say what comes next. A type that asks for that
/// (`#[serde(flatten)]`, `#[serde(untagged)]`, internally tagged enums, values of any kind) or that leaves fields out
/// (`skip_serializing_if`) cannot cross so. It is refused where it is sent: by what it asks of serde, and because the first value
/// that crosses is read back there.
///
/// ```
/// use actor_core::wire::{Decoder, Encoder, FirstUse, Foreign, ForeignName, Form, Limits};
///
/// enum Point {}
///
/// impl ForeignName for Point {
///     const NAME: &'static str = "geo.Point/1";
///
///     fn first_use() -> &'static FirstUse {
///         static FIRST: FirstUse = FirstUse::new();
///         &FIRST
///     }
/// }
///
/// // Pairs stand for a type of another crate.
/// type Path = Vec<Foreign<(f64, f64), Point>>;
///
/// let path = vec![(1.0, 2.0), (3.0, 4.0)];
/// let mut bytes = Vec::new();
/// Path::encode(&path, &mut Encoder::new(&mut bytes))?;
/// assert_eq!(Path::decode(&mut Decoder::new(&bytes, Limits::default()))?, path);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Foreign<T, N>(PhantomData<fn() -> (T, N)>);

impl<T, N> Clone for Foreign<T, N> {
    fn clone(&self) -> Self {
        Foreign(PhantomData)
    }
}

impl<T, N: ForeignName> fmt::Debug for Foreign<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({})", N::NAME)
    }
}

impl<T: ForeignType, N: ForeignName> Form<T> for Foreign<T, N> {
    const EDGE: Edge = Edge::of(N::NAME, &[]);
    /// The name promises the form.
    const LOCKED: u16 = u16::MAX;

    fn type_name(out: &mut String) {
        out.push_str(N::NAME);
    }

    fn encode(value: &T, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let start = e.written().len();
        e.foreign(N::NAME, value)?;
        N::first_use().read_back::<T>(N::NAME, &e.written()[start..])
    }

    fn decode(d: &mut Decoder<'_>) -> Result<T, DecodeError> {
        d.foreign(N::NAME)
    }
}

/// Whether a value of a foreign type was read back where it was written, which tells a type that these bytes cannot carry
/// before anything of it is sent.
#[derive(Debug, Default)]
pub struct FirstUse(AtomicBool);

impl FirstUse {
    /// No value was read back yet.
    pub const fn new() -> Self {
        FirstUse(AtomicBool::new(false))
    }

    fn read_back<T: ForeignType>(&self, name: &'static str, bytes: &[u8]) -> Result<(), EncodeError> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        let read = catch_unwind(|| {
            let mut d = Decoder::new(bytes, Limits::default());
            d.foreign::<T>(name).and_then(|_value| d.finish())
        });
        match read {
            Ok(Ok(_)) => self.0.store(true, Ordering::Relaxed),
            // That is the value's, and the reader may allow more.
            Ok(Err(DecodeError::OverBudget { .. } | DecodeError::TooDeep { .. })) => {}
            Ok(Err(DecodeError::Invalid { why, .. })) => return Err(EncodeError::foreign(name, why)),
            Ok(Err(error)) => {
                return Err(EncodeError::foreign(name, format!("it is not read as it is written: {error}")));
            }
            Err(_) => return Err(EncodeError::foreign(name, "code that reads it panicked")),
        }
        Ok(())
    }
}

impl EncodeError {
    fn foreign(name: &'static str, why: impl Into<Cow<'static, str>>) -> Self {
        EncodeError::Foreign { name, why: why.into() }
    }
}

/// What foreign code says of an error, as far as it is worth the room: it may quote what a stranger has sent.
fn excerpt(said: impl fmt::Display) -> String {
    let mut excerpt = Excerpt { text: String::new(), left: EXCERPT };
    // It fails where it is cut.
    let _ = write!(excerpt, "{said}");
    excerpt.text
}

/// Takes no more than the beginning of what is written to it.
struct Excerpt {
    text: String,
    left: usize,
}

impl fmt::Write for Excerpt {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for letter in part.chars() {
            let Some(left) = self.left.checked_sub(1) else {
                self.text.push('…');
                return Err(fmt::Error);
            };
            self.left = left;
            self.text.push(letter);
        }
        Ok(())
    }
}

/// In characters.
const EXCERPT: usize = 200;

#[cfg(test)]
mod tests;
