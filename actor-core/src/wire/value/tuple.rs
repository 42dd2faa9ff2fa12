//! Tuples of one to twelve.

use crate::wire::{
    DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own, lock::release::least,
};

macro_rules! tuples {
    ($(($($name:ident $form:ident $index:tt),*))*) => {$(
        impl<$($name,)* $($form: Form<$name>,)*> Form<($($name,)*)> for ($($form,)*) {
            const EDGE: Edge = Edge::of("tuple", &[$($form::EDGE),*]);
            const LOCKED: u16 = least(&[$($form::LOCKED),*]);

            fn type_name(out: &mut String) {
                crate::wire::named(out, "tuple", &[$($form::type_name),*]);
            }

            #[inline]
            fn encode(value: &($($name,)*), e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                $($form::encode(&value.$index, e)?;)*
                Ok(())
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<($($name,)*), DecodeError> {
                Ok(($($form::decode(d)?,)*))
            }
        }

        impl<$($name: Wire),*> Wire for ($($name,)*) {
            of_own!(($(Own<$name>,)*));
        }
    )*};
}

tuples! {
    (A FA 0)
    (A FA 0, B FB 1)
    (A FA 0, B FB 1, C FC 2)
    (A FA 0, B FB 1, C FC 2, D FD 3)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6, H FH 7)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6, H FH 7, I FI 8)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6, H FH 7, I FI 8, J FJ 9)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6, H FH 7, I FI 8, J FJ 9, K FK 10)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, F FF 5, G FG 6, H FH 7, I FI 8, J FJ 9, K FK 10, L FL 11)
}
