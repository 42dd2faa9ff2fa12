//! serde's attributes on a wire type: they say nothing here, and who reads them may believe that they do. What would make another
//! value arrive, or none, is refused; what only names or arranges things in serde's forms is not. Driven by `valid`.

use syn::Ident;

use crate::{ast::Item, attr::Errors};

pub(super) fn check(item: &Item, errors: &mut Errors) {
    let variants = item.variants().iter().flat_map(|variant| &variant.attr.serde);
    let fields = item.fields().flat_map(|field| &field.attr.serde);
    let words: Vec<&Ident> = item.attr.serde.iter().chain(variants).chain(fields).collect();
    let meant = words.iter().find_map(|word| Some((*word, meant(&word.to_string())?)));
    match (meant, &item.attr.ignore_serde) {
        // One word on the type is the answer to all of them.
        (Some((word, instead)), None) => errors.at(
            word.span(),
            format!(
                "`#[serde({word})]` does nothing when this type crosses between nodes: {instead}; if it is for another \
                 format that this type also has, say so on the type: `#[wire(.., ignore_serde)]`"
            ),
        ),
        (_, Some(flag)) if words.is_empty() => {
            errors.at(flag.span(), "there is no `#[serde(..)]` here to ignore; remove `ignore_serde`");
        }
        _ => {}
    }
}

/// What crosses all the same, for the words that would change it.
fn meant(word: &str) -> Option<&'static str> {
    Some(match word {
        "skip" | "skip_serializing" | "skip_deserializing" | "skip_serializing_if" => {
            "it crosses all the same, and who must not have it would get it; take it out of the type"
        }
        "default" => "every value is sent whole; what older versions do not have is `#[wire(since = 2, default)]`",
        "with" | "serialize_with" | "deserialize_with" => {
            "the field crosses in the form of its type; give it a type that has the form you want"
        }
        "from" | "try_from" | "into" | "remote" => {
            "the fields cross as they are, and nothing checks them; write the `Wire` of this type by hand"
        }
        "other" => {
            "a variant that is not known is refused; what older readers get instead is `#[wire(down = function)]`"
        }
        _ => return None,
    })
}
