# shellcheck shell=sh disable=SC2154,SC2016,SC2034
# diagnostics WEB APP NAME DIR PORT MARKER ADDRESS FOLDER USER (DOMAIN SOCKETS)…
#
# What `labctl doctor` asks a machine beside the checks of the steps: what is there, whoever made it. WEB and APP say
# what the machine is. Every line becomes a fact that begins with `see.`; nothing is judged here, and nothing changed:
# pm2 is asked over the socket of a daemon that lives, because `pm2 list` would start one.

check_diagnostics() {
    [ -n "${facts:-}" ] || return 0
    name=$3 dir=$4 port=$5 marker=$6 address=$7 folder=$8 user=$9
    see_marks=$(printf '\036\r')
    # Names take longest where nobody answers, so they are asked first, beside everything else.
    see_names & see_wait=$!
    see_machine
    if [ -n "$2" ]; then see_app; fi
    if [ -n "$1" ]; then
        shift 9
        see_web "$@"
    fi
    if [ -f "$work/see.foreign" ]; then see_lines foreign < "$work/see.foreign"; fi
    wait "$see_wait"
    return 0
}

# A name server that answers "no" is one; this tells one that says nothing.
see_names() {
    grep -s '^nameserver' /etc/resolv.conf | see_lines resolver
    see_code=0
    timeout 4 getent ahostsv4 example.com > /dev/null 2>&1 || see_code=$?
    [ "$see_code" != 124 ] || see names.silent yes
}

# see KEY TEXT…: one line, without the marks that end lines.
see() {
    # A program for each line would cost more than all else: hardly any line has such a mark.
    case $* in
        *["$see_marks"]*) printf '%s\n' "see.$*" | tr -d '\036\r' ;;
        *) printf '%s\n' "see.$*" ;;
    esac >> "$work/facts"
}
# see_lines KEY: each line of the input.
see_lines() { awk -v key="see.$1" '{ gsub(/[\036\r]/, "") } NF { printf "%s#%04d %s\n", key, ++n, substr($0, 1, 400) } n == 400 { exit }' >> "$work/facts"; }

see_machine() {
    see_packages
    see hostname "$(hostname 2> /dev/null)"
    # What everybody writes to.
    for see_each in /tmp /var/tmp /dev/null; do
        as "$user" test -w "$see_each" || printf '%s %s\n' "$see_each" "$(stat -c %A "$see_each" 2> /dev/null)"
    done | see_lines shut
    df -P -k -l 2> /dev/null | awk 'NR > 1 && $NF ~ /^\/($|var|home|tmp|opt|srv|usr|root)/ { print $NF, $2, $4 }' | see_lines disk
    df -P -i -l 2> /dev/null | awk 'NR > 1 && $2 > 0 && $NF ~ /^\/($|var|home|tmp|opt|srv|usr|root)/ { print $NF, $2, $4 }' | see_lines inodes
    awk '$2 ~ /^\/($|var|home|tmp|opt|srv|root)/ && $4 ~ /^ro(,|$)/ && $3 != "squashfs" && $3 != "iso9660" { print $2, $3 }' /proc/mounts 2> /dev/null | see_lines readonly
    ss -H -l -t -n -p 2> /dev/null | see_lines listen
    # Programs, not the kernel's own.
    ps -e -ww -o pid=,ppid=,user:32=,stat=,etimes=,args= 2> /dev/null | awk '$1 != 2 && $2 != 2' | see_lines process
    see addresses "$(hostname -I 2> /dev/null)"
    # Routes that lead nowhere, or to one address by a way of its own; all others are the networks' own.
    ip -4 route show table all 2> /dev/null | awk '/^(blackhole|unreachable|prohibit|throw) / || /^[0-9.]+ (via|dev) / { print } ++n == 2000 { exit }' | see_lines route
    see_timed
    ip -o addr show scope global 2> /dev/null | awk '{ print $2, $4 }' | see_lines ip
    see_touched
    see_refused
    grep -s -E '^oom_kill [1-9]' /sys/fs/cgroup/*/memory.events /sys/fs/cgroup/*/*/memory.events /sys/fs/cgroup/*/*/*/memory.events /sys/fs/cgroup/memory/*/*/memory.oom_control /dev/null | see_lines killed
    dmesg 2> /dev/null | grep -E 'Out of memory: Killed process|Memory cgroup out of memory' | tail -n 3 | see_lines kernel
    # Old rules of iptables are not nft's: then nft has none.
    nft -a list ruleset > "$work/see.rules" 2> /dev/null
    [ -s "$work/see.rules" ] || iptables-save > "$work/see.rules" 2> /dev/null
    awk '
        $1 == "table" { table = $2 " " $3 }
        $1 == "chain" { chain = $2 }
        tolower($0) !~ /drop|reject|redirect|dnat/ { next }
        /^-A.* -j (ACCEPT|RETURN)/ { next }
        { sub(/^[ \t]+/, "") }
        /^-A|^:/ { print; next }
        { print table " " chain ": " $0 }
    ' "$work/see.rules" | head -n 60 | see_lines firewall
    if grep -qi established "$work/see.rules"; then see established yes; fi
    grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf || return 0
    see ufw yes
    # Ports that ufw opens six times in 30 seconds to each visitor.
    sed -n 's/^### tuple ### limit \([a-z]*\) \([0-9]*\) .*/\2 \1/p' /etc/ufw/user.rules 2> /dev/null | see_lines ufw.limit
}

