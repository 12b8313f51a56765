# shellcheck shell=sh disable=SC2154,SC2086
# nginx FOLDER LAB ( DOMAIN FILE HASH CONTENT )...
# The sites of a lab, as one change: every site is on disk, accepted, loaded and answering, or all is as it was before.
# "Loaded" is looked at, never assumed: a reload can succeed and change nothing (taken port), and people edit by hand.

check_nginx() {
    command -v nginx >/dev/null || cannot_tell "nginx is not installed yet"
    command -v curl >/dev/null || cannot_tell "curl is not installed yet"
    nginx_words "$@"
    if [ -n "${facts:-}" ]; then
        if ! nginx_alive; then fact nginx failed not running
        elif ! nginx_loaded; then fact nginx failed runs, but has not loaded what is on disk
        else fact nginx ok runs, and has loaded what is on disk
        fi
    fi
    nginx_files_hold "$@" || return 1
    nginx_stale
    # Where nothing has changed since labctl saw it loaded, the include is where it was then.
    [ -z "$stale" ] && nginx_alive && nginx_loaded && { [ -n "$proved" ] || [ "$(nginx_include)" = loaded ]; } && nginx_announced
}

diff_nginx() {
    nginx_words "$@"
    same=yes
    shift 2
    while [ $# -gt 0 ]; do
        old=$2
        [ -e "$old" ] || old=/dev/null
        printf %s "$4" | diff -u -L "$old" -L "$2" "$old" - || same=no
        if [ "$old" != /dev/null ] && [ "$(stat -c '%a %u %F' "$2")" != '644 0 regular file' ]; then
            same=no
            echo "$2 should be a plain file of root with mode 644"
        fi
        shift 4
    done
    nginx_stale
    for file in $stale; do
        same=no
        diff -u -L "$file" -L /dev/null "$file" /dev/null
    done
    where=$(nginx_include)
    if [ "$where" != loaded ]; then
        same=no
        nginx_with_include "$where" | diff -u -L /etc/nginx/nginx.conf -L /etc/nginx/nginx.conf /etc/nginx/nginx.conf -
    fi
    if ! nginx_alive; then echo "nginx is not running"
    elif ! nginx_loaded; then echo "the running nginx has not loaded the configuration on disk"
    elif [ $same = yes ]; then echo "nginx does not answer with this configuration on port 80"
    fi
    return 0
}

apply_nginx() {
    umask 022
    nginx_words "$@"
    conf=$(readlink -f /etc/nginx/nginx.conf) # it may be a link
    [ -s "$conf" ] || fail "/etc/nginx/nginx.conf is missing: apt-get -o Dpkg::Options::=--force-confmiss install --reinstall nginx-common brings it back"
    was_alive=no
    if nginx_alive; then was_alive=yes; fi
    nginx_ours
    nginx_save
    # From here on, every way out but the last lines puts the old configuration back.
    trap nginx_restore EXIT
    # Whoever ends a task says so again and again, until it is gone: to the way back, too.
    trap 'trap "" TERM INT; exit 143' TERM INT

    nginx_write "$@"
    out=$(nginx -t 2>&1) || fail "nginx does not accept the configuration:
$out"
    nginx_conflicts
    sleep 0.2 # a new worker must be younger than every file
    seen=$(nginx_processes)
    before=${seen% *}
    log=/var/log/nginx/error.log
    log_size=$(stat -c %s $log 2>/dev/null) || log_size=0
    out=$(nginx_reload 2>&1) || nginx_refused "nginx could not load the configuration: $out"
    tries=0
    until nginx_younger "$before" && nginx_announced; do
        tries=$((tries + 1))
        [ $tries -lt 30 ] || nginx_refused "nginx was told to load the configuration, but does not serve it"
        sleep 0.2
    done
    nginx_record
    trap - EXIT TERM INT
    rm -rf "$state/previous"
    mv "$state/saved" "$state/previous"
}

# --- the words: $folder $lab, and the $domains $files $hashes of all sites ---

nginx_words() {
    folder=$1 lab=$2 domains='' files='' hashes=''
    shift 2
    while [ $# -gt 0 ]; do
        domains="$domains $1" files="$files $2" hashes="$hashes $3"
        shift 4
    done
}

# --- what is on disk ---

nginx_files_hold() {
    [ -n "$files" ] || return 0
    kinds=$(stat -c '%s %a %u %F' $files 2>/dev/null) || return 1
    shift 2
    while [ $# -gt 0 ]; do
        kind=${kinds%%"$newline"*} kinds=${kinds#*"$newline"}
        case $kind in *' 644 0 regular file') ;; *) return 1 ;; esac
        nginx_holds "$2" "$4" "${kind%% *}" || return 1
        shift 4
    done
}

# nginx_holds FILE CONTENT SIZE: no program is started for a file of a usual size.
nginx_holds() {
    [ "$3" -lt 65536 ] || { printf %s "$2" | cmp -s - "$1"; return; }
    text='' line=''
    while IFS= read -r line; do text=$text$line$newline; done <"$1"
    [ "$text$line" = "$2" ]
}

# Files that we made, but that no site wants any more: they carry our first line, and the name of the site in it. A copy
# under another name is somebody's own.
nginx_stale() {
    stale=
    for file in "$folder"/*; do
        if [ ! -f "$file" ]; then continue; fi
        first=
        read -r first <"$file" || :
        case $first in "# labctl $lab: "*) ;; *) continue ;; esac
        site=${first#"# labctl $lab: "}
        site=${site%% *}
        case $site in *[!A-Za-z0-9._-]*) continue ;; esac
        [ "${file##*/}" = "$site.conf" ] || continue
        case " $files " in *" $file "*) ;; *) stale="$stale $file" ;; esac
    done
}

