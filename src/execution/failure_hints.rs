//! Failures of this exercise that everybody meets sooner or later: what they mean, and what to type next.
//!
//! This is the one place in the house where text is matched: apt, npm, git, nginx and others have no other way to tell.
//! What labctl itself finds out is a type, and never looked for here.

use crate::model::name::HostName;

/// What programs say, and what to do about it. `HOST` stands for the machine.
const KNOWN: &[(&[&str], &str)] = &[
    (
        &["ERR_OSSL_EVP_UNSUPPORTED", "digital envelope routines::unsupported"],
        "this application is older than the Node.js of HOST: in the inventory, write `node: { version: 14.21.3 }`, or `app: { \
         legacy_openssl: true }`; then labctl up",
    ),
    (
        &["--openssl-legacy-provider is not allowed in NODE_OPTIONS"],
        "the Node.js of HOST is too old for `legacy_openssl`, and does not need it: remove it from `app:` in the inventory; then labctl up",
    ),
    (
        // ENOSPC, too, but of the kernel's watches, not of the disk.
        &["System limit for number of file watchers"],
        "the kernel of HOST lets the application watch too few files: labctl exec HOST -- \"echo fs.inotify.max_user_watches=524288 | \
         sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl -p /etc/sysctl.d/60-watches.conf\"",
    ),
    (
        &[
            "Temporary failure resolving",
            "Could not resolve host",
            "Temporary failure in name resolution",
            "EAI_AGAIN",
            "ENOTFOUND",
        ],
        "HOST cannot resolve names on the internet; check its DNS: labctl exec HOST -- getent hosts example.com",
    ),
    (&["No space left on device", "ENOSPC"], "the disk of HOST is full: labctl exec HOST -- df -h"),
    (
        &["Unable to locate package", "has no installation candidate"],
        "apt does not know this package; fetch its lists again: labctl exec HOST -- sudo apt-get update",
    ),
    (
        &["Network is unreachable", "No route to host", "ENETUNREACH", "EHOSTUNREACH"],
        "HOST has no route to the internet; check its routes: labctl exec HOST -- ip route",
    ),
    (
        &["Connection timed out", "ETIMEDOUT"],
        "the other side did not answer HOST in time: is the network slow or closed? try again",
    ),
    (
        &["out of memory", "Out of memory", "heap limit", "Cannot allocate memory", "ENOMEM"],
        "HOST has too little memory: give the machine 2 GB, or add swap",
    ),
    (
        &["is not valid yet", "certificate is not yet valid", "Release file for"],
        "the clock of HOST may be wrong: labctl exec HOST -- date",
    ),
    (
        &["Hash Sum mismatch", "File has unexpected size"],
        "the package mirror was just being updated; try again in a few minutes",
    ),
    // https://nginx.org/en/docs/hash.html: one name must fit into a bucket, which is as long as a line of the CPU's cache where
    // nobody has set it. nginx says how long it is now, and takes the directive only once.
    (
        &["server_names_hash_bucket_size: 32", "server_names_hash_bucket_size: 64"],
        "a domain is longer than nginx expects: on HOST, write `server_names_hash_bucket_size 128;` on a line below `http {` \
         in /etc/nginx/nginx.conf, or change the number where it is already set (labctl ssh HOST -- grep -rn \
         server_names_hash_bucket_size /etc/nginx), and try again",
    ),
    (
        &["server_names_hash_bucket_size: 128", "server_names_hash_bucket_size: 256"],
        "a domain is longer than the number that is set: double that number (labctl ssh HOST -- grep -rn \
         server_names_hash_bucket_size /etc/nginx), and try again",
    ),
    (
        &[
            "dlopen() \"",
            "is not binary compatible in",
            "module \"/usr/share/nginx/modules",
            "module \"/usr/lib/nginx/modules",
        ],
        "a module that nginx should load is missing, or was built for another nginx: put a # before its `load_module` line, \
         in the file that nginx names: labctl ssh HOST -- sudo nginx -t",
    ),
    (
        &["getpwnam(\"", "getgrnam(\""],
        "HOST has no such user for nginx to run as; Debian's and Ubuntu's is www-data: \
         labctl ssh HOST -- \"sudo sed -i 's/^user .*/user www-data;/' /etc/nginx/nginx.conf\"",
    ),
    (
        &["\"daemon\" directive is duplicate"],
        "the service tells nginx `daemon on;`: remove `daemon off;` from the file that nginx names: \
         labctl ssh HOST -- grep -rn daemon /etc/nginx/nginx.conf",
    ),
];

/// What to do about a failure on a host, by what was printed.
pub fn hints(host: &HostName, output: &str) -> Vec<String> {
    let of_machine: Vec<&str> = output.lines().filter(|line| !of_application(line)).collect();
    let matches = |patterns: &&[&str]| {
        let holds = |text: &&str| match *text {
            // The watches are handled above; the line says ENOSPC, too.
            "ENOSPC" => of_machine.iter().any(|line| line.contains("ENOSPC") && !line.contains("file watchers")),
            text => of_machine.iter().any(|line| line.contains(text)),
        };
        patterns.iter().any(holds)
    };
    let found =
        KNOWN.iter().filter(|(patterns, _)| matches(patterns)).map(|(_, hint)| hint.replace("HOST", host.as_str()));
    // The first cause first; a second one may be another word for it, a third is noise.
    found.take(2).collect()
}

