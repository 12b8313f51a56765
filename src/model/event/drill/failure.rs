//! Why a drill gave no figures.

use super::DrillMode;
use crate::model::name::BackendName;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::VisitError;
use serde::{Deserialize, Serialize};

/// Why a drill gave no figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "snake_case")]
pub enum DrillFailure {
    /// The site did not answer before the drill, or with an error. Nothing was broken.
    SiteFails {
        /// The domain that was asked.
        site: String,
        /// What a visitor met.
        #[serde(flatten)]
        met: VisitError,
    },
    /// The site does not say which server answers. Nothing was broken.
    Unnamed {
        /// The domain that was asked.
        site: String,
    },
    /// The method keeps this computer on other servers than the one to break. Nothing was broken.
    KeptElsewhere {
        /// The server to break.
        host: BackendName,
        /// Those that answer here.
        answered: Vec<BackendName>,
    },
    /// The server runs on the web server's own machine, where this fault shows nothing of the balancing. Nothing was broken.
    BesideTheProxy {
        /// The server to break.
        host: BackendName,
        /// What was to be done to it.
        mode: DrillMode,
    },
    /// All servers of the site run on one machine: with it, everybody goes who could take over. Nothing was broken.
    OnOneMachine {
        /// The server to break.
        host: BackendName,
        /// The domain that is asked.
        site: String,
    },
    /// Servers of the site did not answer. Nothing was broken.
    ServersMissing {
        /// The domain that was asked.
        site: String,
        /// Those that did not.
        hosts: Vec<BackendName>,
    },
    /// The fault was not there. Everything serves as before.
    NotReached {
        /// The server to break.
        host: BackendName,
        /// What went wrong on the machine.
        #[serde(flatten)]
        why: FaultError,
    },
    /// The site does not serve as before.
    NotRestored {
        /// The server that was broken.
        host: BackendName,
        /// What went wrong on the machine.
        #[serde(flatten)]
        why: FaultError,
    },
    /// The machine cannot be worked on. Nothing was broken, or its own timer undoes it.
    Unreachable {
        /// Why labctl cannot reach it.
        unreachable: Unreachable,
    },
    /// The user wants no more. Everything serves as before.
    Interrupted,
    /// A defect of labctl. Everything serves as before.
    Defect {
        /// The message of the panic.
        text: String,
    },
    /// What kept the drill from its beginning, in words; also every failure in recordings of older versions.
    #[serde(untagged)]
    Other {
        /// The reason, in English.
        reason: String,
    },
}

/// Why a fault could not be made, or undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum FaultError {
    /// Another drill is under way on the machine.
    Busy,
    /// The machine's shell or one of its programs says so.
    #[serde(rename = "said")]
    Reported {
        /// The last line that was printed.
        text: String,
    },
    /// The shell there ended without a word.
    BrokeOff,
    /// The machine cannot be worked on any more.
    LinkLost {
        /// Why labctl cannot reach it.
        lost: Box<Unreachable>,
    },
    /// It was not made in time.
    Late,
    /// The machine does not answer.
    NoAnswer,
    /// The machine has not rebooted yet.
    NotRebooted,
    /// The server went on answering.
    StillAnswers,
    /// The server does not answer for the site again.
    NotBack,
}

impl DrillFailure {
    /// Shows `change` what the machine said, as [`super::super::Kind::change_outputs`] does.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::SiteFails { met, .. } => met.change_outputs(change),
            Self::NotReached { why, .. } | Self::NotRestored { why, .. } => match why {
                FaultError::Reported { text } => change(text),
                FaultError::LinkLost { lost } => lost.change_outputs(change),
                FaultError::Busy
                | FaultError::BrokeOff
                | FaultError::Late
                | FaultError::NoAnswer
                | FaultError::NotRebooted
                | FaultError::StillAnswers
                | FaultError::NotBack => {}
            },
            Self::Unreachable { unreachable } => unreachable.change_outputs(change),
            Self::Defect { text } | Self::Other { reason: text } => change(text),
            Self::Unnamed { .. }
            | Self::BesideTheProxy { .. }
            | Self::OnOneMachine { .. }
            | Self::KeptElsewhere { .. }
            | Self::ServersMissing { .. }
            | Self::Interrupted => {}
        }
    }
}
