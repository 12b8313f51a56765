use super::*;
use crate::model::event::Drill;
use crate::model::visitor::{Asked, VisitError};
use std::collections::BTreeMap;

fn drilled(mode: Mode, lost: usize, slow: usize) -> Drilled {
    let none = BTreeMap::new;
    let asked = Asked::Server { host: "app2".parse().unwrap(), port: "3000".into() };
    let error = VisitError::Status { status: 502, asked };
    let figures = Figures {
        sent: 900,
        lost,
        lost_why: (lost > 0).then_some((error, lost as u64)).into_iter().collect(),
        slow,
        slow_at_broken: 0,
        slow_moved: slow,
        longest_gap_ms: 40,
        p50_ms: 2,
        p99_ms: 9,
        max_ms: if slow > 0 { 3004 } else { 40 },
        ejected_ms: Some(20),
        moved: 1,
        silent_ms: 12_345,
        back_ms: 900,
        before: none(),
        during: none(),
        after: none(),
    };
    let own = |value: &str| ProxyDirective { value: value.into(), default: false };
    let timeouts = ProxyTimeouts {
        connect: ProxyDirective { value: "60s".into(), default: true },
        read: own("7s"),
        max_fails: "2".into(),
        fail_timeout: "5s".into(),
    };
    let (host, site, template) = ("app2".parse().unwrap(), "a.b".into(), "lab".into());
    let drill = Drill { mode, host, site, template, rate: 50, seconds: 12 };
    Drilled { drill, figures, timeouts: Some(Box::new(timeouts)), logged: Vec::new(), verdict: None }
}

#[test]
fn it_says_what_happened_and_which_directive() {
    let stop = verdict(&drilled(Mode::Stop, 0, 0));
    assert!(stop.starts_with("app2 was stopped and gave no answer for 12.3 s: no visitor noticed"), "{stop}");
    assert!(stop.contains("`max_fails=2 fail_timeout=5s`"), "{stop}");
    let freeze = verdict(&drilled(Mode::Freeze, 0, 70));
    assert!(
        freeze.contains("70 of 900")
            && freeze.contains("at most 3.0 s")
            && freeze.contains("`proxy_read_timeout` 7s is")
    );
    assert!(freeze.contains("no active checks"));
    assert!(verdict(&drilled(Mode::Drop, 0, 70)).contains("`proxy_connect_timeout` 60s (nginx's default) for"));
    let lost = verdict(&drilled(Mode::Kill, 7, 0));
    assert!(lost.contains("7 of 900 requests were lost (7 × answered 502 (asked: app2:3000))"), "{lost}");
    assert!(lost.contains("proxy_next_upstream") && lost.contains("nothing accepts connections"), "{lost}");
}

#[test]
fn a_slow_answer_of_a_stopped_server_is_not_blamed_on_dropped_packets() {
    for mode in [Mode::Stop, Mode::Kill, Mode::Reboot] {
        let mut late = drilled(mode, 0, 1);
        (late.figures.slow_at_broken, late.figures.slow_moved) = (1, 0);
        let text = verdict(&late);
        assert!(text.contains("app2 itself gave 1 of the 1 slow answers: it takes connections before"), "{text}");
        let waited = verdict(&drilled(mode, 0, 3));
        assert!(waited.contains("3 of the 3 slow requests waited for app2 in vain"), "{waited}");
        late.figures.slow_at_broken = 0;
        let others = verdict(&late);
        assert!(others.contains("None of the 1 slow requests had been sent to app2"), "{others}");
        for text in [text, waited, others] {
            assert!(!text.contains("Dropped packets"), "{text}");
        }
    }
}

#[test]
fn a_loss_is_told_from_nginx_s_own_log_and_breaks_the_promise() {
    let logged = |what, host: &str, count| LoggedError { what, host: host.parse().ok(), count };
    let mut lost = drilled(Mode::Stop, 7, 0);
    assert_eq!(lost.keeps_promise(), Some(false));
    lost.logged = vec![logged(NginxError::NobodyLeft, "", 6), logged(NginxError::Closed, "app1", 2)];
    let text = verdict(&lost);
    assert!(text.contains("6 × no server left to ask") && text.contains("2 × app1 closed the connection"), "{text}");
    assert!(!text.contains("The likely cause") && text.ends_with("did not keep that promise."), "{text}");
    lost.drill.template = "own".into();
    assert!(lost.keeps_promise().is_none() && !verdict(&lost).contains("promise"));
    let late = |ms| {
        let mut late = drilled(Mode::Freeze, 0, 3);
        late.figures.max_ms = ms;
        late.keeps_promise()
    };
    assert_eq!((late(3500), late(3501)), (Some(true), Some(false)));
}

#[test]
fn a_visitor_who_met_a_server_that_compiles_is_told_as_that() {
    let mut late = drilled(Mode::Stop, 0, 1);
    let logged = |what| LoggedError { what, host: "app2".parse().ok(), count: 1 };
    late.logged = vec![logged(NginxError::Refused), logged(NginxError::AnswerTimeout)];
    let text = verdict(&late);
    assert!(text.contains("1 of the 1 slow requests met app2 when it took connections again"), "{text}");
    assert!(text.contains("compiles") && text.contains("`proxy_read_timeout` 7s"), "{text}");
    assert!(!text.contains("promises"), "{text}");
}

#[test]
fn a_site_that_answers_502_is_explained_before_the_drill() {
    let asked = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
    let fails = DrillFailure::SiteFails { site: "a.b".into(), met: VisitError::Status { status: 502, asked } };
    let hints = hints(&fails, "web");
    assert!(hints[0].contains("nothing accepts connections"), "{hints:?}");
    assert!(hints[1].contains("labctl ssh app1 -- pm2 ls") && hints[2].contains("labctl up"), "{hints:?}");
    assert!(failure(&fails).ends_with("does not answer properly: answered 502 (asked: app1:3000)"));
}

#[test]
fn failures_are_read_again_and_those_of_older_recordings_too() {
    let host: BackendName = "app2".parse().unwrap();
    for failure in [
        DrillFailure::SiteFails { site: "a.b".into(), met: VisitError::Refused },
        DrillFailure::NotReached { host: host.clone(), why: FaultError::Reported { text: "no".into() } },
        DrillFailure::NotRestored { host, why: FaultError::NotBack },
        DrillFailure::Interrupted,
        DrillFailure::Other { reason: "why".into() },
    ] {
        let written = serde_json::to_string(&failure).unwrap();
        assert_eq!(serde_json::from_str::<DrillFailure>(&written).unwrap(), failure, "{written}");
    }
    let old: DrillFailure = serde_json::from_str(r#"{"reason": "not restored: app2"}"#).unwrap();
    assert_eq!(failure(&old), "not restored: app2");
}
