//! What to do about a task that failed.

use crate::model::event::{Hint, KnownFailure};

/// What to do about a task that failed.
pub fn hint(hint: &Hint) -> String {
    match hint {
        Hint::Words(text) => text.clone(),
        Hint::TemplateLine { path, line, text, template, template_line } => {
            format!("line {line} of {path} is `{text}`; it comes from {template}, line {template_line}")
        }
        Hint::Known { cause, host } => known_failure(*cause).replace("HOST", host.as_str()),
    }
}

/// What to do about a failure that everybody meets. `HOST` stands for the machine.
fn known_failure(cause: KnownFailure) -> &'static str {
    match cause {
        KnownFailure::NodeTooNew => {
            "this application is older than the Node.js of HOST: in the inventory, write `node: { version: 14.21.3 }`, or `app: { \
         legacy_openssl: true }`; then labctl up"
        }
        KnownFailure::NodeTooOldForOption => {
            "the Node.js of HOST is too old for `legacy_openssl`, and does not need it: remove it from `app:` in the inventory; then labctl up"
        }
        KnownFailure::TooFewWatches => {
            "the kernel of HOST lets the application watch too few files: labctl exec HOST -- \"echo fs.inotify.max_user_watches=524288 | \
         sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl -p /etc/sysctl.d/60-watches.conf\""
        }
        KnownFailure::NoNames => {
            "HOST cannot resolve names on the internet; check its DNS: labctl exec HOST -- getent hosts example.com"
        }
        KnownFailure::DiskFull => "the disk of HOST is full: labctl exec HOST -- df -h",
        KnownFailure::NoSuchPackage => {
            "apt does not know this package; fetch its lists again: labctl exec HOST -- sudo apt-get update"
        }
        KnownFailure::NoRoute => "HOST has no route to the internet; check its routes: labctl exec HOST -- ip route",
        KnownFailure::NoAnswer => {
            "the other side did not answer HOST in time: is the network slow or closed? try again"
        }
        KnownFailure::NoMemory => "HOST has too little memory: give the machine 2 GB, or add swap",
        KnownFailure::ClockWrong => "the clock of HOST may be wrong: labctl exec HOST -- date",
        KnownFailure::MirrorInMotion => "the package mirror was just being updated; try again in a few minutes",
        KnownFailure::DomainTooLong => {
            "a domain is longer than nginx expects: on HOST, write `server_names_hash_bucket_size 128;` on a line below `http {` \
         in /etc/nginx/nginx.conf, or change the number where it is already set (labctl ssh HOST -- grep -rn \
         server_names_hash_bucket_size /etc/nginx), and try again"
        }
        KnownFailure::DomainTooLongAgain => {
            "a domain is longer than the number that is set: double that number (labctl ssh HOST -- grep -rn \
         server_names_hash_bucket_size /etc/nginx), and try again"
        }
        KnownFailure::NginxModule => {
            "a module that nginx should load is missing, or was built for another nginx: put a # before its `load_module` line, \
         in the file that nginx names: labctl ssh HOST -- sudo nginx -t"
        }
        KnownFailure::NginxUser => {
            "HOST has no such user for nginx to run as; Debian's and Ubuntu's is www-data: \
         labctl ssh HOST -- \"sudo sed -i 's/^user .*/user www-data;/' /etc/nginx/nginx.conf\""
        }
        KnownFailure::NginxDaemon => {
            "the service tells nginx `daemon on;`: remove `daemon off;` from the file that nginx names: \
         labctl ssh HOST -- grep -rn daemon /etc/nginx/nginx.conf"
        }
    }
}
