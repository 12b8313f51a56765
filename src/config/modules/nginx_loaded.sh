# shellcheck shell=sh disable=SC2154,SC2086
# What runs, and whether that is what is on disk.
# Defines nginx_alive, nginx_processes, nginx_newest, nginx_tree, nginx_loaded, nginx_record, nginx_younger, nginx_announced.

nginx_alive() {
    master='' comm=''
    read -r master 2>/dev/null </run/nginx.pid || return 1
    read -r comm 2>/dev/null <"/proc/$master/comm" || return 1
    [ "$comm" = nginx ]
}

# Prints NOW WORKER: ticks since the machine's start, of this moment and of the oldest worker that is not leaving.
# Field 22 of /proc/PID/stat; what comes before the last `)` is a name and may hold spaces.
nginx_processes() {
    awk -v master="${master:-0}" '
        function stat(pid,    line) {
            line = ""
            getline line < ("/proc/" pid "/stat"); close("/proc/" pid "/stat")
            sub(/.*\) /, "", line)
            split(line, field, " ")
        }
        BEGIN {
            list = "/proc/" master "/task/" master "/children"
            if ((getline children < list) <= 0) for (i = 1; i < ARGC; i++) children = children " " substr(ARGV[i], 7)
            n = split(children, pid, " ")
            for (i = 1; i <= n; i++) {
                stat(pid[i])
                if (field[2] != master) continue
                born = field[20]; title = ""
                getline title < ("/proc/" pid[i] "/cmdline"); close("/proc/" pid[i] "/cmdline")
                if (title !~ /worker process/ || title ~ /shutting down/) continue
                if (oldest == "" || born < oldest) oldest = born + 0
            }
            stat("self")
            print field[20], oldest
        }' /proc/[0-9]*
}

# Seconds of the newest change below /etc/nginx, of content, owner, name or link. A `stat` without fractions: rounded up.
nginx_newest() {
    find -L /etc/nginx -exec stat -L -c %.9Z {} + 2>/dev/null \
        | awk '$1 + 0 > max + 0 { max = $1 } END { print max ~ /[.]/ ? max : max + 1 }'
}
nginx_tree() { find -L /etc/nginx -type f -exec sha256sum {} + 2>/dev/null | sort | sha256sum; }

# The running workers have read what is on disk. Ours is the proof when they are the workers that we saw start (no clock
# is asked then); for workers that somebody else made, they must be younger than the newest change.
nginx_loaded() {
    seen=$(nginx_processes)
    now=${seen% *} worker=${seen#* }
    [ -n "$worker" ] || return 1
    proved='' proof_worker='' proof_newest='' proof_tree=''
    if [ -r "$state/nginx-loaded" ]; then read -r proof_worker proof_newest proof_tree <"$state/nginx-loaded" || :; fi
    if [ "$worker" = "$proof_worker" ]; then
        # The file of the proof is dated as the newest change was: one program tells that there is no newer one.
        case $proof_newest in *.?????????) proved=$(find -L /etc/nginx -cnewer "$state/nginx-loaded" -print -quit 2>&1 && echo .) ;; esac
        if [ "$proved" = . ]; then return 0; fi
        proved='' newest=$(nginx_newest)
        case $newest in *.*) if [ "$newest" = "$proof_newest" ]; then return 0; fi ;; esac
        [ "$(nginx_tree)" = "$proof_tree" ]
    else
        newest=$(nginx_newest)
        date +%s.%N | awk -v age=$((now - worker)) -v newest="$newest" '{ exit !(newest < $1 - age / 100) }'
    fi
}

nginx_record() {
    seen=$(nginx_processes)
    newest=$(nginx_newest)
    echo "${seen#* } $newest $(nginx_tree)" >"$state/nginx-loaded.new"
    touch -d "@$newest" "$state/nginx-loaded.new"
    mv "$state/nginx-loaded.new" "$state/nginx-loaded"
}

# All workers started after TICKS.
nginx_younger() {
    nginx_alive || return 1
    seen=$(nginx_processes)
    [ -n "${seen#* }" ] && [ "${seen#* }" -gt "$1" ]
}

# Each site answers with its hash on this machine. nginx refuses TRACE by itself (405), so the application is not asked.
# Not at 127.0.0.1, where a status page may listen: all of 127.0.0.0/8 is this machine.
nginx_announced() {
    set --
    for domain in $domains; do
        [ $# -eq 0 ] || set -- "$@" --next
        set -- "$@" -s -m 3 -o /dev/null -D - --noproxy '*' -X TRACE -H "Host: $domain" http://127.0.0.2/
    done
    [ $# -gt 0 ] || return 0
    answers=$(curl -q "$@")
    for hash in $hashes; do
        case $answers in *"X-Labctl-Config: $hash"*) ;; *) return 1 ;; esac
    done
}
