//! Verbs on a class: each lab as its own inventory would be, side by side, and one line for each student.

use super::output::{self, Format, OutputArgs, choice, style};
use crate::execution::MaxFail;
use crate::model::event::Mode;
use crate::model::name::StepName;
use crate::model::notice::Notice;
use crate::model::quote::typed;
use crate::model::standing::Standing;
use crate::planning::doctor::diagnose;
use crate::planning::plan::Plan;
use crate::reporting::class::{CameTo, ClassReport, LabEvents, LabJson, Row, counted, error_line, finding_lines};
use crate::reporting::{Reporter, sentences};
use crate::session::build_plan::{Machines, all_steps, plan_with_machines, steps_up_to};
use crate::session::class::{OpenClass, StudentLab, at_once, each};
use crate::session::error::{Error, ErrorKind};
use crate::session::examine::{self, Examined, examine};
use crate::session::inspect::Inspector;
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::rerun_command::command_on;
use crate::session::run::{RunRequest, drive, end};
use crate::session::signal::Listener;
use anstream::AutoStream;
use std::cell::{Cell, RefCell};
use std::io::{self, Stdout};
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is done to each lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Build it up to the class's first step; with this, what stands in the way is put aside.
    Up {
        /// `--take-over`.
        take_over: bool,
    },
    /// Look what `up` would change.
    Check,
    /// Look how far it is.
    Status,
    /// Find out what is wrong.
    Doctor,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Up { .. } => "up",
            Self::Check => "check",
            Self::Status => "status",
            Self::Doctor => "doctor",
        }
    }
}

type Report = Rc<RefCell<ClassReport<AutoStream<Stdout>>>>;

/// What the work on all labs shares.
#[derive(Clone)]
struct Lesson {
    verb: Verb,
    start: Option<StepName>,
    report: Report,
    json: bool,
    cancel: CancellationToken,
    /// How many labs have failed, and how many may; of how many.
    failed: Rc<Cell<usize>>,
    max_fail: Option<MaxFail>,
    labs: usize,
}

