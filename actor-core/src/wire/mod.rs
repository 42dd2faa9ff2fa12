//! Values as bytes: the [`Wire`] trait, its encoder and decoder, identities of types, and the schema table of a binary.
//! Never opens a socket and never reads a clock; there is no ambient context, so what a value needs to cross
//! (a session for its replies, limits) is in the [`Encoder`] or [`Decoder`] it is given. Driven by the derives and by
//! whoever moves bytes.

mod codec;
mod decoder;
mod edge;
mod encoder;
mod error;
mod foreign;
pub(crate) mod form;
pub mod lock;
mod schema;
mod shape;
mod value;
mod version;

/// A byte string that is shared and not copied: on receipt it is a part of what arrived. Whoever keeps one keeps alive all that was
/// read at once with it; a copy (`Bytes::copy_from_slice`) does not.
#[doc(no_inline)]
pub use bytes::Bytes;
pub use codec::CODEC_ID;
pub(crate) use decoder::COUNTS;
pub use decoder::{Decoder, Limits, Replies};
pub use edge::{Body, Edge};
pub use encoder::{Encoder, Parts};
pub use error::{DecodeError, EncodeError};
pub use foreign::{FirstUse, Foreign, ForeignName, ForeignType};
pub use form::{Form, Own};
pub use schema::{Schema, SchemaConflict, SchemaTable, describe};
pub use shape::{FieldShape, Life, Shape, VariantShape};
pub use version::{Parameter, Versions};

/// A value that can cross from one node to another.
///
/// Derive it: `#[derive(Wire)] #[wire(uri = "shop.Item", version = 1)]`. Everything the derive writes can be written by
/// hand with the methods of [`Encoder`] and [`Decoder`].
///
/// There is no blanket implementation over serde, so that a type which holds handles is never serializable by accident. A type of
/// another crate crosses where a field names it: "Types of other crates" in the docs of the derive. With the features `uuid`, `url`,
/// `serde_json`, `chrono` and `jiff`, types of those crates cross as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between nodes",
    label = "not a wire type",
    note = "if the type is yours, derive it: `#[derive(Wire)] #[wire(uri = \"team.Name\", version = 1)]`",
    note = "if it is from another crate and has serde's traits, name it on the field: `#[wire(foreign = \"crate.Name/1\")]`; types of `uuid`, `url`, `chrono`, `jiff` and `serde_json` cross as they are if you turn on the feature of that name in `actor-core`",
    note = "integers except `usize` and `isize`, floats, `bool`, `char`, `String`, `Bytes`, `Option`, `Result`, `Vec`, arrays, tuples, maps, sets, `Duration`, `SystemTime`, IP addresses, `Subject` and `Reply` cross as they are"
)]
pub trait Wire: Sized {
    /// What this type is when another contains it.
    const EDGE: Edge;

    /// What it is made of. Written by the derive; a codec written by hand may leave it out, and then a change of it is not
    /// noticed.
    const SHAPE: Shape = Shape::Opaque;

    /// The newest version that is released; 0 if there is none. What has no versions may be relied on: `u16::MAX`. What is made
    /// of others is released as far as they are.
    const LOCKED: u16 = u16::MAX;

    /// Whether it may be a foreign type too: it is one of another crate's that this crate knows with a feature, and a field must not
    /// change with that.
    #[doc(hidden)]
    const IS_OF_FEATURE: bool = false;

    /// Writes the type's name as it stands in contracts.
    fn type_name(out: &mut String) {
        out.push_str(std::any::type_name::<Self>());
    }

    /// Appends the value.
    ///
    /// # Errors
    /// [`EncodeError`] when the value cannot cross; what was written is then discarded by the caller.
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Reads a value.
    ///
    /// # Errors
    /// [`DecodeError`] for bytes that are no such value, and for a value beyond the decoder's [`Limits`]; never a panic.
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// Appends many values; byte strings do it in one copy.
    #[doc(hidden)]
    fn encode_all(values: &[Self], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        values.iter().try_for_each(|value| value.encode(e))
    }

    /// Reads `count` values, whose memory was already charged.
    #[doc(hidden)]
    fn decode_all(count: usize, d: &mut Decoder<'_>) -> Result<Vec<Self>, DecodeError> {
        form::many(count, d, Self::decode)
    }

    /// Reads an array; of bytes without memory beside it.
    #[doc(hidden)]
    fn decode_array<const N: usize>(d: &mut Decoder<'_>) -> Result<[Self; N], DecodeError> {
        form::array(d, Self::decode_all)
    }
}

/// Writes the name of a type with its parameters.
pub fn named(out: &mut String, name: &str, parameters: &[fn(&mut String)]) {
    out.push_str(name);
    for (i, parameter) in parameters.iter().enumerate() {
        out.push_str(if i == 0 { "<" } else { ", " });
        parameter(out);
    }
    if !parameters.is_empty() {
        out.push('>');
    }
}

/// The bytes of a value that holds no `Reply` (a reply crosses only in a message that is being sent).
///
/// # Errors
/// As [`Wire::encode`].
pub fn to_bytes<T: Wire>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    value.encode(&mut Encoder::new(&mut out))?;
    Ok(out)
}

/// The value that these bytes are, all of them.
///
/// # Errors
/// As [`Wire::decode`], within the default [`Limits`]; also when bytes are left over, and for a handle or reply, which needs a session to live in.
pub fn from_bytes<T: Wire>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut d = Decoder::new(bytes, Limits::default());
    let value = T::decode(&mut d)?;
    d.finish()?;
    Ok(value)
}
