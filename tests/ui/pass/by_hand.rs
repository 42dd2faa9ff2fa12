//! What the derives write can be written by hand, but for the schema table and the copies of broadcasts.

use std::{future::Future, time::Duration};

use actor_core::{
    AddressOf, CallAddress, Calls, Handles, HasLifecycle, call,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder},
};

enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

impl Wire for Account {
    const EDGE: Edge = Edge::of("bank.Account", &[]);

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.begin(Self::URI, Self::EDGE, 1, Self::VERSION)?;
        match self {
            Account::Deposit { cents } => {
                e.tag(0)?;
                cents.encode(e)
            }
            Account::Balance { reply } => {
                e.tag(1)?;
                reply.encode(e)
            }
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.begin(Self::URI, 1, Self::VERSION)?;
        let account = match d.tag()? {
            0 => Account::Deposit { cents: Wire::decode(d)? },
            1 => Account::Balance { reply: Wire::decode(d)? },
            tag => return Err(DecodeError::UnknownVariant { uri: Self::URI, tag }),
        };
        d.end();
        Ok(account)
    }
}

impl Protocol for Account {
    const URI: &'static str = "bank.Account";
    const VERSION: u16 = 1;
    type Kind = Calls;
    const MESSAGES: &'static [&'static str] = &["Account::Deposit", "Account::Balance"];

    fn index(&self) -> u32 {
        match self {
            Account::Deposit { .. } => 0,
            Account::Balance { .. } => 1,
        }
    }
}

trait AccountClient: AddressOf<Account> {
    fn deposit(&self, cents: u64) -> Result<(), SendError<Account>>
    where
        Self: Address<Account>,
    {
        self.tell(Account::Deposit { cents })
    }

    fn balance(&self) -> Call<u64>
    where
        Self: CallAddress<Account>,
    {
        call(self, |reply| Account::Balance { reply })
    }
}

impl<A: AddressOf<Account> + ?Sized> AccountClient for A {}

struct Bank {
    cents: u64,
}

enum Inbox {
    Account(Account),
    Exit(Exit),
}

impl Actor for Bank {
    type Inbox = Inbox;
    const LIFECYCLE: Option<Duration> = Some(Self::STOP_DEADLINE);

    async fn dispatch(&mut self, msg: Inbox, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Inbox::Account(msg) => self.handle(msg, cx).await,
            Inbox::Exit(msg) => self.handle(msg, cx).await,
        }
    }

    fn message_index(inbox: &Inbox) -> u32 {
        match inbox {
            Inbox::Account(msg) => msg.index(),
            Inbox::Exit(_) => 2,
        }
    }

    fn message_name(index: u32) -> &'static str {
        Account::MESSAGES.get(index as usize).copied().unwrap_or("Exit")
    }

    fn on_start(&mut self, cx: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        self.started(cx)
    }

    fn on_stop(
        &mut self,
        reason: &ExitReason,
        cx: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        self.stopping(reason, cx)
    }
}

impl Handles<Account> for Bank {
    fn wrap(msg: Account) -> Inbox {
        Inbox::Account(msg)
    }

    fn unwrap(inbox: Inbox) -> Option<Account> {
        match inbox {
            Inbox::Account(msg) => Some(msg),
            Inbox::Exit(_) => None,
        }
    }
}

impl Handles<Exit> for Bank {
    fn wrap(msg: Exit) -> Inbox {
        Inbox::Exit(msg)
    }

    fn unwrap(inbox: Inbox) -> Option<Exit> {
        match inbox {
            Inbox::Exit(msg) => Some(msg),
            Inbox::Account(_) => None,
        }
    }
}

impl HasLifecycle for Bank {}

impl Lifecycle for Bank {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.trap_exits();
        Ok(())
    }
}

impl Handler<Account> for Bank {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Deposit { cents } => self.cents += cents,
            Account::Balance { reply } => reply.send(self.cents),
        }
        Ok(())
    }
}

impl Handler<Exit> for Bank {
    async fn handle(&mut self, _: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

async fn visit(account: &Subject<Account>) -> Result<u64, Error> {
    account.deposit(5)?;
    Ok(account.balance().await?)
}

fn main() {
    drop(visit(&spawn(Bank { cents: 0 }).subject()));
}
