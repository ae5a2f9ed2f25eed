//! `order-documents-proxy health`: asks the proxy that runs with the same configuration whether it is ready. For containers without any other
//! program that could ask.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// For connecting, and for each read and write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether `GET /readyz` on the admin listener is answered with 200.
///
/// # Errors
/// Where nothing that can be understood is answered in time.
pub fn is_ready(admin: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&reachable(admin), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    // The status line is `HTTP/1.1 200 OK`; what follows is not of interest.
    let mut begin = [0; 12];
    stream.read_exact(&mut begin)?;
    match begin.strip_prefix(b"HTTP/1.1 ") {
        Some(status) => Ok(status == b"200"),
        None => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "not an HTTP answer")),
    }
}

/// An address that a listener on all addresses can be reached at from here.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn should_ask_an_address_that_can_be_reached() {
        let ask = |listening: &str| reachable(listening.parse().unwrap()).to_string();
        assert_eq!([ask("0.0.0.0:9090"), ask("[::]:9090"), ask("10.0.0.1:1")], ["127.0.0.1:9090", "[::1]:9090", "10.0.0.1:1"]);
    }

    #[test]
    fn should_believe_200_and_nothing_else() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\n\r\n", Some(true)),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", Some(false)),
            ("SSH-2.0-OpenSSH_9.2p1\r\n", None),
            ("", None),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || listener.accept().unwrap().0.write_all(answer.as_bytes()).unwrap());
            assert_eq!(is_ready(address).ok(), expected, "{answer}");
            server.join().unwrap();
        }
    }
}
