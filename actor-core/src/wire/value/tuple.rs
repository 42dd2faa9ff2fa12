//! Tuples of two to eight.

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire, lock::release::least};

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<$($name: Wire),*> Wire for ($($name,)*) {
            const EDGE: Edge = Edge::of("tuple", &[$($name::EDGE),*]);
            const LOCKED: u16 = least(&[$($name::LOCKED),*]);

            fn type_name(out: &mut String) {
                crate::wire::named(out, "tuple", &[$($name::type_name),*]);
            }

            #[inline]
            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                $(self.$index.encode(e)?;)*
                Ok(())
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(($($name::decode(d)?,)*))
            }
        }
    )*};
}

tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
