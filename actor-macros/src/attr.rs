//! What stands in `#[wire(..)]` and `#[actor(..)]`, as values that remember where the user wrote them.
//! Reads one attribute at a time and never looks at the item around it: rules that need more than one token are
//! `valid`'s. Driven by `ast`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Error, Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, Result, Token, Type, meta::ParseNestedMeta,
    parse::Parse, punctuated::Punctuated, spanned::Spanned,
};

/// `#[wire(..)]` on a type.
#[derive(Default)]
pub(crate) struct TypeAttr {
    pub(crate) uri: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) min_version: Option<LitInt>,
    /// Versions up to this one are released.
    pub(crate) locked: Option<LitInt>,
    /// The name it had first.
    pub(crate) alias: Option<LitStr>,
    /// Its serde attributes are for another form.
    pub(crate) ignore_serde: Option<Ident>,
    pub(crate) serde: Vec<Ident>,
}

/// `#[wire(..)]` on a variant.
#[derive(Default)]
pub(crate) struct VariantAttr {
    pub(crate) tag: Option<LitInt>,
    pub(crate) method: Option<LitStr>,
    /// The word, if the variant includes another protocol.
    pub(crate) include: Option<Ident>,
    pub(crate) life: LifeAttr,
    pub(crate) down: Option<Path>,
    pub(crate) serde: Vec<Ident>,
}

/// `#[wire(..)]` on a field.
#[derive(Default)]
pub(crate) struct FieldAttr {
    pub(crate) life: LifeAttr,
    pub(crate) default: Option<DefaultAttr>,
    /// The type it had before `since`.
    pub(crate) from: Option<Type>,
    pub(crate) convert: Option<Path>,
    pub(crate) down: Option<Path>,
    pub(crate) foreign: Option<ForeignAttr>,
    pub(crate) serde: Vec<Ident>,
}

/// `foreign = "geo.Point/1"` or `foreign(Point = "geo.Point/1", Line = "geo.Line/2")`.
pub(crate) struct ForeignAttr {
    pub(crate) span: Span,
    /// The name without a type, until `valid` has found out which is meant.
    pub(crate) alone: Option<LitStr>,
    pub(crate) named: Vec<(Type, LitStr)>,
}

impl FieldAttr {
    /// Where something is said of the field, if anything is.
    pub(crate) fn given(&self) -> Option<Span> {
        let FieldAttr { life, default, from, convert, down, foreign, serde: _ } = self;
        let number = life.since.as_ref().or(life.until.as_ref()).map(LitInt::span);
        let function = || convert.as_ref().or(down.as_ref()).map(Spanned::span);
        number
            .or_else(|| default.as_ref().map(|default| default.span))
            .or_else(|| from.as_ref().map(Spanned::span))
            .or_else(function)
            .or_else(|| foreign.as_ref().map(|foreign| foreign.span))
    }
}

/// From which version on, and up to which.
#[derive(Default)]
pub(crate) struct LifeAttr {
    pub(crate) since: Option<LitInt>,
    pub(crate) until: Option<LitInt>,
}

/// `default` or `default = value`.
pub(crate) struct DefaultAttr {
    pub(crate) span: Span,
    pub(crate) value: Option<Expr>,
    /// The words that contracts have for it, if they are not those of the value: a stub's stand in its contract.
    pub(crate) words: Option<String>,
}

/// `#[actor(..)]` on a type.
#[derive(Default)]
pub(crate) struct ActorAttr {
    pub(crate) handles: Option<(Ident, Vec<Type>)>,
    pub(crate) lifecycle: Option<Ident>,
    pub(crate) mailbox: Option<Mailbox>,
}

/// How many messages may wait before an actor.
pub(crate) enum Mailbox {
    Bounded(Expr),
    Unbounded,
}

/// The mistakes found so far; all of them are shown.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Error::new(span, message));
    }

    /// At all of these tokens, not only at the first.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.iter().map(Error::to_compile_error).collect()
    }

    fn keep(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.add(error);
        }
    }
}

