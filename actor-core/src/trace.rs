//! The seam by which traces cross nodes: where in a trace something was sent, as the bytes that tracing systems agree on, and
//! who knows what those mean. Sends nothing, and knows no tracing system: spans of `tracing` have no form outside of a process.

use std::{fmt, str::FromStr};

use tracing::Span;

/// A place in a trace: which trace, and below which of its spans. The fields of `traceparent` in W3C Trace Context, version 00.
///
/// ```
/// use actor_core::TraceContext;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let context: TraceContext = text.parse()?;
/// assert_eq!((context.flags(), context.to_string().as_str()), (1, text));
/// # Ok::<(), actor_core::TraceContextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
}

impl TraceContext {
    /// A place in a trace; `None` if one of the ids is zero, which means that there is none.
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8], flags: u8) -> Option<Self> {
        let context = TraceContext { trace_id, span_id, flags };
        (trace_id != [0; 16] && span_id != [0; 8]).then_some(context)
    }

    /// The trace.
    pub fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> [u8; 8] {
        self.span_id
    }

    /// Its flags; the lowest bit says that the trace is recorded.
    pub fn flags(&self) -> u8 {
        self.flags
    }
}

/// As `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (u128::from_be_bytes(self.trace_id), u64::from_be_bytes(self.span_id));
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", self.flags)
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceContext({self})")
    }
}

/// A text that is no `traceparent` of version 00.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no trace context: it has the form `00-<32 digits>-<16 digits>-<2 digits>`, hexadecimal and not all zero"
)]
pub struct TraceContextError(String);

impl FromStr for TraceContext {
    type Err = TraceContextError;

    fn from_str(text: &str) -> Result<Self, TraceContextError> {
        read(text).ok_or_else(|| TraceContextError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<TraceContext> {
    let mut parts = text.split('-');
    let mut digits = |count: usize| {
        let part = parts.next().filter(|part| part.len() == count)?;
        let lower = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        lower.then(|| u128::from_str_radix(part, 16).ok()).flatten()
    };
    let (version, trace, span, flags) = (digits(2)?, digits(32)?, digits(16)?, digits(2)?);
    let ends = version == 0 && parts.next().is_none();
    let (span, flags) = (u64::try_from(span).ok()?, u8::try_from(flags).ok()?);
    ends.then(|| TraceContext::new(trace.to_be_bytes(), span.to_be_bytes(), flags)).flatten()
}

/// Leads traces from node to node: what a tracing system (OpenTelemetry and the like) knows of spans, for messages that cross. Given
/// to a system with [`System::bridge_traces`](crate::System::bridge_traces); without one no message carries a trace, and none
/// costs a byte for it.
///
/// With the crate `tracing-opentelemetry`, `context` reads the span context of `OpenTelemetrySpanExt::context` of the span, and
/// `follow` makes one of the given ids, as a remote one, and calls `OpenTelemetrySpanExt::set_parent` with it.
///
/// # Delivery
/// A trace follows messages, calls and broadcasts to nodes that know of traces too; answers, monitors and what the cluster says carry
/// none. It is lost with its message only.
///
/// # Examples
/// ```
/// use actor_core::{TraceBridge, TraceContext, prelude::*};
/// use tracing::Span;
///
/// /// Knows one trace for all.
/// struct One(TraceContext);
///
/// impl TraceBridge for One {
///     fn context(&self, _current: &Span) -> Option<TraceContext> {
///         Some(self.0)
///     }
///
///     fn follow(&self, span: &Span, sent_in: &TraceContext) {
///         tracing::debug!(parent: span, %sent_in, "continues a trace of another node");
///     }
/// }
///
/// let context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// let system = System::new();
/// assert!(system.bridge_traces(One(context)).is_ok());
/// # Ok::<(), actor_core::TraceContextError>(())
/// ```
pub trait TraceBridge: Send + Sync + 'static {
    /// Where in a trace a message for another node is sent, if it is to travel: the current span is this one. Asked once for each
    /// message, before it is written.
    fn context(&self, current: &Span) -> Option<TraceContext>;

    /// A message that was sent there, on another node, is about to be handled in this span, which has no parent. Called only while
    /// spans of messages are wanted: target `actor_core::handle`, level `TRACE`.
    fn follow(&self, span: &Span, sent_in: &TraceContext);
}

/// The system leads traces over another bridge already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the system has a trace bridge already, and keeps it")]
pub struct BridgeTaken;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_traceparent_is_refused_with_its_form() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let fine = format!("00-{trace}-{span}-01");
        assert_eq!(fine.parse::<TraceContext>().unwrap().to_string(), fine);
        let bad = [
            String::new(),
            format!("01-{trace}-{span}-01"),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-01-02"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-+{}-01", &span[1..]),
            format!("00-{trace}-{span}-1"),
        ];
        for text in bad {
            let error = text.parse::<TraceContext>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}` is no trace context")));
        }
    }
}
