# shellcheck shell=sh
# Files, changed by whom they belong to: nobody leads root elsewhere. Uses proxies.sh.
# Defines swap_in, home, find_home (sets found), as, find_group (sets group), writer (sets writer), steady (sets writer), parents, put,
# contents, new_file (sets writer), give.

swap_in() { mv -fT -- "$1" "$2"; }
# home USER: prints the folder.
home() { if [ "$1" = "$known" ]; then printf '%s\n' "$home"; else find_home "$1"; printf '%s\n' "$found"; fi; }
# find_home USER: sets found to the folder; to nothing if there is no such user.
find_home() {
    case $1 in
    '' | -* | *[!A-Za-z0-9_.-]*) found=$(getent passwd "$1" | cut -d: -f6) ;;
    *) eval "found=~$1" ;;
    esac
    # bash takes a name of digits for a place in its own list, and getent for the number of a user.
    case $1,$found in *[!0-9]*,* | *,/*) ;; *) found=$(getent passwd | awk -F: -v name="$1" '$1 == name { print $6; exit }') ;; esac
    case $found in /*) ;; *) found='' ;; esac
}
# as USER [NAME=VALUE…] COMMAND…: in a clean environment, so that nothing depends on who logged in, and how.
as() {
    as_user=$1
    shift
    as_path=/usr/local/bin:/usr/bin:/bin
    [ "$as_user" != root ] || as_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    set -- USER="$as_user" LOGNAME="$as_user" PATH="$as_path" LC_ALL=C.UTF-8 "$@"
    # What the inventory says of the way to the internet is stronger than what the machine says.
    [ -z "${online:-}" ] || [ -z "${proxy:-}" ] ||
        set -- http_proxy="$proxy" https_proxy="$proxy" HTTP_PROXY="$proxy" HTTPS_PROXY="$proxy" no_proxy="$proxy_except" NO_PROXY="$proxy_except" "$@"
    proxies
    while [ -n "$ways" ]; do
        set -- "${ways%%"$newline"*}" "$@"
        ways=${ways#*"$newline"}
    done
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
            # The last of several slashes is not a folder of its own.
            [ -z "${way##*/}" ] || case $(stat -L -c '%U %A' -- "$way") in
            root\ ????????w[!tT]) fail "anybody can replace $1: remove their permission to write in $way (chmod o-w)" ;;
            root\ *) ;;
            "$2 "*) writer=$2 ;;
            *) fail "$1 should belong to $2, but its folder $way does not: its owner could lead labctl elsewhere. Choose another place or owner" ;;
            esac
            [ ! -L "$way" ] || whose="$whose $(stat -c %U -- "$way")"
            way=${way%/*}
        done
    done
    # In a folder such as /tmp everybody can put a link.
    for way in $whose; do
        case $way in root | "$writer") ;; *) fail "the path to $1 has a link in it that $way made: remove it" ;; esac
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
    fail "$1 does not belong to $2, and is in a folder that anybody can write to: remove it"
}
# parents PATH OWNER: the folder of PATH is there; what is missing of it belongs to OWNER. In a folder of root's only root
# can make the first part of it.
parents() {
    case $1 in */*) parent=${1%/*} ;; *) parent=. ;; esac
    [ ! -d "${parent:-/}" ] || return 0
    there=$parent
    while [ ! -d "${there:-/}" ]; do case $there in */*) there=${there%/*} ;; *) there=. ;; esac; done
    writer "$there/x" "$2"
    if [ "$writer" = root ] && [ "$2" != root ]; then
        first=${parent#"$there"/}
        first=$there/${first%%/*}
        mkdir -- "$first"
        give "$2" "$first"
    fi
    as "$2" mkdir -p -- "$parent"
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
