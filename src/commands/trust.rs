//! trust: a person sees the new key of a host, and accepts it.

use super::args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::infra::transport::{Changing, HostKeyVerdict, Key, Shown, replace};
use crate::reporting::sanitize;
use crate::session::error::{Error, ErrorKind};
use clap::Args;
use std::io::{self, BufRead, IsTerminal};

#[derive(Debug, Args)]
pub struct TrustArgs {
    /// The host
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
    // Report a wrong name before looking for machines.
    lab.host(&name)?;
    lab.find_machines().await?;
    let host = lab.host(&name)?;
    let shown = lab.transport().ssh.look(&host).await?;
    let (place, file, key) = (sanitize(&shown.place), shown.file.display(), Key::of(&shown.key));
    match &shown.verdict {
        HostKeyVerdict::Trusted => {
            output::out(&format!("{place} shows {key}, and {file} knows it: nothing to do\n"));
            return Ok(None);
        }
        HostKeyVerdict::Revoked { line } => return Err(revoked(&shown, *line)),
        HostKeyVerdict::BadCertificate(why) => {
            let what = format!("the host certificate of {place} does not hold: {}", sanitize(why));
            return Err(Error::failed(what)
                .hint("give the machine a new certificate: a key that an authority vouches for is not pinned")
                .hint(format!("or look at the @cert-authority lines of {file}")));
        }
        HostKeyVerdict::Unknown | HostKeyVerdict::Changed { .. } => {}
    }
    let mut text = format!("{place}\n");
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
    let replaced = put(shown).await?;
    let of = match replaced.len() {
        0 => String::new(),
        1 => ", in place of the pinned one".to_owned(),
        many => format!(", in place of the {many} pinned ones"),
    };
    output::out(&format!("{place}: {key} is trusted from now on{of}\n"));
    Ok(None)
}

fn revoked(shown: &Shown, line: usize) -> Error {
    let what = format!("the host key of {} is revoked by {}:{line}", shown.place, shown.file.display());
    Error::failed(format!("{what}: {}", Key::of(&shown.key)))
        .hint("give the machine a new host key; a revoked one is never accepted")
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
        output::progress("  If nobody rebuilt the machine, somebody may be in between: say no.");
    }
    output::progress("  Trust the offered key? (yes/no)");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| Error::failed(error.to_string()))?;
    // Not `y`: a key is not accepted by a slip of the finger.
    Ok(line.trim().eq_ignore_ascii_case("yes"))
}

/// The file may be locked by somebody else for a moment.
async fn put(shown: Shown) -> Result<Vec<(usize, Key)>, Error> {
    let file = shown.file.clone();
    let task = tokio::task::spawn_blocking(move || {
        let done = replace(&shown.file, &shown.host, shown.port, &shown.key, &shown.pinned);
        done.map_err(|error| match error {
            Changing::Revoked(line) => revoked(&shown, line),
            error => {
                let error = Error::failed(format!("cannot change {}: {error}", file.display()));
                error.hint("nothing was changed; edit that line by hand, or run the same command again")
            }
        })
    });
    task.await.map_err(|error| Error::failed(error.to_string()))?
}
