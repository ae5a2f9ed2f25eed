//! The client's side of HTTP/1.1, over one connection: requests are bytes, ready to be sent, and answers are read whole.
//!
//! It is no general client. What it does not understand is an error, so that nothing is taken for an answer that is none.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most header fields of an answer.
const MAX_FIELDS: usize = 64;

/// One connection, and the answer that was read last.
pub struct Connection {
    stream: TcpStream,
    /// What was received; the first `head` bytes are the last answer's head.
    input: Vec<u8>,
    head: usize,
    body: Vec<u8>,
    closes: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(16 * 1024), head: 0, body: Vec::new(), closes: false })
    }

    /// Sends bytes, whatever they are.
    ///
    /// # Errors
    /// Where the connection is over.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a request and reads its answer; returns the status.
    ///
    /// # Errors
    /// Where the connection ends before the answer does, or what comes is no HTTP.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.send(request).await?;
        self.answer(request.starts_with(b"HEAD ")).await
    }

    /// Reads the next answer; `bodiless` where it is one to HEAD.
    ///
    /// # Errors
    /// As [`Connection::exchange`].
    pub async fn answer(&mut self, bodiless: bool) -> io::Result<u16> {
        self.input.clear();
        self.body.clear();
        let (head, status, framing) = loop {
            if self.receive().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(parsed) = self.parse()? {
                break parsed;
            }
        };
        self.head = head;
        let framing = if bodiless || matches!(status, 204 | 304) { Framing::Length(0) } else { framing };
        match framing {
            Framing::Length(length) => {
                while self.input.len() < head + length {
                    self.require().await?;
                }
                if self.input.len() > head + length {
                    return Err(invalid("more than the answer"));
                }
                self.body.extend_from_slice(&self.input[head..]);
            }
            Framing::Chunked => self.chunks(head).await?,
            Framing::UntilClose => {
                while self.receive().await? > 0 {}
                self.body.extend_from_slice(&self.input[head..]);
            }
        }
        Ok(status)
    }

    /// The last answer's body, without its transfer encoding.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The last answer's head, as it came.
    pub fn head(&self) -> &[u8] {
        &self.input[..self.head]
    }

    /// The first field of the name in the last answer's head.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = std::str::from_utf8(self.head()).ok()?.lines().skip(1);
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Whether the server ends the connection after the last answer.
    pub fn closes(&self) -> bool {
        self.closes
    }

    async fn receive(&mut self) -> io::Result<usize> {
        if self.input.capacity() - self.input.len() < 4096 {
            self.input.reserve(64 * 1024);
        }
        self.stream.read_buf(&mut self.input).await
    }

    async fn require(&mut self) -> io::Result<()> {
        match self.receive().await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The head's length, the status and how the body ends; `None` while the head is not whole.
    fn parse(&mut self) -> io::Result<Option<(usize, u16, Framing)>> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut answer = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(head) = answer.parse(&self.input).map_err(|_| invalid("no HTTP"))? else {
            return Ok(None);
        };
        let mut framing = Framing::UntilClose;
        self.closes = false;
        for field in answer.headers.iter() {
            if field.name.eq_ignore_ascii_case("content-length") {
                let length = std::str::from_utf8(field.value).ok().and_then(|text| text.parse().ok());
                framing = Framing::Length(length.ok_or_else(|| invalid("a length that is none"))?);
            } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
                framing = Framing::Chunked;
            } else if field.name.eq_ignore_ascii_case("connection") {
                self.closes = field.value.eq_ignore_ascii_case(b"close");
            }
        }
        Ok(Some((head, answer.code.unwrap_or_default(), framing)))
    }

    async fn chunks(&mut self, head: usize) -> io::Result<()> {
        let mut at = head;
        loop {
            match httparse::parse_chunk_size(&self.input[at..]).map_err(|_| invalid("a chunk that is none"))? {
                httparse::Status::Partial => self.require().await?,
                httparse::Status::Complete((line, size)) => {
                    let (begin, end) = (at + line, at + line + size as usize);
                    while self.input.len() < end + 2 {
                        self.require().await?;
                    }
                    self.body.extend_from_slice(&self.input[begin..end]);
                    at = end + 2;
                    if size == 0 {
                        return if self.input.len() == at { Ok(()) } else { Err(invalid("more than the answer")) };
                    }
                }
            }
        }
    }
}

enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn read(pieces: &[&'static [u8]]) -> io::Result<(u16, Vec<u8>, bool)> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut connection = Connection::open(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let pieces = pieces.to_vec();
        let writing = tokio::spawn(async move {
            for piece in pieces {
                server.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let status = connection.answer(false).await;
        writing.await.unwrap();
        status.map(|status| (status, connection.body().to_vec(), connection.closes()))
    }

    #[tokio::test]
    async fn should_read_answers_however_they_are_cut() {
        let length: &[&[u8]] = &[b"HTTP/1.1 200 OK\r\ncontent-le", b"ngth: 5\r\n\r\nhe", b"llo"];
        assert_eq!(read(length).await.unwrap(), (200, b"hello".to_vec(), false));
        let chunked: &[&[u8]] =
            &[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r", b"\nhel\r\n2\r\nlo\r\n0\r\n", b"\r\n"];
        assert_eq!(read(chunked).await.unwrap(), (200, b"hello".to_vec(), false));
        let closed: &[&[u8]] = &[b"HTTP/1.1 400 Bad\r\nconnection: close\r\n\r\nhel", b"lo"];
        assert_eq!(read(closed).await.unwrap(), (400, b"hello".to_vec(), true));
    }

    #[tokio::test]
    async fn should_refuse_what_is_cut_short_or_no_answer() {
        let cases: [&[&'static [u8]]; 5] = [
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell"],
            &[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhello"],
            &[b"SSH-2.0-OpenSSH\r\n"],
            &[],
        ];
        for pieces in cases {
            assert!(read(pieces).await.is_err(), "{pieces:?}");
        }
    }
}
