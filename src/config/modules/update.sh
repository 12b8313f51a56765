# shellcheck shell=sh
# update upgrade|lists SECONDS: the lists are not older than that, and (upgrade) what they offer is installed.
# The stamp is ours, since apt leaves none on Debian that tells a good update from a failed one.
check_update() {
    if update_holds "$@"; then update_told; return 0; fi
    # An update that is about to begin finds out for itself.
    [ "$mode" != check ] || update_told
    return 1
}

update_holds() {
    # `every: 0s` asks for an update in each run; right after one, nothing is old.
    [ "$phase" != after ] || [ ! -e "${state%/*}/apt-$1" ] || return 0
    update_since "${state%/*}/apt-$1" "$2" || update_by_hand "$@"
}

# Sources that failed when they were last asked.
update_told() {
    for update_file in apt-passed-over apt-failed; do
        [ -s "${state%/*}/$update_file" ] || continue
        while IFS= read -r update_line; do
            case $update_file in
            apt-failed) note "this source of packages fails: $update_line" ;;
            *) note "this source of packages is passed over, since the lab does not need it: $update_line" ;;
            esac
        done < "${state%/*}/$update_file"
    done
}

# A change to the sources asks for an update at once; our own installs do not.
update_since() {
    [ -e "$1" ] && [ "$(find "$1" /etc/apt/sources.list /etc/apt/sources.list.d -path "$1/*" -prune \
        -o -path "$1" -newermt "-$2 seconds" -printf young -o ! -path "$1" -newer "$1" -printf newer 2>/dev/null)" = young ]
}

# Somebody may have typed it. Every `apt update` touches the folder partial/, and a simulated upgrade says whether
# anything is left (0.6 s, and asked only where our stamp is missing or old).
update_by_hand() {
    lists=
    eval "$(apt-config shell lists Dir::State::lists/d 2>/dev/null)"
    [ -n "$lists" ] && update_since "${lists}partial" "$2" &&
        [ -n "$(find "$lists" -maxdepth 1 -name '*Release' -print -quit)" ] || return 1
    # Our own update failed, and nobody has tried again.
    [ ! -e "${state%/*}/apt-failed" ] || [ -n "$(find "${lists}partial" -maxdepth 0 -newer "${state%/*}/apt-failed")" ] || return 1
    [ "$1" != lists ] || return 0
    update_left=$(apt-get -s -q --with-new-pkgs upgrade 2>/dev/null) || return 1
    case $update_left in *' not fully installed or removed'*) return 1 ;; *"0 upgraded, 0 newly installed"*) ;; *) return 1 ;; esac
}
apply_update() {
    if ! apt_lists 0; then
        [ -z "$apt_stuck" ] || fail "this source of packages fails; correct or remove it, and run again: ${apt_stuck%%"$newline"*}"
        fail "not all of apt's lists could be fetched: see apt's words above"
    fi
    if [ "$1" = upgrade ]; then
        apt_get --with-new-pkgs upgrade
        [ ! -e /var/run/reboot-required ] || note "a reboot is needed to finish the upgrade"
        : > "${state%/*}/apt-upgrade"
    fi
}
