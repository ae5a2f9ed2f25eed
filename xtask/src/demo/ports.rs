//! The demo's ports: five in a row from `--port-base`, 8080 by default.

use std::net::{Ipv4Addr, TcpListener};

use crate::problem::Problem;

const DEFAULT_BASE: u16 = 8080;

/// One port for each listener, all on the loopback interface.
#[derive(Debug, PartialEq, Eq)]
pub struct Ports {
    /// The portal: the proxy with the pages.
    pub proxy: u16,
    /// The sandbox's Files API.
    pub api: u16,
    /// The sandbox's storage.
    pub storage: u16,
    /// The identity provider.
    pub identity: u16,
    /// The proxy's health and metrics.
    pub admin: u16,
}

impl Ports {
    /// Reads `--port-base N`.
    pub fn from_arguments(arguments: &[String]) -> Result<Ports, Problem> {
        match arguments {
            [] => Ok(Ports::from_base(DEFAULT_BASE)),
            [flag, base] if flag == "--port-base" => match base.parse::<u16>() {
                Ok(base @ 1024..=65531) => Ok(Ports::from_base(base)),
                _ => Err(Problem::Usage(format!("--port-base should be a number from 1024 to 65531, but is {base:?}"))),
            },
            _ => Err(Problem::Usage(format!("demo knows only --port-base N, but was given {:?}", arguments.join(" ")))),
        }
    }

    fn from_base(base: u16) -> Ports {
        Ports { proxy: base, api: base + 1, storage: base + 2, identity: base + 3, admin: base + 4 }
    }

    /// Names every port that something else listens on.
    pub fn require_free(&self) -> Result<(), Problem> {
        let all = [
            ("the portal", self.proxy),
            ("the sandbox's API", self.api),
            ("the sandbox's storage", self.storage),
            ("the identity provider", self.identity),
            ("the proxy's health and metrics", self.admin),
        ];
        let is_busy = |(_, port): &(&str, u16)| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err();
        let busy: Vec<String> = all.into_iter().filter(is_busy).map(|(who, port)| format!("  port {port}, for {who}")).collect();
        if busy.is_empty() {
            return Ok(());
        }
        Err(Problem::Usage(format!(
            "In use already:\n{}\nEnd what listens there (an earlier demo?), or choose others: cargo xtask demo --port-base {}",
            busy.join("\n"),
            if self.proxy < 60000 { self.proxy + 1000 } else { DEFAULT_BASE },
        )))
    }

    /// The identity provider's origin, which is also the issuer of its tokens.
    pub fn identity(&self) -> String {
        Ports::origin(self.identity)
    }

    /// The origin as browsers see it: by name, since they trust `localhost` with Secure cookies.
    pub fn origin(port: u16) -> String {
        format!("http://localhost:{port}")
    }

    /// The address to listen on.
    pub fn listen(port: u16) -> String {
        format!("{}:{port}", Ipv4Addr::LOCALHOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn should_take_five_ports_in_a_row() {
        let ports = Ports::from_arguments(&arguments("--port-base 9000")).unwrap();
        assert_eq!(ports, Ports { proxy: 9000, api: 9001, storage: 9002, identity: 9003, admin: 9004 });
        assert_eq!(Ports::from_arguments(&[]).unwrap().identity(), "http://localhost:8083");
    }

    #[test]
    fn should_refuse_what_is_no_port() {
        for line in ["--port-base", "--port-base x", "--port-base 80", "--port-base 65535", "--port 9000", "x"] {
            assert_eq!(Ports::from_arguments(&arguments(line)).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn should_name_the_busy_port_and_what_to_do() {
        let (listener, ports) = busy_identity();
        let message = ports.require_free().unwrap_err().to_string();
        assert!(message.contains(&format!("port {}, for the identity provider", ports.identity)), "{message}");
        assert!(!message.contains("for the portal\n"), "{message}");
        assert!(message.contains("--port-base"), "{message}");
        drop(listener);
        ports.require_free().unwrap();
    }

    /// Ports of which all but the identity provider's are free; others may take ports at any time, so it looks for some.
    fn busy_identity() -> (TcpListener, Ports) {
        loop {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let Ok(ports) = Ports::from_arguments(&arguments(&format!("--port-base {}", port - 3))) else { continue };
            let others = [ports.proxy, ports.api, ports.storage, ports.admin];
            if others.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()) {
                return (listener, ports);
            }
        }
    }
}