pub(crate) fn of_type(attrs: &[Attribute], errors: &mut Errors) -> TypeAttr {
    let mut found = TypeAttr { serde: of_serde(attrs), ..TypeAttr::default() };
    for attr in named("wire", attrs) {
        errors.keep(attr.parse_nested_meta(|entry| match key(&entry).as_str() {
            "uri" => value(&entry, &mut found.uri, "uri = \"team.Name\""),
            "version" => value(&entry, &mut found.version, "version = 1"),
            "min_version" => value(&entry, &mut found.min_version, "min_version = 2"),
            "locked" => value(&entry, &mut found.locked, "locked = 1"),
            "alias" => value(&entry, &mut found.alias, "alias = \"team.OldName\""),
            "ignore_serde" => flag(&entry, &mut found.ignore_serde),
            _ => Err(unknown(&entry, "a type", &TYPE)),
        }));
    }
    found
}

pub(crate) fn of_variant(attrs: &[Attribute], errors: &mut Errors) -> VariantAttr {
    let mut found = VariantAttr { serde: of_serde(attrs), ..VariantAttr::default() };
    for attr in named("wire", attrs) {
        errors.keep(attr.parse_nested_meta(|entry| match key(&entry).as_str() {
            "tag" => value(&entry, &mut found.tag, "tag = 3"),
            "method" => value(&entry, &mut found.method, "method = \"name\""),
            "include" => flag(&entry, &mut found.include),
            "since" => value(&entry, &mut found.life.since, "since = 2"),
            "until" => value(&entry, &mut found.life.until, "until = 3"),
            "down" => value(&entry, &mut found.down, "down = function"),
            _ => Err(unknown(&entry, "a variant", &VARIANT)),
        }));
    }
    found
}

pub(crate) fn of_field(attrs: &[Attribute], errors: &mut Errors) -> FieldAttr {
    let mut found = FieldAttr { serde: of_serde(attrs), ..FieldAttr::default() };
    for attr in named("wire", attrs) {
        errors.keep(attr.parse_nested_meta(|entry| match key(&entry).as_str() {
            "since" => value(&entry, &mut found.life.since, "since = 2"),
            "until" => value(&entry, &mut found.life.until, "until = 3"),
            "default" => default(&entry, &mut found.default),
            "from" => value(&entry, &mut found.from, "from = OldType"),
            "convert" => value(&entry, &mut found.convert, "convert = function"),
            "down" => value(&entry, &mut found.down, "down = function"),
            "foreign" => foreign(&entry, &mut found.foreign),
            _ => Err(unknown(&entry, "a field", &FIELD)),
        }));
    }
    found
}

pub(crate) fn of_actor(attrs: &[Attribute], errors: &mut Errors) -> ActorAttr {
    let mut found = ActorAttr::default();
    for attr in named("actor", attrs) {
        errors.keep(attr.parse_nested_meta(|entry| match key(&entry).as_str() {
            "handles" => handles(&entry, &mut found.handles),
            "lifecycle" => flag(&entry, &mut found.lifecycle),
            "mailbox" => mailbox(&entry, &mut found.mailbox),
            name => {
                let elsewhere = match name {
                    "capacity" | "bound" | "bounded" | "unbounded" => {
                        "; how many messages may wait is `mailbox = 64`, or `mailbox = unbounded`"
                    }
                    "name" | "register" => "; a name is given to a running actor: `system.register(&NAME, &subject)`",
                    _ => "",
                };
                Err(entry.error(format_args!(
                    "unknown attribute `{name}`; an actor takes only `{HANDLES}`, `mailbox` and `lifecycle`{elsewhere}"
                )))
            }
        }));
    }
    found
}

