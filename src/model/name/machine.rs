//! Names of what a machine has. Each is valid, or not built: none can be taken for an option of a program, leave its
//! folder, end its line, or begin a command. What a system itself would refuse is refused here, with its place in the file.

/// Says what a kind of name may be, in words and as a test.
#[derive(Debug)]
pub struct Rule {
    /// What it is, with its article, and what it may hold.
    pub what: &'static str,
    /// Whether a text is one.
    pub holds: fn(&str) -> bool,
}

/// A login name. Wider than `useradd` wants it, for users of a directory: `budi@campus.ac.id`.
pub const USER: Rule = Rule {
    what: "a user name (letters, digits, `_`, `.`, `-` and `@`, at most 64)",
    holds: |text| {
        let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.len() <= 64 && text.starts_with(first) && text.chars().all(|c| first(c) || ".-@".contains(c))
    },
};

/// A Debian package (Debian Policy 5.6.1), also with an architecture: `libc6:amd64`.
pub const PACKAGE: Rule = Rule {
    what: "a Debian package (lower-case letters, digits, `+`, `-` and `.`)",
    holds: |text| {
        let (name, architecture) = text.split_once(':').unwrap_or((text, "any"));
        let first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        name.len() >= 2
            && name.starts_with(first)
            && name.chars().all(|c| first(c) || "+-.".contains(c))
            && architecture.starts_with(first)
            && architecture.chars().all(|c| first(c) || c == '-')
    },
};

/// A package of the npm registry: `pm2`, `@scope/name`. Never a path or an address, which npm would install just as well.
pub const NPM: Rule = Rule {
    what: "a package of the npm registry, such as pm2",
    holds: |text| {
        let name =
            text.strip_prefix('@').and_then(|text| text.split_once('/').filter(|(scope, _)| (PLAIN.holds)(scope)));
        (PLAIN.holds)(name.map_or(text, |(_, name)| name))
    },
};

/// A systemd unit (systemd.unit(5)).
pub const UNIT: Rule = Rule {
    what: "a systemd unit (letters, digits, `:`, `_`, `.`, `@`, `\\` and `-`)",
    holds: |text| {
        text.len() <= 255
            && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || ":_.@\\-".contains(c))
    },
};

/// What stands as one word in paths, in file names and in configuration of every kind.
pub const PLAIN: Rule = Rule {
    what: "a plain word (letters, digits, `.`, `_` and `-`, beginning with a letter or digit)",
    holds: |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    },
};

/// The name of an environment variable.
pub const VARIABLE: Rule = Rule {
    what: "a variable name (letters, digits and `_`, not beginning with a digit)",
    holds: |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    },
};

/// A path that says where it leads: from `/`, or from the home of the lab's user, and never back up.
pub const PATH: Rule = Rule {
    what: "a whole path (from `/` or `~/`, without `..` and without control characters)",
    holds: |text| (text.starts_with('/') || text == "~" || text.starts_with("~/")) && stays(text),
};

/// A path below some folder.
pub const BELOW: Rule = Rule {
    what: "a path inside of the folder (no `/` in front, no `..`, no control characters)",
    holds: |text| !text.split('/').any(str::is_empty) && !text.starts_with('-') && stays(text),
};

/// `[user@]host[:port]`, or several with commas, as in ProxyJump; or `none`.
pub const JUMP: Rule = Rule {
    what: "a path over bastions, such as `user@bastion:2222` or `first,second`",
    holds: |text| {
        text.split(',').map(str::trim).all(|hop| {
            let address = hop.strip_prefix("ssh://").map_or(hop, |address| address.trim_end_matches('/'));
            let (user, address) =
                address.rsplit_once('@').map_or((None, address), |(user, address)| (Some(user), address));
            user.is_none_or(USER.holds)
                && address.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
                && address.chars().all(|c| c.is_ascii_alphanumeric() || "._-:[]%".contains(c))
        })
    },
};

/// A proxy. It stands in scripts that are shown and handed out, so it cannot hold a password.
pub const PROXY: Rule = Rule {
    what: "a proxy such as http://proxy.campus.ac.id:8080 (one that asks for a name and password belongs in \
           /etc/environment on the machines)",
    holds: |text| {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        rest.is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "._-:[]/".contains(c))
        })
    },
};

