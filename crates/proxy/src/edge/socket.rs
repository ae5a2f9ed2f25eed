//! A client's socket, as hyper sees it. It notes how far an exchange has come, and gives what hyper answers by itself the form that all answers have.

use super::exchange::{Exchange, Phase};
use axum::http::StatusCode;
use bytes::{Buf, Bytes};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Makes a whole answer, head and body, to what is no request: after it the connection ends.
pub type Refusal = Arc<dyn Fn(StatusCode) -> Vec<u8> + Send + Sync>;

/// The socket and what stands between it and hyper.
pub struct Socket<S> {
    stream: S,
    exchange: Arc<Exchange>,
    refusal: Refusal,
    /// Read before, and not yet looked at.
    leftover: Bytes,
    /// A refusal that waits to be sent.
    refused: Bytes,
}

impl<S> Socket<S> {
    /// Takes over a socket; `leftover` was read from it already.
    pub fn new(stream: S, leftover: Bytes, exchange: Arc<Exchange>, refusal: Refusal) -> Self {
        if !leftover.is_empty() {
            exchange.received();
        }
        Self { stream, exchange, refusal, leftover, refused: Bytes::new() }
    }

    /// The socket itself.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// The refusal that takes the place of these bytes, where they are an answer that the service did not make.
    ///
    /// hyper refuses what it cannot read with a status and nothing more, in one piece, after everything before was sent. While a request is answered
    /// nothing is looked at: what is sent then is the service's, or a `100 Continue`.
    fn replacement(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !matches!(self.exchange.phase(), Phase::Idle | Phase::Head) {
            return None;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
        Some((self.refusal)(StatusCode::from_bytes(status).ok()?))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.leftover.is_empty() {
            let count = self.leftover.len().min(buffer.remaining());
            buffer.put_slice(&self.leftover.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.exchange.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Socket<S> {
    /// Sends what is left of a refusal.
    fn poll_refused(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refused.is_empty() {
            let Poll::Ready(count) = Pin::new(&mut self.stream).poll_write(context, &self.refused)? else {
                self.exchange.stall();
                return Poll::Pending;
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.exchange.wrote(count);
            self.refused.advance(count);
        }
        Poll::Ready(Ok(()))
    }

    /// Puts a refusal in the place of what was to be written, all of it.
    fn refuse(&mut self, refusal: Vec<u8>, instead_of: usize) -> Poll<io::Result<usize>> {
        self.refused = refusal.into();
        Poll::Ready(Ok(instead_of))
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.exchange.stall(),
            Poll::Ready(Ok(count)) => self.exchange.wrote(*count),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_refused(context))?;
        if let Some(refusal) = self.replacement(bytes) {
            return self.refuse(refusal, bytes.len());
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_refused(context))?;
        if let Some(refusal) = slices.first().and_then(|first| self.replacement(first)) {
            return self.refuse(refusal, slices.iter().map(|slice| slice.len()).sum());
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refused(context))?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.exchange.flushed();
        Poll::Ready(Ok(()))
    }

    /// Nothing yet: the connection's driver ends the socket, or goes on with it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
