//! Explanations in English.

use crate::config::modules::Purpose;
use crate::languages::{Explain, Topics};

pub const EXPLAIN: Explain = Explain {
    here: |hosts| {
        let here = "**On your own computer**";
        if hosts.is_empty() { here.to_owned() } else { format!("{here}, for {hosts}") }
    },
    on: |hosts| format!("On {hosts}"),
    purpose,
    windows: "On Windows, in PowerShell opened with \"Run as administrator\":",
    topics: Topics { steps: "The steps, in their order", background: "What is behind them", read_one: "Read one" },
};

fn purpose(why: &Purpose) -> String {
    let sentence = match why {
        Purpose::Upgrade => "fetch the current list of packages, then install what is newer.",
        Purpose::Lists => "fetch the current list of packages.",
        Purpose::Install => "install these packages.",
        Purpose::Write(path) => {
            return format!(
                "write the file `{path}`. An editor does the same: open it with `nano`, paste the content, save."
            );
        }
        Purpose::Folder(path) => return format!("make the folder `{path}`."),
        Purpose::Add(path) => return format!("add this to `{path}`. What is in the file already stays."),
        Purpose::Service => "let systemd run the service now, and again after every boot.",
        Purpose::User => "make the user.",
        Purpose::Run => "run this.",
        Purpose::Clone => "fetch the source code of the application.",
        Purpose::Bundle => "the repository is on this computer only. Put it into one file and copy that to the server.",
        Purpose::CloneBundle => "clone from that file, and check out the version of the class.",
        Purpose::Send => "copy the archive to the server.",
        Purpose::NodeDownload => "download Node.js and compare its checksum with the published one. It must say `OK`.",
        Purpose::NodeVerify => "compare the checksum of the archive. It must say `OK`.",
        Purpose::NodeUnpack => {
            "unpack it under `/opt`, and link its programs to where every user and every service finds them."
        }
        Purpose::NodeNpm => "install the npm version that this lab uses.",
        Purpose::Packages => {
            "install exactly the packages that `package-lock.json` names. (Without that file: `npm install`.)"
        }
        Purpose::Program => "install it for everybody, in a folder of its own, and link its commands.",
        Purpose::Boot => {
            "make the systemd service that starts pm2 at boot. Then save a list (still empty), end this pm2, and let systemd start it: from now on pm2 is systemd's."
        }
        Purpose::Start => "start the application as its file describes it, and save the list for the next boot.",
        Purpose::Include => {
            "tell nginx to read your folder: one `include` line inside `http { }`, below that of `sites-enabled`. An editor does the same."
        }
        Purpose::Reload => {
            "test the configuration first. It is loaded only if it is right, without dropping a request."
        }
        Purpose::Look => "see that it answers.",
        Purpose::Answers => "ask many times and count. `X-Upstream` says which server answered.",
        Purpose::Names => "add the names to the hosts file (Linux and macOS).",
    };
    sentence.to_owned()
}
