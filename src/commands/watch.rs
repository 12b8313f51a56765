//! The lab as a live page: asks its sites, looks at its machines, follows its runs, and serves what it saw.

use super::explain::language;
use super::status::{Inspector, served};
use super::watch_load::flowing;
use super::{lock, output};
use crate::commands::cli::{Lang, OutputArgs, TargetArgs};
use crate::config::playbook;
use crate::infra::transport::serve::{Feed, Listener, Site, bind, serve};
use crate::model::event::{Event, Kind};
use crate::model::name::StepName;
use crate::planning::graph::Graph;
use crate::reporting::watch::{Follower, Hello, Looking, MINUTE, STREAM, pages, routes};
use crate::reporting::{Reporter, Served};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::planning::{plan_dry, read_all};
use crate::session::run::token;
use crate::session::signal::signal;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// The port that is taken if it is free: so that a page finds its way back after labctl was started again.
const PORT: u16 = 7070;
/// How often the recording is read.
const TICK: Duration = Duration::from_millis(250);
/// A run that is under way holds the machines' locks: no look stands in line with it, unless it has been quiet for so long.
const RUNNING: Duration = Duration::from_secs(15);
/// How long a look that is under way may take to end on its machines.
const ENDING: Duration = Duration::from_secs(5);

/// What a user typed.
pub struct Asked {
    /// On what, and how.
    pub work: TargetArgs,
    /// The port.
    pub port: Option<u16>,
    /// Requests a second through each site.
    pub rate: u32,
    /// Seconds between looks.
    pub every: u32,
    /// The language.
    pub lang: Option<Lang>,
}

/// `labctl watch`.
pub async fn watch(asked: Asked, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let Asked { work, port, rate, every, lang } = asked;
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    let options: RunOptions = work.options.into();
    let steps = playbook::order(&lab.library)?;
    // Every mistake in what the user wrote is told here. The machines may come later: a class can see them being made.
    let playbooks = read_all(&lab, &steps)?;
    plan_dry(&mut lab, &options, &playbooks).await?;
    // All nodes as of a look that has not been yet: their signs have room.
    let picture = Graph::new(&lab.inventory).with(&crate::model::health::Health::default());
    let routes = routes(&picture);
    let hello = Hello {
        version: env!("CARGO_PKG_VERSION"),
        watch: token(),
        lab: lab.inventory.lab.to_string(),
        lang: language(lang).code(),
        rate,
        every,
        minute: MINUTE,
        nodes: picture.nodes.iter().map(|node| node.title.clone()).collect(),
        routes,
    };
    let listener = listening(port).await?;
    output::out(&format!(
        "{} is shown on http://{}/ (this computer only; Ctrl-C ends it)\n",
        hello.lab, listener.address
    ));
    if !look.quiet && rate > 0 {
        output::progress(&format!("  labctl sends {rate} requests a second through each site (--rate)"));
    }

    let feed = Arc::new(Feed::default());
    feed.tell("hello", &hello);
    let cancel = CancellationToken::new();
    let following = Arc::new(Mutex::new(Follower::new(lab.state.join("runs"), lab.inventory.lab.clone())));
    let mut work_under_way = JoinSet::new();
    // Where machines are made by labctl, nobody is asked before: their addresses may be somebody else's.
    let made = tokio::sync::watch::Sender::new(lab.sandbox().is_none());
    work_under_way.spawn(flowing(&lab, &hello, feed.clone(), made.subscribe()));
    work_under_way.spawn(followed(following.clone(), feed.clone()));
    let site = Site { pages: pages(&picture, &hello), stream: STREAM, feed: feed.clone() };
    work_under_way.spawn(serve(listener, site));
    let watching = Watching { lab, options, steps, picture, following, feed, made };
    let looking = watching.look(Duration::from_secs(every.into()), cancel.clone());
    tokio::pin!(looking);
    tokio::select! {
        () = &mut looking => {}
        () = signal() => {}
    }
    // Streams are closed at once; a script that looks at a machine is told to end.
    work_under_way.abort_all();
    cancel.cancel();
    tokio::select! {
        () = looking => {}
        () = sleep(ENDING) => {}
        () = signal() => {}
    }
    Ok(Some(ErrorKind::Interrupted))
}

async fn listening(port: Option<u16>) -> Result<Listener, Error> {
    match (bind(port.unwrap_or(PORT)).await, port) {
        (Ok(bound), _) => Ok(bound),
        (Err(error), Some(port)) => {
            let what = format!("cannot listen on port {port} of this computer: {error}");
            Err(Error::input(what).hint("choose another, or let labctl find one: without --port"))
        }
        (Err(_), None) => bind(0).await.map_err(|error| Error::failed(format!("cannot listen on 127.0.0.1: {error}"))),
    }
}

/// Tells of the newest run whenever there is news of it.
async fn followed(following: Arc<Mutex<Follower>>, feed: Arc<Feed>) {
    let mut told = None;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What a drill says of its load four times a second changes nothing of what is shown.
        if let Some(run) = lock(&following).news().filter(|run| told.as_ref() != Some(*run)) {
            feed.tell("run", run);
            told = Some(run.clone());
        }
    }
}

/// Everything that a look needs.
struct Watching {
    lab: Lab,
    options: RunOptions,
    steps: Vec<StepName>,
    picture: Graph,
    following: Arc<Mutex<Follower>>,
    feed: Arc<Feed>,
    made: Sender<bool>,
}

impl Watching {
    /// Looks again and again. That a look fails is shown, and the next one tries anew.
    async fn look(mut self, every: Duration, cancel: CancellationToken) {
        let mut inspector = None;
        let sites = served(&self.lab);
        while !cancel.is_cancelled() {
            if lock(&self.following).under_way(RUNNING) {
                self.feed.tell("wait", &"run");
            } else {
                match self.once(&mut inspector, &sites, &cancel).await {
                    Ok(()) => self.feed.tell("trouble", &None::<String>),
                    Err(error) => {
                        inspector = None;
                        self.feed.tell("trouble", &Some(error.to_string()));
                        self.feed.tell("wait", &"");
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
        sites: &[Served],
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        // Machines that labctl makes may go, and come back.
        let there = self.lab.find_machines().await;
        self.made.send_if_modified(|made| std::mem::replace(made, there.is_ok()) != there.is_ok());
        there?;
        let inspector = match inspector {
            Some(inspector) => inspector,
            None => {
                let playbooks = read_all(&self.lab, &self.steps)?;
                inspector.insert(Inspector::until(&mut self.lab, &self.options, playbooks, cancel.clone()).await?)
            }
        };
        let mut heard = Heard { looking: Looking::default(), feed: &self.feed };
        inspector.look(&self.lab, &self.options, vec![&mut heard]).await?;
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        if let Some(look) = heard.looking.done(&self.picture, sites, u64::try_from(at).unwrap_or(u64::MAX)) {
            self.feed.tell("look", &look);
            self.feed.tell("wait", &"");
        }
        Ok(())
    }
}

/// Listens to a look: what it found, and for whom it waits.
struct Heard<'a> {
    looking: Looking,
    feed: &'a Feed,
}

impl Reporter for Heard<'_> {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        if let Kind::HostSaid { host, text } = &event.kind {
            self.feed.tell("wait", &format!("{host}: {text}"));
        }
        Ok(())
    }

    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.looking.add(event);
        Ok(())
    }
}
