# shellcheck shell=sh disable=SC2154,SC2016
# diagnostics WEB APP NAME DIR PORT MARKER ADDRESS FOLDER USER (DOMAIN SOCKETS)…
#
# What `labctl doctor` asks a machine beside the checks of the steps: what is there, whoever made it. WEB and APP say
# what the machine is. Every line becomes a fact that begins with `see.`; nothing is judged here, and nothing changed:
# pm2 is asked over the socket of a daemon that lives, because `pm2 list` would start one.

check_diagnostics() {
    [ -n "${facts:-}" ] || return 0
    name=$3 dir=$4 port=$5 marker=$6 address=$7 folder=$8 user=$9
    see_machine
    if [ -n "$2" ]; then see_app; fi
    if [ -n "$1" ]; then
        shift 9
        see_web "$@"
    fi
    return 0
}

# see KEY TEXT…: one line, without the marks that end lines.
see() { printf '%s\n' "see.$*" | tr -d '\036\r' >> "$work/facts"; }
# see_lines KEY: each line of the input.
see_lines() { tr -d '\036\r' | awk -v key="see.$1" 'NF { printf "%s.%04d %s\n", key, ++n, substr($0, 1, 400) } n == 400 { exit }' >> "$work/facts"; }

see_machine() {
    see_packages
    df -P -k -l 2> /dev/null | awk 'NR > 1 && $NF ~ /^\/($|var|home|tmp|opt|srv|usr|root)/ { print $NF, $2, $4 }' | see_lines disk
    df -P -i -l 2> /dev/null | awk 'NR > 1 && $2 > 0 && $NF ~ /^\/($|var|home|tmp|opt|srv|usr|root)/ { print $NF, $2, $4 }' | see_lines inodes
    ss -H -l -t -n -p 2> /dev/null | see_lines listen
    # Programs, not the kernel's own.
    ps -e -ww -o pid=,ppid=,user:32=,etimes=,args= 2> /dev/null | awk '$1 != 2 && $2 != 2' | see_lines process
    grep -s -E '^oom_kill [1-9]' /sys/fs/cgroup/*/memory.events /sys/fs/cgroup/*/*/memory.events /sys/fs/cgroup/*/*/*/memory.events /sys/fs/cgroup/memory/*/*/memory.oom_control /dev/null | see_lines killed
    dmesg 2> /dev/null | grep -E 'Out of memory: Killed process|Memory cgroup out of memory' | tail -n 3 | see_lines kernel
    { nft -a list ruleset 2> /dev/null || iptables-save 2> /dev/null; } | awk '
        $1 == "table" { table = $2 " " $3 }
        $1 == "chain" { chain = $2 }
        tolower($0) !~ /drop|reject/ { next }
        { sub(/^[ \t]+/, "") }
        /^-A|^:/ { print; next }
        { print table " " chain ": " $0 }
    ' | head -n 20 | see_lines firewall
    grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && see ufw yes
}

# What a run has found out about apt's sources, and what dpkg could not set up.
see_packages() {
    [ ! -s "${state%/*}/apt-failed" ] || see_lines source.failed < "${state%/*}/apt-failed"
    see_left=$(apt_unfinished)
    [ -n "$see_left" ] || return 0
    apt_cure "$see_left"
    see package.left "$see_left"
    see package.cure "$found"
    see package.note "$apt_note"
}

# --- the web server ---

see_web() {
    if ! command -v nginx > /dev/null; then see nginx.missing yes; return; fi
    see nginx.unit "$(systemctl show -p LoadState -p ActiveState -p UnitFileState --value nginx 2> /dev/null | tr '\n' ' ')"
    see_code=0
    nginx -T > "$work/see.conf" 2> "$work/see.test" || see_code=$?
    see nginx.test "$see_code"
    grep -E '\[(emerg|alert|crit|error|warn)\]' "$work/see.test" | see_lines nginx.says
    see_bind=$(tail -n 100 /var/log/nginx/error.log 2> /dev/null | grep -E '\[emerg\].*bind\(\) to' | tail -n 1)
    # Only if nothing was changed since.
    if [ -n "$see_bind" ] && [ -z "$(find -L /etc/nginx -newermt "$(printf %.19s "$see_bind" | tr / -)" -print -quit 2> /dev/null)" ]; then
        printf '%s\n' "$see_bind" | see_lines nginx.log
    fi
    see_broken_line
    see_conf
    see_mentions "$@"
    if command -v curl > /dev/null; then see_answers "$@"; fi
}

