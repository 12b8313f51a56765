//! Connections that are dialled before somebody logs in.

use super::faults::{Manner, server_behind};
use super::sshd;
use labctl::internals::transport::Transport;
use labctl::internals::unreachable::{ConnectionFailure, Unreachable};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_in_takes_over_the_connection_that_was_dialled() {
    let doors = Arc::new(AtomicUsize::new(0));
    let counted = doors.clone();
    let (_folder, ssh, host) = server_behind(Manner::Password, move |tcp| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Some(tcp) }
    })
    .await;
    // As often as playbooks name the host.
    ssh.preconnect([&host, &host]);
    let limit = Instant::now() + Duration::from_secs(20);
    while doors.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < limit, "nobody knocked");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    ssh.open(&host).await.unwrap();
    assert_eq!(doors.load(Ordering::SeqCst), 1, "the connection is the one that was dialled");
    ssh.open(&host).await.unwrap();
    assert_eq!(doors.load(Ordering::SeqCst), 2, "and only once");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_opens_the_usual_error_comes_once() {
    let Some(mut lab) = sshd::lab() else { return };
    let (ssh, host) = (lab.ssh(), lab.host());
    lab.stop();
    ssh.preconnect([&host]);
    let began = Instant::now();
    let error = ssh.open(&host).await.unwrap_err();
    let refused = matches!(&error, Unreachable::Connection { why: ConnectionFailure::Refused, .. });
    assert!(refused, "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
