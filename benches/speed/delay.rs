//! Fifty milliseconds there and back: the kernel's netem holds back what goes to the machines. Where the kernel has none,
//! packets to the machines' port 22 are turned round to a forwarder on this computer, which holds back what it reads, each
//! way, by half of it. Two things differ there from a real line, for every way alike: TCP's own handshake is not held back, and
//! the forwarder's work is done by this computer, too.

use socket2::{Domain, Socket, Type};
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What the forwarder's own packets carry, so that they are not turned round again.
const MARK: u32 = 0x1abc;
const TABLE: &str = "labctl_bench";

/// Ends with the value.
pub enum Delay {
    /// By the kernel, on this interface.
    Netem(String),
    /// By a forwarder.
    Forwarder {
        /// Whatever is held back ends with it.
        _runtime: tokio::runtime::Runtime,
    },
}

impl Delay {
    /// Makes the way to these addresses and back so much longer.
    pub fn begin(addresses: &[String], there_and_back: Duration) -> Result<Self, String> {
        let port = addresses
            .first()
            .ok_or("there is no machine")
            .and_then(|address| interface(address).ok_or("no way to the machines"))?;
        let delay = format!("{}ms", there_and_back.as_millis());
        match program("tc", &["qdisc", "add", "dev", &port, "root", "netem", "delay", &delay, "limit", "100000"]) {
            Ok(()) => Ok(Self::Netem(port)),
            Err(why) => {
                eprintln!("no netem here ({why}): by a forwarder");
                Self::forwarder(addresses, there_and_back / 2)
            }
        }
    }

    /// How it is done, for whoever reads the figures.
    pub fn how(&self) -> &'static str {
        match self {
            Self::Netem(_) => "by the kernel's netem",
            Self::Forwarder { .. } => {
                "by a forwarder on this computer, for its kernel has no netem: TCP's own handshake is not held back, for no way"
            }
        }
    }

    fn forwarder(addresses: &[String], half: Duration) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(failed)?;
        let mut rules = format!("table ip {TABLE} {{ chain out {{ type nat hook output priority -100;\n");
        for address in addresses {
            let target: IpAddr = address.parse().map_err(|_| format!("`{address}` is no address"))?;
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(failed)?;
            let port = listener.local_addr().map_err(failed)?.port();
            rules.push_str(&format!("ip daddr {address} tcp dport 22 meta mark != {MARK} dnat to 127.0.0.1:{port}\n"));
            runtime.spawn(async move {
                while let Ok((near, _)) = listener.accept().await {
                    tokio::spawn(forward(near, SocketAddr::new(target, 22), half));
                }
            });
        }
        rules.push_str("}\n}\n");
        let delay = Self::Forwarder { _runtime: runtime };
        nft(&rules)?;
        Ok(delay)
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        let _ = match self {
            Self::Netem(port) => program("tc", &["qdisc", "del", "dev", port, "root"]),
            Self::Forwarder { .. } => nft(&format!("delete table ip {TABLE}\n")),
        };
    }
}

/// The interface by which an address is reached.
fn interface(address: &str) -> Option<String> {
    let route = Command::new("ip").args(["-o", "route", "get", address]).output().ok()?;
    let route = String::from_utf8_lossy(&route.stdout).into_owned();
    let mut words = route.split_whitespace().skip_while(|word| *word != "dev");
    words.nth(1).map(str::to_owned)
}

fn program(name: &str, words: &[&str]) -> Result<(), String> {
    let output = Command::new(name).args(words).output().map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    output.status.success().then_some(()).ok_or_else(|| format!("{name}: {said}"))
}

fn nft(rules: &str) -> Result<(), String> {
    use std::io::Write;
    let nft = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut nft = nft.map_err(|error| format!("nft: {error}"))?;
    if let Some(mut stdin) = nft.stdin.take() {
        stdin.write_all(rules.as_bytes()).map_err(|error| error.to_string())?;
    }
    let output = nft.wait_with_output().map_err(|error| error.to_string())?;
    output.status.success().then_some(()).ok_or_else(|| format!("nft: {}", String::from_utf8_lossy(&output.stderr)))
}

async fn forward(near: TcpStream, to: SocketAddr, half: Duration) -> std::io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_mark(MARK)?;
    socket.set_nonblocking(true)?;
    let far = TcpSocket::from_std_stream(socket.into()).connect(to).await?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
        socket2::SockRef::from(stream).set_tcp_quickack(true)?;
    }
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let there = tokio::spawn(carry(near_read, far_write, half));
    let back = tokio::spawn(carry(far_read, near_write, half));
    let _ = tokio::join!(there, back);
    Ok(())
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    half: Duration,
) -> std::io::Result<()> {
    let (send, mut held) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let writer = tokio::spawn(async move {
        while let Some((due, bytes)) = held.recv().await {
            sleep_until(due).await;
            to.write_all(&bytes).await?;
        }
        to.shutdown().await
    });
    let mut buffer = vec![0; 65536];
    loop {
        let n = from.read(&mut buffer).await?;
        let _ = socket2::SockRef::from(from.as_ref()).set_tcp_quickack(true);
        if n == 0 || send.send((Instant::now() + half, buffer[..n].to_vec())).is_err() {
            break;
        }
    }
    drop(send);
    writer.await.map_err(std::io::Error::other)?
}
