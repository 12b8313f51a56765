//! What to do about a task that failed.

use crate::model::name::HostName;
use serde::{Deserialize, Serialize};

/// What to do about a task that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hint {
    /// In words: what an older labctl said.
    Words(String),
    /// A program complained about a line of a file that was made from a template.
    TemplateLine {
        /// The file, on the machine.
        path: String,
        /// The line that was complained about, from 1.
        line: usize,
        /// The text of that line, without the spaces around it.
        text: String,
        /// The template, by its name.
        template: String,
        /// Its line that this one comes from, from 1.
        template_line: usize,
    },
    /// What a program printed is known to have this cause.
    Known {
        /// What is behind the failure.
        cause: KnownFailure,
        /// The machine on which the task failed.
        host: HostName,
    },
}

/// Failures of this exercise that everybody meets sooner or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownFailure {
    /// The application needs an algorithm that Node.js 17 and newer have given up.
    NodeTooNew,
    /// Node.js 16 and older refuse the option that newer ones need for it.
    NodeTooOldForOption,
    /// The kernel's limit of watched files, which reads like a full disk.
    TooFewWatches,
    /// The machine cannot resolve names.
    NoNames,
    /// Its disk is full.
    DiskFull,
    /// apt does not know a package.
    NoSuchPackage,
    /// The machine has no route to where it wants to go.
    NoRoute,
    /// The other side did not answer in time.
    NoAnswer,
    /// The machine has too little memory.
    NoMemory,
    /// Its clock is wrong.
    ClockWrong,
    /// The package mirror changed while it was read.
    MirrorInMotion,
    /// A domain is longer than nginx's hash table expects, where nobody has set a number.
    DomainTooLong,
    /// A domain is longer than the number that is set.
    DomainTooLongAgain,
    /// nginx cannot load a module.
    NginxModule,
    /// nginx is to run as a user that does not exist.
    NginxUser,
    /// `daemon` stands in nginx's configuration, and in its service.
    NginxDaemon,
}

impl KnownFailure {
    /// Each of them once, for tables and tests.
    pub const ALL: [Self; 16] = [
        Self::NodeTooNew,
        Self::NodeTooOldForOption,
        Self::TooFewWatches,
        Self::NoNames,
        Self::DiskFull,
        Self::NoSuchPackage,
        Self::NoRoute,
        Self::NoAnswer,
        Self::NoMemory,
        Self::ClockWrong,
        Self::MirrorInMotion,
        Self::DomainTooLong,
        Self::DomainTooLongAgain,
        Self::NginxModule,
        Self::NginxUser,
        Self::NginxDaemon,
    ];
}

impl Hint {
    /// Changes what programs said.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Words(text) | Self::TemplateLine { text, .. } => change(text),
            Self::Known { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hint_is_read_as_it_was_written() {
        let host: HostName = "app1".parse().unwrap();
        let line = Hint::TemplateLine {
            path: "/etc/nginx/dumbways/a.b.conf".into(),
            line: 3,
            text: "listen 80".into(),
            template: "nginx/site.conf.j2".into(),
            template_line: 9,
        };
        let words = Hint::Words("try again".into());
        for hint in
            KnownFailure::ALL.map(|cause| Hint::Known { cause, host: host.clone() }).into_iter().chain([line, words])
        {
            let written = serde_json::to_value(&hint).unwrap();
            assert_eq!(serde_json::from_value::<Hint>(written.clone()).unwrap(), hint, "{written}");
        }
        let known = Hint::Known { cause: KnownFailure::DiskFull, host };
        assert_eq!(serde_json::to_value(known).unwrap(), json!({"cause": "disk_full", "host": "app1"}));
    }
}
