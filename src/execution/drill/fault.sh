# shellcheck shell=sh disable=SC2317
# begin MODE USER NAME PORT SECONDS   breaks the application NAME of USER's pm2, which listens on PORT
# end                                 undoes whatever was begun; as often as one likes
#
# Before anything is broken, a timer of this machine is set that says `end` after SECONDS, whatever becomes of whoever
# began. All state is in /run, so a boot undoes everything too. Lines that begin with `drill:` are for labctl.
set -u
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C.UTF-8
state=/run/labctl-drill
unit=labctl-drill

said() { printf 'drill:%s\n' "$*"; }
fail() { said "fail $*"; exit 1; }

pm2_of() {
    home=$(getent passwd "$user" | cut -d: -f6)
    runuser -u "$user" -- env -i HOME="$home" USER="$user" LOGNAME="$user" PATH=/usr/local/bin:/usr/bin:/bin \
        LC_ALL=C.UTF-8 pm2 -s "$@" </dev/null >/dev/null 2>&1 9>&-
}

# Sets daemon: the pid of USER's pm2, if it lives. What the file says is USER's word, so it is no more than a number.
find_daemon() {
    daemon=''
    home=$(getent passwd "$user" | cut -d: -f6)
    [ -f "$home/.pm2/pm2.pid" ] || return 1
    read -r daemon <"$home/.pm2/pm2.pid" || : # no newline at its end
    case $daemon in '' | *[!0-9]*) daemon=''; return 1 ;; esac
    case $(stat -c %U "/proc/$daemon" 2>/dev/null; tr '\0' ' ' 2>/dev/null <"/proc/$daemon/cmdline") in
    "$user
PM2 "*) ;;
    *) daemon=''; return 1 ;;
    esac
}

parent_of() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null; }

# Sets tree: the whole family of the listener, below pm2: npm, its shell, and node. And stranger: a listener that is not
# of pm2's family. Its own family would reach up to whoever logged in and started it.
find_tree() {
    tree='' stranger=''
    for holder in $holders; do
        top=$holder
        while :; do
            up=$(parent_of "$top")
            case $up in '' | 0 | 1 | "$daemon") break ;; esac
            top=$up
        done
        [ -n "$daemon" ] && [ "$up" = "$daemon" ] || stranger=$holder
        tree="$tree $top"
    done
    new=$tree
    while [ -n "$new" ]; do
        born=''
        for each in $new; do
            # shellcheck disable=SC2013 # they are words of one line
            for child in $(cat "/proc/$each/task/"*/children 2>/dev/null); do
                case " $tree " in *" $child "*) ;; *) born="$born $child" ;; esac
            done
        done
        tree="$tree $born" new=$born
    done
}

# until_ok TENTHS COMMAND…
until_ok() {
    tenths=$1
    shift
    while ! "$@"; do
        tenths=$((tenths - 1))
        [ "$tenths" -gt 0 ] || return 1
        sleep 0.1
    done
}
closed() { port_holders "$port"; [ -z "$holders" ] && [ -z "$inodes" ]; }
open() { ! closed; }
# shellcheck disable=SC2046,SC2086 # lists of pids
stopped() { ! grep -h '^State:' $(printf '/proc/%s/status ' $tree) 2>/dev/null | grep -qv '[TtZ] ('; }

firewall() {
    if command -v nft >/dev/null; then echo nft; elif command -v iptables >/dev/null; then echo iptables; fi
}
rules() { # add | delete
    for tool in iptables ip6tables; do
        command -v $tool >/dev/null || continue
        case $1 in
        add) $tool -w -I INPUT ! -i lo -p tcp --dport "$port" -m comment --comment $unit -j DROP ;;
        delete) while $tool -w -D INPUT ! -i lo -p tcp --dport "$port" -m comment --comment $unit -j DROP 2>/dev/null; do :; done ;;
        esac
    done
}
table() {
    printf 'table inet labctl_drill {\nchain input { type filter hook input priority -300; policy accept;\n'
    printf 'iifname != "lo" tcp dport %s counter drop\n}\n}\n' "$port"
}

boot() { read -r id </proc/sys/kernel/random/boot_id; said "boot $id"; }

