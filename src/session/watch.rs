//! Watches a lab for its live page: asks its sites, looks at its machines, follows its runs, and feeds what it saw.

use super::error::Error;
use super::inspect::Inspector;
use super::lab::Lab;
use super::options::RunOptions;
use super::signal::signal;
use super::watch_load::flowing;
use crate::config::playbook::Playbook;
use crate::infra::transport::serve::{Feed, PageListener, ServedSite, serve};
use crate::languages::Language;
use crate::model::event::{Event, Kind};
use crate::model::site;
use crate::planning::graph::Graph;
use crate::reporting::Reporter;
use crate::reporting::watch::{Follower, Hello, STREAM, SnapshotBuilder, pages};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// How often the recording is read.
const TICK: Duration = Duration::from_millis(250);
/// A run that is under way holds the machines' locks: no look stands in line with it, unless it has been quiet for so long.
const RUNNING: Duration = Duration::from_secs(15);
/// How long a look that is under way may take to end on its machines.
const ENDING: Duration = Duration::from_secs(5);

/// A lab that is to be watched.
pub struct Watched {
    /// The lab that is shown.
    pub lab: Lab,
    /// How to work on it.
    pub options: RunOptions,
    /// The steps that a look checks.
    pub playbooks: Vec<Playbook>,
    /// Its topology, as nodes and edges.
    pub picture: Graph,
    /// What a page gets first.
    pub hello: Hello,
}

/// Serves the page and feeds it, until Ctrl-C.
pub async fn watch(watched: Watched, listener: PageListener) {
    let Watched { lab, options, playbooks, picture, hello } = watched;
    let every = Duration::from_secs(hello.every.into());
    let feed = Arc::new(Feed::default());
    feed.send("hello", &hello);
    let cancel = CancellationToken::new();
    let following = Arc::new(Mutex::new(Follower::new(lab.state.join("runs"), lab.inventory.lab.clone(), hello.lang)));
    let mut work_under_way = JoinSet::new();
    // Where machines are made by labctl, nobody is asked before: their addresses may be somebody else's.
    let made = tokio::sync::watch::Sender::new(!lab.makes_machines());
    work_under_way.spawn(flowing(&lab, &hello, feed.clone(), made.subscribe()));
    work_under_way.spawn(followed(following.clone(), feed.clone()));
    let site = ServedSite { pages: pages(&picture, &hello), stream: STREAM, feed: feed.clone() };
    work_under_way.spawn(serve(listener, site));
    let language = hello.lang;
    let watching = Watching { lab, options, playbooks, picture, language, following, feed, made };
    let inspecting = watching.inspect(every, cancel.clone());
    tokio::pin!(inspecting);
    tokio::select! {
        () = &mut inspecting => {}
        () = signal() => {}
    }
    // Streams are closed at once; a script that inspects a machine is asked to end.
    work_under_way.abort_all();
    cancel.cancel();
    tokio::select! {
        () = inspecting => {}
        () = sleep(ENDING) => {}
        () = signal() => {}
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells of the newest run whenever there is news of it.
async fn followed(following: Arc<Mutex<Follower>>, feed: Arc<Feed>) {
    let mut sent = None;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What a drill says of its load four times a second changes nothing of what is shown.
        if let Some(run) = lock(&following).news().filter(|run| sent.as_ref() != Some(*run)) {
            feed.send("run", run);
            sent = Some(run.clone());
        }
    }
}

/// Everything that a look needs.
struct Watching {
    lab: Lab,
    options: RunOptions,
    playbooks: Vec<Playbook>,
    picture: Graph,
    language: &'static Language,
    following: Arc<Mutex<Follower>>,
    feed: Arc<Feed>,
    made: Sender<bool>,
}

impl Watching {
    /// Looks again and again. That a look fails is shown, and the next one tries anew.
    async fn inspect(mut self, every: Duration, cancel: CancellationToken) {
        let mut inspector = None;
        let sites = self.lab.inventory.sites();
        while !cancel.is_cancelled() {
            if lock(&self.following).under_way(RUNNING) {
                self.feed.send("wait", &"run");
            } else {
                match self.once(&mut inspector, &sites, &cancel).await {
                    Ok(()) => self.feed.send("trouble", &None::<String>),
                    Err(error) => {
                        inspector = None;
                        self.feed.send("trouble", &Some(error.to_string()));
                        self.feed.send("wait", &"");
                    }
                }
            }
            tokio::select! {
                () = sleep(every) => {}
                () = cancel.cancelled() => {}
            }
        }
    }

    async fn once(
        &mut self,
        inspector: &mut Option<Inspector>,
        sites: &[site::Site],
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        // Machines that labctl makes may go, and come back.
        let there = self.lab.find_machines().await;
        self.made.send_if_modified(|made| std::mem::replace(made, there.is_ok()) != there.is_ok());
        there?;
        let inspector = match inspector {
            Some(inspector) => inspector,
            None => {
                let playbooks = &self.playbooks;
                inspector.insert(Inspector::new(&mut self.lab, &self.options, playbooks, cancel.clone()).await?)
            }
        };
        let mut listener =
            SnapshotListener { snapshot: SnapshotBuilder::default(), feed: &self.feed, language: self.language };
        inspector.inspect(&self.lab, &self.options, vec![&mut listener]).await?;
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        if let Some(snapshot) =
            listener.snapshot.done(&self.picture, sites, self.language, u64::try_from(at).unwrap_or(u64::MAX))
        {
            self.feed.send("look", &snapshot);
            self.feed.send("wait", &"");
        }
        Ok(())
    }
}

/// Follows an inspection: what it found, and for whom it waits.
struct SnapshotListener<'a> {
    snapshot: SnapshotBuilder,
    feed: &'a Feed,
    language: &'static Language,
}

impl Reporter for SnapshotListener<'_> {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        if let Kind::HostSaid { host, remark } = &event.kind {
            self.feed.send("wait", &format!("{host}: {}", (self.language.sentences.remark)(remark)));
        }
        Ok(())
    }

    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.snapshot.add(event);
        Ok(())
    }
}
