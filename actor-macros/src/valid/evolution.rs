//! The rules of versions: which a type has, which fields and variants each of them has, and how values get from one to
//! the other. Driven by `valid`.

use proc_macro2::Span;
use syn::LitInt;

use crate::{
    ast::{Field, Item, Variant},
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
        let message = "the contract has one line for all that the parameters may be, and so nothing is asked of them; \
                       remove the bounds (`Wire` is not needed there), or `locked`";
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
    life(&variant.attr.life, versions, errors);
    if let Some(down) = variant.attr.down.as_ref().filter(|_| variant.attr.life.since.is_none()) {
        let message = "`down` says what an older peer gets instead of this variant; say since which version it is there: \
                       `since = 2`";
        errors.at(syn::spanned::Spanned::span(down), message);
    }
}

fn of_field(field: &Field, versions: Versions, errors: &mut Errors) {
    let attr = &field.attr;
    life(&attr.life, versions, errors);
    let name = field.name();
    let changes = attr.life.since.as_ref().or(attr.life.until.as_ref());
    match (changes, &attr.default, &attr.from) {
        (Some(_), Some(_), None) | (None, None, None) => {}
        (Some(since), None, None) => errors.at(
            since.span(),
            format!("`{name}` is missing in some versions, and what it is then must be said: add `default` or `default = value`"),
        ),
        (_, Some(default), Some(_)) => errors.at(
            default.span,
            format!("before, `{name}` was of another type, so that there is a value to convert; remove `default`"),
        ),
        (None, Some(default), None) => errors.at(
            default.span,
            format!("every version has `{name}`, so that there is nothing to default; add `since = 2`, or remove `default`"),
        ),
        (_, None, Some(from)) => {
            let span = syn::spanned::Spanned::span(from);
            if attr.life.since.is_none() {
                errors.at(span, format!("say from which version on `{name}` has its type of now: `since = 2`"));
            }
            if attr.convert.is_none() {
                let message = "say how a value of the old type becomes one of the new: `convert = function`";
                errors.at(span, message);
            }
        }
    }
    if attr.from.is_none() {
        for alone in [&attr.convert, &attr.down].into_iter().flatten() {
            let message = format!("this needs the type that `{name}` had before: `from = OldType`");
            errors.at(syn::spanned::Spanned::span(alone), message);
        }
    }
}

fn life(attr: &LifeAttr, versions: Versions, errors: &mut Errors) {
    let newest = versions.newest;
    let since = number(attr.since.as_ref(), 2, newest, errors);
    let until = number(attr.until.as_ref(), 2, newest, errors);
    if let (Some((since, _)), Some((until, span))) = (since, until)
        && until <= since
    {
        errors.at(
            span,
            format!("`until` is the first version without it, so it is after `since`: {} at least", since + 1),
        );
    }
}

fn number(written: Option<&LitInt>, least: u16, newest: u16, errors: &mut Errors) -> Option<(u16, Span)> {
    let written = written?;
    match written.base10_parse::<u16>() {
        Ok(number) if (least..=newest).contains(&number) => return Some((number, written.span())),
        Ok(number) if number > newest => errors.at(
            written.span(),
            format!("the newest version of this type is {newest}; raise it with `version = {number}` on the type"),
        ),
        _ => errors
            .at(written.span(), "versions count from 1, and what is there from 1 on needs no word; write 2 or more"),
    }
    None
}
