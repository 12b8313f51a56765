//! The inventory that `init` writes: a shipped one, with the machines, instances and application that were asked for.

use clap::ValueEnum;
use std::fmt::Write;

/// The inventory of three existing machines; `explain` uses it as an example.
pub const LAB: &str = include_str!("../../inventory/lab.yaml");
/// The inventory of a sandbox, with the demo application.
pub const SANDBOX: &str = include_str!("../../inventory/sandbox.yaml");

/// The class around it.
pub const CLASS: &str = "\
# A class: the lab of lab.yaml once for each student of roster.csv. `labctl up class.yaml` brings every lab as far as `start`
# says; `labctl status class.yaml` shows how far each student is, and `labctl doctor class.yaml` what keeps them.
class: kelas
inventory: lab.yaml
roster: roster.csv
start: update   # the last step that labctl does for them; without it, the machines are bare
";
/// Its roster, where labctl makes the machines.
pub const ROSTER: &str = "id,name\ns01,Budi Santoso\ns02,Ani Wijaya\n";
/// Its roster, where every student has machines already: what stands here takes the place of the inventory's addresses.
pub const ROSTER_WITH_ADDRESSES: &str = "\
id,name,web,app1,app2
s01,Budi Santoso,192.168.56.10,192.168.56.11,192.168.56.12
s02,Ani Wijaya,192.168.56.20,192.168.56.21,192.168.56.22
";

/// An inventory as every student of a class has it: the lab's name comes from the class, and each has domains of their own.
pub fn for_a_class(text: &str) -> String {
    // One student of the example is nobody in a class.
    let text = text.replace(".budi.", ".");
    let mut made = String::from("# The lab of one student; `student.id` is theirs. The class is in class.yaml.\n");
    for line in text.lines() {
        let (before, rest) = line.split_once("domain: ").unwrap_or((line, ""));
        let (domain, after) = rest.split_once(',').unwrap_or((rest, ""));
        match domain.split_once('.') {
            Some((first, parent)) => {
                let _ = writeln!(made, "{before}domain: \"{first}.{{{{ student.id }}}}.{parent}\",{after}");
            }
            None => {
                let _ = writeln!(made, "{line}");
            }
        }
    }
    made
}

/// A shipped inventory of existing machines, with machines that Multipass makes instead: nobody writes their addresses, and
/// their user is Multipass's own.
pub fn on_multipass(text: &str) -> String {
    let mut made = String::from(
        "# Three machines that labctl has Multipass make on this computer: https://canonical.com/multipass/install\n",
    );
    for line in text.lines().filter(|line| !line.starts_with(['#']) && !line.starts_with("ssh:")) {
        let (before, rest) = line.split_once("address: ").unwrap_or((line, ""));
        let after = rest.split_once(", ").map_or(rest, |(_, after)| after);
        let _ = writeln!(made, "{before}{after}");
        if line.starts_with("lab:") {
            made.push_str("provider: multipass\nsize: { memory: 1G, disk: 8G }  # of each; also: cpus\n");
        }
    }
    made.replace("\n\n\n", "\n\n")
}

/// Where the web server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// On a machine of its own
    Apart,
    /// Beside the application, on the first of its machines
    Beside,
    /// Everything on one machine
    Alone,
}

/// The applications of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CourseApp {
    /// dumbflix-frontend: the application of the exercise
    Dumbflix,
    /// wayshub-frontend: the application of newer batches
    Wayshub,
    /// literature-frontend: another application of the course
    Literature,
}

impl CourseApp {
    /// The inventory of three machines for it.
    pub fn inventory(self) -> String {
        let (name, branch) = match self {
            Self::Dumbflix => return LAB.to_owned(),
            Self::Wayshub => ("wayshub", "main"),
            Self::Literature => ("literature", "main"),
        };
        LAB.replace("version: master", &format!("version: {branch}")).replace("dumbflix", name)
    }
}

/// A shipped inventory with other machines: its hosts, who answers for its sites, and its first line.
pub fn laid_out(text: &str, nginx: Layout, apps: u8) -> String {
    if nginx == Layout::Apart && apps == 2 {
        return text.to_owned();
    }
    let names: Vec<String> = match nginx {
        Layout::Alone => vec!["server".into()],
        _ => (1..=apps).map(|n| format!("app{n}")).collect(),
    };
    let existing = text.contains("address:");
    let mut hosts = String::new();
    let mut last_part = 10;
    let mut host = |name: &str, groups: &str| {
        let address = if existing { format!("address: 192.168.56.{last_part}, ") } else { String::new() };
        let _ = writeln!(hosts, "  {name}: {{ {address}groups: [{groups}] }}");
        last_part += 1;
    };
    if nginx == Layout::Apart {
        host("web", "web");
    }
    for (at, name) in names.iter().enumerate() {
        host(name, if at == 0 && nginx != Layout::Apart { "web, app" } else { "app" });
    }
    let machines = match names.len() + usize::from(nginx == Layout::Apart) {
        1 => "One machine".to_owned(),
        several => format!("{several} machines"),
    };
    // A long list of servers is the group of them.
    let upstream = if names.len() > 4 { "app".to_owned() } else { format!("[{}]", names.join(", ")) };
    let (before, rest) = text.split_once("hosts:\n").unwrap_or((text, ""));
    let after = rest.split_once("\nvars:").map_or("", |(_, after)| after);
    let after = after.replace("upstream: [app1, app2]", &format!("upstream: {upstream}"));
    let after = after.replace("upstream: [app1]", &format!("upstream: [{}]", names[0]));
    format!("{}hosts:\n{hosts}\nvars:{after}", before.replacen("Three machines", &machines, 1))
}

