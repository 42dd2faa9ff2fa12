//! All that the derives write keeps the lints of a strict crate.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]

use actor_core::prelude::*;

/// What an account takes.
#[derive(Debug, Protocol)]
#[wire(uri = "bank.Account", version = 1)]
pub enum Account {
    /// Adds money.
    Deposit {
        /// How much.
        cents: u64,
    },
    /// Moves money.
    Pay(u64, Owner),
    /// Closes it.
    #[wire(method = "close")]
    Stop,
    /// What is there.
    Balance {
        /// Of one currency.
        currency: Option<String>,
        /// Cents.
        reply: Reply<u64>,
    },
    /// What was there.
    #[deprecated]
    #[wire(tag = 9)]
    History(Reply<Vec<Page<u64>>>, u32),
}

/// Who has it.
#[derive(Debug, Wire)]
#[wire(uri = "bank.Owner")]
pub enum Owner {
    /// People.
    Person {
        /// With a name.
        r#type: String,
    },
    /// Several.
    Joint(Vec<Self>),
    /// The bank.
    #[wire(tag = 7)]
    Bank,
}

/// A part of a list.
#[derive(Debug, Wire)]
#[wire(uri = "bank.Page")]
pub struct Page<T: std::fmt::Debug>(Vec<T>, Option<Marker>);

/// Where it ends.
#[derive(Debug, Clone, Wire)]
#[wire(uri = "bank.Marker")]
pub struct Marker;

/// What a bank says.
#[derive(Debug, Clone, Protocol)]
#[wire(uri = "bank.News")]
pub enum News {
    /// Something.
    Said(String),
    /// Several things.
    Both(Vec<Self>),
}

/// A list that knows its rest.
#[derive(Debug, Wire)]
#[wire(uri = "bank.List")]
pub struct List<T: std::fmt::Debug>(T, Option<Box<Self>>);

#[derive(Actor)]
#[actor(handles(Account, News, Down, Exit), lifecycle)]
struct Bank<T: Send + 'static, const N: usize> {
    cents: u64,
    rest: [T; N],
}

impl<T: Send, const N: usize> Lifecycle for Bank<T, N> {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.trap_exits();
        self.cents = "500".parse()?;
        Ok(())
    }
}

impl<T: Send, const N: usize> Handler<Account> for Bank<T, N> {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Deposit { cents } | Account::Pay(cents, _) => self.cents += cents,
            Account::Balance { reply, .. } => reply.send(self.cents),
            _ => drop(self.rest.first()),
        }
        Ok(())
    }
}

impl<T: Send, const N: usize> Handler<News> for Bank<T, N> {
    async fn handle(&mut self, _: News, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl<T: Send, const N: usize> Handler<Down> for Bank<T, N> {
    async fn handle(&mut self, _: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl<T: Send, const N: usize> Handler<Exit> for Bank<T, N> {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        if exit.reason.is_normal() { Ok(()) } else { Err(Error::new(exit.reason)) }
    }
}

#[derive(Actor)]
#[actor(lifecycle, handles(News))]
struct Listener;

impl Lifecycle for Listener {
    const STOP_DEADLINE: std::time::Duration = std::time::Duration::from_secs(1);

    async fn stopping(&mut self, reason: &ExitReason, _: &mut Context<Self>) -> Result<(), Error> {
        if *reason == ExitReason::Stopped { Err(Error::new("it was to stay")) } else { Ok(()) }
    }
}

impl Handler<News> for Listener {
    async fn handle(&mut self, _: News, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

async fn visit(account: &impl Address<Account>, news: &Subject<News>) -> Result<(), Error> {
    account.deposit(5)?;
    account.pay(5, Owner::Joint(Vec::new()))?;
    account.close()?;
    news.both(vec![News::Said("hello".to_owned())])?;
    Ok(())
}

fn main() {
    let bank = spawn(Bank { cents: 0, rest: [(); 3] });
    let listener = spawn(Listener);
    let account: Subject<Account> = bank.subject();
    drop(account.balance(None));
    drop(visit(&account, &listener.subject()));
}