# What works by the clock: lines about programs of the lab, in services that have a timer and in what cron runs.
see_timed() {
    set -- /etc/crontab
    for see_each in /etc/systemd/system/*.timer /run/systemd/transient/*.timer; do
        [ ! -f "${see_each%.timer}.service" ] || set -- "$@" "${see_each%.timer}.service"
    done
    [ $# -eq 1 ] || systemctl list-units --type=timer --state=active --plain --no-legend 2> /dev/null | awk '{ print $1 }' | see_lines timer
    grep -rnIsHwE 'nginx|pm2|node' "$@" /etc/cron.d /var/spool/cron/crontabs | head -n 20 | see_lines timed
}

# What a run has found out about apt's sources, and what dpkg could not set up.
see_packages() {
    [ ! -s "${state%/*}/apt-failed" ] || see_lines source.failed < "${state%/*}/apt-failed"
    see_lost
    see_left=$(apt_unfinished)
    [ -n "$see_left" ] || return 0
    apt_cure "$see_left"
    see package.left "$see_left"
    see package.cure "$found"
    see package.note "$apt_note"
}

# Programs that dpkg counts as installed, and that do not work: PROGRAM, PACKAGE, `link`, `missing`, `empty` or `shut`, and where a
# link leads.
see_lost() {
    apt_lost nodejs npm git curl nginx nginx-core nginx-light sudo iproute2 procps
    [ -n "$found" ] || return 0
    while read -r see_package see_each; do
        see_to=''
        if [ -L "$see_each" ] && [ ! -e "$see_each" ]; then see_how=link see_to=$(readlink "$see_each")
        elif [ ! -e "$see_each" ]; then see_how=missing
        elif [ ! -s "$see_each" ]; then see_how=empty
        else see_how=shut; fi
        printf '%s\t%s\t%s\t%s\n' "$see_each" "$see_package" "$see_how" "$see_to"
    done << END_OF_LOST | see_lines lost
${apt_programs%"$newline"}
END_OF_LOST
}

# see_ask KEY FILE CURL…: `EXIT STATUS PAGE UPSTREAM|WORDS`; PAGE is the lab's, nginx's welcome, the refusal of a development server for
# a domain that it does not know, or another.
see_ask() {
    see_key=$1 see_file=$2
    shift 2
    see_exit=0 see_patience=4
    # One look waits for what hangs once.
    if [ -e "$work/hangs" ]; then
        case $see_key in local.*) see_patience=1 ;; *) see_patience=2 ;; esac
    fi
    see_said=$(curl -q -s -S -m "$see_patience" --connect-timeout 2 --noproxy '*' -o "$see_file" -D "$see_file.head" -w '%{http_code}' -H 'Accept: */*' "$@" 2> "$see_file.why") || see_exit=$?
    see_page=other
    if [ -n "$marker" ] && grep -qF -e "$marker" "$see_file" 2> /dev/null; then see_page=lab
    elif grep -qiF 'welcome to nginx' "$see_file" 2> /dev/null; then see_page=welcome
    elif grep -qF 'Invalid Host header' "$see_file" 2> /dev/null; then see_page=unknown-host
    elif [ -z "$marker" ]; then see_page=lab; fi
    # Who answers with an error says in plain words why, or in a page.
    [ "$see_exit" != 0 ] || case $see_said in [45]*) grep -qs '<' "$see_file" || head -c 160 "$see_file" 2> /dev/null | head -n 1 > "$see_file.why" ;; esac
    see_up=$(sed -n 's/^[Xx]-[Uu]pstream: *//p' "$see_file.head" 2> /dev/null | tr -d '\r')
    see "$see_key" "$see_exit ${see_said:-000} $see_page ${see_up}|$(head -n 1 "$see_file.why" 2> /dev/null)"
}
