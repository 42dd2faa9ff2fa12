//! The rules of versions: which a type has, which fields and variants each of them has, and how values get from one to
//! the other. Driven by `valid`.

use proc_macro2::Span;
use syn::LitInt;

use crate::{
    ast::{Field, Item, Variant, plain},
    attr::{Errors, LifeAttr},
};

/// The versions that a build knows of a type.
#[derive(Clone, Copy)]
pub(crate) struct Versions {
    pub(crate) oldest: u16,
    pub(crate) newest: u16,
    /// Up to this one they are released; 0 for none.
    pub(crate) locked: u16,
}

/// The versions that have a field or a variant: from `since` on, and before `until`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) since: u16,
    pub(crate) until: Option<u16>,
}

impl Life {
    /// As written; checked by [`check`].
    pub(crate) fn of(attr: &LifeAttr) -> Self {
        let number = |literal: &Option<LitInt>| literal.as_ref().and_then(|literal| literal.base10_parse().ok());
        Life { since: number(&attr.since).unwrap_or(1), until: number(&attr.until) }
    }

    /// Whether every version has it.
    pub(crate) fn is_whole(self) -> bool {
        self == Life { since: 1, until: None }
    }
}

pub(super) fn check(item: &Item, errors: &mut Errors) -> Versions {
    let newest = version(item.attr.version.as_ref(), errors).unwrap_or(1);
    let oldest = version(item.attr.min_version.as_ref(), errors).unwrap_or(1);
    if let Some(written) = item.attr.min_version.as_ref().filter(|_| oldest > newest) {
        errors.at(
            written.span(),
            format!("`min_version` is the oldest version that this build understands; it is {newest} at most"),
        );
    }
    let versions = Versions { oldest, newest, locked: locked(item, newest, errors) };
    for variant in item.variants() {
        of_variant(variant, versions, errors);
    }
    for field in item.fields() {
        of_field(field, versions, errors);
    }
    versions
}

fn version(written: Option<&LitInt>, errors: &mut Errors) -> Option<u16> {
    let written = written?;
    match written.base10_parse::<u16>() {
        Ok(0) => errors.at(written.span(), "versions count from 1"),
        Ok(version) => return Some(version),
        Err(_) => errors.at(written.span(), "a version is a number from 1 to 65535"),
    }
    None
}

/// The newest version that is released.
fn locked(item: &Item, newest: u16, errors: &mut Errors) -> u16 {
    let Some(written) = &item.attr.locked else { return 0 };
    if item.is_generic_with_bounds() {
        let message = "a released generic type has one line in wire.lock, whatever its parameters are, so they take no \
                       bounds; remove the bounds (`Wire` is implied), or `locked`";
        errors.at(written.span(), message);
    }
    match written.base10_parse::<u16>() {
        Ok(0) => errors.at(written.span(), "versions count from 1; while none is released, remove `locked`"),
        Ok(locked) if locked <= newest => return locked,
        Ok(locked) => errors.at(
            written.span(),
            format!("the newest version of this type is {newest}, and {locked} cannot be released; write `locked = {newest}`"),
        ),
        Err(_) => errors.at(written.span(), "a version is a number from 1 to 65535"),
    }
    0
}

fn of_variant(variant: &Variant, versions: Versions, errors: &mut Errors) {
    life(&variant.attr.life, &plain(&variant.ident), "", versions, errors);
    if let Some(down) = variant.attr.down.as_ref().filter(|_| variant.attr.life.since.is_none()) {
        let message = "`down` makes what an older peer gets instead of this variant; say in which version the variant came: \
                       `since = 2`";
        errors.on(down, message);
    }
}

fn of_field(field: &Field, versions: Versions, errors: &mut Errors) {
    let attr = &field.attr;
    let name = field.name();
    let beside = if attr.default.is_some() { " and `default`" } else { "" };
    life(&attr.life, &name, beside, versions, errors);
    let changes = attr.life.since.as_ref().or(attr.life.until.as_ref());
    match (changes, &attr.default, &attr.from) {
        (Some(_), Some(_), None) | (None, None, None) => {}
        (Some(since), None, None) => errors.at(
            since.span(),
            match &attr.life.since {
                Some(since) => format!("versions before {since} have no `{name}`; say what it is then: `default`, or `default = value`"),
                None => format!("versions from {since} on have no `{name}`; say what it is then: `default`, or `default = value`"),
            },
        ),
        (_, Some(default), Some(_)) => errors.at(
            default.span,
            format!("`{name}` had a different type before, and that value is converted, so no default is needed; remove `default`"),
        ),
        (None, Some(default), None) => errors.at(
            default.span,
            format!("every version has `{name}`, so no default is needed; remove `default`, or say in which version `{name}` came: `since = 2`"),
        ),
        (_, None, Some(from)) => {
            if attr.life.since.is_none() {
                errors.on(from, format!("say in which version `{name}` got its present type: `since = 2`"));
            }
            if attr.convert.is_none() {
                errors.on(from, "say how a value of the old type becomes one of the new: `convert = function`");
            }
        }
    }
    if attr.from.is_none() {
        for (word, alone) in [("convert", &attr.convert), ("down", &attr.down)] {
            let Some(alone) = alone else { continue };
            let and = if attr.default.is_some() { " and remove `default`" } else { "" };
            let or = match &attr.life.since {
                Some(since) => format!("if `{name}` is new in version {since}"),
                None => format!("if `{name}` has always had this type"),
            };
            let message = format!(
                "`{word}` needs the old type of `{name}`: write `from = OldType`{and}; or, {or}, remove `{word}`"
            );
            errors.on(alone, message);
        }
    }
}

/// `name` is whose life it is, `beside` what goes with `since` if that goes.
fn life(attr: &LifeAttr, name: &str, beside: &str, versions: Versions, errors: &mut Errors) {
    let newest = versions.newest;
    let always = format!(
        "every version has `{name}` if it is there since 1; remove `since`{beside}, or, if version 1 did not have it, write \
         `since = 2`"
    );
    let never = format!(
        "`until` is the first version without `{name}`, and no version would have it; write `until = 2` or more"
    );
    let since = number(attr.since.as_ref(), &always, newest, errors);
    let until = number(attr.until.as_ref(), &never, newest, errors);
    if let (Some((since, _)), Some((until, span))) = (since, until)
        && until <= since
    {
        errors.at(
            span,
            format!(
                "`until` is the first version without `{name}`, so it comes after `since`: write `until = {}` or more",
                since + 1
            ),
        );
    }
}

/// A version from 2 on; `one` says what is wrong with the first.
fn number(written: Option<&LitInt>, one: &str, newest: u16, errors: &mut Errors) -> Option<(u16, Span)> {
    let written = written?;
    match written.base10_parse::<u16>() {
        Ok(number) if (2..=newest).contains(&number) => return Some((number, written.span())),
        Ok(number) if number > newest => errors.at(
            written.span(),
            format!("the newest version of this type is {newest}; raise it with `version = {number}` on the type"),
        ),
        Ok(1) => errors.at(written.span(), one),
        Ok(_) => errors.at(written.span(), "versions count from 1; write 2 or more"),
        Err(_) => errors.at(written.span(), "a version is a number from 1 to 65535"),
    }
    None
}
