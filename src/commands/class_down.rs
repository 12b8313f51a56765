//! down, of a class: removes what labctl made for each of its labs.

use super::output::{OutputArgs, choice, style};
use crate::config::class::Student;
use crate::model::name::LabName;
use crate::reporting::class::{CameTo, ClassReport, Row, counted};
use crate::session::class::{each, labs_of};
use crate::session::error::{Error, ErrorKind};
use crate::session::remove::remove;
use anstream::AutoStream;
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

/// Removes what labctl made for the labs of a class: of these students, or of all in the roster. It needs no inventory.
pub async fn down(
    path: &Path,
    students: &[String],
    hosts_file: Option<PathBuf>,
    output: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let (class, labs) = labs_of(path, students)?;
    let rows: Vec<Row> = labs.iter().map(|(student, _)| Row::of(student)).collect();
    let people = AutoStream::new(io::stdout(), choice(output));
    let report = Rc::new(RefCell::new(ClassReport::new(people, style(output), &rows)));
    let began = Instant::now();
    let _ = report.borrow_mut().heading(class.name.as_str(), labs.len());
    let (mut words, mut worst) = (Vec::new(), None);
    let work = |(student, lab): (Student, LabName)| {
        let (report, hosts_file, row) = (report.clone(), hosts_file.clone(), Row::of(&student));
        async move {
            report.borrow_mut().working(&row, "removes");
            let came = match remove(&lab, hosts_file, |_| {}).await {
                Ok(anything) => CameTo::Removed { anything },
                Err(error) => CameTo::Error(error.what),
            };
            report.borrow_mut().ended(&row);
            (row, came)
        }
    };
    let settled = |(row, came): (Row, CameTo)| {
        let _ = report.borrow_mut().settled(&row, &came);
        words.push(counted(&came));
        worst = worst.or(matches!(came, CameTo::Error(_)).then_some(ErrorKind::Failed));
    };
    each(labs, REMOVED_AT_ONCE, work, settled).await?;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let _ = report.borrow_mut().closing(&words, took_ms, None);
    Ok(worst)
}

/// To power off takes waiting, and little else.
const REMOVED_AT_ONCE: usize = 8;
