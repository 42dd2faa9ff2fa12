//! Tokens in words that are the same whatever compiler prints them. Driven by whoever compares or shows code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The value as it was written but for spaces, of which compilers print now more and now less: one stands between two words,
/// and none elsewhere. A text that goes over several lines is one line, so that what is hashed is what contracts have.
pub(crate) fn of(value: TokenStream) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: TokenStream, out: &mut String) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for token in value {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                write(group.stream(), out);
                out.push_str(close);
            }
            other => {
                let text = on_one_line(other.to_string());
                if out.ends_with(is_word) && text.starts_with(is_word) {
                    out.push(' ');
                }
                out.push_str(&text);
            }
        }
    }
}

fn on_one_line(token: String) -> String {
    if !token.contains(char::is_control) {
        return token;
    }
    match syn::parse_str::<syn::LitStr>(&token) {
        Ok(text) => format!("{:?}", text.value()),
        Err(_) => token.chars().fold(String::new(), |out, c| match c.is_control() {
            true => out + &c.escape_default().to_string(),
            false => out + c.encode_utf8(&mut [0; 4]),
        }),
    }
}