/// The inventory with so many instances of the application on each machine.
pub fn with_instances(text: &str, instances: u8) -> String {
    match instances {
        1 => text.to_owned(),
        n => text.replacen("port: 3000 }", &format!("port: 3000, instances: {n} }}"), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory;
    use crate::config::library::Library;
    use crate::config::payload::{Archive, NoArchives, NoRepository, Repository, Stock};
    use crate::config::playbook;
    use crate::model::problem::Source;
    use crate::planning::plan::Plan;
    use std::path::Path;

    /// Has whatever is asked for.
    struct Full;

    impl Stock for Full {
        fn repository(&self, path: &Path, _: &str) -> Result<Repository, NoRepository> {
            Ok(Repository { git_dir: path.to_owned(), commit: "0123456789abcdef0123456789abcdef01234567".into() })
        }

        fn node_archives(&self, _: &Path, _: &str) -> Result<Vec<Archive>, NoArchives> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn every_layout_is_an_inventory_with_a_plan() {
        let library = Library::shipped();
        let steps = playbook::order(&library).unwrap();
        let playbooks: Vec<_> = steps.iter().map(|step| playbook::read(step, &library).unwrap()).collect();
        let shipped = [
            SANDBOX.to_owned(),
            LAB.to_owned(),
            on_multipass(LAB),
            CourseApp::Wayshub.inventory(),
            CourseApp::Literature.inventory(),
        ];
        for text in &shipped {
            for (nginx, apps, instances, machines) in [
                (Layout::Apart, 1, 1, 2),
                (Layout::Apart, 2, 1, 3),
                (Layout::Apart, 2, 3, 3),
                (Layout::Apart, 30, 1, 31),
                (Layout::Beside, 1, 1, 1),
                (Layout::Beside, 2, 1, 2),
                (Layout::Beside, 5, 1, 5),
                (Layout::Alone, 1, 1, 1),
                (Layout::Alone, 1, 3, 1),
            ] {
                let text = with_instances(&laid_out(text, nginx, apps), instances);
                let mut lab = inventory::parse(&Source::new("t", &text), Path::new("t"), &[])
                    .unwrap_or_else(|problems| panic!("{nginx:?} {apps}: {problems}\n{text}"));
                assert_eq!(lab.hosts.len(), machines, "{nginx:?} {apps}\n{text}");
                for (at, host) in lab.hosts.iter_mut().enumerate() {
                    host.address.get_or_insert_with(|| format!("10.0.0.{}", 10 + at));
                }
                let sites = lab.sites();
                assert_eq!(
                    (sites[0].servers.len(), sites[1].servers.len()),
                    (usize::from(apps) * usize::from(instances), usize::from(instances)),
                    "{nginx:?} {apps}"
                );
                assert_eq!(lab.is_web(lab.host(sites[1].servers[0].host()).unwrap()), nginx != Layout::Apart, "{text}");
                let plan = Plan::new(&lab, |_| true, &playbooks, &library, &Full)
                    .unwrap_or_else(|problems| panic!("{nginx:?} {apps}: {problems}"));
                // What a machine of both kinds does, it does as one; only other machines are waited for.
                let web = &lab.web().unwrap().name;
                let jobs = plan.of(web).count();
                assert_eq!(jobs, if machines == 1 { 1 } else { 2 }, "{nginx:?} {apps}");
            }
        }
    }

    #[test]
    fn multipass_needs_no_address_and_no_user() {
        let text = on_multipass(LAB);
        let lab = inventory::parse(&Source::new("t", &text), Path::new("t"), &[]).unwrap();
        assert_eq!((lab.provider, lab.hosts.len()), (inventory::ProviderKind::Multipass, 3), "{text}");
        assert!(lab.hosts.iter().all(|host| host.address.is_none() && host.login.user.is_none()), "{text}");
        let beside = laid_out(&text, Layout::Beside, 1);
        assert!(
            beside.starts_with("# One machine that") && beside.contains("app1: { groups: [web, app] }"),
            "{beside}"
        );
    }

    #[test]
    fn the_other_application_has_its_own_branch_and_name() {
        let text = CourseApp::Wayshub.inventory();
        for part in ["name: wayshub,", "repo: https://github.com/dumbwaysdev/wayshub-frontend,", "version: main,"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("dumbflix"), "{text}");
    }
}
