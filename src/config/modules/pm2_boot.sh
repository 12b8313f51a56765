# shellcheck shell=sh disable=SC2154,SC2016
# pm2_boot USER
#
# USER's pm2 daemon is the systemd service pm2-USER: started at boot, with the
# applications that were saved, and running inside that service now.

pm2_boot_words() {
    user=$1 unit=pm2-$1.service
    pm2_boot_home=$(home "$user") || cannot_tell
    command -v pm2 >/dev/null || cannot_tell
}

# One call tells everything that systemd knows; sets main, file, active, start.
pm2_boot_look() {
    main=0 file='' active='' start='' pm2_boot_fragment=''
    pm2_boot_show=$(systemctl show -p FragmentPath -p MainPID -p UnitFileState -p ActiveState -p ExecStart "$unit" 2>/dev/null) || return 1
    while IFS= read -r pm2_boot_line; do
        case $pm2_boot_line in
        FragmentPath=*) pm2_boot_fragment=${pm2_boot_line#*=} ;;
        MainPID=*) main=${pm2_boot_line#*=} ;;
        UnitFileState=*) file=${pm2_boot_line#*=} ;;
        ActiveState=*) active=${pm2_boot_line#*=} ;;
        ExecStart=*) start=${pm2_boot_line#*path=} start=${start%% *} ;;
        esac
    done <<EOT
$pm2_boot_show
EOT
    # What was deleted without a word to systemd is still in its memory, but not there at the next boot.
    [ -e "$pm2_boot_fragment" ] || file='' start=''
}

# The pid of USER's daemon, if it lives.
pm2_boot_daemon() {
    pm2_daemon "$pm2_boot_home/.pm2" || return 1
    pm2_boot_name=$title
    case $title in *"$pm2_boot_home/.pm2"*) ;; *) daemon=''; return 1 ;; esac
}

# The daemons of USER that are not the main process of the unit, by their title: one that has lost its pid file still answers
# whoever asks pm2, and systemd would wait for that file in vain.
pm2_boot_strays() {
    strays=''
    for pm2_boot_pid in /proc/[0-9]*; do
        pm2_boot_pid=${pm2_boot_pid#/proc/}
        pm2_of "$pm2_boot_home/.pm2" "$pm2_boot_pid" || continue
        [ "$pm2_boot_pid" = "$main" ] || [ "$(stat -c %U "/proc/$pm2_boot_pid")" != "$user" ] || strays="$strays $pm2_boot_pid"
    done
    [ -n "$strays" ]
}

# Whether another daemon than the service's runs an application: asked of no program, for this is asked at every look.
pm2_boot_elsewhere() {
    for pm2_boot_file in "$pm2_boot_home"/.pm2/pids/*.pid; do
        [ -f "$pm2_boot_file" ] || continue
        pm2_boot_pid=''
        { read -r pm2_boot_pid <"$pm2_boot_file" || :; } 2>/dev/null
        process "$pm2_boot_pid" && [ "$parent" != "$daemon" ] || continue
        ! pm2_of "$pm2_boot_home/.pm2" "$parent" || return 0
    done
    return 1
}

# The daemon's title names its version; it stays old when pm2 itself is replaced.
pm2_boot_old() {
    pm2_boot_package=$(readlink /usr/local/bin/pm2)
    pm2_boot_package=${pm2_boot_package%/bin/pm2}/lib/node_modules/pm2/package.json
    version_in "$pm2_boot_package" || return 1 # installed in some other way
    pm2_boot_name=${pm2_boot_name#PM2 v}
    [ "$found" != "${pm2_boot_name%%:*}" ]
}

check_pm2_boot() {
    pm2_boot_words "$@"
    pm2_boot_look || return 1
    [ "$file" = enabled ] && [ -x "$start" ] && [ "$active" = active ] || return 1
    pm2_boot_daemon && [ "$daemon" = "$main" ] && ! pm2_boot_old && ! pm2_boot_elsewhere
}

apply_pm2_boot() {
    pm2_boot_words "$@"
    [ -d /run/systemd/system ] || fail "this machine does not run systemd, so pm2 cannot start at boot"
    # Without saved applications `pm2 resurrect` has nothing to read.
    as "$user" sh -c 'mkdir -p "$1" && { [ -s "$1/dump.pm2" ] || echo "[]" >"$1/dump.pm2"; }' sh "$pm2_boot_home/.pm2"
    pm2_boot_look || fail "systemctl show $unit failed"
    [ -x "$start" ] || pm2_boot_unit
    [ "$file" = enabled ] || systemctl -q enable "$unit"
    pm2_boot_daemon || :
    if pm2_boot_strays || [ "${daemon:-$main}" != "$main" ]; then
        note "pm2 of $user ran outside $unit: its applications were restarted inside"
    elif [ -n "$daemon" ]; then
        pm2_boot_old || return 0
        note "pm2 of $user was replaced by a new version: its applications were restarted"
    fi
    if [ -n "$daemon$strays" ]; then
        # systemd takes no daemon from outside the service, so this one must
        # end first; the new one starts the same applications.
        pm2_ask save || : # nothing to save
        pm2_ask kill || :
    fi
    systemctl stop "$unit"
    # What did not end when it was asked to, or was not asked because another has its socket.
    main=0
    # shellcheck disable=SC2086 # a list
    ! pm2_boot_strays || kill -KILL $strays 2> /dev/null || :
    systemctl reset-failed "$unit" 2>/dev/null || :
    # systemd goes on with a start whose caller was ended.
    trap 'systemctl --no-block stop "$unit"; exit 143' TERM
    systemctl start "$unit" || { journalctl --no-pager -n 30 -u "$unit"; fail "$unit does not start"; }
    trap 'exit 143' TERM
}

# What `pm2 startup` would write, but with the link that survives a new version.
pm2_boot_unit() {
    cat >"$work/$unit" <<EOT
[Unit]
Description=PM2 process manager for $user
Documentation=https://pm2.keymetrics.io/
After=network.target

[Service]
Type=forking
User=$user
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
Environment=PATH=/usr/local/bin:/usr/bin:/bin
Environment=PM2_HOME=$pm2_boot_home/.pm2
PIDFile=$pm2_boot_home/.pm2/pm2.pid
Restart=on-failure
ExecStart=/usr/local/bin/pm2 resurrect
ExecReload=/usr/local/bin/pm2 reload all
ExecStop=/usr/local/bin/pm2 kill

[Install]
WantedBy=multi-user.target
EOT
    chmod 644 "$work/$unit"
    mv -f "$work/$unit" "/etc/systemd/system/$unit.labctl"
    swap_in "/etc/systemd/system/$unit.labctl" "/etc/systemd/system/$unit"
    systemctl daemon-reload
    file=''
}
