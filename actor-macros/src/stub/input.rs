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
                return Err(Error::new(span, "this name stands in the list twice; remove one"));
            }
        }
        Ok(Input { file, named })
    }
}

const EXAMPLE: &str = "write the path of a contract: `stubs!(\"contracts/bank.lock\")`";
