//! The rules of types of other crates: which one a field names, what the name of its form is, and where it stands in the
//! field's type. Whether it has serde's traits, and is no wire type, is the compiler's to say. Driven by `valid`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, Ident, LitStr, PathArguments, Type, spanned::Spanned as _};

use super::uri;
use crate::{
    ast::{Item, plain},
    attr::Errors,
    words,
};

/// Finds out which type is meant where a field gives only a name, and holds what it gives against the rules.
pub(crate) fn resolve(item: &mut Item, errors: &mut Errors) {
    let own: Vec<String> = std::iter::once(&item.ident).chain(parameters(item)).map(plain).collect();
    let parameters: Vec<String> = parameters(item).map(plain).collect();
    for field in item.fields_mut() {
        let types: Vec<Type> = [Some(&field.ty), field.attr.from.as_ref()].into_iter().flatten().cloned().collect();
        let name = field.name();
        let Some(foreign) = &mut field.attr.foreign else { continue };
        if let Some(form) = foreign.alone.take() {
            let mut candidates = Vec::new();
            types.iter().for_each(|ty| collect(ty, &own, &mut candidates));
            match only(&name, &form, candidates) {
                Ok(ty) => foreign.named.push((ty, form)),
                Err(message) => errors.at(foreign.span, message),
            }
        }
        for (place, (ty, form)) in foreign.named.iter().enumerate() {
            well_formed(form, errors);
            let twice = foreign.named[..place].iter().any(|(other, _)| text(other) == text(ty));
            if let Some(wrong) = misnamed(&name, (ty, form), &types, &parameters, twice) {
                errors.at(ty.span(), wrong);
            }
        }
    }
}

/// The type that a name alone means: the only one that may be foreign.
fn only(field: &str, form: &LitStr, candidates: Vec<Type>) -> Result<Type, String> {
    let texts: Vec<String> = candidates.iter().map(text).collect();
    let mut candidates = candidates.into_iter();
    match (candidates.next(), texts.as_slice()) {
        (Some(only), [_]) => Ok(only),
        (Some(_), [one, other, ..]) => {
            let (first, second) = (form_like(form, one), form_like(form, other));
            Err(format!(
                "this field holds `{one}` and `{other}`; name each that is not a wire type: \
                 `foreign({one} = \"{first}\", {other} = \"{second}\")`"
            ))
        }
        _ => Err(format!("`{field}` holds no type of another crate: all of it can cross already; remove `foreign`")),
    }
}

/// The name of a form in the family of this one: `geo.Line/1` for a `Line` beside `geo.Point/1`.
fn form_like(form: &LitStr, ty: &str) -> String {
    let form = form.value();
    let family = form.rsplit_once('.').map_or("geo", |(family, _)| family);
    let word: String = ty.split('<').next().and_then(|path| path.rsplit("::").next()).unwrap_or(ty).to_owned();
    format!("{family}.{word}/1")
}

fn misnamed(
    field: &str,
    (ty, form): (&Type, &LitStr),
    types: &[Type],
    parameters: &[String],
    twice: bool,
) -> Option<String> {
    let text = text(ty);
    if twice {
        return Some(format!("`{text}` is given twice; keep one"));
    }
    if !types.iter().any(|whole| holds(whole, &text)) {
        let is_inside = types.iter().any(|whole| self::text(whole).contains(&text));
        return Some(match is_inside {
            true => format!(
                "`foreign` works only directly in a field or inside standard containers; wrap `{text}`, \
                 `#[derive(Wire)] #[wire(uri = \"team.Mine\")] struct Mine(#[wire(foreign = {})] {text});`, and put `Mine` in its \
                 place",
                form.token()
            ),
            false => format!("`{field}` holds no `{text}`; write the type's name as in the field"),
        });
    }
    let parameter = parameters.iter().find(|parameter| has_word(ty.to_token_stream(), parameter))?;
    Some(format!(
        "{} names one fixed form, but `{text}` has a different one for every `{parameter}`; write a concrete type for \
         `{parameter}`, such as `u64`; or, if the type is yours, derive `Wire` on it and remove `foreign`",
        form.token()
    ))
}

fn parameters(item: &Item) -> impl Iterator<Item = &Ident> {
    item.generics.type_params().map(|parameter| &parameter.ident)
}

/// The rules of the name of a form.
fn well_formed(name: &LitStr, errors: &mut Errors) {
    let value = name.value();
    let wrong = match value.rsplit_once('/') {
        None => Some("this name has no version".to_owned()),
        Some((_, version)) if !is_version(version) => Some(format!("`{version}` is no version")),
        Some((words, _)) => uri::wrong(words).map(|wrong| wrong.replace("uri", "name")),
    };
    if let Some(wrong) = wrong {
        errors.at(
            name.span(),
            format!(
                "{wrong}; write words joined by dots, then `/` and a number, such as \"geo.Point/1\"; raise the number when \
                 the type's serde form changes"
            ),
        );
    }
}

