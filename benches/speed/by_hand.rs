//! The whole exercise typed by somebody who makes no mistake and looks at nothing: the sum of apt, npm and git that a
//! first run cannot avoid. All hosts at once; then the web server, which needs the others.

use super::lab::{Host, Lab};
use std::process::Command;

const WEB: &str = "
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y update && apt-get -q -y --with-new-pkgs upgrade
apt-get -q -y install --no-install-recommends nginx curl
systemctl enable -q --now nginx
echo 'end .'
";

const APP: &str = "
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y update && apt-get -q -y --with-new-pkgs upgrade
apt-get -q -y install --no-install-recommends ca-certificates curl git xz-utils nodejs npm
npm install -g --no-audit --no-fund pm2@5.4.3
su student -c 'cd && git clone -q /tmp/demo.git demo && cd demo && npm ci --no-audit --no-fund && HOST=0.0.0.0 pm2 -s start npm --name demo -- start && pm2 -s save'
env PATH=$PATH pm2 startup systemd -u student --hp /home/student > /dev/null
until curl -s -o /dev/null http://127.0.0.1:3000/; do sleep 0.1; done
echo 'end .'
";

/// The scripts of the first round and of the second.
pub fn rounds(lab: &Lab) -> Result<[Vec<Host>; 2], String> {
    let hosts = lab.hosts();
    let pack = format!(
        "cd {} && t=$(mktemp -d) && cp -r . $t/demo && cd $t/demo && rm -rf node_modules && git init -q && git add -A && \
         git -c user.name=a -c user.email=a@b commit -qm demo && cd .. && tar cz demo/.git | base64; rm -rf $t",
        concat!(env!("CARGO_MANIFEST_DIR"), "/demo"),
    );
    let packed = Command::new("sh").args(["-c", &pack]).output().map_err(|error| error.to_string())?;
    let packed = String::from_utf8_lossy(&packed.stdout).into_owned();
    let unpack = format!(
        "mkdir -p /tmp/unpacked && base64 -d << 'END' | tar xz -C /tmp/unpacked\n{packed}END\n\
         rm -rf /tmp/demo.git && mv /tmp/unpacked/demo/.git /tmp/demo.git && chown -R student: /tmp/demo.git\n"
    );
    let sites = hosts[1..].iter().map(|app| format!("server {}:3000;", app.address)).collect::<Vec<_>>().join(" ");
    let proxy = format!(
        "set -e\ncat > /etc/nginx/conf.d/demo.conf << 'END'\nupstream demo {{ {sites} }}\n\
         server {{ listen 80; server_name demo.lab.test; location / {{ proxy_pass http://demo; }} }}\n\
         server {{ listen 80; server_name app1.lab.test; location / {{ proxy_pass http://{}:3000; }} }}\nEND\n\
         nginx -t -q && systemctl reload nginx\n\
         for site in demo.lab.test app1.lab.test; do curl -sf -o /dev/null -H \"Host: $site\" http://127.0.0.1/; done\n\
         echo 'end .'\n",
        hosts[1].address
    );
    let with = |host: &Host, script: String| Host { script: script.into_bytes(), ..host.clone() };
    let first = hosts.iter().enumerate();
    let first = first.map(|(n, h)| with(h, if n == 0 { WEB.to_owned() } else { format!("{unpack}{APP}") })).collect();
    Ok([first, vec![with(&hosts[0], proxy)]])
}
