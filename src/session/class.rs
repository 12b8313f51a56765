//! An open class: the labs of its students, all of them read before anything is touched, and worked on side by side.

use super::build_plan::steps_up_to;
use super::error::Error;
use super::lab::Lab;
use super::notices::Notices;
use super::options::{LabRequest, RunOptions};
use crate::config::class::{self, Class, Student};
use crate::model::name::{LabName, StudentId};
use crate::model::problem::{Problems, ReadError, did_you_mean};
use std::path::Path;
use std::rc::Rc;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

/// A class, and the labs that were chosen, in the order of the roster.
pub struct OpenClass {
    /// What the teacher wrote.
    pub class: Class,
    /// One lab for each student that was chosen.
    pub labs: Vec<StudentLab>,
}

/// The lab of a student, and how to work on it.
pub struct StudentLab {
    /// Whose it is.
    pub student: Student,
    /// Their lab.
    pub lab: Lab,
    /// Which of its hosts, and how.
    pub options: RunOptions,
}

/// Whether a file is a class, by its key `class`. What else is wrong with it is told when it is read.
pub fn is_class(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| {
        text.lines().any(|line| line.strip_prefix("class").is_some_and(|rest| rest.trim_start().starts_with(':')))
    })
}

/// Opens the labs of these students of a class; without any, of all who are not skipped. `limit` chooses as well: `s07,s08:app*`.
///
/// # Errors
/// Every mistake in the class, in its roster, and in the inventory as it is for each of them.
pub fn open(
    request: LabRequest,
    students: &[String],
    notices: impl Fn(&Student) -> Notices,
) -> Result<OpenClass, Error> {
    let path = request.inventory.clone().unwrap_or_default();
    let class = class::read(&path)?;
    let chosen = chosen(&class, students, request.limit.as_deref())?;
    let (mut labs, mut problems) = (Vec::new(), Problems::default());
    for (student, limit) in chosen {
        match class.inventory_of(student, &request.settings) {
            Ok(inventory) => {
                let lab = Lab::around(inventory, notices(student))?;
                let (student, hosts) = (student.clone(), lab.select(limit.as_deref())?);
                let LabRequest { settings, shard, forks, hosts_file, .. } = request.clone();
                let options = RunOptions {
                    hosts,
                    shard,
                    forks: forks.unwrap_or(1),
                    hosts_file,
                    take_over: false,
                    limit,
                    settings,
                };
                labs.push(StudentLab { student, lab, options });
            }
            // A mistake that everybody has is one mistake.
            Err(ReadError::Problems(found)) => {
                problems.0.extend(found.0.into_iter().filter(|each| !problems.0.contains(each)).collect::<Vec<_>>());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if labs.is_empty() && problems.0.is_empty() {
        return Err(Error::input(format!("no student of {} takes part", class.name)).hint("see `skip` in the roster"));
    }
    let labs: Vec<StudentLab> = problems.or(Some(labs))?;
    // All labs have the same steps: a slip in the class's first one is told once, before anything is touched.
    if let (Some(start), Some(first)) = (&class.start, labs.first()) {
        steps_up_to(&first.lab, start)
            .map_err(|error| Error { what: format!("{}: {}", path.display(), error.what), ..error })?;
    }
    Ok(OpenClass { class, labs })
}

/// Opens the lab of one student.
///
/// # Errors
/// Every mistake in the class, in its roster, and in the inventory as it is for them; or there is no such student.
pub fn open_one(file: &Path, id: &StudentId, request: &LabRequest, notices: Notices) -> Result<Lab, Error> {
    let class = class::read(file)?;
    let student = known(&class, id.as_str())?;
    Lab::around(class.inventory_of(student, &request.settings)?, notices)
}

/// The names of the labs of these students; without any, of everybody in the roster, also of those who are skipped.
///
/// # Errors
/// Every mistake in the class and in its roster; or there is no such student.
pub fn labs_of(path: &Path, students: &[String]) -> Result<(Class, Vec<(Student, LabName)>), Error> {
    let class = class::read(path)?;
    for word in students {
        known(&class, word)?;
    }
    let wanted = |student: &&Student| students.is_empty() || students.iter().any(|word| word == student.id.as_str());
    let lab = |student: &Student| Some((student.clone(), class.lab_of(student).parse().ok()?));
    let labs = class.roster.students.iter().filter(wanted).filter_map(lab).collect();
    Ok((class, labs))
}

/// The students that were named, in the order of the roster, each with the hosts that are chosen of theirs.
fn chosen<'a>(
    class: &'a Class,
    students: &[String],
    limit: Option<&str>,
) -> Result<Vec<(&'a Student, Option<String>)>, Error> {
    let limited = limit.into_iter().flat_map(|limit| limit.split(',')).map(str::trim).filter(|word| !word.is_empty());
    let words: Vec<(&str, Option<&str>)> = students
        .iter()
        .map(|student| (student.as_str(), None))
        .chain(limited.map(|word| word.split_once(':').map_or((word, None), |(student, hosts)| (student, Some(hosts)))))
        .collect();
    for (word, _) in &words {
        known(class, word)?;
    }
    let all = class.roster.students.iter();
    if words.is_empty() {
        return Ok(all.filter(|student| !student.skip).map(|student| (student, None)).collect());
    }
    let of = |student: &'a Student| {
        let own: Vec<Option<&str>> =
            words.iter().filter(|(word, _)| *word == student.id.as_str()).map(|(_, hosts)| *hosts).collect();
        let hosts: Option<Vec<&str>> = own.iter().copied().collect();
        (!own.is_empty()).then(|| (student, hosts.map(|hosts| hosts.join(","))))
    };
    Ok(all.filter_map(of).collect())
}

fn known<'a>(class: &'a Class, word: &str) -> Result<&'a Student, Error> {
    let students = &class.roster.students;
    if let Some(student) = students.iter().find(|student| student.id.as_str() == word) {
        return Ok(student);
    }
    let ids: Vec<&str> = students.iter().map(|student| student.id.as_str()).collect();
    let named: Vec<&str> = students
        .iter()
        .filter(|student| student.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&word.to_lowercase())))
        .map(|student| student.id.as_str())
        .collect();
    let hint = match (named.as_slice(), did_you_mean(word, ids.iter().copied())) {
        ([id], _) => format!("did you mean `{id}`?"),
        (_, Some(near)) => format!("did you mean `{near}`?"),
        _ => format!("there are: {}", ids.join(", ")),
    };
    Err(Error::input(format!("there is no student `{word}` in {}", class.path.display())).hint(hint))
}

