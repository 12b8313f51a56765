//! The floor: the least program that can ask several hosts something over SSH. It reads no inventory, decides nothing and
//! reports nothing but that every host came to the end of its script.

use super::lab::Host;
use russh::client::{Config, Handler, connect_stream};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{ChannelMsg, Disconnect, Preferred, cipher};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What a host is asked consists of these, one after the other.
pub const PHASES: [&str; 6] = [
    "TCP, and sshd's greeting",
    "key exchange",
    "authentication",
    "channel, sudo and shell, up to the first answer",
    "the rest of the script",
    "goodbye",
];
/// How long each took.
pub type Phases = Vec<Duration>;

struct Anybody;

impl Handler for Anybody {
    type Error = russh::Error;
    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// As labctl's own link does it: acknowledges at once. Notes when something came first.
struct Quick(TcpStream, Arc<OnceLock<Instant>>);

impl AsyncRead for Quick {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buf);
        if read.is_ready() {
            self.1.get_or_init(Instant::now);
        }
        let _ = socket2::SockRef::from(&self.0).set_tcp_quickack(true);
        read
    }
}

impl AsyncWrite for Quick {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Sends each host its script, all at once (at most `forks` at a time), and waits for all of them.
///
/// # Errors
/// The first host that did not come to the end of it.
pub async fn ask(hosts: Vec<Host>, forks: usize) -> Result<Vec<Phases>, String> {
    let slots = Arc::new(tokio::sync::Semaphore::new(forks));
    let asked: Vec<_> = hosts
        .into_iter()
        .map(|host| {
            let slots = slots.clone();
            tokio::spawn(async move {
                let _slot = slots.acquire_owned().await.map_err(|error| error.to_string())?;
                one(&host).await.map_err(|error| format!("{}: {error}", host.address))
            })
        })
        .collect();
    let mut all = Vec::new();
    for asked in asked {
        all.push(asked.await.map_err(|error| error.to_string())??);
    }
    Ok(all)
}

/// What labctl asks for, too: the cipher that processors have built in, and a window for a long line.
fn config() -> Arc<Config> {
    let mut preferred = Preferred::default();
    let mut ciphers = preferred.cipher.to_vec();
    ciphers.sort_by_key(|name| *name != cipher::AES_256_GCM);
    preferred.cipher = ciphers.into();
    Arc::new(Config { preferred, window_size: 8 << 20, ..Config::default() })
}

async fn one(host: &Host) -> Result<Phases, String> {
    let failed = |error: russh::Error| error.to_string();
    let mut turns = vec![Instant::now()];
    let greeted = Arc::new(OnceLock::new());
    let stream = TcpStream::connect((host.address.as_str(), host.port)).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let link = Quick(stream, greeted.clone());
    let mut handle = connect_stream(config(), link, Anybody).await.map_err(failed)?;
    turns.extend([greeted.get().copied().unwrap_or_else(Instant::now), Instant::now()]);
    let key = load_secret_key(&host.key, None).map_err(|error| error.to_string())?;
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
    if !handle.authenticate_publickey(&host.user, key).await.map_err(failed)?.success() {
        return Err("not let in".into());
    }
    turns.push(Instant::now());
    let mut channel = handle.channel_open_session().await.map_err(failed)?;
    channel.exec(true, host.command.as_str()).await.map_err(failed)?;
    channel.data(&host.script[..]).await.map_err(failed)?;
    channel.eof().await.map_err(failed)?;
    let (mut said, mut status, mut first) = (Vec::new(), None, None);
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                first.get_or_insert_with(Instant::now);
                said.extend_from_slice(&data);
            }
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
    }
    turns.extend([first.unwrap_or_else(Instant::now), Instant::now()]);
    let _ = handle.disconnect(Disconnect::ByApplication, "", "").await;
    turns.push(Instant::now());
    let whole = host.script.is_empty() || said.ends_with(b"end .\n");
    (status == Some(0) && whole)
        .then(|| turns.windows(2).map(|turn| turn[1] - turn[0]).collect())
        .ok_or_else(|| format!("ended with {status:?}: {}", String::from_utf8_lossy(&said)))
}
