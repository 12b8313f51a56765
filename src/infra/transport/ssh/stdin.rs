//! Fills the standard input of a command over SSH.

use super::super::output_listener::{Freed, no_input};
use super::super::{Input, Password};
use crate::model::unreachable::Lost;
use bytes::Bytes;
use russh::ChannelWriteHalf;
use russh::client::Msg;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// How much of a file is read at a time.
const CHUNK: u64 = 256 << 10;

/// Input, opened: a missing file is found before the command starts.
pub(super) enum StdinSource {
    Text(Arc<str>),
    File(File, PathBuf),
    Empty,
}

impl StdinSource {
    pub(super) async fn open(input: Input) -> Result<Self, Lost> {
        Ok(match input {
            Input::Text(text) => Self::Text(text),
            Input::File(path) => match File::open(&path).await {
                Ok(file) => Self::File(file, path),
                Err(e) => return Err(no_input(&path, &e)),
            },
            Input::Empty => Self::Empty,
        })
    }
}

/// Writes password and input, and closes. Where there is something to write, it first waits until the command says that it
/// runs: a program that a startup file of the login shell has started must get none of it. A channel that takes no more is
/// not an error here: the reader knows why.
/// `Err` means that the input broke off on our side, and the command must not take it for the whole.
pub(super) async fn feed(
    out: &ChannelWriteHalf<Msg>,
    started: Option<Freed>,
    password: Option<Password>,
    freed: Option<Freed>,
    source: StdinSource,
) -> Result<(), Lost> {
    let nothing = password.is_none() && matches!(source, StdinSource::Empty);
    if let Some(started) = started.filter(|_| !nothing)
        && started.await.is_err()
    {
        let _ = out.eof().await;
        return Ok(());
    }
    if let (Some(password), Some(freed)) = (password, freed) {
        // Owned as it is, and wiped when it is sent.
        if out.data_bytes(Bytes::from_owner(password.secret.line())).await.is_err() {
            return Ok(());
        }
        if freed.await.is_err() {
            let _ = out.eof().await;
            return Ok(());
        }
        if out.data_bytes(format!("{}\n", password.token).into_bytes()).await.is_err() {
            return Ok(());
        }
    }
    match source {
        StdinSource::Empty => {}
        StdinSource::Text(text) => {
            if out.data_bytes(text.as_bytes().to_vec()).await.is_err() {
                return Ok(());
            }
        }
        StdinSource::File(mut file, path) => loop {
            let mut chunk = Vec::with_capacity(CHUNK as usize);
            match (&mut file).take(CHUNK).read_to_end(&mut chunk).await {
                Ok(0) => break,
                Ok(_) if out.data_bytes(chunk).await.is_err() => return Ok(()),
                Ok(_) => {}
                Err(e) => return Err(no_input(&path, &e)),
            }
        },
    }
    let _ = out.eof().await;
    Ok(())
}