/// How many labs to work on at a time. Machines of this computer share its processors; others have their own.
pub fn at_once(labs: &[StudentLab], forks: u16) -> usize {
    let hosts = labs.iter().map(|each| each.lab.inventory.hosts.len()).max().unwrap_or(1).max(1);
    let most = (usize::from(forks) / hosts).max(1);
    let here = labs.iter().any(|each| each.lab.makes_machines());
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    if here { most.min(2 * processors) } else { most }
}

/// Works on every lab, `at_once` at a time. What each came to is handed on in the order of the roster, whatever the timing.
///
/// # Errors
/// A defect in labctl.
pub async fn each<L, T: 'static, F: Future<Output = T> + 'static>(
    labs: Vec<L>,
    at_once: usize,
    work: impl Fn(L) -> F,
    mut settled: impl FnMut(T),
) -> Result<(), Error> {
    let turns = Rc::new(Semaphore::new(at_once));
    let work = |lab| {
        let (turns, work) = (turns.clone(), work(lab));
        async move {
            // Nobody closes it.
            let _turn = turns.acquire().await;
            work.await
        }
    };
    // What a lab's work holds may belong to this thread: reporters write to one terminal.
    LocalSet::new()
        .run_until(async {
            let begun: Vec<_> = labs.into_iter().map(|lab| tokio::task::spawn_local(work(lab))).collect();
            for each in begun {
                settled(each.await.map_err(|error| Error::failed(format!("a defect in labctl: {error}")))?);
            }
            Ok(())
        })
        .await
}
