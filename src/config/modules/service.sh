# shellcheck shell=sh
# service NAME active|inactive enabled|disabled UNLESS
# While the line UNLESS succeeds, a service that is down is left alone: it could not run now.
service_look() {
    load='' active='' file=''
    while IFS='=' read -r key value; do
        case $key in LoadState) load=$value ;; ActiveState) active=$value ;; UnitFileState) file=$value ;; esac
    done << EOT
$(systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$1")
EOT
}
check_service() {
    service_look "$1"
    [ "$load" != not-found ] || cannot_tell
    [ "$active" = "$2" ] || service_excused "$4" || return 1
    # Units that cannot be enabled start when something needs them; there is nothing to be changed about that.
    case $3:$file in
    enabled:enabled | disabled:disabled | *:static | *:indirect | *:generated | *:alias | disabled:masked) ;;
    *) return 1 ;;
    esac
}
service_excused() { [ -n "$1" ] && sh -ec "$1" > /dev/null 2>&1; }
diff_service() {
    service_look "$1"
    echo "$1: now $active, $file; wanted $2, $3"
}
apply_service() {
    service_look "$1"
    if [ "$3" = enabled ] && [ "$file" != enabled ]; then systemctl enable -q -- "$1"; fi
    if [ "$3" = disabled ] && [ "$file" = enabled ]; then systemctl disable -q -- "$1"; fi
    case $2 in
    active)
        ! service_excused "$4" || return 0
        # A unit that failed before must not be refused for having failed.
        systemctl reset-failed -- "$1" 2> /dev/null || :
        systemctl start -- "$1" || { systemctl status --no-pager -n 20 -- "$1" || :; fail "$1 does not start"; }
        ;;
    inactive)
        systemctl stop -- "$1"
        # A unit that failed before is stopped, but not called inactive.
        systemctl reset-failed -- "$1" 2> /dev/null || :
        ;;
    esac
}