# Says `loaded` when an include within http { } takes in our files; else where such a line belongs:
# `after LINE` (of the sites-enabled include) or `before LINE COLUMN` (of the brace that closes http), or nothing.
nginx_include() {
    set -- /etc/nginx/nginx.conf
    for file in /etc/nginx/conf.d/*.conf; do [ ! -f "$file" ] || set -- "$@" "$file"; done
    wanted="${files:-$folder/x.conf}" awk '
        BEGIN { n = split(ENVIRON["wanted"], file, " ") }
        FNR == 1 { main = NR == 1; depth = 0; http = !main; word = directive = quote = ""; words = 0 }
        function end_word() { if (word != "") { if (++words == 1) directive = word; last = word; word = "" } }
        function loads(glob,    i) {
            if (glob !~ /^\//) glob = "/etc/nginx/" glob
            gsub(/[.+(){}|^$]/, "\\\\&", glob); gsub(/\*/, "[^/]*", glob); gsub(/\?/, "[^/]", glob)
            for (i = 1; i <= n; i++) if (file[i] !~ "^" glob "$") return 0
            return 1
        }
        {
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                if (quote != "") { if (c == "\\") i++; else if (c == quote) quote = ""; else word = word c; continue }
                if (c == "#" && word == "") break
                if ((c == "\"" || c == "\047") && word == "") { quote = c; continue }
                if (c ~ /[ \t\r]/) { end_word(); continue }
                if (c == ";") {
                    end_word()
                    if (http && depth == main && directive == "include") {
                        if (loads(last)) { found = 1; exit }
                        if (main && last ~ /sites-enabled\//) after = FNR
                    }
                    words = 0
                } else if (c == "{") {
                    end_word()
                    if (main && depth == 0 && directive == "http") http = 1
                    depth++; words = 0
                } else if (c == "}") {
                    end_word(); depth--; words = 0
                    if (main && http && depth == 0) { http = 0; line = FNR; column = i }
                } else word = word c
            }
            end_word()
        }
        END { if (found) print "loaded"; else if (after) print "after", after; else if (line) print "before", line, column }
    ' "$@"
}

# nginx.conf with our include line at the place that nginx_include named: WHERE
nginx_with_include() {
    where=$1 line="    include $folder/*.conf;" awk '
        BEGIN { split(ENVIRON["where"], at, " "); new = ENVIRON["line"] }
        at[1] == "before" && NR == at[2] {
            head = substr($0, 1, at[3] - 1)
            if (head ~ /[^ \t]/) { print head; $0 = substr($0, at[3]) }
            print new
        }
        { print }
        at[1] == "after" && NR == at[2] { print new }
    ' /etc/nginx/nginx.conf
}

# --- what runs ---

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
nginx_announced() {
    set --
    for domain in $domains; do
        [ $# -eq 0 ] || set -- "$@" --next
        set -- "$@" -s -m 3 -o /dev/null -D - --noproxy '*' -X TRACE -H "Host: $domain" http://127.0.0.1/
    done
    [ $# -gt 0 ] || return 0
    answers=$(curl -q "$@")
    for hash in $hashes; do
        case $answers in *"X-Labctl-Config: $hash"*) ;; *) return 1 ;; esac
    done
}

# --- the change ---

# Whoever may write in these folders could put a link there, and root would follow it. `sudo chown -R $USER` and `sudo chmod
# -R 777` are usual in a class, so the folders are root's again and the run goes on; what a link leads to is not.
nginx_ours() {
    for place in /etc/nginx "$folder"; do
        if [ ! -d "$place" ] || [ -L "$place" ]; then continue; fi
        case $(stat -c '%u %A' "$place") in '0 '?????-??-?) continue ;; esac
        note "$(stat -c %U "$place") had $place ($(stat -c %A "$place")): only root writes there now"
        chown -h root: "$place"
        chmod go-w "$place"
    done
    place=$folder
    [ -d "$place" ] || place=/etc/nginx
    writer "$place/*.conf" root
}

