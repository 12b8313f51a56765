//! How a script becomes root on a host. A password never reaches argv, an environment, a log or the script.

use crate::inventory::Host;
use crate::quote::quote;
use crate::transport::{Exec, Input, Password, Secrets};
use sha2::{Digest, Sha256};

/// Starts shells as root on one host.
pub struct Launch {
    password: Option<Password>,
}

/// Another word that nobody can guess. The token itself must not stand in a command, where `ps` shows it.
fn other(token: &str) -> String {
    Sha256::digest(token).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Launch {
    /// How to become root on a host. `token` is the line that says that the password was taken.
    ///
    /// # Errors
    /// The password cannot be had.
    pub async fn new(host: &Host, secrets: &Secrets, token: &str) -> Result<Self, String> {
        let Some(source) = &host.login.sudo_password else { return Ok(Self { password: None }) };
        let secret = secrets.get(source, &format!("sudo password for {}", host.name)).await?;
        Ok(Self { password: Some(Password { secret, token: format!("labctl-{}-root", other(token)) }) })
    }

    /// A command that runs `program` (a short piece of shell) as root, with `input` on its standard input.
    pub fn exec(&self, program: &str, input: Input) -> Exec {
        // The shell can tell it from who owns `/`; where it cannot (not every shell knows `-O`), `id` does.
        let root = "{ [ -O / ] || [ \"$(id -u)\" = 0 ]; }";
        let inner = match &self.password {
            None => format!("{root} && exec {program}; exec sudo -n {program}"),
            Some(password) => {
                let said = format!("echo {}; exec {program}", password.token);
                format!("{root} && {{ read -r _; {said}; }}; exec sudo -S -p '' sh -c {}", quote(&said))
            }
        };
        // The login shell may be any shell: it is only asked to start sh.
        Exec { command: format!("exec sh -c {}", quote(&inner)), password: self.password.clone(), input }
    }

    /// A command that runs a script, sent on standard input.
    pub fn script(&self, script: String) -> Exec {
        self.exec("sh -s", Input::Text(script.into()))
    }
}
