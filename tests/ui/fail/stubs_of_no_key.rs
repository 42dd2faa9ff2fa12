//! A key can be told from others.
// says: contracts/stubs_of_no_key.lock, line 2: `bank.Rate` is the key of a map or of a set in `bank.Table`
// contract: bank.Rate 1 = struct { of: f64 } #0123456789abcdef
// contract: bank.Table 1 = struct { rates: map<bank.Rate, text> } #0123456789abcdef

actor_core::stubs!("contracts/stubs_of_no_key.lock");

fn main() {}