/// One line of a file, such as a path on this computer.
pub const LINE: Rule = Rule {
    what: "one line without control characters",
    holds: |text| !text.is_empty() && !text.contains(char::is_control),
};

/// How much memory a machine has.
pub const MEMORY: Rule = Rule {
    what: "a size from 512M on, such as 1G or 1.5G",
    holds: |text| mebibytes(text).is_some_and(|size| size >= 512.0),
};

/// How large a machine's disk is: images of systems need most of the least.
pub const DISK: Rule =
    Rule { what: "a size from 4G on, such as 8G", holds: |text| mebibytes(text).is_some_and(|size| size >= 4096.0) };

/// `512M` or `1.5G`.
fn mebibytes(text: &str) -> Option<f64> {
    let (number, each) = match text.strip_suffix('G') {
        Some(number) => (number, 1024.0),
        None => (text.strip_suffix('M')?, 1.0),
    };
    let plain =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    number.parse::<f64>().ok().filter(|_| plain && !number.ends_with('.')).map(|number| number * each)
}

fn stays(path: &str) -> bool {
    !path.split('/').any(|part| part == "..") && !path.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_have_is_taken() {
        for (rule, texts) in [
            (USER, &["student", "www-data", "_apt", "Budi.S", "budi@campus.ac.id"][..]),
            (PACKAGE, &["nginx", "g++", "libc6:amd64", "python3.11", "7zip"]),
            (UNIT, &["nginx", "pm2-student.service", "getty@tty1.service", r"dev-disk-by\x2duuid.swap"]),
            (NPM, &["pm2", "@vue/cli", "left-pad"]),
            (PLAIN, &["dumbflix", "5.4.3", "my_app-2"]),
            (VARIABLE, &["PORT", "_x", "REACT_APP_API"]),
            (PATH, &["/", "~", "~/app", "/srv/a b/ä", "/a..b/...", "/-x"]),
            (BELOW, &["src/config/api.js", ".env", "a b"]),
            (PROXY, &["http://proxy:3128", "https://proxy.campus.ac.id", "http://[fd00::1]:8080/"]),
            (MEMORY, &["512M", "1G", "1.5G", "2048M"]),
            (DISK, &["4G", "8G", "4096M", "10.5G"]),
            (JUMP, &["bastion", "u@b:22", "a,b@c", "[fe80::1%eth0]:22", "ssh://u@h:1/", "none"]),
        ] {
            for text in texts {
                assert!((rule.holds)(text), "{text:?} is {}", rule.what);
            }
        }
    }

    #[test]
    fn what_could_be_something_else_is_refused() {
        let hostile = [
            "",
            "-x",
            "--help",
            "a;b",
            "a b;c",
            "a\nb",
            "a\0b",
            "\u{1b}[2J",
            "$(id)",
            "`id`",
            "a|b",
            "a&b",
            "a'b",
            "a\"b",
        ];
        for text in
            ["1", "1g", "1GB", "0.4G", "511M", "-1G", "1e3G", "infG", "NaNG", ".5G", "1.G", "1 G", "G", "1.2.3G"]
        {
            assert!(!(MEMORY.holds)(text) && !(DISK.holds)(text), "{text:?}");
        }
        for rule in [&USER, &NPM, &PACKAGE, &UNIT, &PLAIN, &VARIABLE, &JUMP, &MEMORY, &DISK] {
            for text in hostile.iter().chain(&["..", "../x", "a/../b", "a b"]) {
                assert!(!(rule.holds)(text), "{text:?} is not {}", rule.what);
            }
        }
        for text in ["", "a", "../a", "/a/../b", "~/..", "~x/a", "/a\nb", "/a\u{7f}", "-/a"] {
            assert!(!(PATH.holds)(text), "{text:?}");
        }
        for text in ["", "/a", "a//b", "../a", "a/..", "-a", "a\nb", "a/"] {
            assert!(!(BELOW.holds)(text), "{text:?}");
        }
        for text in ["a,", "@b", "-oProxyCommand=x@h", "a,-b", "u@-oX"] {
            assert!(!(JUMP.holds)(text), "{text:?}");
        }
    }
}
