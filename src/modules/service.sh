# shellcheck shell=sh
# service NAME active|inactive enabled|disabled
check_service() {
    seen=$(systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$1") || return 1
    case $seen in *LoadState=not-found*) cannot_tell ;; esac
    case $seen in *ActiveState="$2"*) ;; *) return 1 ;; esac
    case $seen in *UnitFileState="$3"*) ;; *) return 1 ;; esac
}
diff_service() { printf '%s: now %s; wanted %s, %s\n' "$1" "$(systemctl show -p ActiveState -p UnitFileState --value -- "$1" | paste -sd' ')" "$2" "$3"; }
apply_service() {
    if [ "$3" = enabled ]; then systemctl enable -q -- "$1"; else systemctl disable -q -- "$1"; fi
    if [ "$2" = active ]; then
        # A unit that failed before must not be refused for having failed.
        systemctl reset-failed -- "$1" 2>/dev/null || :
        systemctl start -- "$1" || { systemctl status --no-pager -n 20 -- "$1" || :; fail "$1 does not start"; }
    else
        systemctl stop -- "$1"
        # A unit that failed before is stopped, but not called inactive.
        systemctl reset-failed -- "$1" 2>/dev/null || :
    fi
}
