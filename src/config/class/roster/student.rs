//! A student, from what cells say: each is checked where it stands.

use super::cell::Cell;
use super::columns::Column;
use super::{Roster, duplicates, ids};
use crate::config::class::due::{Due, DueError};
use crate::config::inventory::{Setting, is_address};
use crate::model::name::{HostName, StudentId, machine};
use crate::model::problem::{Location, Problems, Source};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A student of a class.
#[derive(Debug, Clone)]
pub struct Student {
    /// What their machines and domains are called after.
    pub id: StudentId,
    /// Their name, for people.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// What a learning platform knows them by.
    pub lms: LmsIds,
    /// The part of the class that they belong to.
    pub group: Option<String>,
    /// When their work is due, if not with that of all others.
    pub due: Option<Due>,
    /// Whether they are left out.
    pub skip: bool,
    /// Where their machines answer, as far as the roster says so.
    pub hosts: BTreeMap<HostName, Address>,
    /// The user to log in as on their machines.
    pub user: Option<String>,
    /// Their key, which lets them in.
    pub key: Option<PublicKey>,
    /// Variables of theirs, to lay over those of the inventory.
    pub vars: Vec<Setting>,
    /// Where they stand in the file.
    pub location: Location,
}

/// What a learning platform knows a student by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LmsIds {
    /// Its own id: Canvas' `ID`, or a hand-made `lms_id`, which may be any of these.
    pub id: Option<String>,
    /// The number in the school's books: Moodle's "ID number", Canvas' "SIS User ID".
    pub number: Option<String>,
    /// The name that they log in to it with.
    pub login: Option<String>,
    /// The `id` of a hand-made roster, as it was written. It may be any of the others.
    pub written: Option<String>,
}

/// Where a machine answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// An IP address, or a name that resolves.
    pub host: String,
    /// The port of its SSH server, if that is written.
    pub port: Option<u16>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// The key itself: `ssh-ed25519 AAAA… budi@laptop`.
    Line(String),
    /// The file that holds it, from the roster's folder.
    File(PathBuf),
}

/// A roster of these rows. Each is what a file says of one student, with the place of the whole.
pub fn roster(rows: &[(Vec<Cell>, Location)], problems: &mut Problems) -> Roster {
    let named = |(cells, location): &&(Vec<Cell>, Location)| {
        let named = cells.iter().any(|cell| cell.column.identifies());
        if !named {
            let hint = "give at least an `id`, or an `email`";
            problems.add(location, "this student has no name of any kind", Some(hint.into()));
        }
        named
    };
    let rows: Vec<&(Vec<Cell>, Location)> = rows.iter().filter(named).collect();
    duplicates::check(rows.iter().flat_map(|(cells, _)| cells), problems);
    let written: Vec<Option<StudentId>> = rows.iter().map(|(cells, _)| written(cells)).collect();
    let candidates: Vec<Vec<String>> = rows.iter().map(|(cells, _)| candidates(cells)).collect();
    let ids = ids::unique(&written, &candidates);
    let student = |((cells, location), id): (&(Vec<Cell>, Location), StudentId)| {
        Reader { cells, problems }.student(id, location.clone())
    };
    Roster { students: rows.into_iter().zip(ids).map(student).collect(), notices: Vec::new() }
}

fn text(cells: &[Cell], column: &Column) -> Option<String> {
    cells.iter().find(|cell| &cell.column == column).map(|cell| cell.text.clone())
}

/// The id that is written, if it can be one as it stands.
fn written(cells: &[Cell]) -> Option<StudentId> {
    text(cells, &Column::Id).and_then(|text| text.to_lowercase().parse().ok())
}

/// What an id can be made of, the best first.
fn candidates(cells: &[Cell]) -> Vec<String> {
    // What is before the @, as far as there is one.
    let local = |text: String| text.split('@').next().unwrap_or_default().to_owned();
    let all = [
        text(cells, &Column::Id),
        text(cells, &Column::Login).map(local),
        text(cells, &Column::Email).map(local),
        name(cells),
        text(cells, &Column::Number),
        text(cells, &Column::LmsId),
    ];
    all.into_iter().flatten().collect()
}

fn name(cells: &[Cell]) -> Option<String> {
    let parts = [text(cells, &Column::First), text(cells, &Column::Last)];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    text(cells, &Column::Name).or_else(|| Some(joined).filter(|name| !name.is_empty()))
}

struct Reader<'a> {
    cells: &'a [Cell],
    problems: &'a mut Problems,
}