/// The words of `#[serde(..)]`. What is wrong there is serde's to say.
fn of_serde(attrs: &[Attribute]) -> Vec<Ident> {
    let mut found = Vec::new();
    for attr in named("serde", attrs) {
        let _wrong = attr.parse_nested_meta(|entry| {
            found.extend(entry.path.get_ident().cloned());
            if entry.input.peek(Token![=]) {
                entry.value()?.parse::<Expr>()?;
            } else if entry.input.peek(syn::token::Paren) {
                let list;
                syn::parenthesized!(list in entry.input);
                list.parse::<TokenStream>()?;
            }
            Ok(())
        });
    }
    found
}

fn named<'a>(name: &'static str, attrs: &'a [Attribute]) -> impl Iterator<Item = &'a Attribute> {
    attrs.iter().filter(move |attr| attr.path().is_ident(name))
}

fn key(entry: &ParseNestedMeta<'_>) -> String {
    entry.path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::")
}

fn value<T: Parse>(entry: &ParseNestedMeta<'_>, slot: &mut Option<T>, example: &str) -> Result<()> {
    once(entry, slot.is_some())?;
    let wrong = |error: Error| Error::new(error.span(), format_args!("write it as `{example}`"));
    *slot = Some(entry.value().and_then(|value| value.parse()).map_err(wrong)?);
    Ok(())
}

fn default(entry: &ParseNestedMeta<'_>, slot: &mut Option<DefaultAttr>) -> Result<()> {
    once(entry, slot.is_some())?;
    let span = entry.path.require_ident()?.span();
    let value = match entry.input.peek(Token![=]) {
        true => Some(entry.value()?.parse()?),
        false => None,
    };
    *slot = Some(DefaultAttr { span, value, words: None });
    Ok(())
}

fn foreign(entry: &ParseNestedMeta<'_>, slot: &mut Option<ForeignAttr>) -> Result<()> {
    once(entry, slot.is_some())?;
    let span = entry.path.require_ident()?.span();
    let wrong = |error: Error| {
        Error::new(error.span(), format_args!("write it as `{FOREIGN}`, or `foreign(Point = \"geo.Point/1\")`"))
    };
    let (alone, named) = match entry.input.peek(syn::token::Paren) {
        true => {
            let list;
            syn::parenthesized!(list in entry.input);
            let pair = |pair: syn::parse::ParseStream<'_>| {
                let ty = pair.parse()?;
                pair.parse::<Token![=]>()?;
                Ok((ty, pair.parse()?))
            };
            let pairs = list.parse_terminated(pair, Token![,]).map_err(wrong)?;
            (None, pairs.into_iter().collect())
        }
        false => (Some(entry.value().and_then(|value| value.parse()).map_err(wrong)?), Vec::new()),
    };
    if alone.is_none() && named.is_empty() {
        return Err(wrong(Error::new(span, "")));
    }
    *slot = Some(ForeignAttr { span, alone, named });
    Ok(())
}

fn mailbox(entry: &ParseNestedMeta<'_>, slot: &mut Option<Mailbox>) -> Result<()> {
    let mut bound: Option<Expr> = None;
    once(entry, slot.is_some())?;
    value(entry, &mut bound, MAILBOX)?;
    *slot = match bound {
        Some(Expr::Path(path)) if path.path.is_ident("unbounded") => Some(Mailbox::Unbounded),
        Some(Expr::Lit(ExprLit { lit: Lit::Int(bound), .. })) if bound.base10_digits() == "0" => {
            return Err(Error::new(bound.span(), "a mailbox has room for one message at least; write `mailbox = 1`"));
        }
        Some(Expr::Lit(ExprLit { lit, .. })) if !matches!(lit, Lit::Int(_)) => {
            return Err(Error::new(lit.span(), format_args!("write it as `{MAILBOX}`")));
        }
        bound => bound.map(Mailbox::Bounded),
    };
    Ok(())
}

fn flag(entry: &ParseNestedMeta<'_>, slot: &mut Option<Ident>) -> Result<()> {
    once(entry, slot.is_some())?;
    let name = entry.path.require_ident()?.clone();
    if !entry.input.is_empty() && !entry.input.peek(Token![,]) {
        return Err(Error::new(name.span(), format_args!("write it as `{name}`, without a value")));
    }
    *slot = Some(name);
    Ok(())
}

