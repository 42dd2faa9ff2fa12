//! serde's attributes on a wire type: they say nothing here, and who reads them may believe that they do. What would make another
//! value arrive, or none, is refused; what only names or arranges things in serde's forms is not. Driven by `valid`.

use syn::Ident;

use crate::{ast::Item, attr::Errors};

pub(super) fn check(item: &Item, errors: &mut Errors) {
    let variants = item.variants().iter();
    let variants =
        variants.flat_map(|variant| variant.attr.serde.iter().map(|word| (word, format!("`{}`", variant.ident))));
    let fields =
        item.fields().flat_map(|field| field.attr.serde.iter().map(|word| (word, format!("`{}`", field.name()))));
    let own = item.attr.serde.iter().map(|word| (word, "it".to_owned()));
    let words: Vec<(&Ident, String)> = own.chain(variants).chain(fields).collect();
    let meant = words.iter().find_map(|(word, what)| Some((*word, meant(&word.to_string(), what)?)));
    match (meant, &item.attr.ignore_serde) {
        // One word on the type is the answer to all of them.
        (Some((word, instead)), None) => errors.at(
            word.span(),
            format!(
                "`#[serde({word})]` has no effect between nodes: {instead}; if the attribute is meant for a different format (JSON, say) \
                 and may be ignored here, write `#[wire(.., ignore_serde)]` on the type"
            ),
        ),
        (_, Some(flag)) if words.is_empty() => {
            errors.at(flag.span(), "there is no `#[serde(..)]` here to ignore; remove `ignore_serde`");
        }
        _ => {}
    }
}

/// What crosses nevertheless, for the words that would change it.
fn meant(word: &str, what: &str) -> Option<String> {
    let instead = match word {
        "skip" | "skip_serializing" | "skip_deserializing" | "skip_serializing_if" => {
            return Some(format!("{what} would be sent anyway; move it out of this type"));
        }
        "default" => "every value is sent whole; a field that older versions lack is `#[wire(since = 2, default)]`",
        "with" | "serialize_with" | "deserialize_with" => {
            "a field crosses in the form of its type; give it a type that has the form you want"
        }
        "from" | "try_from" | "into" | "remote" => {
            "the fields are sent as they are, and nothing checks or converts them; implement `Wire` for this type by hand"
        }
        "other" => {
            "an unknown variant is refused; say what older readers get instead: `#[wire(since = 2, down = function)]`"
        }
        _ => return None,
    };
    Some(instead.to_owned())
}