/// Does it to every lab of a class.
pub async fn run(
    class: OpenClass,
    verb: Verb,
    max_fail: Option<MaxFail>,
    forks: u16,
    output: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let OpenClass { class, labs } = class;
    class
        .roster
        .notices
        .iter()
        .for_each(|notice| output::progress(&format!("  {}", sentences::classroom::class_notice(notice))));
    let rows: Vec<Row> = labs.iter().map(|each| Row::of(&each.student)).collect();
    let people = AutoStream::new(io::stdout(), choice(output));
    let report = Rc::new(RefCell::new(ClassReport::new(people, style(output), &rows)));
    let json = output.format == Format::Json;
    let (cancel, began) = (CancellationToken::new(), Instant::now());
    let _ctrl_c = Listener::new(cancel.clone(), Some((output::notices(), Notice::RunStops)));
    let options = labs.first().map(|first| first.options.clone());
    let lesson = Lesson {
        verb,
        start: class.start.clone(),
        report: report.clone(),
        json,
        cancel,
        failed: Rc::default(),
        max_fail,
        labs: labs.len(),
    };
    // Whoever closed the pipe may not stop the work.
    if !json {
        let _ = report.borrow_mut().heading(class.name.as_str(), labs.len());
    }
    let most = at_once(&labs, forks);
    let mut ends: Vec<(Row, &'static str, Option<ErrorKind>)> = Vec::new();
    let settled = |(row, came, kind): (Row, CameTo, Option<ErrorKind>)| {
        if !json {
            let _ = report.borrow_mut().settled(&row, &came);
        }
        ends.push((row, counted(&came), kind));
    };
    each(labs, most, |lab| lesson.clone().work(lab), settled).await?;
    if !json {
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = options.and_then(|options| next(&class.path, verb, &ends, &options));
        let words: Vec<&'static str> = ends.iter().map(|(_, word, _)| *word).collect();
        let _ = report.borrow_mut().closing(&words, took_ms, next.as_deref());
    }
    Ok(ends.into_iter().filter_map(|(.., kind)| kind).max_by_key(|kind| severity(*kind)))
}

/// The command that takes up those labs that did not end well, and only them.
fn next(
    path: &Path,
    verb: Verb,
    ends: &[(Row, &'static str, Option<ErrorKind>)],
    options: &RunOptions,
) -> Option<String> {
    let open: Vec<&str> = ends.iter().filter(|(.., kind)| kind.is_some()).map(|(row, ..)| row.id.as_str()).collect();
    if open.is_empty() {
        return None;
    }
    let (file, ids) = (typed(&path.display().to_string()), open.join(" "));
    // The students that were chosen are those that are named now.
    let options = RunOptions { limit: None, ..options.clone() };
    let command = |verb: &str| command_on(&format!("{file} {ids}"), verb, &options);
    Some(match verb {
        Verb::Up { take_over } => {
            format!("go on with: {}{}", command("up"), if take_over { " --take-over" } else { "" })
        }
        Verb::Check => format!("make it so with: {}", command("up")),
        Verb::Status => format!("why, and what to type: {}", command("doctor")),
        // All that there is to say of one.
        Verb::Doctor => {
            format!("what to type, for each: {}", command_on(&format!("{file} {}", open[0]), "doctor", &options))
        }
    })
}

/// Which of two ends of labs the class's exit code tells.
fn severity(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Changes => 0,
        ErrorKind::Unreachable => 1,
        ErrorKind::Input | ErrorKind::Failed => 2,
        ErrorKind::Interrupted => 3,
    }
}

impl Lesson {
    /// Works on one lab, and says what it came to.
    async fn work(self, of: StudentLab) -> (Row, CameTo, Option<ErrorKind>) {
        let row = Row::of(&of.student);
        if self.cancel.is_cancelled() {
            return (row, CameTo::Interrupted, Some(ErrorKind::Interrupted));
        }
        if self.max_fail.is_some_and(|most| most.exceeded(self.failed.get(), self.labs)) {
            return (row, CameTo::NotBegun, Some(ErrorKind::Failed));
        }
        self.report.borrow_mut().working(&row, "begins");
        let lab = of.lab.inventory.lab.clone();
        let came = match self.verb {
            Verb::Up { .. } => self.build(of, &row).await,
            Verb::Check => self.check(of, &row).await,
            Verb::Status => self.look(of, &row).await,
            Verb::Doctor => self.diagnose(of).await,
        };
        let (came, kind) = came.unwrap_or_else(|error| {
            if self.json {
                output::out(&error_line(&lab, &error.what, &error.hints));
            }
            let came =
                if error.kind == ErrorKind::Interrupted { CameTo::Interrupted } else { CameTo::Error(error.what) };
            (came, Some(error.kind))
        });
        if matches!(kind, Some(ErrorKind::Failed | ErrorKind::Unreachable | ErrorKind::Input)) {
            self.failed.set(self.failed.get() + 1);
        }
        self.report.borrow_mut().ended(&row);
        (row, came, kind)
    }

    async fn build(&self, of: StudentLab, row: &Row) -> Result<(CameTo, Option<ErrorKind>), Error> {
        let StudentLab { mut lab, mut options, .. } = of;
        options.take_over = self.verb == Verb::Up { take_over: true };
        let Some(start) = &self.start else {
            self.report.borrow_mut().working(row, "machines");
            lab.make_machines().await?;
            return Ok((CameTo::Machines, None));
        };
        let playbooks = steps_up_to(&lab, start)?;
        self.report.borrow_mut().working(row, "machines");
        let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Make).await?;
        let (standing, kind) = self.run(&lab, &options, plan, Mode::Apply, row).await?;
        Ok((CameTo::Built(standing), kind))
    }

    async fn check(&self, of: StudentLab, row: &Row) -> Result<(CameTo, Option<ErrorKind>), Error> {
        let StudentLab { mut lab, options, .. } = of;
        let playbooks = self.start.as_ref().map_or_else(|| all_steps(&lab), |start| steps_up_to(&lab, start))?;
        let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Find).await?;
        let (standing, kind) = self.run(&lab, &options, plan, Mode::Check, row).await?;
        Ok((CameTo::Checked(standing), kind))
    }

    async fn run(
        &self,
        lab: &Lab,
        options: &RunOptions,
        plan: Plan,
        mode: Mode,
        row: &Row,
    ) -> Result<(Standing, Option<ErrorKind>), Error> {
        let transport = lab.transport();
        let request = RunRequest {
            plan,
            mode,
            facts: false,
            max_fail: None,
            recorded_as: Some(self.verb.name()),
            secrets: transport.ssh.secrets(),
            transport,
            cancel: self.cancel.clone(),
        };
        let (mut events, mut programs) = self.audience(lab, row);
        let programs = programs.as_mut().map(|programs| programs as &mut dyn Reporter);
        let audience = [&mut events as &mut dyn Reporter].into_iter().chain(programs).collect();
        let summary = drive(lab, options, request, audience).await?;
        Ok((events.standing(), end(&summary, mode)))
    }

    /// Who hears the events of a lab: the class's report, and programs where they want to.
    fn audience(&self, lab: &Lab, row: &Row) -> (LabEvents<AutoStream<Stdout>>, Option<LabJson<Stdout>>) {
        let programs = self.json.then(|| LabJson::new(io::stdout(), lab.inventory.lab.clone()));
        (LabEvents::new(self.report.clone(), row.clone()), programs)
    }

    /// As `status` looks: every step of the exercise, whatever the class begins with.
    async fn look(&self, of: StudentLab, row: &Row) -> Result<(CameTo, Option<ErrorKind>), Error> {
        let StudentLab { mut lab, options, .. } = of;
        let playbooks = all_steps(&lab)?;
        let inspector = Inspector::new(&mut lab, &options, &playbooks, self.cancel.clone()).await?;
        let (mut events, mut programs) = self.audience(&lab, row);
        let programs = programs.as_mut().map(|programs| programs as &mut dyn Reporter);
        let audience = [&mut events as &mut dyn Reporter].into_iter().chain(programs).collect();
        let summary = inspector.inspect(&lab, &options, audience).await?;
        Ok((CameTo::Stands(events.standing()), end(&summary, Mode::Check)))
    }

    async fn diagnose(&self, of: StudentLab) -> Result<(CameTo, Option<ErrorKind>), Error> {
        let StudentLab { mut lab, options, .. } = of;
        let Some(Examined { evidence, .. }) = examine(&mut lab, &options, self.cancel.clone()).await? else {
            return Ok((CameTo::Interrupted, Some(ErrorKind::Interrupted)));
        };
        let findings = diagnose(&lab.inventory, &evidence);
        if self.json {
            output::out(&finding_lines(&lab.inventory.lab, &findings));
        }
        let kind = examine::end(&findings, &evidence);
        Ok((CameTo::Diagnosed(findings), kind))
    }
}
