//! Stubs of types behind features: a contract says the same words, and its stubs have the same types.
//! `BLESS=1 cargo test -p actor-core --all-features --test stubs_of_features` writes the contract anew.
#![cfg(all(feature = "chrono", feature = "jiff", feature = "serde_json", feature = "url", feature = "uuid"))]

use std::{fs, path::Path};

use actor_core::{
    prelude::*,
    wire::{Schema, from_bytes, lock::Contract, to_bytes},
};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use jiff::{SignedDuration, Timestamp, civil};

#[derive(Wire, Debug, Default)]
#[wire(uri = "feature.All", version = 1)]
struct All {
    names: (uuid::Uuid, Option<url::Url>, serde_json::Value),
    chrono: (DateTime<Utc>, DateTime<FixedOffset>, NaiveDateTime, NaiveDate, NaiveTime, TimeDelta),
    jiff: (Timestamp, SignedDuration, civil::DateTime, civil::Date, civil::Time),
}

mod stub {
    actor_core::stubs!("tests/contracts/feature.lock");
}

const FILE: &str = "tests/contracts/feature.lock";

#[test]
fn types_behind_features_have_stubs() {
    let own = Schema::linked().find(|schema| schema.identity == "feature.All" && schema.contract.is_none());
    let own = Schema { locked: 1, ..own.expect("it is linked").clone() };
    let (released, path) = (Contract::of([&own]).to_string(), Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE));
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &released).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), released, "`BLESS=1` writes the file");
    assert_eq!(stub::All::SHAPE.body(1), All::SHAPE.body(1));
    let bytes = to_bytes(&All::default()).unwrap();
    let stub: stub::All = from_bytes(&bytes).unwrap();
    assert_eq!(to_bytes(&stub).unwrap(), bytes);
    assert_eq!(stub.names.0, uuid::Uuid::nil());
}
