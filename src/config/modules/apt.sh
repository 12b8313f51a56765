# shellcheck shell=sh
# apt PACKAGE…: these packages are installed.
ask_apt() { ask_packages "$@"; }
known_apt() { for package; do known_package "$package" || return 1; done; }
check_apt() {
    # By name: a package that is there for two architectures has two lines.
    have=' '
    while read -r apt_state apt_name; do
        case $apt_state in ?i*) have="$have$apt_name " ;; esac
    done << END_OF_PACKAGES
$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' -- "$@" 2>/dev/null)
END_OF_PACKAGES
    for package; do case $have in *" ${package%:*} "*) ;; *) return 1 ;; esac; done
    apt_lost "$@"
    [ -z "$found" ]
}
diff_apt() {
    for package; do
        dpkg-query -W -f '${db:Status-Abbrev}' -- "$package" 2>/dev/null | grep -q '^.i' || echo "+ package $package"
    done
    apt_lost "$@"
    for package in $found; do echo "+ package $package again: its program does not work"; done
}
apply_apt() {
    # What is to be installed may well stand in the lists that are there.
    apt_lists 24 || note "not all of apt's lists could be fetched"
    apt_restore "$@"
    case " $* " in *' nginx '*) ;; *) apt_get install --no-install-recommends "$@"; return ;; esac
    # nginx's package starts nginx, and fails to be set up where its own site cannot be served.
    if (apt_get install --no-install-recommends "$@"); then return; else apt_ended=$?; fi
    nginx_default_site || return "$apt_ended"
    apt_get install --no-install-recommends "$@"
}
