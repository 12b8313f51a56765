# shellcheck shell=sh
# The engine on the host: look, act only if needed, look again. It runs under any POSIX sh. What it reports is one line
# that begins with RS (\036) and the token of this run; every other line is what a program printed.
set -u
umask 022
cd /
export LC_ALL=C.UTF-8 PATH
trap '' HUP PIPE
broken='' due=' ' lost='' phase=before patience=${patience:-60} payloads='' work='' guardian='' acting='' surveyed='' aheads=' '
# Every program that is started costs a millisecond, and forty machines may wait for it: what the shell itself can find
# out, it does.
me=root known='' newline='
'
[ -O / ] || me=$(id -un)
{ read -r hardware < /proc/sys/kernel/arch; } 2> /dev/null || hardware=$(uname -m)
login=${SUDO_USER:-$me}
user=${user:-$login}

# A line that cannot be written means that nobody listens any more: the running task ends, no other begins.
say() { printf '\036%s %s\n' "$token" "$*" || lost=yes; }

# For modules --------------------------------------------------------------------------------------------------------
cannot_tell() { exit 9; }
fail() { printf '%s\n' "$*"; exit 1; }
note() { printf '%s\n' "$*" >> "$work/notes"; }
need() { printf '%s\n' "$*" >> "$work/needs"; }
# What only waited has changed nothing.
only_waited() { : > "$work/waited"; }
# fact KEY VALUE: for whoever asks how the machine is; said only then. One line, whatever is in it.
fact() { [ -z "${facts:-}" ] || proof "$(printf %s "$*" | tr '\n' ' ')"; }
# proof KEY VALUE: for everybody, whenever it was looked at. One line already.
proof() { printf '%s\n' "$*" >> "$work/facts"; }
swap_in() { mv -fT -- "$1" "$2"; }
# home USER: prints the folder.
home() { if [ "$1" = "$known" ]; then printf '%s\n' "$home"; else find_home "$1"; printf '%s\n' "$found"; fi; }
# find_home USER: sets found to the folder; to nothing if there is no such user.
find_home() {
    case $1 in
    '' | -* | *[!A-Za-z0-9_.-]*) found=$(getent passwd "$1" | cut -d: -f6) ;;
    *) eval "found=~$1" ;;
    esac
    case $found in /*) ;; *) found='' ;; esac
}

# as USER [NAME=VALUE…] COMMAND…: in a clean environment, so that nothing depends on who logged in, and how.
as() {
    as_user=$1
    shift
    as_path=/usr/local/bin:/usr/bin:/bin
    [ "$as_user" != root ] || as_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    set -- USER="$as_user" LOGNAME="$as_user" PATH="$as_path" LC_ALL=C.UTF-8 "$@"
    # Line by line: `no_proxy=localhost, 10.0.0.1` is one value.
    if [ -s /etc/environment ]; then
        while IFS= read -r as_line || [ -n "$as_line" ]; do
            case ${as_line%%=*} in
            *[!A-Za-z_]*) continue ;;
            *_[Pp][Rr][Oo][Xx][Yy] | NODE_EXTRA_CA_CERTS) ;;
            *) continue ;;
            esac
            while :; do
                case $as_line in *'"'*) as_line=${as_line%%\"*}${as_line#*\"} ;; *) break ;; esac
            done
            set -- "$as_line" "$@"
        done < /etc/environment
    fi
    if [ "$as_user" = "$known" ]; then as_home=$home; else as_home=$(home "$as_user"); fi
    set -- env -i HOME="$as_home" LABCTL_TASK="${LABCTL_TASK:-}" "$@"
    if [ "$me" = "$as_user" ]; then "$@"
    # Whoever only looks needs no session: it would take four times as long, and be written down in the machine's log.
    elif [ -z "$acting" ] && find_group "$as_user" && command -v setpriv > /dev/null; then
        setpriv --reuid="$as_user" --regid="$group" --init-groups -- "$@"
    else runuser -u "$as_user" -- "$@"; fi
}
# find_group USER: sets group to the number of their own group; fails where only a directory service knows them.
find_group() {
    while IFS=: read -r group_user _ _ group _; do
        [ "$group_user" != "$1" ] || return 0
    done < /etc/passwd
    return 1
}

# Whoever owns a folder on the way to a path can put a link there at any moment, and root would follow it. So what lies
# below such a folder is changed by its owner, who can be led only where they may write anyway.
# writer PATH OWNER: sets writer to who changes PATH, which is to belong to OWNER: root where all folders are root's.
writer() {
    writer=root whose=''
    for way in "${1%/*}" "$(readlink -f -- "${1%/*}/")"; do
        while [ -n "$way" ]; do
            # The last of several slashes is no folder of its own.
            [ -z "${way##*/}" ] || case $(stat -L -c '%U %A' -- "$way") in
            root\ ????????w[!tT]) fail "everybody can put something else in place of $1: take the right to write in $way from them (chmod o-w)" ;;
            root\ *) ;;
            "$2 "*) writer=$2 ;;
            *) fail "$1 is to belong to $2, but its folder $way does not: whose it is could lead labctl elsewhere. Choose another place or owner" ;;
            esac
            [ ! -L "$way" ] || whose="$whose $(stat -c %U -- "$way")"
            way=${way%/*}
        done
    done
    # In a folder such as /tmp everybody can put a link.
    for way in $whose; do
        case $way in root | "$writer") ;; *) fail "the way to $1 is a link that $way has put there: take it away" ;; esac
    done
}
# steady PATH OWNER: as writer, for a PATH that is opened as it is: in a folder such as /tmp it may be a trap.
steady() {
    writer "$1" "$2"
    [ -e "$1" ] || [ -L "$1" ] || return 0
    case $writer,$(stat -L -c %A -- "${1%/*}/") in root,????????w?) ;; *) return 0 ;; esac
    case $(stat -c '%U %h %F' -- "$1") in
    *\ *\ 'symbolic link') ;;
    root\ 1\ * | root\ *\ directory) return ;;
    "$2 1 "* | "$2 "*\ directory) writer=$2; return ;;
    esac
    fail "$1 is not $2's own, in a folder where everybody can put something: take it away"
}
# parents PATH OWNER: the folder of PATH is there; what is missing of it belongs to OWNER.
parents() {
    case $1 in */*) parent=${1%/*} ;; *) parent=. ;; esac
    [ ! -d "${parent:-/}" ] || return 0
    there=$parent
    while [ ! -d "${there:-/}" ]; do case $there in */*) there=${there%/*} ;; *) there=. ;; esac; done
    writer "$there/x" "$2"
    if [ "$2" = root ]; then mkdir -p -- "$parent"; else as "$2" mkdir -p -- "$parent"; fi
}
# put PATH MODE OWNER: what comes on standard input is the file, in one move; nobody reads it before MODE lets them. Without
# MODE, mode, owner and group stay.
put() {
    parents "$1" "$3"
    writer "$1" "$3"
    as "$writer" sh -c '
        set -e
        new=$(mktemp "$1.labctl.XXXXXX")
        trap '\''rm -f -- "$new"'\'' EXIT
        trap "exit 143" TERM
        [ -n "$2" ] || cp -p -- "$1" "$new"
        cat > "$new"
        [ -z "$2" ] || [ "$4" != root ] || chown -- "$3:" "$new"
        [ -z "$2" ] || chmod -- "$2" "$new"
        mv -fT -- "$new" "$1"' sh "$1" "$2" "$3" "$writer"
}
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
# contents PATH OWNER: prints what is in the file.
contents() { steady "$1" "$2"; as "$writer" cat -- "$1"; }
# new_file PATH OWNER: the file is there; if it was not, it is empty and belongs to OWNER. Sets writer.
new_file() {
    # Once more: what was put there is the owner's.
    if [ -e "$1" ]; then steady "$1" "$2"; else put "$1" 644 "$2" < /dev/null; steady "$1" "$2"; fi
}
# give USER FOLDER [-R]: the folder (with -R: and all that is in it) belongs to USER from now on. Links in it are given, not followed.
give() (
    steady "$2" "$1"
    allowed=$writer
    # A folder that was entered stays this one, whatever a link makes of its name meanwhile.
    cd -- "$2" || exit
    writer "$(pwd -P)" "$1"
    [ "$writer" = "$allowed" ] || fail "$2 leads to $(pwd -P), which is not $1's: put it right by hand"
    chown -h ${3:+"$3"} "$1:" .
)

# apt_get ARGUMENTS…: never asks, keeps edited configuration files, waits for whoever holds apt's locks
# (DPkg::Lock::Timeout covers only two of the four), and first finishes what an earlier run left half done.
apt_get() {
    apt_until=$(($(date +%s) + 300))
    apt_repaired='' apt_pause=2
    while :; do
        apt_before=$(wc -c < "$work/out")
        apt_code=0
        apt_call "$@" || apt_code=$?
        [ "$apt_code" -ne 0 ] || return 0
        case $(tail -c "+$((apt_before + 1))" "$work/out") in
        *"Could not get lock"* | *"Unable to lock"*)
            [ "$(date +%s)" -lt "$apt_until" ] || fail "another program has held apt's lock for 5 minutes"
            echo "waiting for apt's lock"
            sleep 5
            ;;
        *"dpkg was interrupted"* | *"--fix-broken install"*)
            [ -z "$apt_repaired" ] || return "$apt_code"
            apt_repaired=yes
            note "an earlier installation was interrupted; finished it first"
            DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a || apt_call --fix-broken install
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
        *) return "$apt_code" ;;
        esac
    done
}
# pause SECONDS: varied by half, lest all machines of a class return at once.
pause() {
    pause_byte=$(od -An -N1 -tu1 /dev/urandom)
    pause_ms=$(($1 * (500 + pause_byte * 1000 / 255)))
    sleep "$((pause_ms / 1000)).$((pause_ms / 100 % 10))"
}
apt_call() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -y -q \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# apt_lists HOURS: apt's lists are not older than that. The stamp is ours: apt leaves none that tells a good update.
apt_lists() {
    apt_stamp=${state%/*}/apt-lists
    if [ "$1" -gt 0 ] && [ -n "$(find "$apt_stamp" -mmin "-$(($1 * 60))" 2> /dev/null)" ] &&
        [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$apt_stamp" 2> /dev/null)" ]; then
        return
    fi
    # A machine that was just made may still be setting itself up.
    ! command -v cloud-init > /dev/null || timeout 600 cloud-init status --wait || :
    # Without this, apt calls an update good of which nothing could be fetched.
    apt_get -o APT::Update::Error-Mode=any update || return
    : > "$apt_stamp"
}

# Look, act, look again ------------------------------------------------------------------------------------------------
# task ID DEADLINE SILENCE HANDLER MODULE WORD…
task() {
    id=$1 deadline=$2 silence=$3 handler=$4 module=$5
    shift 5
    if [ "$phase" = survey ]; then
        ! command -v "ask_$module" > /dev/null || "ask_$module" "$@"
        return
    fi
    if [ -n "$broken$lost" ] || [ -e "$stop" ] || [ -e "$last" ]; then
        say "skipped $id"
        return
    fi
    say "start $id"
    phase=before
    : > "$work/out"
    look "$@"
    tell "$id"
    if [ "$code" -eq 0 ]; then
        say "ok $id"
        return
    fi
    if [ "$mode" = check ]; then
        if [ "$code" -eq 9 ]; then
            tell_output "$id"
            say "unknown $id"
            return
        fi
        tell_diff "$@"
        [ "$handler" = - ] || due="$due$handler "
        say "changed $id"
        return
    fi
    [ "$code" -eq 9 ] || tell_diff "$@"
    if [ "$handler" != - ]; then
        due="$due$handler "
        mkdir -p "$state/pending" && : > "$state/pending/$handler"
    fi
    : > "$work/out"
    rm -f "$work/why" "$work/ending" "$work/waited"
    # Whatever was known may be otherwise from now on.
    surveyed=''
    (
        acting=yes
        trap - PIPE
        # So that what a module cleans up at its end is cleaned up when it is ended, too.
        trap 'exit 143' TERM
        export LABCTL_TASK="$token.$id."
        set -e
        "apply_$module" "$@"
    ) > "$work/out" 2>&1 9>&- &
    running=$!
    watch "$id" "$running" "$deadline" "$silence" 9>&- &
    watcher=$!
    wait "$running"
    code=$?
    # Whoever ends a task is not done when its first process is gone: others may need more than a word.
    [ -e "$work/ending" ] || kill "$watcher" 2> /dev/null
    wait "$watcher" 2> /dev/null
    tell "$id"
    if [ -s "$work/why" ]; then reason=$(cat "$work/why")
    elif [ "$code" -ne 0 ]; then reason="exit $code"
    else
        phase=after reason=
        look "$@"
        [ "$code" -eq 0 ] || reason=unverified
        : > "$work/needs"
        tell "$id"
    fi
    tell_output "$id"
    if [ -n "$reason" ]; then
        broken=$id
        say "failed $id $reason"
    elif [ -e "$work/waited" ]; then
        say "ok $id"
    else
        say "changed $id"
    fi
}

look() {
    if [ -n "$surveyed" ] && command -v "known_$module" > /dev/null && "known_$module" "$@"; then
        code=0
        return
    fi
    [ -n "$guardian" ] || {
        guard > /dev/null 2>&1 9>&- &
        guardian=$!
    }
    echo "$phase $id" > "$work/looking"
    case $aheads in *" $id="*)
        process=${aheads##*" $id="}
        aheads="${aheads%%" $id="*} ${process#* }"
        wait "${process%% *}"
        ;;
    esac
    (
        export LABCTL_TASK="$token.$id."
        "check_$module" "$@"
    ) >> "$work/out" 2>&1 9>&-
    code=$?
    : > "$work/looking"
}
# survey: asks at once what many checks ask alike; the tasks say what, by `ask_MODULE`. A task that `known_MODULE` then knows to
# be as it should starts no program of its own. What is known is forgotten as soon as a task changes something.
survey() {
    phase=survey files='' wanted=$newline packages='' stats=$newline sums=$newline installed=$newline
    tasks
    phase=before id=''
    survey_files
    # shellcheck disable=SC2086 # words
    [ -z "$packages" ] ||
        installed=$newline$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' -- $packages 2> /dev/null)$newline
    surveyed=yes
}
survey_files() {
    [ -n "$files" ] || return 0
    # One word for each line.
    set -f
    IFS=$newline
    # shellcheck disable=SC2086
    set -- $files
    found=$(stat -c '%s %a %U %n' -- "$@" 2> /dev/null)
    set --
    for line in $found; do
        size=${line%% *} line=${line#* }
        # A file that somebody has made huge has a look of its own, which may take its time.
        case $wanted in *"$newline$line$newline"*) stats=$stats$line$newline ;; *) continue ;; esac
        line=${line#* } line=${line#* }
        [ "$size" -gt 1048576 ] || [ ! -f "$line" ] || set -- "$@" "$line"
    done
    set +f
    unset IFS
    [ "$#" -eq 0 ] || sums=$newline$(sha256sum -- "$@" 2> /dev/null)$newline
}
# ask PATH MODE OWNER: the survey looks at this path.
ask() {
    case $1 in *"$newline"*) return ;; esac
    files=$files$1$newline wanted=$wanted$2\ $3\ $1$newline
}
# ask_packages NAME…: the survey asks for these packages.
ask_packages() { packages="$packages $*"; }
# ahead COMMAND…: begun by the survey on behalf of a task; its check comes when the command has ended.
ahead() {
    (
        export LABCTL_TASK="$token.$id."
        "$@"
    ) > /dev/null 2>&1 9>&- &
    aheads="$aheads$id=$! "
}
# The survey found this mode and owner; this content.
known_stat() { case $stats in *"$newline$2 $3 $1$newline"*) ;; *) return 1 ;; esac; }
known_sum() { case $sums in *"$newline$2  $1$newline"*) ;; *) return 1 ;; esac; }
# The survey found this package installed. By name: one that is there for two architectures has two lines, and which one is
# asked for by `NAME:ARCHITECTURE` has to be seen by a look of its own.
known_package() {
    case $1 in *:*) return 1 ;; esac
    case $installed in *"$newline"?i?" $1 "*) ;; *) return 1 ;; esac
}
# guard: ends a check that takes longer than a minute. There is one guard for all checks of a script.
guard() {
    seconds=0 before=''
    while sleep 1 && kill -0 "$$"; do
        read -r now < "$work/looking" || now=''
        if [ -n "$now" ] && [ "$now" = "$before" ]; then seconds=$((seconds + 1)); else seconds=0; fi
        before=$now
        if [ "$seconds" -ge "$patience" ]; then
            echo "a check took longer than $patience s, and was ended" >> "$work/notes"
            id=${now#* } running=nobody
            : > "$work/guarding"
            end_task
            rm -f "$work/guarding"
        fi
    done
}

tell() {
    for kind in note need; do
        [ -s "$work/${kind}s" ] || continue
        while IFS= read -r line; do say "$kind $1 $line"; done < "$work/${kind}s"
        : > "$work/${kind}s"
    done
    [ -s "$work/facts" ] || return 0
    while IFS= read -r line; do say "fact $line"; done < "$work/facts"
    : > "$work/facts"
}
# The end of the output is what explains a failure; more than this much of it helps nobody.
tell_output() {
    [ -s "$work/out" ] || return 0
    say "out $1"
    tail -c 65536 "$work/out" | printed
    echo
}
tell_diff() {
    command -v "diff_$module" > /dev/null || return 0
    say "diff $id"
    ("diff_$module" "$@") 2>&1 | head -c 262144 | printed
    echo
}
# What programs print can never be a line of ours: not even a program that has found the token speaks for the engine.
printed() { tr -d '\036'; }

# watch ID PID DEADLINE SILENCE: shows the last line now and then, and ends a task that takes or is silent too long.
watch() {
    waited=0 quiet=0 size=0
    while sleep 1 > /dev/null 2>&1; do
        waited=$((waited + 1)) quiet=$((quiet + 1))
        now=$(wc -c < "$work/out")
        if [ "$now" -ne "$size" ]; then
            size=$now quiet=0
            say "live $1 $(tail -n 1 "$work/out" | tail -c 200)"
        fi
        if [ -e "$stop" ]; then echo "stopped by the user" > "$work/why"
        elif ! kill -0 "$$" 2> /dev/null; then echo "the engine was killed" > "$work/why"
        elif [ "$waited" -ge "$3" ]; then echo "took longer than $3 s" > "$work/why"
        elif [ "$quiet" -ge "$4" ]; then echo "said nothing for $4 s" > "$work/why"
        else continue; fi
        id=$1 running=$2
        : > "$work/ending"
        end_task
        return
    done
}
# Every process of the task carries its mark in the environment, also those that left its session. One that is just
# being started has it not yet: only when three looks in a row find nobody, nobody is left.
end_task() {
    signal=TERM tries=100 quiet=0
    while [ "$tries" -gt 0 ] && [ "$quiet" -lt 3 ]; do
        victims=$(task_processes)
        ! kill -0 "$running" 2> /dev/null || victims="$victims $running"
        quiet=$((quiet + 1)) tries=$((tries - 1))
        [ "$tries" -gt 50 ] || signal=KILL
        if [ -n "$victims" ]; then
            quiet=0
            # shellcheck disable=SC2086  # process numbers
            kill -s "$signal" $victims 2> /dev/null
        fi
        sleep 0.1
    done
}
task_processes() {
    grep -l -a -F -e "LABCTL_TASK=$token.${id:+$id.}" /proc/[0-9]*/environ 2> /dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
}

