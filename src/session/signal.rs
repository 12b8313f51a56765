//! Ctrl-C, and the other signals that end a command.

use super::error::ErrorKind;
use super::notices::Notices;
use crate::model::notice::Notice;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Listens for Ctrl-C until it is dropped.
pub struct Listener(JoinHandle<()>);

impl Listener {
    /// The first Ctrl-C fires `cancel` and says `stopping`; the second ends labctl at once.
    pub fn new(cancel: CancellationToken, stopping: Option<(Notices, Notice)>) -> Self {
        Self(tokio::spawn(async move {
            signal().await;
            cancel.cancel();
            if let Some((notices, stopping)) = stopping {
                notices.show(&stopping);
            }
            signal().await;
            std::process::exit(i32::from(ErrorKind::Interrupted.code()));
        }))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for Ctrl-C, SIGTERM or SIGHUP; forever where they cannot be caught.
#[cfg(unix)]
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut hup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
        _ = hup.recv() => {}
    }
}

/// Waits for Ctrl-C, SIGTERM or SIGHUP; forever where they cannot be caught.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