# The line that nginx stumbles over, and the two before it: a forgotten `;` is on one of those.
see_broken_line() {
    see_at=$(sed -n 's/.*\[emerg\].* in \(\/[^ ]*:[0-9][0-9]*\)$/\1/p' "$work/see.test" | head -n 1)
    [ -f "${see_at%:*}" ] || return 0
    awk -v last="${see_at##*:}" 'NR > last - 3 && NR <= last { print NR ": " $0 }' "${see_at%:*}" | see_lines nginx.broken
}

# The configuration as nginx puts it together: FILE, line and text. Lists of file types are no news.
see_conf() {
    tr -d '\036\r\t' < "$work/see.conf" | awk -v work="$work" '
        /^# configuration file .*:$/ {
            file = substr($0, 22); sub(/:$/, "", file); n = 0
            print file > (work "/see.files")
            dull = file ~ /(mime\.types|fastcgi|scgi_params|uwsgi_params|koi-|win-utf|modules-enabled)/
            next
        }
        { n++; line = $0; sub(/^ +/, "", line) }
        !dull && line != "" && line !~ /^#/ && ++all <= 1500 { printf "see.nginx.conf.%05d %s\t%d\t%s\n", all, file, n, substr(line, 1, 2000) }
    ' >> "$work/facts"
    [ -s "$work/see.files" ] || return 0
    tr '\n' '\0' < "$work/see.files" | xargs -0 readlink -f -- | see_lines nginx.loaded
}

