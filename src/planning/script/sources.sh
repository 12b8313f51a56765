# shellcheck shell=sh
# Where packages come from: which of apt's sources failed, and whether they matter; and packages that dpkg could not set up.
# Defines apt_sources (sets apt_passed, apt_stuck), apt_place (sets found), apt_is_ours, apt_unfinished, apt_cure (sets found, apt_note).
# Uses work, newline; VERSION_CODENAME.

# apt_sources WORDS: from what `apt-get update` printed, sets apt_stuck to the sources of the distribution that failed, and
# apt_passed to others, which labctl does not need: a line for each, with its place and apt's reason. Fails where some source
# of the distribution failed, where none was good, or where apt said nothing of sources.
apt_sources() {
    apt_passed='' apt_stuck=''
    # URI, suite and reason. `Err:1 URI SUITE/COMPONENT … ` has its reason in the next line; the rest is said of a `repository`.
    # The URI of a disc has blanks in it.
    printf '%s\n' "$1" | awk '
        function tell(text, why,   uri, suite) {
            if (match(text, /^cdrom:[^]]*\]/)) { uri = substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 2) }
            else { uri = text; sub(/ .*/, "", uri); text = substr(text, length(uri) + 2) }
            suite = text; sub(/ .*/, "", suite); sub(/\/(main|contrib|non-free|non-free-firmware|restricted|universe|multiverse)$/, "", suite)
            sub(/\/$/, "", uri); sub(/^cdrom:\/\//, "cdrom:", uri)
            if (uri != "" && suite != "" && !((uri, suite) in told)) { told[uri, suite] = 1; print uri "\t" suite "\t" why }
        }
        pending != "" { why = $0; sub(/^ +/, "", why); tell(pending, why); pending = "" }
        /^Err:[0-9]+ / { pending = $0; sub(/^Err:[0-9]+ /, "", pending) }
        match($0, /repository .[a-z+-]+:.* (In)?Release. /) {
            text = substr($0, RSTART + 12, RLENGTH - 12); why = substr($0, RSTART + RLENGTH)
            sub(/ (In)?Release. $/, "", text); tell(text, why)
        }
        /^W: GPG error: / { text = $0; sub(/^W: GPG error: /, "", text); why = text; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", why); tell(text, why) }
    ' > "$work/sources"
    [ -s "$work/sources" ] || return 1
    apt_good=$(printf '%s\n' "$1" | grep -E '^(Get|Hit):[0-9]+ ' | grep -F " ${VERSION_CODENAME:-}" | head -n 1)
    while IFS=$tab read -r apt_uri apt_suite apt_why; do
        apt_place "$apt_uri" "$apt_suite"
        apt_line="$found: $apt_uri $apt_suite: ${apt_why:-cannot be fetched}"
        if [ -z "$apt_good" ] || apt_is_ours "$apt_uri" "$apt_suite"; then apt_stuck=$apt_stuck$apt_line$newline
        else apt_passed=$apt_passed$apt_line$newline; fi
    done < "$work/sources"
    [ -z "$apt_stuck" ]
}
# apt_place URI SUITE: sets found to FILE:LINE where the source stands.
apt_place() {
    found=$(grep -rnHF -e "$1" /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | grep -vE '^[^:]*:[0-9]+:[[:space:]]*#|^[^:]*\.(save|bak|distUpgrade)[^:]*:')
    case $found in *"$2"*) found=$(printf '%s\n' "$found" | grep -F -e "$2" | head -n 1) ;; esac
    found=${found%%"$newline"*} apt_number=${found#*:}
    found=${found%%:*}:${apt_number%%:*}
    [ "$found" != : ] || found="apt's sources"
}
# apt_is_ours URI SUITE: whether it is the distribution's own archive or a mirror of that, which everything else needs.
apt_is_ours() {
    case $1 in
    cdrom:* | *://ppa.launchpad*) return 1 ;;
    *debian | *debian-security | *ubuntu | *ubuntu-ports | *//security.debian.org) ;;
    *) return 1 ;;
    esac
    case $2 in
    *-backports | *-proposed*) return 1 ;;
    "${VERSION_CODENAME:-stable}" | "${VERSION_CODENAME:-stable}"[-/]* | stable* | testing* | unstable | sid) ;;
    *) return 1 ;;
    esac
}
# apt_unfinished: prints the packages that dpkg has unpacked and could not set up.
apt_unfinished() {
    dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' 2> /dev/null | sed -n 's/^.[HUF].* //p' | tr '\n' ' '
}
# apt_cure PACKAGES: sets found to the command that sets them up, and apt_note to a remark about it.
apt_cure() {
    found='sudo dpkg --configure -a' apt_note='its last lines name the reason'
    case " $1" in *' grub-pc '*) ;; *) return 0 ;; esac
    apt_note='grub-pc asks for the disk that the machine starts from: on a cloned machine it has another name'
    apt_disk=$(lsblk -nsro NAME,TYPE "$(findmnt -nvo SOURCE -T /boot 2> /dev/null)" 2> /dev/null | awk '$2 == "disk" { print $1; exit }')
    if [ -n "$apt_disk" ]; then
        found="echo grub-pc grub-pc/install_devices multiselect /dev/$apt_disk | sudo debconf-set-selections && sudo dpkg --configure -a"
    else
        found='sudo dpkg-reconfigure grub-pc && sudo dpkg --configure -a'
    fi
}