# Keeps nginx.conf and our folder as they are. What an interrupted run left here is older and was accepted by nginx:
# it stays the way back as long as nginx does not accept what is on disk.
nginx_save() {
    mkdir -p "$state"
    [ ! -e "$state/saved" ] || nginx -t 2>/dev/null || return 0
    rm -rf "$state/saved" "$state/saved.new"
    mkdir "$state/saved.new"
    cp -p "$conf" "$state/saved.new/nginx.conf"
    [ ! -d "$folder" ] || cp -aH "$folder" "$state/saved.new/folder" # it may be a link
    mv "$state/saved.new" "$state/saved"
}

# Puts standard input in place of FILE at once, with the mode and owner of LIKE (or 644 root).
nginx_put() {
    new=${1%/*}/.labctl-new # hidden, so that no `include FOLDER/*` takes it in
    rm -rf "$new"
    if [ -n "${2:-}" ]; then cp -p "$2" "$new"; fi
    cat >"$new"
    if [ -z "${2:-}" ]; then chmod 644 "$new"; fi
    swap_in "$new" "$1"
}

nginx_write() {
    shift 2
    [ -d "$folder" ] || mkdir -p "$folder"
    while [ $# -gt 0 ]; do
        if ! printf %s "$4" | cmp -s - "$2" || [ "$(stat -c '%a %u %F' "$2")" != '644 0 regular file' ]; then
            printf %s "$4" | nginx_put "$2"
        fi
        shift 4
    done
    nginx_stale
    for file in $stale; do rm -f "$file"; done
    where=$(nginx_include)
    case $where in
    loaded) ;;
    '') fail "/etc/nginx/nginx.conf has no http { } block to put the line \`include $folder/*.conf;\` in" ;;
    *)
        nginx_with_include "$where" >"$work/nginx.conf"
        writer "$conf" root
        nginx_put "$conf" "$conf" <"$work/nginx.conf"
        ;;
    esac
}

# The same server_name twice is only a warning to nginx, but then the first file answers and the other one never does.
nginx_conflicts() {
    for domain in $domains; do
        case $out in
        *"conflicting server name \"$domain\""*)
            echo "$out" | grep -F "\"$domain\""
            grep -rnFw "$domain" /etc/nginx | grep server_name || :
            fail "$domain is configured twice: remove or rename one of these"
            ;;
        esac
    done
}

# Never `restart`: with a configuration that does not work, that leaves no nginx at all.
nginx_reload() {
    if ! nginx_alive; then
        systemctl reset-failed nginx 2>/dev/null || :
        systemctl start nginx
    elif systemctl is-active --quiet nginx; then
        systemctl reload-or-restart nginx
    else
        nginx -s reload # somebody started it by hand, outside of systemd
    fi
}

# Says why nginx did not take the configuration: its own words, and who has the port.
nginx_refused() {
    tail -c +$((log_size + 1)) "$log" 2>/dev/null | grep -E '\[(emerg|alert|crit)\]' | awk '!seen[substr($0, 21)]++' | tail -n 5 || :
    ss -ltnpH 2>/dev/null | awk '$4 ~ /:80$/ && !/"nginx"/ { print "port 80 is taken by " $NF }' || :
    fail "$1"
}

nginx_restore() {
    trap '' TERM INT
    set +e
    if ! cmp -s "$state/saved/nginx.conf" "$conf"; then nginx_put "$conf" "$conf" <"$state/saved/nginx.conf"; fi
    for file in "$folder"/* "$folder"/.labctl-new; do
        saved=$state/saved/folder/${file##*/}
        [ -e "$saved" ] || [ -L "$saved" ] || [ ! -f "$file" ] || rm -f "$file"
    done
    for saved in "$state"/saved/folder/*; do
        file=$folder/${saved##*/}
        # A link says by itself what it is; where it leads to from the copy is nothing.
        if [ -L "$saved" ]; then [ ! -L "$file" ] || continue
        elif [ ! -f "$saved" ] || { [ ! -L "$file" ] && cmp -s "$saved" "$file"; }; then continue; fi
        rm -rf "$folder/.labctl-new"
        cp -a "$saved" "$folder/.labctl-new" && swap_in "$folder/.labctl-new" "$file"
    done
    [ -d "$state/saved/folder" ] || rmdir "$folder" 2>/dev/null
    if ! nginx -t 2>/dev/null; then note "the old configuration is back on disk; nginx does not accept that one either"
    elif [ $was_alive = no ]; then note "the old configuration is back on disk; nginx is stopped as before"
    elif sleep 0.2 && nginx_reload 2>/dev/null; then note "the old configuration is back and loaded"
    else note "the old configuration is back on disk"
    fi
    rm -rf "$state/saved"
}