timer_lives() {
    systemctl -q is-active $unit.timer 2>/dev/null || { [ -r $state/sleeper ] && kill -0 "$(cat $state/sleeper)" 2>/dev/null; }
}
set_timer() {
    if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
        systemctl reset-failed $unit.service $unit.timer 2>/dev/null
        systemd-run --quiet --on-active="$1" --timer-property=AccuracySec=100ms --unit=$unit \
            /bin/sh $state/fault.sh end >/dev/null 2>&1 9>&- && return
    fi
    setsid sh -c "echo \$\$ >$state/sleeper; sleep $1; rm -f $state/sleeper; exec /bin/sh $state/fault.sh end" \
        </dev/null >/dev/null 2>&1 9>&- &
    until_ok 20 test -s $state/sleeper
}
clear_timer() {
    if [ -d /run/systemd/system ]; then systemctl stop $unit.timer 2>/dev/null; fi
    if [ -r $state/sleeper ]; then kill -- "-$(cat $state/sleeper)" 2>/dev/null; fi
}

begin() {
    mode=$1 user=$2 name=$3 port=$4 seconds=$5
    : "${user:=${SUDO_USER:-$(id -un)}}"
    if [ -d $state ]; then
        if timer_lives; then said busy; exit 1; fi
        # In a shell of its own: it has words of its own for what was begun.
        (end) >/dev/null
    fi
    port_holders "$port"
    [ -n "$holders" ] || fail "nothing listens on port $port: there is nothing to break"
    case $mode in
    stop | kill | freeze) find_daemon || fail "pm2 of $user does not run here" ;;
    drop)
        if [ -z "$(firewall)" ]; then
            said "note installs nftables, to drop packets with"
            DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=60 --no-install-recommends install \
                nftables </dev/null >/dev/null 2>&1 9>&- || fail "there is neither nft nor iptables here: apt-get install nftables"
        fi
        ;;
    reboot) [ -d /run/systemd/system ] || fail "this machine does not run systemd, so a boot would not bring pm2 back" ;;
    *) fail "no such mode: $mode" ;;
    esac
    find_tree
    case $mode in
    kill | freeze)
        [ -z "$stranger" ] ||
            fail "port $port is held by process $stranger ($(cat "/proc/$stranger/comm")), which pm2 of $user did not start: labctl breaks only what pm2 keeps"
        ;;
    esac
    mkdir $state || fail "cannot write $state"
    # shellcheck disable=SC2154 # start.sh runs this text
    printf '%s\n' "$text" >$state/fault.sh
    printf '%s\n' "$mode" "$user" "$name" "$port" "$daemon" "$tree" >$state/words
    set_timer "$seconds" || { rm -rf $state; fail "cannot set a timer that would undo the fault"; }
    boot
    said making
    case $mode in
    stop)
        pm2_of stop "$name" || fail "pm2 of $user could not stop $name"
        until_ok 50 closed || fail "port $port is still open after pm2 stop: somebody else listens"
        ;;
    kill)
        # pm2 would start it again within a second: it holds its breath until the end.
        kill -STOP "$daemon"
        # shellcheck disable=SC2086 # a list
        kill -9 $tree
        until_ok 50 closed || fail "port $port is still open after kill -9 of$tree"
        ;;
    freeze)
        # shellcheck disable=SC2086 # a list
        kill -STOP $tree
        until_ok 50 stopped || fail "its processes do not stop:$tree"
        ;;
    drop)
        case $(firewall) in
        nft) table | nft -f - || fail "nft refuses the rule" ;;
        iptables) rules add || fail "iptables refuses the rule" ;;
        esac
        ;;
    reboot) setsid sh -c 'sleep 0.3; systemctl reboot' </dev/null >/dev/null 2>&1 9>&- & ;;
    esac
    said made
}

end() {
    if [ -r $state/words ]; then
        { read -r mode; read -r user; read -r name; read -r port; read -r daemon; read -r tree; } <$state/words
        case $mode in
        stop) closed && awake ;;
        kill)
            kill -CONT "$daemon" 2>/dev/null
            until_ok 150 open || awake
            ;;
        freeze)
            # shellcheck disable=SC2086 # a list
            kill -CONT $tree 2>/dev/null
            ;;
        drop)
            if command -v nft >/dev/null; then nft delete table inet labctl_drill 2>/dev/null; fi
            rules delete
            ;;
        esac
        clear_timer
    fi
    rm -rf $state
    boot
    said ended
}
awake() { pm2_of restart "$name" || systemctl restart "pm2-$user.service"; }

daemon='' tree=''
exec 9>/run/labctl-drill.lock
flock 9
verb=$1
shift
case $verb in
begin) begin "$@" ;;
end) end ;;
esac
