//! Makes ids out of what is known of students. The same roster makes the same ids, and who joins later changes nobody's, as long
//! as something of each name can be written in Latin letters.

use crate::model::name::StudentId;
use std::collections::BTreeSet;

/// Letters of Latin scripts, by the plain letters that stand for them.
const LATIN: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ðďđ"),
    ("e", "èéêëēĕėęěẹẻẽếềểễệ"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıǐỉị"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉŋ"),
    ("o", "òóôõöøōŏőơǒọỏốồổỗộớờởỡợ"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšșſ"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųưǔụủứừửữự"),
    ("w", "ŵ"),
    ("y", "ýÿŷỳỵỷỹ"),
    ("z", "źżž"),
];

/// What of a text can stand in an id: letters and digits, beginning with a letter. Nothing may be left.
pub fn made_of(text: &str) -> String {
    let mut made = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            made.push(c);
        } else if let Some((plain, _)) = LATIN.iter().find(|(_, letters)| letters.contains(c)) {
            made.push_str(plain);
        }
    }
    if made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert(0, 's');
    }
    made.truncate(StudentId::LONGEST);
    made
}

/// One id for each student, from what each could be called, the best first. `written` are ids that stand in the file; none is made
/// twice.
pub fn unique(written: &[Option<StudentId>], candidates: &[Vec<String>]) -> Vec<StudentId> {
    let firsts: Vec<Option<String>> =
        candidates.iter().map(|all| all.iter().map(|text| made_of(text)).find(|made| !made.is_empty())).collect();
    let mut taken: BTreeSet<String> = written.iter().flatten().map(|id| id.as_str().to_owned()).collect();
    // What is nobody else's comes before what a number makes different.
    let mut given: Vec<Option<String>> = firsts
        .iter()
        .zip(written)
        .map(|(first, written)| match (written, first) {
            (Some(id), _) => Some(id.as_str().to_owned()),
            (None, Some(first)) => taken.insert(first.clone()).then(|| first.clone()),
            (None, None) => None,
        })
        .collect();
    let digits = given.len().to_string().len().max(2);
    for (n, (id, first)) in given.iter_mut().zip(&firsts).enumerate() {
        if id.is_some() {
            continue;
        }
        let numbered = (2..).map(|number: usize| match first {
            Some(first) => {
                let number = number.to_string();
                let room = StudentId::LONGEST.saturating_sub(number.len());
                format!("{}{number}", first.chars().take(room).collect::<String>())
            }
            // The student's place in the roster, and from there on.
            None => format!("s{:0digits$}", n + number - 1),
        });
        *id = numbered.into_iter().find(|id| taken.insert(id.clone()));
    }
    given.into_iter().flatten().filter_map(|id| id.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(candidates: &[&[&str]]) -> Vec<String> {
        let candidates: Vec<Vec<String>> =
            candidates.iter().map(|all| all.iter().map(|text| (*text).to_owned()).collect()).collect();
        let ids = unique(&vec![None; candidates.len()], &candidates);
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_latin_is_kept() {
        for (text, wanted) in [
            ("Budi Santoso", "budisantoso"),
            ("José Ñandú-Größe", "josenandugrosse"),
            ("Nguyễn Thị Ngọc Ánh", "nguyenthingocanh"),
            ("İbrahim", "ibrahim"),
            ("Zoe\u{308}", "zoe"),
            ("2021001", "s2021001"),
            ("李雷", ""),
            ("عمر", ""),
            ("Muhammad Fadhil Rahmansyah Putra", "muhammadfadhilrahmansyah"),
        ] {
            assert_eq!(made_of(text), wanted, "{text}");
        }
    }

    #[test]
    fn ids_are_unique_and_the_same_again() {
        let all: &[&[&str]] = &[&["budi"], &["Budi"], &["budi2"], &["李雷"], &["", "Ani"], &[], &["s04"]];
        assert_eq!(made(all), ["budi", "budi3", "budi2", "s05", "ani", "s06", "s04"]);
        assert_eq!(made(all), made(all));
        let long = "a".repeat(40);
        assert_eq!(made(&[&[&long], &[&long]]), ["a".repeat(24), format!("{}2", "a".repeat(23))]);
    }

    #[test]
    fn what_is_written_is_left_alone() {
        let ids = unique(&[None, Some("budi".parse().unwrap())], &[vec!["Budi".into()], vec![]]);
        assert_eq!(ids.iter().map(StudentId::as_str).collect::<Vec<_>>(), ["budi2", "budi"]);
    }

    proptest::proptest! {
        #[test]
        fn any_names_make_as_many_ids(names in proptest::collection::vec("\\PC{0,30}|[a-c]{0,2}|[0-9]{0,3}", 0..30)) {
            let candidates: Vec<Vec<String>> = names.iter().map(|name| vec![name.clone()]).collect();
            let ids = unique(&vec![None; names.len()], &candidates);
            let different: BTreeSet<_> = ids.iter().collect();
            proptest::prop_assert_eq!((ids.len(), different.len()), (names.len(), names.len()), "{:?}", ids);
        }
    }
}
