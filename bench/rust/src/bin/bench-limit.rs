//! The two limits of the bench, as one worker each: `core` is the product without a binding, `bare` sends bytes that
//! were made before and reads nothing of the answers but their lengths.
//!
//! It speaks the workers' language: a line of JSON with the setting first, then one for each turn. See bench/README.md.

use std::error::Error;
use std::future::Future;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use paywelcome::{CancelRequest, Client, ClientOptions};
use paywelcome_bench::http::Reader;
use rustix::time::{ClockId, clock_gettime};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let which = std::env::args().nth(1).ok_or("usage: bench-limit core|bare")?;
    let mut lines = std::io::stdin().lock().lines();
    let setting: Value = serde_json::from_str(&lines.next().ok_or("no setting came")??)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let mut kept = Kept { http: Vec::new(), https: Vec::new() };
    let clients = match which.as_str() {
        "core" => Some([client(&setting, "http")?, client(&setting, "https")?]),
        _ => None,
    };
    say(&json!({ "ready": true }))?;
    for line in lines {
        let turn: Value = serde_json::from_str(&line?)?;
        let turn = Turn::read(&turn);
        let done = match &clients {
            Some([plain, secure]) => of_core(&runtime, if turn.secure { secure } else { plain }, &turn),
            None => of_bare(&runtime, &setting, &mut kept, &turn),
        };
        say(&done.unwrap_or_else(|error| json!({ "error": error.to_string() })))?;
    }
    Ok(())
}

fn say(value: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{value}")
}

fn client(setting: &Value, scheme: &str) -> Result<Client, paywelcome::Error> {
    Client::new(ClientOptions {
        mid: text(setting, "mid").into(),
        sign_key: text(setting, "sign_key").into(),
        base_url: text(setting, scheme).into(),
        ca_bundle: text(setting, "ca").into(),
        ..ClientOptions::default()
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// So many calls in flight, for at least so long and so many.
struct Turn {
    secure: bool,
    in_flight: usize,
    warm: Duration,
    time: Duration,
    least: u64,
}

impl Turn {
    fn read(turn: &Value) -> Self {
        let seconds = |name: &str| Duration::from_secs_f64(turn[name].as_f64().unwrap_or_default());
        Self {
            secure: turn["scheme"] == "https",
            in_flight: usize::try_from(turn["in_flight"].as_u64().unwrap_or(1)).unwrap_or(1),
            warm: seconds("warm"),
            time: seconds("seconds"),
            least: turn["least"].as_u64().unwrap_or(1),
        }
    }
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default()).as_secs_f64()
}

/// When a turn ends, and how many calls it made.
struct Clock {
    until: Instant,
    least: u64,
    calls: AtomicU64,
}

impl Clock {
    fn start(time: Duration, least: u64) -> Arc<Self> {
        Arc::new(Self { until: Instant::now() + time, least, calls: AtomicU64::new(0) })
    }

    /// Counts one call, and tells whether another is due.
    fn again(&self) -> bool {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        Instant::now() < self.until || calls < self.least
    }
}

/// Runs the warm-up and the turn itself; `burst` makes the calls of one clock.
fn measured(turn: &Turn, mut burst: impl FnMut(Arc<Clock>) -> Result<(), Failed>) -> Result<Value, Failed> {
    burst(Clock::start(turn.warm, turn.least))?;
    let clock = Clock::start(turn.time, turn.least);
    let (start, used) = (Instant::now(), cpu());
    burst(Arc::clone(&clock))?;
    let (seconds, used) = (start.elapsed().as_secs_f64(), cpu() - used);
    Ok(json!({ "calls": clock.calls.load(Ordering::Relaxed), "seconds": seconds, "cpu": used }))
}

fn of_core(runtime: &Runtime, client: &Client, turn: &Turn) -> Result<Value, Failed> {
    measured(turn, |clock| {
        all(runtime, (0..turn.in_flight).map(|_| calls(client.clone(), Arc::clone(&clock))))?;
        Ok(())
    })
}

async fn calls(client: Client, clock: Arc<Clock>) -> Result<(), String> {
    loop {
        let request = CancelRequest::new("card", TID, 1_000);
        client.cancel(&request).await.map_err(|error| error.to_string())?;
        if !clock.again() {
            return Ok(());
        }
    }
}

const TID: &str = "WPSBX_CARDwelcometst20260101120000000001";

fn all<T: Send + 'static>(
    runtime: &Runtime,
    tasks: impl Iterator<Item = impl Future<Output = Result<T, String>> + Send + 'static>,
) -> Result<Vec<T>, Failed> {
    runtime.block_on(async {
        let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
        let mut values = Vec::with_capacity(tasks.len());
        for task in tasks {
            values.push(task.await??);
        }
        Ok(values)
    })
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

struct Connection {
    stream: Box<dyn Stream>,
    reader: Reader,
    request: Arc<[u8]>,
}

struct Kept {
    http: Vec<Connection>,
    https: Vec<Connection>,
}

fn of_bare(runtime: &Runtime, setting: &Value, kept: &mut Kept, turn: &Turn) -> Result<Value, Failed> {
    let kept = if turn.secure { &mut kept.https } else { &mut kept.http };
    measured(turn, |clock| {
        while kept.len() < turn.in_flight {
            kept.push(runtime.block_on(connect(setting, turn.secure))?);
        }
        let used = kept.drain(..turn.in_flight).map(|connection| bytes(connection, Arc::clone(&clock)));
        let used = all(runtime, used.collect::<Vec<_>>().into_iter())?;
        kept.extend(used);
        Ok(())
    })
}

async fn bytes(mut connection: Connection, clock: Arc<Clock>) -> Result<Connection, String> {
    loop {
        let Connection { stream, reader, request } = &mut connection;
        let turn = async {
            stream.write_all(request).await?;
            stream.flush().await?;
            reader.message(stream).await.map(|answer| answer.is_some())
        };
        match turn.await {
            Ok(true) => {}
            Ok(false) => return Err("the server closed".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        if !clock.again() {
            return Ok(connection);
        }
    }
}

async fn connect(setting: &Value, secure: bool) -> Result<Connection, Failed> {
    let url = text(setting, if secure { "https" } else { "http" });
    let port = url.rsplit(':').next().unwrap_or_default();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    stream.set_nodelay(true)?;
    let stream: Box<dyn Stream> = if secure {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(text(setting, "ca"))?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost")?;
        Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?)
    } else {
        Box::new(stream)
    };
    let body = format!(
        "payType=card&mid=welcometst&tid={TID}&price=1000&currency=WON&timestamp=20260101120000&signature={:064}",
        0
    );
    let request = format!(
        "POST /cancel/cancel HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: application/json\r\nUser-Agent: bare\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(Connection { stream, reader: Reader::default(), request: request.into_bytes().into() })
}
