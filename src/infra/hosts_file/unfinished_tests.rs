use super::super::{HostsEntry, HostsError, HostsFile, HostsText, write};
use super::*;

const LAB: &str = "one";

fn entries(count: usize) -> Vec<HostsEntry> {
    (0..count).map(|n| HostsEntry { address: "10.0.0.1".parse().unwrap(), name: format!("site{n}.lab") }).collect()
}

/// A file with a block of so many sites between the lines of others.
fn text(sites: usize) -> Vec<u8> {
    let others = |name: &str| (0..40).map(|n| format!("10.1.1.{n} {name}{n}.test\n")).collect::<String>();
    let middle = if sites == 0 { String::new() } else { HostsText::wanted(LAB, &entries(sites)).join("\n") + "\n" };
    format!("{}{middle}{}", others("above"), others("below")).into_bytes()
}

/// Longer, shorter, new, gone, and of the same length.
fn pairs() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs: Vec<_> =
        [(1, 9), (9, 1), (0, 5), (5, 0), (0, 90), (90, 0)].map(|(old, new)| (text(old), text(new))).into();
    let moved = String::from_utf8(text(9)).unwrap().replace("10.0.0.1\t", "10.0.0.2\t");
    pairs.push((text(9), moved.into_bytes()));
    pairs
}

/// What a write leaves that is cut off after so many bytes.
fn cut(old: &[u8], new: &[u8], at: usize) -> Vec<u8> {
    [&new[..at], old.get(at..).unwrap_or_default()].concat()
}

fn kept(old: &[u8], new: &[u8]) -> Unfinished {
    Unfinished { copy: PathBuf::new(), texts: Some((old.to_vec(), new.to_vec())), written_since: false }
}

#[test]
fn every_cut_is_seen() {
    for (old, new) in pairs() {
        let kept = kept(&old, &new);
        for at in 0..=new.len() {
            let now = cut(&old, &new, at);
            let became = kept.became(&now).0;
            let whole = now == old || now == new;
            assert_eq!(became, if whole { Became::Whole } else { Became::Torn }, "{at} of {}", new.len());
        }
    }
}

#[test]
fn sectors_may_have_come_to_the_disk_in_any_order() {
    for (old, new) in pairs() {
        let (kept, mut random) = (kept(&old, &new), fastrand::Rng::with_seed(1));
        for _ in 0..200 {
            let length = if random.bool() { old.len() } else { new.len() };
            let mut now = vec![0; length];
            for (n, sector) in now.chunks_mut(SECTOR).enumerate() {
                let from = if random.bool() { &old } else { &new };
                let from = from.get(n * SECTOR..).unwrap_or_default();
                let length = from.len().min(sector.len());
                sector[..length].copy_from_slice(&from[..length]);
                // What of the new text is not there yet is the old one, where there is one.
                if let Some(rest) = old.get(n * SECTOR + length..) {
                    let more = rest.len().min(sector.len() - length);
                    sector[length..length + more].copy_from_slice(&rest[..more]);
                }
            }
            assert_ne!(kept.became(&now).0, Became::Else);
        }
    }
}

#[test]
fn an_edit_is_not_taken_for_a_cut() {
    for (old, new) in pairs() {
        let kept = kept(&old, &new);
        for whole in [old.clone(), new.clone(), cut(&old, &new, new.len()), cut(&old, &new, new.len() / 2)] {
            let text = String::from_utf8(whole).unwrap();
            for edited in [
                format!("{text}10.2.2.2 vpn\n"),
                format!("10.2.2.2 vpn\n{text}"),
                text.replace("10.1.1.5 above5.test\n", ""),
                text.replace("10.1.1.5 above5.test\n", "10.1.1.6 above5.test\n"),
                text.replace("10.1.1.39 below39.test\n", ""),
                "127.0.0.1 localhost\n".into(),
                String::new(),
            ] {
                // The last of the lines may not have been there; and without it the rest is a cut, too, if the file grew.
                let none = edited == text || new.starts_with(edited.as_bytes()) && edited.len() > old.len();
                assert!(none || kept.became(edited.as_bytes()).0 == Became::Else, "{edited}");
            }
        }
    }
}

#[test]
fn half_a_copy_is_none() {
    for (old, new) in [(&b"a\n"[..], &b"b\nc\n"[..]), (b"", b"x"), (b"x", b"")] {
        let copy = [head(old, new).as_bytes(), old, new].concat();
        assert_eq!(texts(&copy), Some((old.to_vec(), new.to_vec())));
        assert!((0..copy.len()).all(|length| texts(&copy[..length]).is_none()));
        for at in 0..copy.len() {
            let mut other = copy.clone();
            other[at] ^= 1;
            assert_eq!(texts(&other), None);
        }
    }
}

