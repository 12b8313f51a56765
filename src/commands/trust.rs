//! trust: a person sees the new key of a host, and accepts it.

use super::inventory_args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::infra::transport::{HostKeyVerdict, Key, Shown};
use crate::reporting::sanitize;
use crate::session::error::{Error, ErrorKind};
use crate::session::trust::{accept, offered};
use clap::Args;
use std::io::{self, BufRead, IsTerminal};

#[derive(Debug, Args)]
pub struct TrustArgs {
    /// The machine, by its name in the inventory
    host: String,
    #[command(flatten)]
    which: NamedInventory,
    /// Do not ask (for scripts that know the fingerprint from elsewhere)
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: TrustArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let TrustArgs { host: name, which, yes } = args;
    let (mut lab, _) = which.open()?;
    let shown = offered(&mut lab, &name).await?;
    let (endpoint, file, key) = (sanitize(&shown.endpoint), shown.file.display(), Key::of(&shown.key));
    if shown.verdict == HostKeyVerdict::Trusted {
        output::out(&format!("{endpoint} shows {key}, which is already in {file}: nothing to do\n"));
        return Ok(None);
    }
    let mut text = format!("{endpoint}\n");
    for (line, key) in &shown.pinned {
        text.push_str(&format!("  pinned   {key}  ({file}:{line})\n"));
    }
    if shown.pinned.is_empty() {
        text.push_str(&format!("  pinned   none  ({file})\n"));
    }
    text.push_str(&format!("  offered  {key}\n"));
    output::out(&text);
    if !yes && !agreed(&shown)? {
        return Err(Error::failed("nothing was changed"));
    }
    let replaced = accept(shown).await?;
    let of = match replaced.len() {
        0 => String::new(),
        1 => ", replacing the pinned one".to_owned(),
        many => format!(", replacing the {many} pinned ones"),
    };
    output::out(&format!("{endpoint}: {key} is trusted from now on{of}\n"));
    Ok(None)
}

/// Asks the person. Without a terminal nobody can agree.
fn agreed(shown: &Shown) -> Result<bool, Error> {
    if !io::stdin().is_terminal() || !output::on_terminal() {
        return Err(Error::input("there is no terminal to ask on").hint("--yes accepts the offered key without asking"));
    }
    output::progress(
        "  compare it on the machine itself: for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done",
    );
    if !shown.pinned.is_empty() {
        output::progress("  If nobody rebuilt the machine, somebody may be intercepting the connection: say no.");
    }
    output::progress("  Trust the offered key? (yes/no)");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| Error::failed(error.to_string()))?;
    // Not `y`: a key is not accepted by a slip of the finger.
    Ok(line.trim().eq_ignore_ascii_case("yes"))
}
