# shellcheck shell=sh disable=SC2154,SC2034,SC2086
# nginx FOLDER LAB ADDRESS SERVERS ( DOMAIN FILE HASH CONTENT )...
# SERVERS is a list of NAME=ADDRESS:PORT.
# The sites of a lab, as one change: every site is on disk, accepted, loaded and answering, or all is as it was before.
# "Loaded" is looked at, never assumed: a reload can succeed and change nothing (taken port), and people edit by hand.

check_nginx() { command -v nginx >/dev/null || cannot_tell "nginx is not installed yet"; nginx_here nginx_look "$@"; }
diff_nginx() { nginx_here nginx_diff "$@"; }
apply_nginx() { nginx_here nginx_apply "$@"; }

nginx_look() {
    command -v curl >/dev/null || { nginx_obstacles "$@"; cannot_tell "curl is not installed yet"; }
    if [ -n "${facts:-}" ]; then
        nginx_stale
        count=1000
        for file in $stale; do count=$((count + 1)); fact "see.nginx.stale.$count" "$file"; done
        if ! nginx_alive; then fact nginx failed not running
        elif ! nginx_loaded; then fact nginx stale runs, but has not loaded what is on disk
        elif [ -z "$proved" ] && nginx_read "$@" && nginx_judge && [ -n "$obstacles" ]; then fact nginx failed "${obstacles%%"$newline"*}"
        else fact nginx ok runs, and has loaded what is on disk
        fi
    fi
    ! nginx_settled "$@" || return 0
    nginx_obstacles "$@"
    nginx_out_of_reach
    return 1
}

nginx_settled() {
    nginx_files_hold "$@" || return 1
    nginx_stale
    [ -z "$stale" ] && nginx_alive && nginx_loaded || return 1
    # Where nothing has changed since labctl saw it loaded and answering, all is as it was then: the include is where it was,
    # nobody else has our names. What visitors get is seen from where they are.
    [ -z "$proved" ] || return 0
    nginx_read "$@"
    nginx_judge
    [ "$where" = loaded ] && [ -z "$obstacles" ] && nginx_announced
}

nginx_diff() {
    same=yes
    nginx_read "$@"
    nginx_judge
    [ -z "$movable" ] || printf %s "$movable" | sed 's/$/ would be put aside/'
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
    for file in $stale; do
        same=no
        diff -u -L "$file" -L /dev/null "$file" /dev/null
    done
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

nginx_apply() {
    umask 022
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

# --- the words: $folder $lab $address $servers, and the $domains $files $hashes of all sites ---

# nginx_here VERB WORD…: VERB gets the four words of each site, with the contents that fit this machine.
nginx_here() {
    verb=$1 folder=$2 lab=$3 address=$4 servers=$5 domains='' files='' hashes='' longest=0
    shift 5
    left=$#
    while [ $left -gt 0 ]; do
        left=$((left - 4))
        domains="$domains $1" files="$files $2" hashes="$hashes $3"
        [ ${#1} -le $longest ] || longest=${#1}
        text=$4
        [ -e "$ipv6" ] || nginx_without_ipv6 "$4"
        set -- "$@" "$1" "$2" "$3" "$text"
        shift 4
    done
    nginx_bucket "$@"
    if [ -n "$bucket" ]; then
        text="# labctl $lab: labctl-names on this machine, made by labctl; edits are put back
# A domain of $longest letters does not fit where nginx keeps names of 46 letters at most, unless it is told.
server_names_hash_bucket_size $bucket;
"
        files="$files $folder/labctl-names.conf"
        set -- "$@" '' "$folder/labctl-names.conf" '' "$text"
    fi
    "$verb" "$@"
}

# nginx_without_ipv6 CONTENT: sets text to what of it fits a kernel without IPv6.
nginx_without_ipv6() {
    text=''
    while IFS= read -r line; do
        case ${line#"${line%%[! $tab]*}"} in listen[' '$tab]*'['*) ;; *) text=$text$line$newline ;; esac
    done <<SITE
$1
SITE
    text=${text%"$newline"}
}

# What a bucket of names must hold (https://nginx.org/en/docs/hash.html): each name takes its letters, two bytes, and
# what fills that up to a multiple of eight, beside two pointers. 64 is what nginx takes by itself where a line of the
# CPU's cache is that long, and on no usual CPU it is shorter. Sets bucket to a size that nobody has set yet, or to nothing.
nginx_bucket() {
    bucket='' needed=64
    while [ $(((longest + 9) / 8 * 8 + 16)) -gt $needed ]; do needed=$((needed * 2)); done
    [ $needed -gt 64 ] || return 0
    nginx_read "$@"
    [ -n "$bucket_at" ] || bucket=$needed
}

# --- what is on disk ---

nginx_files_hold() {
    [ -n "$files" ] || return 0
    kinds=$(stat -c '%s %a %u %F' $files 2>/dev/null) || return 1
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
