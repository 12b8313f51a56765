//! What a machine says of itself, in English.

use crate::languages::MachineTexts;

pub const MACHINE: MachineTexts =
    MachineTexts { of: "of", hour: "h", day: "d", right: "right", fast: "fast", slow: "slow" };
