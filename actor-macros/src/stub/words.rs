//! The words of a structure, as contracts write them: `struct { name: text, tags: vec<text> }`. Reads exactly what actor-core
//! writes, and says at which word it ends otherwise. Never looks at other lines. Driven by `contract`.

use std::fmt;

/// What a version is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Structure {
    Struct(Vec<Field>),
    Enum {
        is_protocol: bool,
        variants: Vec<Variant>,
    },
    /// Its codec was written by hand.
    Opaque,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// Its index in digits where it has no name.
    pub(crate) name: String,
    pub(crate) ty: Word,
    /// What it is in older versions, as its author has written it.
    pub(crate) default: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    pub(crate) tag: u32,
    pub(crate) name: String,
    /// The name of its method, if that does not follow from its own.
    pub(crate) method: Option<String>,
    pub(crate) fields: Vec<Field>,
    /// Whether its one field is a protocol that it includes.
    pub(crate) include: bool,
}

/// The name of a type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    /// One of [`BUILT_IN`], with its parameters.
    BuiltIn(&'static BuiltIn, Vec<Word>),
    Array(Box<Word>, usize),
    /// A type of somebody's, by its first uri; or one of another crate, by the name of its form.
    Named(String, Vec<Word>),
    /// The type parameter of that place.
    Parameter(usize),
}

/// A type that every build has.
#[derive(Debug, PartialEq)]
pub(crate) struct BuiltIn {
    pub(crate) word: &'static str,
    /// How many parameters it takes, at least and at most.
    parameters: (usize, usize),
    /// As Rust has it, without parameters.
    pub(crate) path: &'static str,
}

macro_rules! built_in {
    ($($word:literal $least:literal..$most:literal $path:literal)*) => {
        /// The types that every build has, in the words of actor-core; a test holds that none is missing.
        pub(crate) const BUILT_IN: &[BuiltIn] =
            &[$(BuiltIn { word: $word, parameters: ($least, $most), path: $path }),*];
    };
}

built_in! {
    "u8" 0..0 "::core::primitive::u8"
    "u16" 0..0 "::core::primitive::u16"
    "u32" 0..0 "::core::primitive::u32"
    "u64" 0..0 "::core::primitive::u64"
    "u128" 0..0 "::core::primitive::u128"
    "i8" 0..0 "::core::primitive::i8"
    "i16" 0..0 "::core::primitive::i16"
    "i32" 0..0 "::core::primitive::i32"
    "i64" 0..0 "::core::primitive::i64"
    "i128" 0..0 "::core::primitive::i128"
    "f32" 0..0 "::core::primitive::f32"
    "f64" 0..0 "::core::primitive::f64"
    "bool" 0..0 "::core::primitive::bool"
    "char" 0..0 "::core::primitive::char"
    "unit" 0..0 "()"
    "text" 0..0 "::std::string::String"
    "bytes" 0..0 "::actor_core::wire::Bytes"
    "duration" 0..0 "::core::time::Duration"
    "system_time" 0..0 "::std::time::SystemTime"
    "ip" 0..0 "::core::net::IpAddr"
    "ipv4" 0..0 "::core::net::Ipv4Addr"
    "ipv6" 0..0 "::core::net::Ipv6Addr"
    "socket_address" 0..0 "::core::net::SocketAddr"
    "socket_address_v4" 0..0 "::core::net::SocketAddrV4"
    "socket_address_v6" 0..0 "::core::net::SocketAddrV6"
    "ordering" 0..0 "::core::cmp::Ordering"
    "actor_id" 0..0 "::actor_core::ActorId"
    "node_id" 0..0 "::actor_core::NodeId"
    "node_name" 0..0 "::actor_core::NodeName"
    "node_down_cause" 0..0 "::actor_core::NodeDownCause"
    "exit_reason" 0..0 "::actor_core::ExitReason"
    "uuid" 0..0 "::actor_core::private::uuid::Uuid"
    "url" 0..0 "::actor_core::private::url::Url"
    "json" 0..0 "::actor_core::private::serde_json::Value"
    "chrono_utc" 0..0 "::actor_core::private::chrono::DateTime<::actor_core::private::chrono::Utc>"
    "chrono_fixed_offset" 0..0 "::actor_core::private::chrono::DateTime<::actor_core::private::chrono::FixedOffset>"
    "chrono_datetime" 0..0 "::actor_core::private::chrono::NaiveDateTime"
    "chrono_date" 0..0 "::actor_core::private::chrono::NaiveDate"
    "chrono_time" 0..0 "::actor_core::private::chrono::NaiveTime"
    "chrono_delta" 0..0 "::actor_core::private::chrono::TimeDelta"
    "jiff_timestamp" 0..0 "::actor_core::private::jiff::Timestamp"
    "jiff_duration" 0..0 "::actor_core::private::jiff::SignedDuration"
    "jiff_datetime" 0..0 "::actor_core::private::jiff::civil::DateTime"
    "jiff_date" 0..0 "::actor_core::private::jiff::civil::Date"
    "jiff_time" 0..0 "::actor_core::private::jiff::civil::Time"
    "nonzero" 1..1 "::core::num::NonZero"
    "range" 1..1 "::core::ops::Range"
    "option" 1..1 "::core::option::Option"
    "result" 2..2 "::core::result::Result"
    "vec" 1..1 "::std::vec::Vec"
    "set" 1..1 "::std::collections::BTreeSet"
    "map" 2..2 "::std::collections::BTreeMap"
    "tuple" 1..12 ""
    "subject" 1..1 "::actor_core::Subject"
    "reply" 1..1 "::actor_core::Reply"
}

