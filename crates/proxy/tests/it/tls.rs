//! FlexPortal and the identity provider behind TLS: whose certificate is trusted, and whose is not.

use crate::check::{about, check};
use crate::program::listening_world;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::io::Write;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// Ends TLS before the origin, as `localhost`: the port, and a file with the one root that it is trusted by.
async fn secured(origin: &str) -> (u16, NamedTempFile) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut root = NamedTempFile::new().unwrap();
    root.write_all(cert.pem().as_bytes()).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider())).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![cert.der().clone()], signing_key.into());
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = origin.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // Who does not trust the certificate leaves.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (port, root)
}

#[tokio::test(flavor = "multi_thread")]
async fn should_trust_a_certificate_by_its_root_and_its_name() {
    let (world, origin) = listening_world("check").await;
    let (port, root) = secured(&origin).await;
    let (_, another_root) = secured(&origin).await;
    for (host, trusted, is_good) in [("localhost", &root, true), ("127.0.0.1", &root, false), ("localhost", &another_root, false)]
    {
        let [base, keys] = ["", "/jwks"].map(|path| format!("https://{host}:{port}{path}"));
        let changes =
            [("FLEXPORTAL_URL", &*base), ("SESSION_JWKS_URL", &*keys), ("SSL_CERT_FILE", trusted.path().to_str().unwrap())];
        let (code, report, _) = check(&changes, &["--call"]).await;
        assert_eq!(code, Some(if is_good { 0 } else { 2 }), "{report}");
        for name in ["upstream", "session keys"] {
            let says = about(&report, name)["says"].as_str().unwrap().contains("the certificate is not accepted");
            assert_eq!(says, !is_good, "{host}: {report}");
        }
        assert_eq!(world.take_calls().len(), usize::from(is_good), "the key goes to nobody who is not trusted");
    }
}
