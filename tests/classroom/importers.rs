//! How platforms read the files that they are given: their rules, written again from the source of their importers
//! (`lib/csvlib.class.php`, `grade/import/csv` and `assignfeedback_offline` of Moodle, `lib/gradebook_importer.rb` of Canvas), with
//! readers of CSV that have nothing in common with labctl's.

use std::collections::BTreeMap;

/// What an importer took: points and feedback, by what it knows a student by. No points: it takes none for them.
pub type Taken = BTreeMap<String, (Option<f64>, String)>;

/// A cell as PHP's `fgetcsv` hears it: a backslash in quotes takes the next character with it.
pub fn php(text: &str, separator: char) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let (mut quoted, mut begun) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => {
                cell.push(c);
                if let Some(next) = chars.next() {
                    cell.push(next);
                }
            }
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if !begun => (quoted, begun) = (true, true),
            _ if quoted => cell.push(c),
            c if c == separator => {
                row.push(std::mem::take(&mut cell));
                begun = false;
            }
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
                begun = false;
            }
            c => {
                begun = true;
                cell.push(c);
            }
        }
    }
    if quoted {
        return Err("a quote is never closed".into());
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    Ok(rows)
}

/// The rows that Moodle works with: all as wide as the first.
fn moodle_rows(text: &str, separator: char) -> Result<Vec<Vec<String>>, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let rows = php(&text, separator)?;
    let rows: Vec<Vec<String>> = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let width = rows.first().ok_or("the file is empty")?.len();
    match rows.iter().position(|row| row.len() != width) {
        Some(n) => Err(format!("row {n} has {} columns instead of {width}", rows[n].len())),
        None => Ok(rows),
    }
}

fn column(header: &[String], name: &str) -> Result<usize, String> {
    header.iter().position(|cell| cell.trim() == name).ok_or_else(|| format!("no column {name}"))
}

/// A number as `unformat_float` takes it, or none for `-` and nothing. Anything else ends the import of the whole file.
fn moodle_points(text: &str) -> Result<Option<f64>, String> {
    match text {
        "" | "-" => Ok(None),
        _ => text.replace(',', ".").parse().map(Some).map_err(|_| format!("bad grade {text:?}")),
    }
}

/// `Grades` / `Import` / `CSV file`. `users` are those that Moodle knows by this identity; an unknown one ends all.
pub fn moodle(
    text: &str,
    separator: char,
    users: &[&str],
    [identity, points, feedback]: [&str; 3],
) -> Result<Taken, String> {
    let rows = moodle_rows(text, separator)?;
    let (identity, points) = (column(&rows[0], identity)?, column(&rows[0], points)?);
    let feedback = if feedback.is_empty() { None } else { Some(column(&rows[0], feedback)?) };
    let mut taken = Taken::new();
    for row in &rows[1..] {
        let user = row[identity].trim();
        // A row without a user is skipped.
        if user.is_empty() {
            continue;
        }
        if !users.contains(&user) {
            return Err(format!("no user {user:?}: nothing is imported"));
        }
        let said = feedback.map(|n| row[n].clone()).unwrap_or_default();
        if taken.insert(user.to_owned(), (moodle_points(&row[points])?, said)).is_some() {
            return Err(format!("{user} stands there twice"));
        }
    }
    Ok(taken)
}

/// The worksheet of an assignment, by the number of its participants. It knows its columns by these names only.
pub fn worksheet(text: &str, words: [&str; 4], participant: &str) -> Result<Taken, String> {
    let rows = moodle_rows(text, ',')?;
    let [identifier, points, modified, comments] = words;
    let (identifier, points) = (column(&rows[0], identifier)?, column(&rows[0], points)?);
    column(&rows[0], modified)?;
    let comments = column(&rows[0], comments)?;
    let of = |row: &Vec<String>| {
        let number = row[identifier].get(participant.len()..).unwrap_or_default().to_owned();
        Ok((number, (moodle_points(&row[points])?, row[comments].clone())))
    };
    rows[1..].iter().map(of).collect()
}

/// Ruby's `CSV`, which is strict.
fn ruby(text: &str, separator: char) -> Result<Vec<Vec<Option<String>>>, String> {
    let (mut rows, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let mut row = Vec::new();
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let mut cell = String::new();
                let mut inside = quoted;
                loop {
                    let end = inside.find('"').ok_or("Unclosed quoted field")?;
                    cell.push_str(&inside[..end]);
                    inside = &inside[end + 1..];
                    let Some(more) = inside.strip_prefix('"') else { break };
                    cell.push('"');
                    inside = more;
                }
                rest = inside;
                if !(rest.is_empty() || rest.starts_with([separator, '\n', '\r'])) {
                    return Err("Any value after quoted field isn't allowed".into());
                }
                row.push(Some(cell));
            } else {
                let end = rest.find([separator, '\n', '\r']).unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err("Illegal quoting".into());
                }
                row.push(Some(rest[..end].to_owned()).filter(|cell| !cell.is_empty()));
                rest = &rest[end..];
            }
            match rest.strip_prefix(separator) {
                Some(next) => rest = next,
                None => break,
            }
        }
        rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
        rows.push(row);
    }
    Ok(rows)
}

/// `Grades` / `Import`, by what stands in the column `ID`. `EX` is no number, and is left so.
pub fn canvas(text: &str, title: &str) -> Result<BTreeMap<String, Option<String>>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().take(3).collect();
    let widths = |separator: char| {
        let widths = lines.iter().map(|line| ruby(line, separator).map(|rows| rows.first().map_or(0, Vec::len)));
        let widths: Result<Vec<usize>, String> = widths.collect();
        widths.ok().filter(|widths| widths.windows(2).all(|pair| pair[0] == pair[1])).map_or(0, |widths| widths[0])
    };
    let separator = if widths(';') > widths(',') { ';' } else { ',' };
    let rows = ruby(text, separator)?;
    let header: Vec<&str> = rows.first().ok_or("empty")?.iter().map(|cell| cell.as_deref().unwrap_or("")).collect();
    let id = usize::from(header.first() == Some(&"LastName")) + 1;
    if header.len() <= 3 || header.get(id) != Some(&"ID") || !header.iter().any(|cell| cell.contains("Section")) {
        return Err("Invalid header row".into());
    }
    let points = header.iter().position(|cell| *cell == title).ok_or("no such assignment")?;
    let mut taken = BTreeMap::new();
    for row in &rows[1..] {
        let note = |cell: &Option<String>| {
            let text = cell.as_deref().unwrap_or("").trim().to_lowercase();
            text.is_empty() || text == "muted" || text.starts_with("manual posting")
        };
        if row.iter().all(note) || row[0].as_deref().is_some_and(|name| name.contains("Points Possible")) {
            continue;
        }
        let grade = row.get(points).cloned().flatten().map(|grade| {
            // decimal_comma_to_period
            let parts: Vec<&str> = grade.split([',', '.']).collect();
            let number = grade.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
            match parts.split_last() {
                Some((last, rest)) if number && !rest.is_empty() => format!("{}.{last}", rest.concat()),
                _ => grade.clone(),
            }
        });
        taken.insert(row[id].clone().unwrap_or_default(), grade);
    }
    Ok(taken)
}