impl<'a> Reader<'a> {
    fn cell(&self, column: &Column) -> Option<&'a Cell> {
        self.cells.iter().find(|cell| &cell.column == column)
    }

    fn text(&self, column: &Column) -> Option<String> {
        text(self.cells, column)
    }

    fn wrong(&mut self, cell: &Cell, what: String, hint: &str) {
        self.problems.add(&cell.location, what, Some(hint.to_owned()));
    }

    fn student(&mut self, id: StudentId, location: Location) -> Student {
        // What cannot be the name of a machine is a number in somebody's books.
        let number = self.text(&Column::Id).filter(|_| written(self.cells).is_none());
        let number = self.text(&Column::Number).or(number);
        Student {
            id,
            name: name(self.cells),
            email: self.email(),
            lms: LmsIds {
                id: self.text(&Column::LmsId),
                number,
                login: self.text(&Column::Login),
                written: self.text(&Column::Id),
            },
            group: self.text(&Column::Group),
            due: self.due(),
            skip: self.skip(),
            hosts: self.hosts(),
            user: self.user(),
            key: self.key(),
            vars: self.vars(),
            location,
        }
    }

    fn email(&mut self) -> Option<String> {
        let cell = self.cell(&Column::Email)?;
        let (local, host) = cell.text.split_once('@').unwrap_or_default();
        let blank = |c: char| c.is_whitespace() || c.is_control();
        if local.is_empty() || host.is_empty() || host.contains('@') || cell.text.contains(blank) {
            self.wrong(cell, format!("`{}` is not an email address", cell.text), "write it as budi@kampus.ac.id");
        }
        Some(cell.text.clone())
    }

    fn due(&mut self) -> Option<Due> {
        let cell = self.cell(&Column::Due)?;
        let due = cell.text.parse().map_err(|error: DueError| {
            self.wrong(cell, format!("`{}` is not a date with a time", cell.text), error.hint());
        });
        due.ok()
    }

    fn skip(&mut self) -> bool {
        let Some(cell) = self.cell(&Column::Skip) else { return false };
        match cell.text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "x" | "skip" | "ya" => true,
            "false" | "no" | "n" | "0" | "-" | "tidak" => false,
            _ => {
                let what = format!("`skip` must be yes or no, not `{}`", cell.text);
                self.wrong(cell, what, "write `yes` for who is left out, and nothing for the others");
                false
            }
        }
    }

    fn hosts(&mut self) -> BTreeMap<HostName, Address> {
        let mut hosts = BTreeMap::new();
        for cell in self.cells {
            let Column::Host(host) = &cell.column else { continue };
            match address(&cell.text) {
                Some(address) => {
                    hosts.insert(host.clone(), address);
                }
                None => {
                    let hint = "write an IP address such as 192.168.56.10, or a name that resolves; `ADDRESS:PORT` where SSH \
                                has a port of its own";
                    self.wrong(cell, format!("`{}` is not an address", cell.text), hint);
                }
            }
        }
        hosts
    }

    fn user(&mut self) -> Option<String> {
        let cell = self.cell(&Column::User)?;
        if !(machine::USER.holds)(&cell.text) {
            let what = format!("`user` must be {}, not `{}`", machine::USER.what, cell.text);
            self.wrong(cell, what, "write the name that they log in with on their machines");
        }
        Some(cell.text.clone())
    }

    fn key(&mut self) -> Option<PublicKey> {
        let cell = self.cell(&Column::Key)?;
        let kinds = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];
        if cell.text.contains("PRIVATE KEY") {
            let hint = "hand out and collect only public keys: the file that ends in .pub. This one is known to others now, \
                        and its owner needs a new one";
            self.problems.add(&covered(&cell.location), "a private key stands in the roster", Some(hint.into()));
            return None;
        }
        if kinds.iter().any(|kind| cell.text.starts_with(kind)) {
            let mut words = cell.text.split_whitespace();
            let coded = words.nth(1).unwrap_or_default();
            let whole = coded.len() >= 32 && coded.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
            if !whole || cell.text.contains(char::is_control) {
                let hint = "paste the one line of the file that ends in .pub, or write the path of that file";
                self.wrong(cell, "this is not a whole public key".to_owned(), hint);
            }
            return Some(PublicKey::Line(cell.text.clone()));
        }
        if !(machine::LINE.holds)(&cell.text) {
            let hint = "paste the one line of the file that ends in .pub, or write the path of that file";
            self.wrong(cell, format!("`key` must be {}", machine::LINE.what), hint);
        }
        Some(PublicKey::File(PathBuf::from(&cell.text)))
    }

    fn vars(&mut self) -> Vec<Setting> {
        let mut vars = Vec::new();
        for cell in self.cells {
            let Column::Var(name) = &cell.column else { continue };
            match format!("{name}={}", cell.text).parse::<Setting>() {
                Ok(setting) => vars.push(setting),
                Err(error) => self.problems.add(&cell.location, error.to_string(), None),
            }
        }
        vars
    }
}

/// A place of which nobody can read what stands there.
fn covered(place: &Location) -> Location {
    let Location { source, span } = place;
    let (before, rest) = source.text.split_at_checked(span.start).unwrap_or((&source.text, ""));
    let (key, after) = rest.split_at_checked(span.len()).unwrap_or((rest, ""));
    let hidden: String = key.bytes().map(|b| if b == b'\n' { '\n' } else { '*' }).collect();
    Location { source: Source::new(source.name.clone(), format!("{before}{hidden}{after}")), span: span.clone() }
}

/// `10.0.0.1`, `10.0.0.1:2201`, `web.lab:22`, `::1`, `[::1]:22`.
fn address(text: &str) -> Option<Address> {
    if is_address(text) {
        return Some(Address { host: text.to_owned(), port: None });
    }
    let (host, port) = text.rsplit_once(':')?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    // Colons of IPv6 are only told from that of a port by brackets.
    let host = bare.or_else(|| Some(host).filter(|host| !host.contains(':')))?;
    let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
    is_address(host).then(|| Address { host: host.to_owned(), port: Some(port) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_port() {
        for (text, wanted) in [
            ("10.0.0.1", Some(("10.0.0.1", None))),
            ("10.0.0.1:2201", Some(("10.0.0.1", Some(2201)))),
            ("web.lab:22", Some(("web.lab", Some(22)))),
            ("::1", Some(("::1", None))),
            ("[::1]:22", Some(("::1", Some(22)))),
            ("10.0.0.1:0", None),
            ("10.0.0.1:", None),
            ("10.0.0.1:70000", None),
            ("::1:x", None),
            ("10.0.0.300:22", None),
            ("a b", None),
        ] {
            let wanted = wanted.map(|(host, port)| Address { host: host.to_owned(), port });
            assert_eq!(address(text), wanted, "{text}");
        }
    }
}
