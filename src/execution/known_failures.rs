//! Failures of this exercise that everybody meets sooner or later, known by what programs print.
//!
//! This is the one place in the house where text is matched: apt, npm, git, nginx and others have no other way to tell.
//! What labctl itself finds out is a type, and never looked for here.

use crate::model::event::KnownFailure;

/// What programs say, and what it means.
const KNOWN: &[(&[&str], KnownFailure)] = &[
    (&["ERR_OSSL_EVP_UNSUPPORTED", "digital envelope routines::unsupported"], KnownFailure::NodeTooNew),
    (&["--openssl-legacy-provider is not allowed in NODE_OPTIONS"], KnownFailure::NodeTooOldForOption),
    (
        // ENOSPC, too, but of the kernel's watches, not of the disk.
        &["System limit for number of file watchers"],
        KnownFailure::TooFewWatches,
    ),
    (
        &[
            "Temporary failure resolving",
            "Could not resolve host",
            "Temporary failure in name resolution",
            "EAI_AGAIN",
            "ENOTFOUND",
        ],
        KnownFailure::NoNames,
    ),
    (&["No space left on device", "ENOSPC"], KnownFailure::DiskFull),
    (&["Unable to locate package", "has no installation candidate"], KnownFailure::NoSuchPackage),
    (&["Network is unreachable", "No route to host", "ENETUNREACH", "EHOSTUNREACH"], KnownFailure::NoRoute),
    (&["Connection timed out", "ETIMEDOUT"], KnownFailure::NoAnswer),
    (&["out of memory", "Out of memory", "heap limit", "Cannot allocate memory", "ENOMEM"], KnownFailure::NoMemory),
    (&["is not valid yet", "certificate is not yet valid", "Release file for"], KnownFailure::ClockWrong),
    (&["Hash Sum mismatch", "File has unexpected size"], KnownFailure::MirrorInMotion),
    // https://nginx.org/en/docs/hash.html: one name must fit into a bucket, which is as long as a line of the CPU's cache where
    // nobody has set it. nginx says how long it is now, and takes the directive only once.
    (&["server_names_hash_bucket_size: 32", "server_names_hash_bucket_size: 64"], KnownFailure::DomainTooLong),
    (&["server_names_hash_bucket_size: 128", "server_names_hash_bucket_size: 256"], KnownFailure::DomainTooLongAgain),
    (
        &[
            "dlopen() \"",
            "is not binary compatible in",
            "module \"/usr/share/nginx/modules",
            "module \"/usr/lib/nginx/modules",
        ],
        KnownFailure::NginxModule,
    ),
    (&["getpwnam(\"", "getgrnam(\""], KnownFailure::NginxUser),
    (&["\"daemon\" directive is duplicate"], KnownFailure::NginxDaemon),
];

/// What is known of a failure, by what was printed.
pub fn known_failures(output: &str) -> Vec<KnownFailure> {
    let of_machine: Vec<&str> = output.lines().filter(|line| !of_application(line)).collect();
    let matches = |patterns: &&[&str]| {
        let holds = |text: &&str| match *text {
            // The watches are handled above; the line says ENOSPC, too.
            "ENOSPC" => of_machine.iter().any(|line| line.contains("ENOSPC") && !line.contains("file watchers")),
            text => of_machine.iter().any(|line| line.contains(text)),
        };
        patterns.iter().any(holds)
    };
    let found = KNOWN.iter().filter(|(patterns, _)| matches(patterns)).map(|(_, failure)| *failure);
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
    use KnownFailure::*;

    #[test]
    fn a_node_that_is_too_new_or_too_old_is_known_whatever_else_is_printed() {
        let noise = "    at Module._compile (node:internal/modules/cjs/loader:1105:14)\n".repeat(45);
        for (output, failure) in [
            ("  code: 'ERR_OSSL_EVP_UNSUPPORTED'", NodeTooNew),
            ("Error: error:0308010C:digital envelope routines::unsupported", NodeTooNew),
            ("node: --openssl-legacy-provider is not allowed in NODE_OPTIONS", NodeTooOldForOption),
        ] {
            assert_eq!(known_failures(&format!("{noise}{output}\n{noise}")), [failure], "{output}");
        }
    }

    #[test]
    fn an_unknown_failure_is_not_guessed_at() {
        assert_eq!(known_failures("nginx: [emerg] unexpected \"}\""), []);
    }

    #[test]
    fn what_nginx_refuses_its_files_for_has_one_cause() {
        for (output, failure) in [
            ("could not build server_names_hash, you should increase server_names_hash_bucket_size: 32", DomainTooLong),
            ("could not build server_names_hash, you should increase server_names_hash_bucket_size: 64", DomainTooLong),
            (
                "could not build server_names_hash, you should increase server_names_hash_bucket_size: 128",
                DomainTooLongAgain,
            ),
            (
                "[emerg] dlopen() \"/usr/share/nginx/modules/x.so\" failed (x.so: cannot open shared object file)",
                NginxModule,
            ),
            ("[emerg] module \"/usr/lib/nginx/modules/x.so\" version 1018000 instead of 1022001", NginxModule),
            ("[emerg] module \"x.so\" is not binary compatible in /etc/nginx/modules-enabled/x.conf:1", NginxModule),
            ("[emerg] getpwnam(\"budi\") failed in /etc/nginx/nginx.conf:1", NginxUser),
            ("[emerg] getgrnam(\"budi\") failed in /etc/nginx/nginx.conf:1", NginxUser),
            ("[emerg] \"daemon\" directive is duplicate in /etc/nginx/nginx.conf:3", NginxDaemon),
        ] {
            assert_eq!(known_failures(output), [failure], "{output}");
        }
    }

    #[test]
    fn text_of_the_application_is_not_text_of_the_machine() {
        for text in [
            "Error: getaddrinfo ENOTFOUND mysql",
            "Error: getaddrinfo EAI_AGAIN redis redis:6379",
            "connect ETIMEDOUT 10.0.0.5:3306",
            "Error: connect EHOSTUNREACH 192.168.1.9:27017",
        ] {
            assert_eq!(known_failures(text), [], "{text}");
        }
        for (text, failure) in [
            ("W: Failed to fetch http://deb.debian.org Temporary failure resolving 'deb.debian.org'", NoNames),
            ("Error: ENOSPC: System limit for number of file watchers reached, watch '/home/x'", TooFewWatches),
            ("Error: ENOSPC: no space left on device, write", DiskFull),
            ("npm ERR! network request failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org", NoNames),
            ("npm ERR! connect ETIMEDOUT 104.16.0.1:443", NoAnswer),
        ] {
            assert_eq!(known_failures(text), [failure], "{text}");
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
            assert_eq!(known_failures(text), [], "{text}");
        }
    }
}
