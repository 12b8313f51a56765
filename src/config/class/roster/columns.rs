//! What the columns of a roster mean, whatever language the platform speaks that made it.

use crate::model::name::HostName;

/// What a cell says of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The name of their machines.
    Id,
    /// Their whole name.
    Name,
    /// The name that friends use.
    First,
    /// The name of the family.
    Last,
    /// Where mail reaches them.
    Email,
    /// What the platform calls them: Canvas' `ID`.
    LmsId,
    /// Their number in the school's books: Moodle's "ID number", Canvas' "SIS User ID".
    Number,
    /// The name that they log in to the platform with.
    Login,
    /// The part of the class that they belong to.
    Group,
    /// When their work is due, if not with that of all others.
    Due,
    /// Whether they are left out.
    Skip,
    /// The user to log in as on their machines.
    User,
    /// Their public key.
    Key,
    /// The address of one of their machines.
    Host(HostName),
    /// A variable of theirs.
    Var(String),
}

impl Column {
    /// Whether it says who somebody is.
    pub fn identifies(&self) -> bool {
        use Column::{Email, First, Id, Last, LmsId, Login, Name, Number};
        matches!(self, Id | Name | First | Last | Email | LmsId | Number | Login)
    }
}

/// What a teacher writes, in a table or under `students:`. Hosts' names and `vars.NAME` may stand beside them.
pub const KEYS: &[(&str, Column)] = &[
    ("id", Column::Id),
    ("name", Column::Name),
    ("email", Column::Email),
    ("lms_id", Column::LmsId),
    ("group", Column::Group),
    ("due", Column::Due),
    ("skip", Column::Skip),
    ("user", Column::User),
    ("key", Column::Key),
];

/// What labctl calls the ids that it adds to what a platform exported, where `ID` means something else.
pub const OWN_ID: &str = "labctl id";

/// What platforms call these in English, Indonesian, Spanish and German (Moodle's own language packs), and what schools do.
const WORDS: &[(Column, &[&str])] = &[
    (Column::Id, &[OWN_ID]),
    (
        Column::Name,
        &[
            "student",
            "full name",
            "fullname",
            "student name",
            "nama",
            "nama lengkap",
            "nama mahasiswa",
            "nama siswa",
            "nombre completo",
            "nombre completo del usuario",
            "vollständiger name",
        ],
    ),
    (Column::First, &["first name", "firstname", "given name", "nama depan", "nombre", "vorname"]),
    (
        Column::Last,
        &[
            "last name",
            "lastname",
            "surname",
            "family name",
            "nama belakang",
            "nama akhir",
            "nama keluarga",
            "apellido(s)",
            "apellido",
            "apellidos",
            "nachname",
            "familienname",
        ],
    ),
    (
        Column::Email,
        &[
            "e mail",
            "mail",
            "email address",
            "e mail address",
            "alamat email",
            "alamat surel",
            "surel",
            "dirección de correo",
            "dirección email",
            "correo",
            "correo electrónico",
            "e mail adresse",
        ],
    ),
    (
        Column::Number,
        &[
            "id number",
            "idnumber",
            "student id",
            "student number",
            "sis user id",
            "nomor id",
            "nomor induk",
            "nomor ktp",
            "nim",
            "nis",
            "nisn",
            "número de id",
            "id nummer",
            "matrikelnummer",
        ],
    ),
    (
        Column::Login,
        &["username", "user name", "sis login id", "login", "nama pengguna", "nombre de usuario", "anmeldename"],
    ),
    (
        Column::Group,
        &[
            "groups", "section", "class", "grup", "kelas", "kelompok", "rombel", "grupo", "grupos", "sección",
            "gruppe", "gruppen", "klasse",
        ],
    ),
];

/// A header as it is compared: without capitals, with one blank for each gap.
pub fn plain(header: &str) -> String {
    let gaps = |c: char| c.is_whitespace() || c == '_' || c == '-';
    let words = header.split(gaps).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What a header means. `hosts` are the machines of the inventory.
pub fn of_header(header: &str, hosts: &[HostName]) -> Option<Column> {
    let words = || {
        let header = plain(header);
        let (column, _) = WORDS.iter().find(|(_, words)| words.contains(&header.as_str()))?;
        Some(column.clone())
    };
    let header = header.trim();
    // The name of a variable keeps its capitals.
    of_key(header, hosts).or_else(|| of_key(&header.to_lowercase(), hosts)).or_else(words)
}

/// What a key means.
pub fn of_key(key: &str, hosts: &[HostName]) -> Option<Column> {
    let known = KEYS.iter().find(|(known, _)| *known == key || known.replace('_', " ") == key);
    let known = known.map(|(_, column)| column.clone());
    let host = || hosts.iter().find(|host| host.as_str().eq_ignore_ascii_case(key)).cloned().map(Column::Host);
    let variable =
        || key.strip_prefix("vars.").filter(|name| names_variable(name)).map(|name| Column::Var(name.into()));
    known.or_else(variable).or_else(host)
}

/// Whether a text is the path of a variable: `colour`, `app.port`.
fn names_variable(path: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    path.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_four_languages() {
        for (header, wanted) in [
            ("ID", Column::Id),
            (" E-Mail-Adresse ", Column::Email),
            ("Alamat Email", Column::Email),
            ("Dirección de correo", Column::Email),
            ("EMAIL", Column::Email),
            ("lms_id", Column::LmsId),
            ("LMS ID", Column::LmsId),
            ("ID-Nummer", Column::Number),
            ("Número de ID", Column::Number),
            ("Nama akhir", Column::Last),
            ("Apellido(s)", Column::Last),
            ("SIS Login ID", Column::Login),
            ("Vorname", Column::First),
            ("web", Column::Host("web".parse().unwrap())),
            ("vars.app.port", Column::Var("app.port".into())),
            ("vars.Colour", Column::Var("Colour".into())),
        ] {
            assert_eq!(of_header(header, &["web".parse().unwrap()]), Some(wanted), "{header}");
        }
        for unknown in ["", "Roles", "vars.", "vars.a..b", "db", "Last access to course"] {
            assert_eq!(of_header(unknown, &[]), None, "{unknown}");
        }
    }

    #[test]
    fn no_word_means_two_things() {
        let mut all: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        all.extend(KEYS.iter().map(|(key, _)| *key));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|word| plain(word) == *word || *word == "lms_id"), "{all:?}");
    }
}
