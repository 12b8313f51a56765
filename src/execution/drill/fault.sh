# shellcheck shell=sh disable=SC2154,SC2317,SC2034
# begin MODE USER NAME PORT SECONDS   breaks the application NAME of USER's pm2, which listens on PORT
# end                                 undoes whatever was begun; as often as one likes
#
# Before anything is broken, a timer of this machine is set that says `end` after SECONDS, whatever becomes of whoever
# began. All state is in /run, so a boot undoes everything too.
#
# Uses prelude.sh, files.sh, port.sh, process.sh, pm2_daemon.sh, pm2_ask.sh, and for `drop` packages.sh; text (all of these and
# this file, for the timer) and token (empty when the timer runs it: then nobody listens).
umask 077
token=${token-} acting=yes
state=/run/labctl-drill
unit=labctl-drill

fault() { say "fault $*"; }
fail() { fault "refused $*"; exit 1; }
note() { fault "remark $*"; }

quiet_pm2() { pm2_ask "$@" </dev/null >/dev/null 2>&1 9>&-; }

# Sets daemon: the pid of USER's pm2, if it lives. The pid file is USER's word, so the process must be theirs, too.
find_daemon() {
    find_home "$user"
    pm2_daemon "$found/.pm2" && [ "$(stat -c %U "/proc/$daemon" 2>/dev/null)" = "$user" ] || { daemon=''; return 1; }
}

# Sets tree: the whole family of the listener, below pm2: npm, its shell, and node. And stranger: a listener that is not
# of pm2's family. Its own family would reach up to whoever logged in and started it.
find_tree() {
    tree='' stranger=''
    for holder in $holders; do
        process_line "$holder" "$daemon" && [ "$holder" != "$daemon" ] || stranger=$holder
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
# Whoever began this waits two minutes.
install_nftables() {
    work=/run/labctl-drill.$$
    mkdir -m 700 "$work" || return 1
    (lock_patience=30; apt_get --no-install-recommends install nftables) >"$work/out" 2>&1 9>&-
    set -- $?
    rm -rf "$work"
    return "$1"
}
table() {
    printf 'table inet labctl_drill {\nchain input { type filter hook input priority -300; policy accept;\n'
    printf 'iifname != "lo" tcp dport %s counter drop\n}\n}\n' "$port"
}

boot() { read -r id </proc/sys/kernel/random/boot_id; fault "boot $id"; }

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
        if timer_lives; then fault busy; exit 1; fi
        # In a shell of its own: it has words of its own for what was begun.
        (end) >/dev/null
    fi
    port_holders "$port"
    [ -n "$holders" ] || fail "nothing listens on port $port: there is nothing to break"
    case $mode in
    stop | kill | freeze) find_daemon || fail "pm2 of $user does not run here" ;;
    drop)
        if [ -z "$(firewall)" ]; then
            note "installs nftables, to drop packets with"
            install_nftables || fail "there is neither nft nor iptables here: apt-get install nftables"
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
    fault making
    # Nobody listens any more: the timer takes away what was set.
    [ -z "$lost" ] || exit 1
    case $mode in
    stop)
        quiet_pm2 stop "$name" || fail "pm2 of $user could not stop $name"
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
    fault made
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
    fault undone
}
awake() { quiet_pm2 restart "$name" || systemctl restart "pm2-$user.service"; }

daemon='' tree=''
exec 9>/run/labctl-drill.lock
flock 9
verb=$1
shift
case $verb in
begin) begin "$@" ;;
end) end ;;
esac
