# shellcheck shell=sh
# update upgrade|lists SECONDS: the lists are not older than that, and (upgrade) what they offer is installed.
# The stamp is ours, since apt leaves none on Debian that tells a good update from a failed one.
check_update() {
    # `every: 0s` asks for an update in each run; right after one, nothing is old.
    [ "$phase" != after ] || [ ! -e "${state%/*}/apt-$1" ] || return 0
    update_since "${state%/*}/apt-$1" "$2" || update_by_hand "$@"
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
    [ "$1" = lists ] || apt-get -s -q --with-new-pkgs upgrade 2>/dev/null | grep -q '^0 upgraded, 0 newly installed'
}
apply_update() {
    apt_lists 0 || fail "not all of apt's lists could be fetched: see apt's words above"
    if [ "$1" = upgrade ]; then
        apt_get --with-new-pkgs upgrade
        [ ! -e /var/run/reboot-required ] || note "a reboot is needed to finish the upgrade"
        : > "${state%/*}/apt-upgrade"
    fi
}
