# shellcheck shell=sh
# apt PACKAGE…: these packages are installed.
check_apt() {
    have=$(dpkg-query -W -f '${db:Status-Abbrev}\n' -- "$@" 2>/dev/null | grep -c '^.i') || have=0
    [ "$have" -eq $# ]
}
diff_apt() {
    for package; do
        dpkg-query -W -f '${db:Status-Abbrev}' -- "$package" 2>/dev/null | grep -q '^.i' || echo "+ package $package"
    done
}
apply_apt() {
    apt_lists 24
    apt_get install --no-install-recommends "$@"
}