fn handles(entry: &ParseNestedMeta<'_>, slot: &mut Option<(Ident, Vec<Type>)>) -> Result<()> {
    once(entry, slot.is_some())?;
    let name = entry.path.require_ident()?.clone();
    let list;
    if !entry.input.peek(syn::token::Paren) {
        let meant = entry.value().and_then(|value| value.parse::<Type>()).map(|ty| ty.to_token_stream().to_string());
        let list = meant.map_or_else(|_| HANDLES.to_owned(), |ty| format!("handles({ty})"));
        return Err(Error::new(name.span(), format_args!("write the list in parentheses: `{list}`")));
    }
    syn::parenthesized!(list in entry.input);
    let types = Punctuated::<Type, Token![,]>::parse_terminated(&list)?;
    *slot = Some((name, types.into_iter().collect()));
    Ok(())
}

fn once(entry: &ParseNestedMeta<'_>, taken: bool) -> Result<()> {
    match taken {
        true => Err(entry.error(format_args!("`{}` is given twice; keep one", key(entry)))),
        false => Ok(()),
    }
}

fn unknown(entry: &ParseNestedMeta<'_>, place: &str, known: &[&str]) -> Error {
    let name = key(entry);
    let is = |list: &[&str]| list.iter().any(|known| known.split(' ').next() == Some(&name));
    let list = match known {
        [] => "takes none".to_owned(),
        _ => format!("takes {}", listed(known)),
    };
    let what = if is(&TYPE) {
        format!("`{name}` goes on the type")
    } else if is(&VARIANT) {
        format!("`{name}` goes on a variant")
    } else if is(&FIELD) {
        format!("`{name}` goes on a field")
    } else if name.starts_with("skip") {
        format!(
            "unknown attribute `{name}`: every field of a wire type crosses; to keep one back, move it out of the type"
        )
    } else {
        let words = known.iter().filter_map(|known| known.split(' ').next());
        let near = words.min_by_key(|word| distance(word, &name)).filter(|word| distance(word, &name) <= 2);
        let guess = near.map(|word| format!(", did you mean `{word}`?")).unwrap_or_else(|| ";".to_owned());
        return entry.error(format_args!("unknown attribute `{name}`{guess} {place} {list}"));
    };
    entry.error(format_args!("{what}; {place} {list}"))
}

/// "`a`, `b` and `c`".
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [others @ .., last] => format!("`{}` and `{last}`", others.join("`, `")),
    }
}

/// How many letters are to be changed, added or removed to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.chars().enumerate() {
            let changed = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[other.chars().count()]
}

const TYPE: [&str; 6] =
    ["uri = \"team.Name\"", "version = 1", "min_version = 1", "locked = 1", "alias = \"team.OldName\"", "ignore_serde"];
const VARIANT: [&str; 6] = ["tag = 3", "method = \"name\"", "include", "since = 2", "until = 3", "down = function"];
const FIELD: [&str; 7] =
    ["since = 2", "until = 3", "default", "from = OldType", "convert = function", "down = function", FOREIGN];
const FOREIGN: &str = "foreign = \"geo.Point/1\"";
const MAILBOX: &str = "mailbox = 64`, or `mailbox = unbounded";
const HANDLES: &str = "handles(MyProtocol, Down)";

#[cfg(test)]
mod tests {
    use super::{distance, listed};

    #[test]
    fn a_word_is_as_far_from_another_as_letters_change() {
        for (one, other, letters) in [("url", "uri", 1), ("", "uri", 3), ("sinse", "since", 1), ("form", "from", 2)] {
            assert_eq!((distance(one, other), distance(other, one)), (letters, letters), "{one} {other}");
        }
    }

    #[test]
    fn lists_have_commas_and_one_and() {
        assert_eq!(
            [listed(&["a"]), listed(&["a", "b"]), listed(&["a", "b", "c"])],
            ["`a`", "`a` and `b`", "`a`, `b` and `c`"]
        );
    }
}
