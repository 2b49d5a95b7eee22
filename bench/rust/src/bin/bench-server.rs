//! The bench's gateway: it agrees to everything at once, on one thread, over HTTP and HTTPS.
//!
//! It checks nothing, but reads each request whole and repeats what was asked, so that the core's verdict is a receipt.
//! It prints one line of JSON with its addresses and the path of its CA's certificate, and ends with its standard input.

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use paywelcome_bench::http::Reader;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

/// So many callers may knock at once.
const BACKLOG: u32 = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let ca_path = std::env::args().nth(1).ok_or("usage: bench-server WHERE-TO-WRITE-THE-CA")?;
    let (acceptor, ca) = tls()?;
    std::fs::write(&ca_path, ca)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    let (plain, secure) = (listen()?, listen()?);
    let line = serde_json::json!({
        "http": format!("http://127.0.0.1:{}", plain.local_addr()?.port()),
        "https": format!("https://localhost:{}", secure.local_addr()?.port()),
        "ca": ca_path,
    });
    writeln!(std::io::stdout(), "{line}")?;
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    runtime.spawn(accept(secure, Some(acceptor)));
    runtime.block_on(accept(plain, None));
    Ok(())
}

fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    socket.listen(BACKLOG)
}

/// Makes a CA and a certificate of this machine's for this run.
fn tls() -> Result<(TlsAcceptor, String), Box<dyn Error>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(rcgen::DnType::CommonName, "paywelcome bench, for one run");
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?;
    let mut own = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    own.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = own.signed_by(&key, &Issuer::from_params(&authority, &authority_key))?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    Ok((TlsAcceptor::from(Arc::new(config)), ca.pem()))
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>) {
    loop {
        // Out of descriptors, say: callers that are there continue.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            serve(stream, acceptor).await;
        });
    }
}

async fn serve(stream: TcpStream, acceptor: Option<TlsAcceptor>) {
    let _ = match acceptor {
        None => answer_all(stream).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => answer_all(stream).await,
            Err(error) => Err(error),
        },
    };
}

async fn answer_all(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let mut reader = Reader::default();
    let mut reply = Vec::with_capacity(512);
    while let Some((head, form)) = reader.message(&mut stream).await? {
        write_reply(&mut reply, head.starts_with(b"POST /cancel/repay "), form);
        stream.write_all(&reply).await?;
        stream.flush().await?;
    }
    Ok(())
}

fn write_reply(reply: &mut Vec<u8>, partial: bool, form: &[u8]) {
    let form = std::str::from_utf8(form).unwrap_or_default();
    // What the bench asks for has no character that a form escapes.
    let field = |name: &str| {
        let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    };
    let (mid, tid) = (field("mid"), field("tid"));
    let body = if partial {
        let (price, remaining) = (field("cancelPrice"), field("confirmPrice"));
        format!(
            "{{\"ResultCode\":\"00\",\"ResultMsg\":\"정상처리되었습니다\",\"Mid\":\"{mid}\",\"Tid\":\"{tid}\",\
             \"C_Tid\":\"WPSBX_RPAY20260101120000000001\",\"Price\":\"{price}\",\"RmainPrice\":\"{remaining}\",\
             \"CancelDate\":\"20260101\",\"CancelTime\":\"120000\"}}"
        )
    } else {
        let price = field("price");
        format!(
            "{{\"ResultCode\":\"00\",\"ResultMsg\":\"정상처리되었습니다\",\"Mid\":\"{mid}\",\"Tid\":\"{tid}\",\
             \"Moid\":\"order-20260101-0001\",\"Price\":\"{price}\",\"CancelDate\":\"20260101\",\
             \"CancelTime\":\"120000\"}}"
        )
    };
    reply.clear();
    // Writing to a Vec can't fail.
    let _ = write!(
        reply,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: keep-alive\r\n\r\n{body}",
        body.len()
    );
}