# One run at a time ----------------------------------------------------------------------------------------------------
begin() {
    . /etc/os-release
    say "begin ${ID:-unknown} ${VERSION_ID:-} $hardware"
    # At once: whoever hears it compares it with the clock there.
    [ -z "${facts:-}" ] || say "fact clock $(date +%s.%N)"
    find_home "$user"
    home=$found known=$user payloads=$state/payloads/$token
    # Whoever wants this run to end puts this file there: signals do not reach a script behind sudo.
    stop=$run/stop.$token
    # And this one there, who wants no other task to begin.
    last=$run/last.$token
    [ -n "$home" ] || { say "stop there is no user $user on this machine"; end; }
    # A lock that somebody else can open, somebody else can hold.
    { [ -d "$run" ] || mkdir -p "$run"; } 2> /dev/null && chmod 700 "$run" && { true >> "$run/lock"; } 2> /dev/null || unwritable
    # Says to others that what has this token in its name is still needed.
    echo "$$" > "$run/engine.$token"
    exec 9>> "$run/lock"
    if ! flock -n 9; then
        held
        until flock -w 2 9; do
            [ ! -e "$stop" ] && [ ! -e "$last" ] || { say "stop stopped while waiting for another run"; end; }
            # Nobody listens any more if this cannot be written.
            held
            [ -z "$lost" ] || end
        done
    fi
    forget_the_dead
    mkdir -m 700 "$run/work.$$" 2> /dev/null || unwritable
    work=$run/work.$$
    printf '%s\n' "$token" > "$work/token"
    printf '%s since %s, process %s\n' "$owner" "$(date '+%H:%M:%S')" "$$" > "$run/holder"
    : > "$work/looking"
    [ "$mode" = check ] || {
        # What is sent to this machine may be for nobody but root.
        [ -d "$state/payloads" ] || (mkdir -p "${state%/*}" && umask 077 && mkdir -p "$state/payloads")
        chmod 700 "$state"
    }
    [ -z "${facts:-}" ] || facts
}
held() { say "held $(cat "$run/holder" 2> /dev/null)"; }
unwritable() {
    say "stop cannot write to $run: labctl needs root on the machine (sudo without a password, or ssh.sudo_password)"
    end
}
# An engine that was killed, for want of memory or by hand, could not tidy up: what its task began must not work beside
# this run. Called with the lock: who still has a folder is dead.
forget_the_dead() {
    for old in "$run"/work.*; do
        [ -d "$old" ] || continue
        (read -r token < "$old/token" && id='' running=nobody && end_task) 2> /dev/null
        rm -rf "$old"
    done
    # A run that was cut off could not take away what it had sent, nor what asked it to stop. Where no engine has begun
    # yet, one may be about to.
    for old in "$run"/stop.* "$run"/last.* "$state"/payloads/* "$run"/engine.*; do
        [ -e "$old" ] || continue
        whose=${old##*/} whose=${whose#*.}
        if [ "$whose" = "$token" ]; then continue
        elif { read -r process < "$run/engine.$whose"; } 2> /dev/null; then ! kill -0 "$process" 2> /dev/null || continue
        # Older than the lock is older than this boot: marks are gone with the power, and so is whoever set them.
        elif [ ! "$old" -ot "$run/lock" ]; then [ -z "$(find "$old" -mmin -10 -print -quit)" ] || continue
        fi
        rm -rf "$old"
    done
}
end() {
    # Who ends a check is not done when its first process is gone.
    while [ -n "$guardian" ] && [ -e "$work/guarding" ] && kill -0 "$guardian" 2> /dev/null; do sleep 0.1; done
    [ -z "$guardian" ] || kill "$guardian" 2> /dev/null
    # What was begun for a task that was then skipped.
    for process in $aheads; do
        id=${process%%=*} running=${process#*=}
        end_task
    done
    # What was sent for these tasks has been used.
    set -- "$work" "$stop" "$last" "$run/engine.$token" "$payloads"
    [ "$mode" != check ] || set -- "$work" "$stop" "$last" "$run/engine.$token"
    rm -rf -- "$@"
    say end
    exit 0
}
