//! What a machine says of itself, in Indonesian.

use crate::languages::MachineTexts;

pub const MACHINE: MachineTexts =
    MachineTexts { of: "dari", hour: "jam", day: "hari", right: "tepat", fast: "lebih cepat", slow: "lebih lambat" };
