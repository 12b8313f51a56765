# shellcheck shell=sh
# Packages: asking dpkg, and apt with patience.
# Defines package_version (sets found), version_in (sets found), apt_get, apt_mend, apt_lost (sets found), apt_restore, apt_holder, pause, apt_call, apt_failed, apt_lists.
# Uses sources.sh; work, state, lock_patience.

# package_version NAME: sets found to the version of an installed package.
package_version() {
    if [ -n "$surveyed" ] && known_package "$1"; then
        found=${installed##*"$newline"?i?" $1 "} found=${found%%"$newline"*}
    else
        found=$(dpkg-query -Wf '${Version}' -- "$1" 2> /dev/null)
    fi
}
# version_in FILE: sets found to the version that a package.json tells, without starting anything.
version_in() {
    found=''
    [ -r "$1" ] || return 1
    while IFS= read -r line; do
        case $line in '  "version": "'*) found=${line#*: \"} found=${found%%\"*}; return 0 ;; esac
    done < "$1"
    return 1
}
# apt_get ARGUMENTS…: never asks, keeps edited configuration files, waits for whoever holds apt's locks
# (DPkg::Lock::Timeout covers only two of the four), and first finishes what an earlier run left half done.
apt_get() {
    apt_until=$(($(date +%s) + lock_patience))
    apt_repaired='' apt_pause=2
    case " $* " in *" update "*) ;; *) apt_mend ;; esac
    while :; do
        apt_before=$(wc -c < "$work/out")
        apt_code=0
        apt_call "$@" || apt_code=$?
        [ "$apt_code" -ne 0 ] || return 0
        apt_said=$(tail -c "+$((apt_before + 1))" "$work/out")
        # A source that nobody needs is not asked again.
        case " $* " in *" update "*) ! apt_sources "$apt_said" || return 0 ;; esac
        case $apt_said in
        *"Could not get lock"* | *"Unable to lock"*)
            apt_holder
            [ "$(date +%s)" -lt "$apt_until" ] || fail "$apt_held has held apt's lock for $lock_patience s"
            echo "waiting for apt's lock: $apt_held holds it"
            sleep 5
            ;;
        *"dpkg was interrupted"* | *"--fix-broken install"*)
            [ -z "$apt_repaired" ] || apt_failed "$apt_code"
            apt_repaired=yes
            note "an earlier installation was interrupted; finished it first"
            DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a || apt_call --fix-broken install || :
            ;;
        *"Failed to fetch"* | *"Unable to fetch"*)
            # What apt itself has tried again in vain: the mirror is busy or was changed, or the network is gone for a moment.
            [ "$apt_pause" -le 4 ] || return "$apt_code"
            echo "not everything could be fetched: once more in about $apt_pause s"
            pause "$apt_pause"
            apt_pause=$((apt_pause * 2))
            # The mirror has dropped what the lists here still name.
            case " $* " in *" update "*) ;; *) apt_call update || : ;; esac
            ;;
        *)
            case " $* " in *" update "*) return "$apt_code" ;; *) apt_failed "$apt_code" ;; esac
            ;;
        esac
    done
}
# apt_failed CODE: ends the task; where packages are left that dpkg could not set up, with their names and the cure.
apt_failed() {
    apt_left=$(apt_unfinished)
    [ -n "$apt_left" ] || return "$1"
    apt_cure "$apt_left"
    fail "dpkg could not set up ${apt_left% }. On the machine: $found ($apt_note)"
}
# apt_mend: puts in place anew what dpkg was stopped in the middle of (a full disk, say). dpkg goes on with no such package,
# and apt takes some of them for installed.
apt_mend() {
    apt_torn=$(dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' 2> /dev/null | sed -n 's/^..R //p')
    [ -n "$apt_torn" ] || return 0
    # shellcheck disable=SC2086 # names
    note "$(printf 'half installed, so installed again first:'; printf ' %s' $apt_torn)"
    # shellcheck disable=SC2086 # names
    apt_auto=$(apt-mark showauto $apt_torn)
    # What dpkg has yet to write down; of the packages themselves it says that it cannot.
    dpkg --configure -a > /dev/null 2>&1 || :
    # shellcheck disable=SC2086 # names
    apt_call install --reinstall $apt_torn || return 0
    # shellcheck disable=SC2086 # names
    [ -z "$apt_auto" ] || apt-mark auto $apt_auto
}
# apt_lost PACKAGE…: sets found to those that dpkg counts as installed, and whose programs are not there (deleted, a link that leads to
# nothing), empty, or not to be run; apt_programs names them, `PACKAGE PROGRAM`. apt takes such a package for the newest version.
apt_lost() {
    found='' apt_files='' apt_programs=''
    for apt_package; do
        apt_list=/var/lib/dpkg/info/${apt_package%:*}.list
        [ ! -f "$apt_list" ] || apt_files="$apt_files $apt_list"
    done
    [ -n "$apt_files" ] || return 0
    # shellcheck disable=SC2086 # names of packages have no blanks
    apt_all=$(grep -HE '^(/usr)?/s?bin/[^/]+$' $apt_files /dev/null 2> /dev/null) || return 0
    while IFS=: read -r apt_list apt_program; do
        if [ -x "$apt_program" ] && [ -s "$apt_program" ]; then continue; fi
        # Somebody may have had dpkg put it elsewhere.
        if grep -qsxF -e "$apt_program" /var/lib/dpkg/diversions; then continue; fi
        apt_package=${apt_list##*/} apt_package=${apt_package%.list}
        apt_programs="$apt_programs$apt_package $apt_program$newline"
        case " $found " in *" $apt_package "*) ;; *) found=${found:+"$found "}$apt_package ;; esac
    done << END_OF_PROGRAMS
$apt_all
END_OF_PROGRAMS
}
# apt_restore PACKAGE…: installs again those whose programs are lost.
apt_restore() {
    apt_lost "$@"
    [ -n "$found" ] || return 0
    note "installed, but without a program that works, so installed again: $found"
    # shellcheck disable=SC2086 # names
    apt_get install --reinstall $found
}
# apt_holder: sets apt_held to who holds the lock: "process 7 (apt-get)". Old versions of apt do not tell.
apt_holder() {
    case $apt_said in
    *"held by process "*) apt_held=${apt_said##*held by } apt_held=${apt_held%%)*}')' ;;
    *) apt_held='another program' ;;
    esac
}
# pause SECONDS: varied by half, lest all machines of a class return at once.
pause() {
    pause_byte=$(od -An -N1 -tu1 /dev/urandom)
    pause_ms=$(($1 * (500 + pause_byte * 1000 / 255)))
    sleep "$((pause_ms / 1000)).$((pause_ms / 100 % 10))"
}
apt_call() (
    [ -z "${proxy:-}" ] || export http_proxy="$proxy" https_proxy="$proxy" no_proxy="$proxy_except"
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -y -q \
        -o "DPkg::Lock::Timeout=$lock_patience" -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
)
# apt_lists HOURS: apt's lists are not older than that. The stamp is ours: apt leaves none that tells a good update. Sources that
# failed are written down, and told whenever the lists are looked at.
apt_lists() {
    apt_stamp=${state%/*}/apt-lists
    if [ "$1" -gt 0 ] && [ -n "$(find "$apt_stamp" -mmin "-$(($1 * 60))" 2> /dev/null)" ] &&
        [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$apt_stamp" 2> /dev/null)" ]; then
        return
    fi
    # A machine that was just made may still be setting itself up.
    ! command -v cloud-init > /dev/null || timeout 600 cloud-init status --wait || :
    apt_passed='' apt_stuck=''
    # Without the first, apt calls an update good of which nothing could be fetched. By itself it asks four times, and a server that
    # takes each connection and is silent costs a minute each time; where it matters, we ask again.
    apt_get -o APT::Update::Error-Mode=any -o Acquire::Retries=1 update || {
        printf '%s' "$apt_stuck" > "${state%/*}/apt-failed"
        return 1
    }
    rm -f "${state%/*}/apt-failed"
    printf '%s' "$apt_passed" > "${state%/*}/apt-passed-over"
    : > "$apt_stamp"
}
