# shellcheck shell=sh
# update upgrade|lists SECONDS: the lists are not older than that, and (upgrade) what they offer is installed.
# The stamp is ours, since apt leaves none on Debian that tells a good update from a failed one.
check_update() {
    stamp=${state%/*}/apt-$1
    # `every: 0s` asks for an update in each run; right after one, nothing is old.
    [ "$phase" != after ] || [ ! -e "$stamp" ] || return 0
    # A change to the sources asks for an update at once; our own installs do not.
    [ -e "$stamp" ] && [ "$(find "$stamp" -newermt "-$2 seconds" 2>/dev/null)" ] &&
        [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$stamp" 2>/dev/null)" ]
}
apply_update() {
    apt_lists 0 || fail "not all of apt's lists could be fetched: see apt's words above"
    if [ "$1" = upgrade ]; then
        apt_get --with-new-pkgs upgrade
        [ ! -e /var/run/reboot-required ] || note "a reboot is needed to finish the upgrade"
        : > "${state%/*}/apt-upgrade"
    fi
}
