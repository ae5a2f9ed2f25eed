//! Carries the bytes of one direction of one connection.

use crate::fault::{Fault, Limit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::sleep;

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The sender had said everything, and the receiver was told so; the other direction goes on.
    Finished,
    /// The whole connection is to be closed.
    Close,
    /// The whole connection is to be reset.
    Reset,
}

/// One direction of one connection.
pub struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    fault: watch::Receiver<Fault>,
    chance: fastrand::Rng,
    /// Bytes that passed since the fault was set.
    passed: u64,
    /// The receiver was told that this is all.
    half_closed: bool,
}

impl<'a> Pump<'a> {
    /// Nothing is carried yet.
    pub fn new(from: ReadHalf<'a>, to: WriteHalf<'a>, fault: watch::Receiver<Fault>, chance: fastrand::Rng) -> Self {
        Self { from, to, fault, chance, passed: 0, half_closed: false }
    }

    /// Carries until the direction, or the connection, is over.
    pub async fn run(mut self) -> Ending {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            if let Some(ending) = self.reach_limit().await {
                return ending;
            }
            tokio::select! {
                // A fault that was set while nothing comes has to act at once.
                changed = self.fault.changed() => match changed {
                    Ok(()) => self.passed = 0,
                    Err(_) => return Ending::Close,
                },
                read = self.from.read(&mut buffer) => match read {
                    // Where nothing passes, the end passes neither; but the connection is over for who left.
                    Ok(0) if self.is_silent() => return Ending::Close,
                    Ok(0) => return if self.to.shutdown().await.is_ok() { Ending::Finished } else { Ending::Close },
                    Ok(read) => {
                        if let Some(ending) = self.deliver(&buffer[..read]).await {
                            return ending;
                        }
                    }
                    Err(_) => return Ending::Close,
                },
            }
        }
    }

    async fn deliver(&mut self, mut bytes: &[u8]) -> Option<Ending> {
        while !bytes.is_empty() {
            let fault = self.fault();
            let left = match fault.limit(self.passed) {
                Some((0, _)) => match self.reach_limit().await {
                    // What is silenced is lost.
                    None => return None,
                    ending => return ending,
                },
                Some((left, _)) => bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX)),
                None => bytes.len(),
            };
            if self.half_closed {
                return None;
            }
            let (piece, pause) = fault.piece(left, &mut self.chance);
            let write = async {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                self.to.write(&bytes[..piece]).await
            };
            tokio::select! {
                // Another fault that is set meanwhile is the one that counts for what is left.
                _ = self.fault.changed() => self.passed = 0,
                written = write => match written {
                    Ok(written) => {
                        self.passed += written as u64;
                        bytes = &bytes[written..];
                    }
                    Err(_) => return Some(Ending::Close),
                },
            }
        }
        None
    }

    /// Does what is due when all bytes have passed that may.
    async fn reach_limit(&mut self) -> Option<Ending> {
        match self.fault().limit(self.passed) {
            Some((0, Limit::Close)) => Some(Ending::Close),
            Some((0, Limit::Reset)) => Some(Ending::Reset),
            Some((0, Limit::HalfClose)) if !self.half_closed => {
                self.half_closed = true;
                self.to.shutdown().await.is_err().then_some(Ending::Close)
            }
            _ => None,
        }
    }

    fn is_silent(&mut self) -> bool {
        self.half_closed || matches!(self.fault().limit(self.passed), Some((0, _)))
    }

    /// The fault that is set now; bytes are counted anew when it is another one.
    fn fault(&mut self) -> Fault {
        if self.fault.has_changed().unwrap_or(false) {
            self.passed = 0;
        }
        *self.fault.borrow_and_update()
    }
}
