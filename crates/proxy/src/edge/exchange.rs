//! What a connection's socket, its service and its driver tell each other: how far the current exchange of a request and its answer has come.
//!
//! All three live in one task, one after the other; atomics, since hyper wants what it is given to be `Send`.

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

/// How far an exchange has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between two exchanges, or before the first.
    Idle,
    /// Something has arrived, and it is no request yet.
    Head,
    /// The request is being answered.
    Work,
    /// The answer's last byte is made, and perhaps not yet sent.
    Made,
}

/// The shared state. A new one is idle.
#[derive(Debug, Default)]
pub struct Exchange {
    phase: AtomicU8,
    stalled: AtomicBool,
    written: AtomicU64,
}

impl Exchange {
    /// How far it has come.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Work,
            _ => Phase::Made,
        }
    }

    fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// Bytes have arrived.
    pub fn received(&self) {
        if self.phase() == Phase::Idle {
            self.set(Phase::Head);
        }
    }

    /// The request's head is whole, and the service has it.
    pub fn begin(&self) {
        self.set(Phase::Work);
    }

    fn made(&self) {
        if self.phase() == Phase::Work {
            self.set(Phase::Made);
        }
    }

    /// The client takes no more for now.
    pub fn stall(&self) {
        self.stalled.store(true, Relaxed);
    }

    /// So many bytes were taken.
    pub fn wrote(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Relaxed);
    }

    /// Everything was taken that there was to send.
    pub fn flushed(&self) {
        self.stalled.store(false, Relaxed);
        if self.phase() == Phase::Made {
            self.set(Phase::Idle);
        }
    }

    /// Whether something waits for the client to take it.
    pub fn is_stalled(&self) -> bool {
        self.stalled.load(Relaxed)
    }

    /// Bytes that the client's side has taken since the connection began.
    pub fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }
}

/// An answer's body, which tells when it has come to its end, or is given up.
pub struct Watched {
    body: Body,
    exchange: Arc<Exchange>,
}

impl Watched {
    /// Watches the body for the exchange.
    pub fn new(body: Body, exchange: Arc<Exchange>) -> Self {
        Self { body, exchange }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.exchange.made();
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