/// A number from 1 to 65535, as it is written.
fn is_version(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|version| version > 0 && version.to_string() == text)
}

/// The types in it that may be foreign: neither a container, which is looked into, nor known to cross. Each once.
fn collect(ty: &Type, own: &[String], found: &mut Vec<Type>) {
    match ty {
        Type::Array(array) => collect(&array.elem, own, found),
        Type::Slice(slice) => collect(&slice.elem, own, found),
        Type::Group(group) => collect(&group.elem, own, found),
        Type::Paren(paren) => collect(&paren.elem, own, found),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| collect(ty, own, found)),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return };
            let name = plain(&last.ident);
            if let Some(count) = container(&name) {
                contents(&last.arguments).take(count).for_each(|ty| collect(ty, own, found));
                return;
            }
            let is_known = KNOWN.contains(&name.as_str()) || path.path.get_ident().is_some() && own.contains(&name);
            let is_found = || found.iter().any(|other| text(other) == text(ty));
            if !is_known && !is_found() {
                found.push(ty.clone());
            }
        }
        _ => {}
    }
}

/// How many of a container's parameters are what it holds.
pub(crate) fn container(name: &str) -> Option<usize> {
    CONTAINERS.iter().find(|(known, _)| *known == name).map(|(_, count)| *count)
}

fn contents(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether the type of that text stands in it, where it can be given a form.
pub(crate) fn holds(ty: &Type, name: &str) -> bool {
    text(ty) == name
        || match ty {
            Type::Array(array) => holds(&array.elem, name),
            Type::Slice(slice) => holds(&slice.elem, name),
            Type::Group(group) => holds(&group.elem, name),
            Type::Paren(paren) => holds(&paren.elem, name),
            Type::Tuple(tuple) => tuple.elems.iter().any(|ty| holds(ty, name)),
            Type::Path(path) => path.path.segments.last().is_some_and(|last| {
                let count = container(&plain(&last.ident)).unwrap_or(0);
                contents(&last.arguments).take(count).any(|ty| holds(ty, name))
            }),
            _ => false,
        }
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_word(group.stream(), word),
        TokenTree::Ident(ident) => plain(&ident) == word,
        _ => false,
    })
}

/// The type as it was written but for spaces.
pub(crate) fn text(ty: &Type) -> String {
    words::of(ty.to_token_stream())
}

/// What holds other values, and how many of its parameters are of them.
const CONTAINERS: [(&str, usize); 17] = [
    ("Option", 1),
    ("Result", 2),
    ("Vec", 1),
    ("VecDeque", 1),
    ("LinkedList", 1),
    ("BinaryHeap", 1),
    ("BTreeMap", 2),
    ("HashMap", 2),
    ("BTreeSet", 1),
    ("HashSet", 1),
    ("Box", 1),
    ("Arc", 1),
    ("Cow", 1),
    ("Range", 1),
    ("Reverse", 1),
    ("Wrapping", 1),
    ("Reply", 1),
];

/// What crosses as it is, so that it is not meant by a name alone.
const KNOWN: [&str; 46] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "bool",
    "char",
    "str",
    "String",
    "Bytes",
    "Duration",
    "SystemTime",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "NonZero",
    "NonZeroU8",
    "NonZeroU16",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroU128",
    "NonZeroI8",
    "NonZeroI16",
    "NonZeroI32",
    "NonZeroI64",
    "NonZeroI128",
    "NonZeroUsize",
    "NonZeroIsize",
    "PhantomData",
    "Ordering",
    "Subject",
    "NodeName",
    "NodeId",
    "ActorId",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ty: &str) -> String {
        let ty = syn::parse_str(ty).expect("the type is Rust");
        let mut found = Vec::new();
        collect(&ty, &["T".to_owned(), "Tree".to_owned()], &mut found);
        found.iter().map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_neither_holds_nor_is_known_may_be_foreign() {
        for (ty, foreign) in [
            ("Point", "Point"),
            ("std::vec::Vec<Option<geo::Point>>", "geo::Point"),
            ("HashMap<String, [(u8, Point); 3], Hasher>", "Point"),
            ("(Point, Option<Point>, Box<[Line]>)", "Point Line"),
            ("Cow<'static, [Point]>", "Point"),
            ("Matrix<f64, 3>", "Matrix<f64,3>"),
            ("Reply<Result<Point, String>>", "Point"),
            ("Vec<(T, Tree, u64, Subject<Account>)>", ""),
            ("fn(Point)", ""),
            ("Vec", ""),
        ] {
            assert_eq!(found(ty), foreign, "{ty}");
        }
    }

    #[test]
    fn a_version_is_written_in_one_way() {
        for version in ["1", "65535"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["", "0", "01", "+1", "65536", "x", "1 "] {
            assert!(!is_version(version), "{version}");
        }
    }
}
