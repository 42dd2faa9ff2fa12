//! A page of golden vectors: values with the bytes that they are and stay. One line each: the type in the words of contracts, the
//! value as `Debug` prints it, the bytes in hex (nothing for none). Never sorts: the order is that of the test.

use std::{env, fmt, fs, path::Path};

use actor_core::wire::{Decoder, Encoder, Limits, Versions, Wire, from_bytes};

/// The lines of one file, as the code has them.
pub(crate) struct Page {
    file: &'static str,
    lines: String,
}

impl Page {
    pub(crate) fn new(file: &'static str) -> Self {
        let head = "# The bytes of values, for good: type | value | hex. Written by `GOLDEN=update cargo test -p actor-core \
                    --all-features --test golden`.\n";
        Page { file, lines: head.to_owned() }
    }

    /// A value that comes back as itself.
    pub(crate) fn holds<T: Wire + fmt::Debug>(&mut self, value: T) {
        let text = format!("{value:?}");
        self.names(value, &text);
    }

    /// A value that is not printed the same everywhere.
    pub(crate) fn names<T: Wire + fmt::Debug>(&mut self, value: T, text: &str) {
        let mut words = String::new();
        T::type_name(&mut words);
        let bytes = written(&value, &Versions::newest());
        let back: T = from_bytes(&bytes).unwrap_or_else(|error| panic!("{words} {value:?}: {error}"));
        assert_eq!(format!("{back:?}"), format!("{value:?}"), "{words}");
        assert_eq!(written(&back, &Versions::newest()), bytes, "{words} {value:?}");
        for end in 0..bytes.len() {
            assert!(from_bytes::<T>(&bytes[..end]).is_err(), "{words} {value:?} is one of {end} bytes already");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(from_bytes::<T>(&longer).is_err(), "{words} {value:?} is one of more bytes still");
        self.line(&words, &format_args!("{text}"), &bytes);
    }

    /// A version of a derived type: its structure stands there too.
    pub(crate) fn version<T: Wire + fmt::Debug>(&mut self, value: T, version: u16, versions: &Versions) {
        let mut words = String::new();
        T::type_name(&mut words);
        let words = format!("{words} {version} = {} #{:016x}", T::SHAPE.text(version), T::SHAPE.body(version));
        let bytes = written(&value, versions);
        assert_eq!(u16::from(bytes[0]), version, "{words}");
        T::decode(&mut Decoder::new(&bytes, Limits::default())).unwrap_or_else(|error| panic!("{words}: {error}"));
        self.line(&words, &value, &bytes);
    }

    /// Bytes from elsewhere.
    pub(crate) fn line(&mut self, words: &str, value: &dyn fmt::Debug, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.lines += format!("{words} | {value:?} | {hex}").trim_end();
        self.lines.push('\n');
    }

    /// Holds the lines against the file, or writes it.
    pub(crate) fn check(self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(self.file);
        if env::var_os("GOLDEN").is_some_and(|order| order == "update") {
            fs::write(&path, &self.lines).expect("the page can be written");
        }
        let file = fs::read_to_string(&path).expect("the page can be read").replace("\r\n", "\n");
        for (number, (was, is)) in (1..).zip(file.lines().zip(self.lines.lines())) {
            assert_eq!(was, is, "line {number} of {} is not what it was: other builds read the old bytes", self.file);
        }
        assert_eq!(
            file.lines().count(),
            self.lines.lines().count(),
            "{} has as many lines as there are values",
            self.file
        );
    }
}

fn written<T: Wire>(value: &T, versions: &Versions) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut Encoder::new(&mut bytes).versions(versions)).expect("the value can be written");
    bytes
}
