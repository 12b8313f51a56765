//! What leads astray or stops the lab behind somebody's back: routes, and what works by the clock.

use super::*;

#[test]
fn a_route_that_explains_a_silence_comes_before_a_firewall() {
    let silent = ("web", "see.reach.10.0.0.2:3000", "7 000 other |Failed to connect to 10.0.0.2 port 3000 after 0 ms");
    let listens = ("app1", "see.listen#0000", "LISTEN 0 511 0.0.0.0:3000 0.0.0.0:* users:((\"node\",pid=484,fd=18))");
    let answers = ("app1", "see.local.3000", "0 200 lab |");
    let with = |host: &'static str, route: &'static str| {
        let facts = [silent, listens, answers, (host, "see.route#0001", route)];
        let findings = diagnose(&lab(), &evidence(&facts));
        let first = &findings[0];
        let typed = first.next.first().map(|next| format!("{}: {}", next.on, next.command)).unwrap_or_default();
        (first.cause, typed)
    };
    for (host, route, typed) in [
        ("web", "blackhole 10.0.0.2", "web: sudo ip route del blackhole 10.0.0.2"),
        ("web", "unreachable 10.0.0.0/24 metric 5", "web: sudo ip route del unreachable 10.0.0.0/24"),
        ("web", "prohibit default table 7 proto static", "web: sudo ip route del prohibit default table 7"),
        (
            "web",
            "10.0.0.2 via 10.0.0.77 dev eth0 proto static",
            "web: sudo ip route del 10.0.0.2 via 10.0.0.77 dev eth0",
        ),
        ("app1", "blackhole 10.0.0.1", "app1: sudo ip route del blackhole 10.0.0.1"),
    ] {
        assert_eq!(with(host, route), ("route-astray", typed.to_owned()), "{route}");
    }
    for (host, route) in [
        ("web", "blackhole 10.0.0.77"),
        ("web", "unreachable 10.9.0.0/16"),
        ("app1", "blackhole 10.0.0.9"),
        ("web", "x"),
    ] {
        assert_eq!(with(host, route).0, "firewall-app", "{route}");
    }
}

#[test]
fn what_stops_nginx_by_the_clock_comes_before_that_it_is_stopped() {
    let down = [("see.nginx.unit", "loaded inactive enabled"), ("see.ask.a.b", "7 000 other |refused")];
    let unit = "/etc/systemd/system/hemat.service:3:ExecStart=/bin/systemctl stop nginx";
    let with = |more: &[(&'static str, &'static str)]| {
        let findings = diagnose(&lab(), &evidence(&on_web(&[&down[..], more].concat())));
        (findings[0].cause, findings[0].next.iter().map(|next| next.command.clone()).collect::<Vec<_>>())
    };
    let (cause, typed) = with(&[("see.timed#0001", unit), ("see.timer#0001", "hemat.timer")]);
    assert_eq!(cause, "stopped-by-timer");
    assert_eq!(typed, ["sudo systemctl disable --now hemat.timer", "sudo systemctl start nginx"]);
    let (cause, typed) = with(&[("see.timed#0001", "/etc/cron.d/hemat:2:* * * * * root service nginx stop")]);
    assert_eq!(cause, "stopped-by-timer");
    assert_eq!(typed[0], "sudo sed -i '2s/^/# /' /etc/cron.d/hemat");
    // A timer that is off stops nobody, and what reloads nginx does not stop it.
    for more in [
        &[("see.timed#0001", unit)][..],
        &[("see.timed#0001", "/etc/crontab:9:0 3 * * * root systemctl reload nginx")],
        &[("see.timed#0001", "/etc/crontab:9:0 3 * * * root pm2 stop all")],
    ] {
        assert_ne!(with(more).0, "stopped-by-timer", "{more:?}");
    }
}

fn on_web<'a>(facts: &[(&'a str, &'a str)]) -> Vec<(&'static str, &'a str, &'a str)> {
    facts.iter().map(|(key, value)| ("web", *key, *value)).collect()
}
