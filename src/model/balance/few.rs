//! The fewest requests that prove a site which nobody has changed: every server is seen, and the turns are kept.

use super::{STICKY, is_chance};

/// So many chances each server gets, on average, where chance decides.
const CHANCES: u64 = 8;

/// What a few requests, one after the other, have to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Few {
    /// How many to send at most.
    pub requests: u64,
    /// How the answers of one asker follow each other.
    pub order: Order,
}

/// How the answers of one asker follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// In turns: among as many as this one after the other, each server answers exactly its weight.
    Turns {
        /// The weights, without a common divisor.
        weights: Vec<u64>,
    },
    /// By chance: enough is asked as soon as each has answered.
    Chance,
    /// Always the same server.
    Same,
}

impl Few {
    /// For servers of these weights. `None` where it takes so many requests that few of them prove nothing.
    pub fn new(method: &str, weights: &[u64]) -> Option<Self> {
        let common = weights.iter().copied().fold(0, gcd).max(1);
        let weights: Vec<u64> = weights.iter().map(|weight| weight / common).collect();
        let wheel: u64 = weights.iter().sum();
        let (requests, order) = match method {
            STICKY => (2, Order::Same),
            _ if weights.len() > 1 && is_chance(method) => {
                (CHANCES * wheel / weights.iter().min().copied().unwrap_or(1).max(1), Order::Chance)
            }
            // Where the second time round begins as the first did, it is a wheel.
            _ => (wheel + wheel.min(4), Order::Turns { weights }),
        };
        (requests <= super::REQUESTS).then_some(Self { requests, order })
    }

    /// Whether these answers (each by the number of its server, in the order in which they came) are enough to be sure.
    pub fn is_enough(&self, answers: &[usize], servers: usize) -> bool {
        match self.order {
            Order::Chance => (0..servers).all(|server| answers.contains(&server)),
            _ => answers.len() as u64 >= self.requests,
        }
    }

    /// Whether they came as the method promises.
    pub fn is_kept(&self, answers: &[usize], servers: usize) -> bool {
        if !self.is_enough(answers, servers) {
            return false;
        }
        match &self.order {
            Order::Chance => true,
            Order::Same => answers.windows(2).all(|pair| pair[0] == pair[1]),
            Order::Turns { weights } => {
                let wheel = usize::try_from(weights.iter().sum::<u64>()).unwrap_or(usize::MAX);
                let exact = |window: &[usize]| {
                    let of = |server| window.iter().filter(|by| **by == server).count() as u64;
                    weights.iter().enumerate().all(|(server, weight)| of(server) == *weight)
                };
                answers.len() >= wheel && answers.windows(wheel).all(exact)
            }
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::balance::tests::wheel;
    use proptest::prelude::*;

    #[test]
    fn as_few_as_prove_it() {
        for (method, weights, requests) in [
            ("proxy", &[1][..], Some(2)),
            ("proxy", &[100], Some(2)),
            ("round_robin", &[1, 1], Some(4)),
            ("least_conn", &[3, 1], Some(8)),
            ("round_robin", &[50, 50], Some(4)),
            ("round_robin", &[1; 30], Some(34)),
            ("round_robin", &[199, 1], None),
            ("ip_hash", &[1, 1], Some(2)),
            ("random", &[1, 1], Some(16)),
        ] {
            assert_eq!(Few::new(method, weights).map(|few| few.requests), requests, "{method} {weights:?}");
        }
    }

    proptest! {
        #[test]
        fn turns_are_kept_wherever_the_wheel_stands(
            weights in proptest::collection::vec(1u64..9, 1..9), skipped in 0usize..100
        ) {
            let few = Few::new("round_robin", &weights).unwrap();
            let signed: Vec<i64> = weights.iter().map(|w| i64::try_from(*w).unwrap()).collect();
            let requests = usize::try_from(few.requests).unwrap();
            let turns = &wheel(&signed, skipped + requests)[skipped..];
            prop_assert!(few.is_kept(turns, weights.len()), "{turns:?}");
            prop_assert!(!few.is_kept(&turns[..requests - 1], weights.len()), "one is missing");
        }

        #[test]
        fn other_weights_and_a_server_that_is_left_out_show(skipped in 0usize..100) {
            let few = Few::new("round_robin", &[1, 1]).unwrap();
            for (weights, numbers) in [(vec![2i64, 1], [0, 1]), (vec![3, 1], [0, 1]), (vec![1], [0, 0]), (vec![1], [1, 1])] {
                let turns = &wheel(&weights, skipped + 4)[skipped..];
                let turns: Vec<usize> = turns.iter().map(|by| numbers[*by]).collect();
                prop_assert!(!few.is_kept(&turns, 2), "{weights:?} {turns:?}");
            }
        }
    }

    #[test]
    fn chance_is_asked_until_each_has_answered_and_a_client_stays_where_it_is() {
        let random = Few::new("random", &[1, 1]).unwrap();
        assert!(!random.is_enough(&[0, 0, 0], 2) && random.is_kept(&[0, 0, 1], 2));
        let sticky = Few::new("ip_hash", &[1, 1, 1]).unwrap();
        assert!(sticky.is_kept(&[2, 2], 3) && !sticky.is_kept(&[2, 1], 3) && !sticky.is_kept(&[2], 3));
    }
}