impl Structure {
    /// Its fields, those of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let (own, variants): (&[Field], &[Variant]) = match self {
            Structure::Struct(fields) => (fields, &[]),
            Structure::Enum { variants, .. } => (&[], variants),
            Structure::Opaque => (&[], &[]),
        };
        own.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }
}

impl Word {
    /// Its parameters.
    pub(crate) fn inner(&self) -> &[Word] {
        match self {
            Word::BuiltIn(_, inner) | Word::Named(_, inner) => inner,
            Word::Array(item, _) => std::slice::from_ref(item),
            Word::Parameter(_) => &[],
        }
    }

    /// It, and all that stands inside of it.
    pub(crate) fn all(&self) -> Vec<&Word> {
        let mut all = vec![self];
        let mut next = 0;
        while next < all.len() {
            all.extend(all[next].inner());
            next += 1;
        }
        all
    }

    /// Whether it is that built-in type.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Word::BuiltIn(built_in, _) if built_in.word == word)
    }
}

/// Whether it is the name of somebody's type.
pub(crate) fn is_uri(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_letter);
    name.len() <= 128 && name.contains('.') && name.split('.').all(is_word)
}

/// Whether it is the name of a foreign type's form, such as `geo.Point/1`.
pub(crate) fn is_foreign(name: &str) -> bool {
    let number = |version: &str| version.parse::<u16>().is_ok_and(|n| n > 0 && n.to_string() == version);
    name.split_once('/').is_some_and(|(words, version)| is_uri(words) && number(version))
}

/// The structure that these words tell of.
pub(crate) fn structure(text: &str) -> Result<Structure, String> {
    let mut reader = Reader(text);
    let structure = reader.structure()?;
    match reader.0 {
        "" => Ok(structure),
        _ => Err(reader.unexpected("the end of the structure")),
    }
}