# Every line below /etc/nginx that names one of the domains, loaded or not.
see_mentions() {
    [ $# -gt 0 ] || return 0
    see_domains=$(while [ $# -gt 0 ]; do printf '%s\n' "$1"; shift 2; done)
    grep -rnHIsFw -e "$see_domains" /etc/nginx 2> /dev/null | grep -v -E '(~|\.bak|\.save|\.dpkg-[a-z]+|\.orig):[0-9]' | head -n 60 | see_lines nginx.names
}

# Asks every site as a visitor would, and every backend as nginx would: all at once, because what is dropped takes long.
see_answers() {
    at=127.0.0.1
    case " $(hostname -I 2> /dev/null)" in *" $address "*) at=$address ;; esac
    see_sockets=$(sed -n -E 's/^[[:space:]]*(server|proxy_pass)[[:space:]]+(https?:\/\/)?([A-Za-z0-9.-]+:[0-9]+).*/\3/p' "$work/see.conf" | head -n 20)
    see_n=0
    while [ $# -gt 0 ]; do
        see_n=$((see_n + 1))
        see_site "$1" "$see_n" &
        see_sockets="$see_sockets $2"
        shift 2
    done
    # shellcheck disable=SC2086 # words
    for see_socket in $(printf '%s\n' $see_sockets | sort -u); do
        see_n=$((see_n + 1))
        see_ask "reach.$see_socket" "$work/see.$see_n" "http://$see_socket/" &
    done
    wait
}
see_site() { see_ask "ask.$1" "$work/see.$2" -H "Host: $1" "http://$at/"; }
# see_ask KEY FILE CURL…: `EXIT STATUS PAGE UPSTREAM|WORDS`; PAGE is the lab's, nginx's welcome or another.
see_ask() {
    see_key=$1 see_file=$2
    shift 2
    see_exit=0
    see_said=$(curl -q -s -S -m 4 --connect-timeout 2 --noproxy '*' -o "$see_file" -D "$see_file.head" -w '%{http_code}' -H 'Accept: */*' "$@" 2> "$see_file.why") || see_exit=$?
    see_page=other
    if [ -n "$marker" ] && grep -qF -e "$marker" "$see_file" 2> /dev/null; then see_page=lab
    elif grep -qiF 'welcome to nginx' "$see_file" 2> /dev/null; then see_page=welcome
    elif [ -z "$marker" ]; then see_page=lab; fi
    see_up=$(sed -n 's/^[Xx]-[Uu]pstream: *//p' "$see_file.head" 2> /dev/null | tr -d '\r')
    see "$see_key" "$see_exit ${see_said:-000} $see_page ${see_up}|$(head -n 1 "$see_file.why" 2> /dev/null)"
}

# --- an application server ---

# Prints the packages that package.json names and node_modules has not: an npm that was ended leaves such a folder.
see_missing() {
    awk '/"dependencies"[ \t]*:/ { inside = 1; next } inside && /}/ { exit } inside { split($0, word, "\""); if (word[2] != "") print word[2] }' \
        "$dir/package.json" 2> /dev/null | while read -r see_package; do
        [ -e "$dir/node_modules/$see_package/package.json" ] || echo "$see_package"
    done
}

see_app() {
    # What a login of the user finds; nvm's are seen by a terminal only.
    as "$user" sh -c 'for each in node npm pm2; do printf "%s %s\n" "$each" "$(command -v "$each")"; done; echo "version $(node -v 2>&1 | head -n 1)"' 2> /dev/null | see_lines tool
    for see_each in "$(home "$user")"/.nvm/versions/node/*/bin/node /root/.nvm/versions/node/*/bin/node; do
        if [ -x "$see_each" ]; then see "nvm.${see_each%/bin/node}" yes; fi
    done
    if [ -d "$dir" ]; then
        see dir "$dir"
        if [ -r "$dir/package.json" ]; then see dir.package yes; fi
        # An empty folder, as an npm that failed leaves it, is none.
        if [ -n "$(find "$dir/node_modules/" -mindepth 1 -maxdepth 1 ! -name '.*' -print -quit 2> /dev/null)" ]; then
            see dir.modules yes
            see_missing | head -n 5 | see_lines modules.missing
            for see_each in "$state"/npm-*; do
                if [ -e "$see_each" ]; then see modules.unfinished yes; fi
            done
        fi
        if grep -qs '"dependencies"' "$dir/package.json"; then see dir.dependencies yes; fi
    else
        see dir.missing "$dir"
    fi
    for see_each in /home/*/*/package.json /root/*/package.json /var/www/*/package.json /opt/*/package.json /srv/*/package.json; do
        if [ -f "$see_each" ]; then printf '%s\n' "${see_each%/package.json}"; fi
    done | see_lines checkout
    for see_each in /root/.pm2 /home/*/.pm2; do
        if [ -d "$see_each" ]; then see_pm2 "$see_each"; fi
    done
    see pm2.user "$user"
    if command -v curl > /dev/null; then
        see_sockets=$(ss -H -l -t -n 2> /dev/null | awk '{ print $4 }' | sed -n 's/.*:\([0-9]*\)$/\1/p' | grep -x -e "$port" -e 3000 -e 8080 -e 5000 | sort -u)
        for see_each in $see_sockets; do see_ask "local.$see_each" "$work/see.$see_each" "http://127.0.0.1:$see_each/" & done
        wait
    fi
}

# see_pm2 FOLDER: one user's pm2.
see_pm2() {
    see_owner=$(stat -c %U "$1")
    see "pm2.home.$see_owner" "$1"
    see "pm2.boot.$see_owner" "$(systemctl is-enabled "pm2-$see_owner" 2> /dev/null) $(systemctl is-active "pm2-$see_owner" 2> /dev/null)"
    ! pm2_daemon "$1" || see "pm2.daemon.$see_owner" "$daemon"
    # The names that come back after a reboot stand in the first column of names.
    if [ -s "$1/dump.pm2" ]; then
        sed -n 's/^ \{4,8\}"name": "\(.*\)",\{0,1\}$/\1/p' "$1/dump.pm2" | sort -u | see_lines "pm2.saved.$see_owner"
    fi
    [ -n "$daemon" ] || return 0
    see_library=''
    for see_each in "$(readlink -f "$(command -v pm2)")" "${1%/.pm2}"/.nvm/versions/node/*/lib/node_modules/pm2/bin/pm2 /usr/lib/node_modules/pm2/bin/pm2 /usr/local/lib/node_modules/pm2/bin/pm2; do
        if [ -e "$see_each" ]; then see_library=${see_each%/bin/*}; break; fi
    done
    [ -n "$see_library" ] || return 0
    # As its owner, and with the very program that the daemon runs: whatever `node` is now, the daemon's is right.
    as "$see_owner" "/proc/$daemon/exe" -e "$pm2_monitor_js$pm2_entries_js" "$see_library" "$1" "pm2.app.$see_owner" 2> /dev/null | tr -d '\036' >> "$work/facts"
}
