//! What a default is, from the words that its author has written: as far as they mean the same in every crate. `20` and
//! `"EUR".to_owned()` do; `Currency::default()` and `crate::TEN` do not. Never runs anything. Driven by `history`.

use std::str::FromStr;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::words::Word;

/// The value of that type; `None` if the words are not known to mean the same here.
pub(crate) fn of(words: &str, ty: &Word) -> Option<TokenStream> {
    if is_default(words) {
        return has_default(ty).then(|| quote!(::core::default::Default::default()));
    }
    let Word::BuiltIn(built_in, inner) = ty else { return None };
    match built_in.word {
        "bool" => match words {
            "true" => Some(quote!(true)),
            "false" => Some(quote!(false)),
            _ => None,
        },
        "u8" => number(words, "u8", Literal::u8_unsuffixed),
        "u16" => number(words, "u16", Literal::u16_unsuffixed),
        "u32" => number(words, "u32", Literal::u32_unsuffixed),
        "u64" => number(words, "u64", Literal::u64_unsuffixed),
        "u128" => number(words, "u128", Literal::u128_unsuffixed),
        "i8" => number(words, "i8", Literal::i8_suffixed),
        "i16" => number(words, "i16", Literal::i16_suffixed),
        "i32" => number(words, "i32", Literal::i32_suffixed),
        "i64" => number(words, "i64", Literal::i64_suffixed),
        "i128" => number(words, "i128", Literal::i128_suffixed),
        "f32" => float(words, "f32").map(|value: f32| Literal::f32_suffixed(value)).map(|value| quote!(#value)),
        "f64" => float(words, "f64").map(|value: f64| Literal::f64_suffixed(value)).map(|value| quote!(#value)),
        "char" => {
            let text = unescaped(words.strip_prefix('\'')?.strip_suffix('\'')?, '\'')?;
            let mut chars = text.chars();
            let value = Literal::character(chars.next().filter(|_| chars.next().is_none())?);
            Some(quote!(#value))
        }
        "text" => {
            let value = text(words)?;
            Some(quote!(::std::string::String::from(#value)))
        }
        "option" => {
            let inner = of(words.strip_prefix("Some(")?.strip_suffix(')')?, inner.first()?)?;
            Some(quote!(::core::option::Option::Some(#inner)))
        }
        _ => None,
    }
}

/// Whether the words say what every type of them has as its default.
fn is_default(words: &str) -> bool {
    const EMPTY: [&str; 9] =
        ["String", "Vec", "VecDeque", "BTreeMap", "HashMap", "BTreeSet", "HashSet", "Bytes", "Default"];
    let is_made = |end: &str| words.strip_suffix(end).is_some_and(|name| EMPTY.contains(&name));
    matches!(words, "default" | "None" | "vec![]" | "()" | "Duration::ZERO")
        || is_made("::new()")
        || is_made("::default()")
}

/// Whether its default is the same in every crate: somebody's own type has one of their own.
fn has_default(ty: &Word) -> bool {
    match ty {
        Word::BuiltIn(built_in, inner) => match built_in.word {
            "option" | "vec" | "set" | "map" => true,
            "tuple" => inner.iter().all(has_default),
            "bool" | "char" | "unit" | "text" | "bytes" | "duration" => true,
            word => word.starts_with(['u', 'i', 'f']) && word.ends_with(|c: char| c.is_ascii_digit()),
        },
        Word::Array(item, count) => *count <= 32 && has_default(item),
        Word::Named(..) | Word::Parameter(_) => false,
    }
}

fn number<N: FromStr>(words: &str, suffix: &str, literal: fn(N) -> Literal) -> Option<TokenStream> {
    let digits = words.strip_suffix(suffix).unwrap_or(words).replace('_', "");
    let is_decimal = digits.strip_prefix('-').unwrap_or(&digits).bytes().all(|digit| digit.is_ascii_digit());
    let value = literal(digits.parse().ok().filter(|_| is_decimal)?);
    Some(quote!(#value))
}

fn float<N: FromStr + PartialOrd + Into<f64> + Copy>(words: &str, suffix: &str) -> Option<N> {
    let digits = words.strip_suffix(suffix).unwrap_or(words).replace('_', "");
    let is_written = digits.strip_prefix('-').unwrap_or(&digits).starts_with(|c: char| c.is_ascii_digit());
    let value: N = digits.parse().ok()?;
    (is_written && value.into().is_finite()).then_some(value)
}

/// The text that these words make.
fn text(words: &str) -> Option<String> {
    let made =
        ["to_owned()", "to_string()", "into()"].iter().find_map(|end| words.strip_suffix(end)?.strip_suffix('.'));
    let quoted = made.or_else(|| words.strip_prefix("String::from(")?.strip_suffix(')'))?;
    unescaped(quoted.strip_prefix('"')?.strip_suffix('"')?, '"')
}

/// What stands between quotes; `None` if it ends before, or has an escape that is seldom written.
fn unescaped(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                c @ ('\\' | '\'' | '"') => c,
                'u' => {
                    let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    char::from_u32(u32::from_str_radix(digits.strip_prefix('{')?, 16).ok()?)?
                }
                _ => return None,
            },
            c if c == quote => return None,
            c => c,
        };
        out.push(plain);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{
        super::words::{Structure, structure},
        *,
    };

    fn value(words: &str, ty: &str) -> Option<String> {
        let Ok(Structure::Struct(fields)) = structure(&format!("struct {{ x: {ty} }}")) else { panic!("{ty}") };
        of(words, &fields[0].ty).map(|value| value.to_string().replace(' ', ""))
    }

    #[test]
    fn what_means_the_same_everywhere_is_a_value() {
        for (words, ty, is) in [
            ("20", "u8", "20"),
            ("1_000u64", "u64", "1000"),
            ("-7", "i16", "-7i16"),
            ("-0.5", "f64", "-0.5f64"),
            ("true", "bool", "true"),
            ("'x'", "char", "'x'"),
            ("'\\''", "char", "'\\''"),
            ("\"a\\n\\u{e9} }\".to_owned()", "text", "::std::string::String::from(\"a\\n\u{e9}}\")"),
            ("String::from(\"a\")", "text", "::std::string::String::from(\"a\")"),
            ("Some(3)", "option<u8>", "::core::option::Option::Some(3)"),
        ] {
            assert_eq!(value(words, ty).as_deref(), Some(is), "{words}");
        }
        for (words, ty) in
            [("default", "array<tuple<u8, text>; 3>"), ("Vec::new()", "vec<a.B>"), ("None", "option<a.B>")]
        {
            assert!(value(words, ty).is_some_and(|value| value.contains("default")), "{words}");
        }
    }

    #[test]
    fn what_only_its_author_knows_is_none() {
        for (words, ty) in [
            ("default", "a.B"),
            ("default", "ip"),
            ("default", "result<u8, u8>"),
            ("default", "array<u8; 33>"),
            ("default", "tuple<u8, a.B>"),
            ("256", "u8"),
            ("-1", "u8"),
            ("+1", "u8"),
            ("0x10", "u8"),
            ("1+1", "u8"),
            ("inf", "f64"),
            ("1e999", "f64"),
            ("TEN", "u8"),
            ("Color::Red", "a.Color"),
            ("\"a\".to_owned()+\"b\".to_owned()", "text"),
            ("\"a\"", "text"),
            ("\"\\x41\".to_owned()", "text"),
            ("''", "char"),
            ("'ab'", "char"),
            ("Some(TEN)", "option<u8>"),
            ("Some(", "option<u8>"),
            ("", "u8"),
            ("\"", "text"),
        ] {
            assert_eq!(value(words, ty), None, "{words}");
        }
    }
}
