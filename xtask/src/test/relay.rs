//! A proxy of a few lines between the browser and wasm-bindgen's test server.
//!
//! That server (rouille on `tiny_http`) gives each connection a thread until the browser lets it go, and a connection that
//! arrives while a thread is just waking up may be put into a queue behind all of them: the page then waits for a script for
//! ever. Through the relay each request has a connection of its own, which ends with the answer, so that a queue always moves.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// The longest head of a request or an answer that is read, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Relays on a free port of this machine for as long as this process lives, and says on which.
pub fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // What goes wrong the browser sees: its connection ends without an answer.
            thread::spawn(move || relay(client));
        }
    });
    Ok(address)
}

/// One request and its answer.
fn relay(mut client: TcpStream) -> io::Result<()> {
    let (head, begun) = head(&mut client)?;
    let (server, head) = directed(&head).ok_or(io::ErrorKind::InvalidData)?;
    let mut server = TcpStream::connect(server)?;
    server.write_all(head.as_bytes())?;
    server.write_all(&begun)?;
    let (mut body, mut to_server) = (client.try_clone()?, server.try_clone()?);
    // Ends with the client's connection at the latest, which is shut below.
    thread::spawn(move || io::copy(&mut body, &mut to_server));
    let answered = answer(&mut server, &mut client);
    client.shutdown(Shutdown::Both)?;
    answered
}

fn answer(server: &mut TcpStream, client: &mut TcpStream) -> io::Result<()> {
    let (head, begun) = head(server)?;
    client.write_all(closing(&head).as_bytes())?;
    client.write_all(&begun)?;
    io::copy(server, client)?;
    Ok(())
}

/// The head up to its empty line, and what of the body came with it.
fn head(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    while read.len() < LONGEST_HEAD {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&chunk[..count]);
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            let head = String::from_utf8(read).map_err(|_| io::ErrorKind::InvalidData)?;
            return Ok((head, body));
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// Whom a request to a proxy is for, and its head as that server wants it. None but a server of this machine.
fn directed(head: &str) -> Option<(SocketAddr, String)> {
    let (line, fields) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let rest = target.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    let server: SocketAddr = authority.parse().ok()?;
    server.ip().is_loopback().then(|| (server, closing(&format!("{method} {path} {version}\r\n{fields}"))))
}

/// The same head, but the connection ends after it.
fn closing(head: &str) -> String {
    let is_kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        !["connection", "proxy-connection", "keep-alive"].contains(&name.to_ascii_lowercase().as_str())
    };
    let lines: Vec<&str> = head.trim_end().split("\r\n").filter(is_kept).collect();
    format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_direct_a_request_and_end_its_connection() {
        let head = "GET http://127.0.0.1:9/run.js?a=b HTTP/1.1\r\nHost: 127.0.0.1:9\r\nProxy-Connection: keep-alive\r\n\r\n";
        let (server, head) = directed(head).unwrap();
        assert_eq!(server, "127.0.0.1:9".parse().unwrap());
        assert_eq!(head, "GET /run.js?a=b HTTP/1.1\r\nHost: 127.0.0.1:9\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn should_reach_nothing_but_this_machine() {
        for target in ["http://192.0.2.1:80/", "https://127.0.0.1:80/", "/", "127.0.0.1:80"] {
            assert_eq!(directed(&format!("GET {target} HTTP/1.1\r\n\r\n")), None, "{target}");
        }
    }

    #[test]
    fn should_answer_each_request_over_a_connection_of_its_own() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = server.local_addr().unwrap();
        let served = thread::spawn(move || {
            let (mut one, _) = server.accept().unwrap();
            let (asked, _) = head(&mut one).unwrap();
            one.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello").unwrap();
            asked
        });
        let mut client = TcpStream::connect(start().unwrap()).unwrap();
        write!(client, "GET http://{address}/a HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        assert_eq!(served.join().unwrap(), format!("GET /a HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"));
    }
}
