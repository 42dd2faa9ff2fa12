//! What stands in `#[wire(..)]` and `#[actor(..)]`, as values that remember where the user wrote them.
//! Reads one attribute at a time and never looks at the item around it: rules that need more than one token are
//! `valid`'s. Driven by `ast`.

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, Error, Expr, Ident, LitInt, LitStr, Path, Result, Token, Type, meta::ParseNestedMeta, parse::Parse,
    punctuated::Punctuated,
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
    /// Whether anything is said of the field.
    pub(crate) fn is_given(&self) -> bool {
        let FieldAttr { life, default, from, convert, down, foreign, serde: _ } = self;
        let lives = life.since.is_some() || life.until.is_some();
        lives || default.is_some() || from.is_some() || convert.is_some() || down.is_some() || foreign.is_some()
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
}

/// The mistakes found so far; all of them are shown.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Error::new(span, message));
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
            name => {
                Err(entry.error(format_args!("unknown attribute `{name}`; an actor takes `{HANDLES}` and `lifecycle`")))
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
        return Err(Error::new(name.span(), format_args!("write the list as `{HANDLES}`")));
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
        _ => format!("takes `{}`", known.join("` and `")),
    };
    let what = if is(&TYPE) {
        format!("`{name}` goes on the type")
    } else if is(&VARIANT) {
        format!("`{name}` goes on a variant")
    } else if is(&FIELD) {
        format!("`{name}` goes on a field")
    } else {
        format!("unknown attribute `{name}`")
    };
    entry.error(format_args!("{what}; {place} {list}"))
}

const TYPE: [&str; 6] =
    ["uri = \"team.Name\"", "version = 1", "min_version = 1", "locked = 1", "alias = \"team.OldName\"", "ignore_serde"];
const VARIANT: [&str; 6] = ["tag = 3", "method = \"name\"", "include", "since = 2", "until = 3", "down = function"];
const FIELD: [&str; 7] =
    ["since = 2", "until = 3", "default", "from = OldType", "convert = function", "down = function", FOREIGN];
const FOREIGN: &str = "foreign = \"geo.Point/1\"";
const HANDLES: &str = "handles(MyProtocol, Down)";
