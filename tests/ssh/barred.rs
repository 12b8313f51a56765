//! A server that bars an address for a while (PerSourcePenalties of OpenSSH 9.8): whoever is barred comes back, after
//! pauses that grow and are not the same for all.

use super::faults::{Manner, server_behind, stage};
use super::logins::says;
use labctl::internals::transport::Transport;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// What OpenSSH sends, and how it hangs up.
const BARRED: &[u8] = b"Not allowed at this time\r\n";
/// A busy computer may be late, but never early.
const LATE: Duration = Duration::from_secs(2);

/// When each connection came, and when it was sent away.
type Times = Arc<Mutex<Vec<[Instant; 2]>>>;

async fn sent_away(mut tcp: TcpStream, times: Times) {
    let came = Instant::now();
    let _ = tcp.write_all(BARRED).await;
    let _ = tcp.shutdown().await;
    times.lock().unwrap_or_else(PoisonError::into_inner).push([came, Instant::now()]);
}

/// Each pause as a part of what it would be without being varied.
fn varied(times: &[[Instant; 2]], came: Option<Instant>) -> Vec<f64> {
    let next = times.iter().skip(1).map(|[came, _]| *came).chain(came);
    let usual = |n: i32| (0.2 * 2f64.powi(n)).min(3.0);
    let pauses = times.iter().zip(next).map(|([_, left], came)| came.saturating_duration_since(*left));
    let parts = pauses.zip(0..).map(|(pause, n)| {
        assert!(pause.as_secs_f64() > 0.45 * usual(n), "pause {n} is too short: {pause:?}");
        assert!(pause < LATE + Duration::from_secs_f64(1.5 * usual(n)), "pause {n} is too long: {pause:?}");
        pause.as_secs_f64() / usual(n)
    });
    parts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_barred_for_a_while_gets_in_later_and_not_all_at_once() {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        tasks.spawn(async {
            let (times, let_in) = (Times::default(), Arc::new(Mutex::new(Vec::new())));
            let (away, inside) = (times.clone(), let_in.clone());
            let (_folder, ssh, host) = server_behind(Manner::Password, move |tcp| {
                let barred = away.lock().unwrap_or_else(PoisonError::into_inner).len() < 3;
                let (away, inside) = (away.clone(), inside.clone());
                async move {
                    if barred {
                        sent_away(tcp, away).await;
                        return None;
                    }
                    inside.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
                    Some(tcp)
                }
            })
            .await;
            ssh.open(&host).await.unwrap();
            let (times, let_in) = (times.lock().unwrap().clone(), let_in.lock().unwrap().clone());
            assert_eq!((times.len(), let_in.len()), (3, 1), "tries");
            varied(&times, let_in.first().copied())
        });
    }
    let parts: Vec<f64> = tasks.join_all().await.concat();
    assert_eq!(parts.len(), 24);
    // Lateness only makes pauses longer, so some of 24 are shorter than they would be without being varied.
    assert!(parts.iter().any(|part| *part < 0.95) && parts.iter().any(|part| *part > 1.05), "{parts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_barred_for_good_is_told_so_after_half_a_minute() {
    let times = Times::default();
    let away = times.clone();
    let (_folder, ssh, mut host) = stage(move |tcp| sent_away(tcp, away.clone())).await;
    host.login.connect_timeout = Duration::from_secs(20);
    let start = Instant::now();
    let why = ssh.open(&host).await.unwrap_err();
    let took = start.elapsed();
    says(&why, &["it has blocked this computer for a while", "`Not allowed at this time`", "PerSourcePenalties"]);
    // The last pause would have ended behind the half minute.
    assert!((25.0..35.0).contains(&took.as_secs_f64()), "{took:?}");
    let times = times.lock().unwrap().clone();
    let parts = varied(&times, None);
    assert!((8..25).contains(&times.len()), "{} tries: {parts:?}", times.len());
}