/// What is not read yet.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn structure(&mut self) -> Result<Structure, String> {
        if self.0 == "opaque" {
            self.0 = "";
            return Ok(Structure::Opaque);
        }
        if self.takes("struct") {
            return self.fields().map(Structure::Struct);
        }
        let is_protocol = self.takes("protocol");
        match is_protocol || self.takes("enum") {
            true => Ok(Structure::Enum { is_protocol, variants: self.list(Self::variant)? }),
            false => Err(self.unexpected("`struct`, `enum` or `protocol`")),
        }
    }

    fn fields(&mut self) -> Result<Vec<Field>, String> {
        let fields = self.list(Self::field)?;
        match twice(fields.iter().map(|field| &field.name)) {
            Some(name) => Err(format!("there are two fields `{name}`")),
            None => Ok(fields),
        }
    }

    /// ` { one, two }`, or ` { }`.
    fn list<T>(&mut self, item: fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.expects(" {")?;
        let mut items = Vec::new();
        while !self.takes(" }") {
            self.expects(if items.is_empty() { " " } else { ", " })?;
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn field(&mut self) -> Result<Field, String> {
        let name = self.name("the name of a field")?;
        self.expects(": ")?;
        let ty = self.ty(0)?;
        let default = if self.takes(" = ") { Some(self.default()?) } else { None };
        Ok(Field { name, ty, default })
    }

    fn variant(&mut self) -> Result<Variant, String> {
        let tag = self.number("the tag of a variant")?;
        self.expects(" ")?;
        let name = self.name("the name of a variant")?;
        let method = if self.takes(" as ") { Some(self.name("the name of a method")?) } else { None };
        let include = self.takes("(include ");
        let fields = match include {
            true => vec![Field { name: "0".to_owned(), ty: self.ty(0)?, default: None }],
            false if self.0.starts_with(" {") => self.fields()?,
            false => Vec::new(),
        };
        if include {
            self.expects(")")?;
        }
        Ok(Variant { tag, name, method, fields, include })
    }

    /// A word of Rust, or a place in digits.
    fn name(&mut self, what: &str) -> Result<String, String> {
        let name = self.run(|c| c.is_alphanumeric() || c == '_');
        match name {
            "" => Err(self.unexpected(what)),
            name => Ok(name.to_owned()),
        }
    }

    fn number<N: std::str::FromStr + ToString>(&mut self, what: &str) -> Result<N, String> {
        let digits = self.run(|c| c.is_ascii_alphanumeric());
        let number = digits.parse().ok().filter(|number: &N| number.to_string() == digits);
        number.ok_or_else(|| format!("`{digits}` is not {what}"))
    }

    fn ty(&mut self, depth: usize) -> Result<Word, String> {
        if depth > DEPTH {
            return Err(format!("a type is nested more than {DEPTH} deep"));
        }
        if self.takes("$") {
            return self.number("the place of a parameter").map(Word::Parameter);
        }
        let name = self.run(|c| !matches!(c, '<' | '>' | ',' | ';' | '{' | '}' | '(' | ')' | '=' | '"' | ' '));
        if name == "array" {
            self.expects("<")?;
            let item = self.ty(depth + 1)?;
            self.expects("; ")?;
            let count = self.number("the length of an array")?;
            self.expects(">")?;
            return Ok(Word::Array(Box::new(item), count));
        }
        let parameters = self.parameters(depth)?;
        let Some(built_in) = BUILT_IN.iter().find(|built_in| built_in.word == name) else {
            return match name {
                "" => Err(self.unexpected("the name of a type")),
                name if is_uri(name) || is_foreign(name) && parameters.is_empty() => {
                    Ok(Word::Named(name.to_owned(), parameters))
                }
                name => Err(unknown(name)),
            };
        };
        let (least, most) = built_in.parameters;
        match (least..=most).contains(&parameters.len()) {
            true => Ok(Word::BuiltIn(built_in, parameters)),
            false => Err(format!("`{name}` takes {least} parameters, and has {}", parameters.len())),
        }
    }

    fn parameters(&mut self, depth: usize) -> Result<Vec<Word>, String> {
        let mut parameters = Vec::new();
        if self.takes("<") {
            parameters.push(self.ty(depth + 1)?);
            while !self.takes(">") {
                self.expects(", ")?;
                parameters.push(self.ty(depth + 1)?);
            }
        }
        Ok(parameters)
    }

    /// What was written as a default, up to what follows: no space stands in it but between two words and in literals.
    fn default(&mut self) -> Result<String, String> {
        let text = self.0;
        let mut rest = text;
        while !(rest.is_empty() || rest.starts_with(", ") || rest.starts_with(" }")) {
            rest = match literal(rest) {
                Some(end) => &rest[end..],
                None => &rest[rest.chars().next().map_or(0, char::len_utf8)..],
            };
        }
        let default = &text[..text.len() - rest.len()];
        self.0 = rest;
        match default {
            "" => Err(self.unexpected("a default")),
            default => Ok(default.to_owned()),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expects(&mut self, word: &str) -> Result<(), String> {
        match self.takes(word) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{}`", word.trim()))),
        }
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (run, rest) = self.0.split_at(end);
        self.0 = rest;
        run
    }

    fn unexpected(&self, wanted: &str) -> String {
        let here: String = self.0.trim_start().chars().take(24).collect();
        let wanted = if wanted == "``" { "a space" } else { wanted };
        match here.as_str() {
            "" => format!("it ends where {wanted} is expected"),
            here => format!("at `{here}`, {wanted} is expected"),
        }
    }
}

/// How many types may stand inside of each other.
const DEPTH: usize = 60;

fn unknown(name: &str) -> String {
    match name.contains("::") {
        true => format!(
            "`{name}` has a codec written by hand, and no name that holds in other crates; its `type_name` gives it one"
        ),
        false => format!("`{name}` is not a type that this release of the library knows"),
    }
}

/// Where the literal at the beginning ends, if there is one in quotes.
fn literal(text: &str) -> Option<usize> {
    let after = text.trim_start_matches(['b', 'c']);
    let raw = after.strip_prefix('r').map(|after| after.trim_start_matches('#'));
    if let Some(body) = raw.and_then(|body| body.strip_prefix('"')) {
        let hashes = text.len() - body.len() - 1 - text.find(['#', '"'])?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(text.len() - body.len() + body.find(&end)? + end.len());
    }
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (at, c) in after.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(text.len() - after.len() + at + 1),
            // The name of a lifetime or of a loop has no end.
            _ if quote == '\'' && at > 1 && !after.starts_with("'\\") => return None,
            _ => {}
        }
    }
    None
}

/// The first that is there twice.
fn twice<'a>(names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Structure::Opaque => f.write_str("opaque"),
            Structure::Struct(fields) => {
                f.write_str("struct")?;
                list(f, fields)
            }
            Structure::Enum { is_protocol, variants } => {
                f.write_str(if *is_protocol { "protocol" } else { "enum" })?;
                list(f, variants)
            }
        }
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    f.write_str(" {")?;
    for (i, item) in items.iter().enumerate() {
        write!(f, "{} {item}", if i == 0 { "" } else { "," })?;
    }
    f.write_str(" }")
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)?;
        self.default.as_ref().map_or(Ok(()), |default| write!(f, " = {default}"))
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tag, self.name)?;
        self.method.as_ref().map_or(Ok(()), |method| write!(f, " as {method}"))?;
        match self.fields.as_slice() {
            [] => Ok(()),
            [included] if self.include => write!(f, "(include {})", included.ty),
            fields => list(f, fields),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Word::Array(item, count) => return write!(f, "array<{item}; {count}>"),
            Word::Parameter(place) => return write!(f, "${place}"),
            Word::BuiltIn(built_in, _) => built_in.word,
            Word::Named(name, _) => name,
        };
        f.write_str(name)?;
        for (i, inner) in self.inner().iter().enumerate() {
            write!(f, "{}{inner}", if i == 0 { "<" } else { ", " })?;
        }
        f.write_str(if self.inner().is_empty() { "" } else { ">" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_end_where_what_follows_begins() {
        for default in [
            "default",
            "3",
            "\", y: u8 }\".to_owned()",
            "\"a\\\"b, c\"",
            "r#\"a \" , }\"#",
            "r\"a\\\"",
            "b\" }\"",
            "' '",
            "','",
            "'\\''",
            "HashMap::<u8,u8>::new()",
            "{1 as u8}",
            "f::<'static>(2)",
            "[1,2]",
            "Some(vec![\" }\"])",
        ] {
            let text = format!("struct {{ x: text = {default}, z: u8 = {default} }}");
            let Structure::Struct(fields) = structure(&text).unwrap() else { panic!("{text}") };
            let defaults: Vec<_> = fields.iter().map(|field| field.default.as_deref()).collect();
            assert_eq!(defaults, [Some(default), Some(default)]);
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        for (text, says) in [
            ("struct { x: foreign(uuid.Uuid/1) }", "`foreign` is not a type"),
            ("struct { x: geo.Point/0 }", "`geo.Point/0` is not a type"),
            ("struct { x: geo.Point/1<u8> }", "`geo.Point/1` is not a type"),
            ("struct { x: shop::hand::Money }", "`shop::hand::Money` has a codec written by hand"),
            ("struct { x: vec }", "`vec` takes 1 parameters, and has 0"),
            ("struct { x: u8<u8> }", "`u8` takes 0"),
            ("struct { x: u8, x: u8 }", "two fields `x`"),
            ("struct { x }", "at `}`, `:` is expected"),
            ("struct { x: u8", "it ends where `,` is expected"),
            ("struct { x: u8 } }", "the end of the structure"),
            ("union { x: u8 }", "`struct`, `enum` or `protocol`"),
            ("enum { 4294967296 A }", "`4294967296` is not the tag"),
            ("enum { 01 A }", "`01` is not the tag"),
            ("protocol { 0 A(include a.B }", "at `}`, `)` is expected"),
            ("protocol { 0 A(include) }", "at `(include) }`, `,` is expected"),
            ("struct { x: array<u8; 3 }", "at `}`, `>` is expected"),
        ] {
            let error = structure(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