/// Whether a line is about something that only the application looks for: a database, or another service by its bare name.
/// The machine's names and its way out have nothing to do with it.
fn of_application(line: &str) -> bool {
    let word = |mark: &str| line.split_once(mark).and_then(|(_, rest)| rest.split_whitespace().next());
    let bare = ["ENOTFOUND ", "EAI_AGAIN "].into_iter().find_map(word).is_some_and(|name| !name.contains('.'));
    let service = ["ETIMEDOUT ", "EHOSTUNREACH ", "ENETUNREACH "].into_iter().find_map(word).is_some_and(|at| {
        let port = at.rsplit_once(':').map(|(_, port)| port.trim_end_matches(|c: char| !c.is_ascii_digit()));
        port.is_some_and(|port| !matches!(port, "80" | "443"))
    });
    bare || service
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_failure_names_its_cause_and_what_to_type() {
        let app1 = "app1".parse().unwrap();
        let hints =
            hints(&app1, "W: Failed to fetch http://deb.debian.org Temporary failure resolving 'deb.debian.org'");
        assert_eq!(hints.len(), 1);
        // The name to try is nobody's mirror: a firewall may let only mirrors through, and apt's proxy knows only those.
        assert!(hints[0].ends_with("labctl exec app1 -- getent hosts example.com"), "{hints:?}");
    }

    #[test]
    fn a_node_that_is_too_new_or_too_old_is_named_whatever_else_is_printed() {
        let noise = "    at Module._compile (node:internal/modules/cjs/loader:1105:14)\n".repeat(45);
        for (output, wanted) in [
            ("  code: 'ERR_OSSL_EVP_UNSUPPORTED'", "node: { version: 14.21.3 }"),
            ("Error: error:0308010C:digital envelope routines::unsupported", "app: { legacy_openssl: true }"),
            ("node: --openssl-legacy-provider is not allowed in NODE_OPTIONS", "remove it from `app:`"),
        ] {
            let hints = hints(&"app1".parse().unwrap(), &format!("{noise}{output}\n{noise}"));
            assert!(hints.len() == 1 && hints[0].contains(wanted), "{hints:?}");
        }
    }

    #[test]
    fn an_unknown_failure_is_not_guessed_at() {
        assert!(hints(&"web".parse().unwrap(), "nginx: [emerg] unexpected \"}\"").is_empty());
    }

    #[test]
    fn what_nginx_refuses_its_files_for_has_one_hint() {
        for (output, wanted) in [
            ("could not build server_names_hash, you should increase server_names_hash_bucket_size: 32", "128;"),
            ("could not build server_names_hash, you should increase server_names_hash_bucket_size: 64", "128;"),
            (
                "could not build server_names_hash, you should increase server_names_hash_bucket_size: 128",
                "double that number",
            ),
            (
                "[emerg] dlopen() \"/usr/share/nginx/modules/x.so\" failed (x.so: cannot open shared object file)",
                "load_module",
            ),
            ("[emerg] module \"/usr/lib/nginx/modules/x.so\" version 1018000 instead of 1022001", "load_module"),
            ("[emerg] module \"x.so\" is not binary compatible in /etc/nginx/modules-enabled/x.conf:1", "load_module"),
            ("[emerg] getpwnam(\"budi\") failed in /etc/nginx/nginx.conf:1", "web has no such user"),
            ("[emerg] getgrnam(\"budi\") failed in /etc/nginx/nginx.conf:1", "labctl ssh web -- \"sudo sed -i"),
            ("[emerg] \"daemon\" directive is duplicate in /etc/nginx/nginx.conf:3", "`daemon off;`"),
        ] {
            let hints = hints(&"web".parse().unwrap(), output);
            assert!(hints.len() == 1 && hints[0].contains(wanted), "{output}: {hints:?}");
        }
    }

    #[test]
    fn text_of_the_application_is_not_text_of_the_machine() {
        let hints = |text: &str| hints(&"app1".parse().unwrap(), text);
        for text in [
            "Error: getaddrinfo ENOTFOUND mysql",
            "Error: getaddrinfo EAI_AGAIN redis redis:6379",
            "connect ETIMEDOUT 10.0.0.5:3306",
            "Error: connect EHOSTUNREACH 192.168.1.9:27017",
        ] {
            assert_eq!(hints(text), Vec::<String>::new(), "{text}");
        }
        let watchers = hints("Error: ENOSPC: System limit for number of file watchers reached, watch '/home/x'");
        assert!(watchers.len() == 1 && watchers[0].contains("max_user_watches"), "{watchers:?}");
        for (text, wanted) in [
            ("Error: ENOSPC: no space left on device, write", "disk of app1 is full"),
            ("npm ERR! network request failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org", "resolve names"),
            ("npm ERR! connect ETIMEDOUT 104.16.0.1:443", "did not answer app1 in time"),
        ] {
            assert!(hints(text)[0].contains(wanted), "{text}");
        }
    }

    /// `files.sh` says this of a folder behind a link; the domains have nothing to do with it.
    #[test]
    fn our_own_words_are_not_matched() {
        for text in [
            "/home/app1/dumbflix leads to /srv, which is not vera's: put it right by hand",
            "http://127.0.0.1:3000/ answered 502, not 200",
            "http://127.0.0.1:3000/ refused the connection",
        ] {
            assert_eq!(hints(&"app1".parse().unwrap(), text), Vec::<String>::new(), "{text}");
        }
    }
}
