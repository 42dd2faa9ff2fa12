//! What stands for a name of a contract is said in one of two ways.
// says: write `"bank.Money" as BankItem`, or `"bank.Money" = crate::Item`

actor_core::stubs!("contracts/bank.lock", "bank.Money" => crate::Money);

fn main() {}