/// A folder with a hosts file, and what a writer left that was cut off.
fn left(now: &[u8], old: &[u8], new: &[u8]) -> (tempfile::TempDir, HostsFile, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("hosts");
    fs::write(&path, now).unwrap();
    let copy = Unfinished::keep(&path, old, new).unwrap().copy;
    assert_eq!(copy, path.with_file_name(".hosts.labctl.old"));
    (folder, HostsFile::at(path), copy)
}

fn alone(file: &HostsFile) {
    assert_eq!(fs::read_dir(file.path().parent().unwrap()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn the_next_run_finishes_a_write_that_was_cut_off() {
    for (old, new) in pairs() {
        for at in [0, 1, new.len() / 3, new.len() / 2, new.len() - 1, new.len()] {
            let now = cut(&old, &new, at);
            let (_folder, file, _) = left(&now, &old, &new);
            let checked = file.check(LAB, &entries(3)).unwrap();
            assert!(!checked.holds && fs::read(file.path()).unwrap() == now, "looking changes nothing");
            assert!(file.write(LAB, &entries(3)).unwrap());
            let whole = if now == old { &old } else { &new };
            let wanted = HostsText::parse(whole).apply(LAB, &entries(3)).unwrap();
            assert!(fs::read(file.path()).unwrap() == wanted, "{at} of {}", new.len());
            alone(&file);
        }
    }
}

#[test]
fn what_is_wanted_already_is_finished_too() {
    let (old, new) = (text(9), text(1));
    let (_folder, file, _) = left(&cut(&old, &new, new.len()), &old, &new);
    assert!(file.write(LAB, &entries(1)).unwrap(), "it was written");
    assert_eq!(fs::read(file.path()).unwrap(), new);
    alone(&file);
}

#[test]
fn a_copy_that_outlived_its_write_goes() {
    let (old, new) = (text(9), text(1));
    for whole in [&old, &new] {
        let (_folder, file, _) = left(whole, &old, &new);
        file.tidy();
        assert_eq!(fs::read(file.path()).unwrap(), *whole);
        alone(&file);
    }
}

#[test]
fn what_somebody_edited_since_stays_and_so_does_the_copy() {
    let (old, new) = (text(9), text(1));
    let now = [&cut(&old, &new, new.len())[..], b"10.2.2.2 vpn\n"].concat();
    let (_folder, file, copy) = left(&now, &old, &new);
    let wanted = format!(
        "{}: labctl was interrupted while it wrote this file, and somebody has edited it since: check that no line is missing or cut \
         off, then delete the copy; {} has its text before and after",
        file.path().display(),
        copy.display()
    );
    file.tidy();
    assert_eq!(file.check(LAB, &entries(1)).unwrap_err().to_string(), wanted);
    assert_eq!(file.write(LAB, &entries(1)).unwrap_err().to_string(), wanted);
    assert_eq!(fs::read(file.path()).unwrap(), now);
    assert!(fs::read(&copy).unwrap().ends_with(&[old, new.clone()].concat()));
    // The person did as they were told.
    fs::write(file.path(), [&new[..], b"10.2.2.2 vpn\n"].concat()).unwrap();
    fs::remove_file(copy).unwrap();
    assert!(!file.write(LAB, &entries(1)).unwrap());
    alone(&file);
}

/// Sets when a file was written, in seconds from now.
fn written(path: &Path, seconds_ago: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds_ago);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

#[test]
fn an_edit_that_looks_like_a_cut_is_told_by_its_time() {
    // All lines are of one length, and the block grew by one.
    let line = |n: usize| format!("10.0.0.1\tsite{}.lab\n", n % 10);
    let others = |from: usize| (from..60).map(line).collect::<String>();
    let block = |sites| HostsText::wanted(LAB, &entries(sites)).join("\n") + "\n";
    let (old, new) = (format!("{}{}", block(1), others(0)), format!("{}{}", block(2), others(0)));
    let (old, new) = (old.into_bytes(), new.into_bytes());
    // At the end of the file, in the middle, and at the end of a sector.
    for at in [new.len() - line(0).len(), new.len() / 2, SECTOR, SECTOR * 2] {
        let lines = String::from_utf8(new.clone()).unwrap();
        let begin = lines[..at].rfind('\n').unwrap() + 1;
        let edited = [&new[..begin], &new[begin + line(0).len()..]].concat();
        assert_eq!(edited, cut(&old, &new, begin), "somebody deleted a line: byte for byte a cut");

        let (_folder, file, copy) = left(&edited, &old, &new);
        written(&copy, 3600);
        let refused = file.write(LAB, &entries(2)).unwrap_err().to_string();
        assert!(refused.contains("somebody has edited it since"), "{refused}");
        assert_eq!(file.check(LAB, &entries(2)).unwrap_err().to_string(), refused);
        assert_eq!(fs::read(file.path()).unwrap(), edited, "their edit stays");

        // The same bytes, written when the copy was: the write was cut off there, however long ago.
        written(&copy, 7200);
        written(file.path(), 7190);
        assert!(file.write(LAB, &entries(2)).unwrap());
        assert_eq!(fs::read(file.path()).unwrap(), new);
        alone(&file);
    }
}

#[test]
fn a_finish_that_is_cut_off_is_finished_too() {
    let (old, new) = (text(9), text(1));
    let (_folder, file, copy) = left(&cut(&old, &new, 300), &old, &new);
    written(&copy, 7200);
    written(file.path(), 7200);
    // What a finish does first, and then as far as it came.
    Unfinished::find(file.path()).unwrap().renew();
    fs::write(file.path(), cut(&old, &new, 700)).unwrap();
    assert!(file.write(LAB, &entries(1)).unwrap());
    assert_eq!(fs::read(file.path()).unwrap(), new);
    alone(&file);
}

#[test]
fn a_copy_that_cannot_be_read_is_not_thrown_away() {
    let (_folder, file, copy) = left(&text(1), &text(9), &text(1));
    fs::write(&copy, "# labctl: 3 bytes").unwrap();
    let error = file.write(LAB, &[]).unwrap_err();
    assert!(matches!(error, HostsError::Unfinished { .. }), "{error}");
    assert_eq!((fs::read(file.path()).unwrap(), copy.exists()), (text(1), true));
}

#[test]
fn a_file_that_changed_meanwhile_is_not_written() {
    for put in [write::replace, write::rewrite] {
        let folder = tempfile::tempdir().unwrap();
        let file = HostsFile::at(folder.path().join("hosts"));
        fs::write(file.path(), "x\n10.2.2.2 vpn\n").unwrap();
        assert!(!put(file.path(), b"x\n", b"x\ny\n").unwrap());
        assert_eq!(fs::read(file.path()).unwrap(), b"x\n10.2.2.2 vpn\n");
        alone(&file);
        assert!(put(file.path(), b"x\n10.2.2.2 vpn\n", b"y\n").unwrap());
        assert_eq!(fs::read(file.path()).unwrap(), b"y\n");
        alone(&file);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn only_what_forbids_to_replace_a_file_lets_it_be_written_in_place() {
    let [busy, other_device, access, permission, read_only] = [16, 18, 13, 1, 30];
    for code in [busy, other_device, access, permission, read_only] {
        assert!(beyond(&io::Error::from_raw_os_error(code)), "{code}");
    }
    let [no_space, quota, input_output, too_large, missing, interrupted] = [28, 122, 5, 27, 2, 4];
    for code in [no_space, quota, input_output, too_large, missing, interrupted] {
        assert!(!beyond(&io::Error::from_raw_os_error(code)), "{code}");
    }
}

#[cfg(unix)]
#[test]
fn the_copy_is_as_closed_as_the_file_and_no_link_leads_it_away() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    let (folder, file, copy) = left(&text(1), &text(9), &text(1));
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&copy, &elsewhere).unwrap();
    symlink(&elsewhere, &copy).unwrap();
    assert_eq!(Unfinished::find(file.path()), None, "a link is not a copy");

    fs::write(&elsewhere, "theirs").unwrap();
    symlink(&elsewhere, copy.with_file_name(".hosts.labctl.new")).unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let chowned = chown(file.path(), Some(1), Some(1)).is_ok();
    Unfinished::keep(file.path(), b"a", b"b").unwrap();
    assert_eq!(fs::read(&elsewhere).unwrap(), b"theirs");
    let copy = fs::symlink_metadata(&copy).unwrap();
    assert!(copy.is_file() && copy.mode() & 0o7777 == 0o640, "{:o}", copy.mode());
    assert!(!chowned || (copy.uid(), copy.gid()) == (1, 1));
}
