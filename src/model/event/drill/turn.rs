//! The turns of a drill's story.

use super::DrillMode;
use crate::model::name::BackendName;
use serde::{Deserialize, Serialize};

/// A turn of a drill's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// The load of requests began.
    Load {
        /// Requests per second, from 1 to 500.
        rate: u32,
        /// The domain that is asked.
        site: String,
    },
    /// The machine has something to say.
    Note {
        /// The server to break, whose machine it is.
        host: BackendName,
        /// A line of the shell there.
        #[serde(rename = "said")]
        text: String,
    },
    /// The fault is there.
    Broken {
        /// The server that is broken.
        host: BackendName,
        /// What was done to it.
        mode: DrillMode,
        /// When its own timer undoes it, in seconds since it was made; none where nothing has to be undone.
        limit_s: Option<u64>,
    },
    /// The proxy sends no request to the server any more.
    #[serde(rename = "left_out")]
    Ejected {
        /// The server that is broken.
        host: BackendName,
    },
    /// The fault is being undone.
    Undoing {
        /// The server that is broken.
        host: BackendName,
        /// What was done to it.
        mode: DrillMode,
    },
    /// The server answers again.
    Back {
        /// The server that was broken.
        host: BackendName,
        /// How long that took, in milliseconds since the first attempt to undo the fault.
        took_ms: u64,
    },
    /// In recordings of older versions, which worded it when it happened.
    #[serde(untagged)]
    Worded {
        /// Which turn it was.
        turn: TurnKind,
        /// The sentence, in English.
        text: String,
    },
}

/// The turns of a drill's story, without what there is to say about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// The load of requests began.
    Load,
    /// The machine said something.
    Note,
    /// The fault is there.
    Broken,
    /// nginx sends it no request any more.
    #[serde(rename = "left_out")]
    Ejected,
    /// The fault is being undone.
    Undoing,
    /// The server answers again.
    Back,
}

impl Turn {
    /// Which turn it is.
    pub fn kind(&self) -> TurnKind {
        match self {
            Self::Load { .. } => TurnKind::Load,
            Self::Note { .. } => TurnKind::Note,
            Self::Broken { .. } => TurnKind::Broken,
            Self::Ejected { .. } => TurnKind::Ejected,
            Self::Undoing { .. } => TurnKind::Undoing,
            Self::Back { .. } => TurnKind::Back,
            Self::Worded { turn, .. } => *turn,
        }
    }

    /// Shows `change` what the machine said, as [`super::super::Kind::change_outputs`] does.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Note { text, .. } | Self::Worded { text, .. } => change(text),
            Self::Load { .. }
            | Self::Broken { .. }
            | Self::Ejected { .. }
            | Self::Undoing { .. }
            | Self::Back { .. } => {}
        }
    }
}
