//! What stands in `stubs!(..)`: the file, and which Rust types stand for names in it. Driven by `stub`.

use std::collections::BTreeMap;

use syn::{
    Error, Ident, LitStr, Path, Result, Token,
    parse::{Parse, ParseStream},
};

/// `"contracts/bank.lock", "bank.Item" as BankItem, "shop.Page" = crate::Page`.
pub(crate) struct Input {
    pub(crate) file: LitStr,
    pub(crate) named: BTreeMap<String, (LitStr, Named)>,
}

/// What stands for a name.
pub(crate) enum Named {
    /// The stub is called so.
    As(Ident),
    /// This type, which is no stub.
    Is(Path),
}

impl Input {
    /// How the user says which type stands for a name of the contract.
    pub(crate) fn give(&self, name: &str) -> String {
        let last = |text: &str, by: char| text.rsplit(by).next().unwrap_or(text).replace('-', "_");
        let ident = last(name.split('/').next().unwrap_or(name), '.');
        self.example(&format!("\"{name}\" = crate::{ident}"))
    }

    /// How the user says what a stub is called.
    pub(crate) fn rename(&self, name: &str, ident: &str) -> String {
        self.example(&format!("\"{name}\" as {ident}"))
    }

    fn example(&self, what: &str) -> String {
        format!("`stubs!({}, {what})`", self.file.token())
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let file = input.parse().map_err(|error| Error::new(error.span(), EXAMPLE))?;
        let mut named = BTreeMap::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name: LitStr = input.parse()?;
            let what = if input.parse::<Option<Token![as]>>()?.is_some() {
                Named::As(input.parse()?)
            } else if input.peek(Token![=]) && !input.peek(Token![=>]) {
                input.parse::<Token![=]>()?;
                Named::Is(input.call(Path::parse_mod_style)?)
            } else {
                let name = name.value();
                return Err(input.error(format_args!("write `\"{name}\" as BankItem`, or `\"{name}\" = crate::Item`")));
            };
            let span = name.span();
            if named.insert(name.value(), (name, what)).is_some() {
                return Err(Error::new(span, "this name is in the list twice; remove one"));
            }
        }
        Ok(Input { file, named })
    }
}

const EXAMPLE: &str = "write the path of a contract: `stubs!(\"contracts/bank.lock\")`";
