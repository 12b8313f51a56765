# shellcheck shell=sh disable=SC2154,SC2016,SC3013,SC2015
# pm2_boot USER
#
# USER's pm2 daemon is the systemd service pm2-USER: started at boot, with the
# applications that were saved, and running inside that service now.

pm2_boot_words() {
    user=$1 unit=pm2-$1.service
    pm2_boot_home=$(home "$user") || cannot_tell
    pm2_boot_program=$(command -v pm2) || cannot_tell
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

# The daemons of USER's folder that are not the main process of the unit, by their title: one that has lost its pid file still
# answers whoever asks pm2, and systemd would wait for that file in vain. Sets strays to USER's own, and roots to those that
# root has started there (`sudo pm2` where sudo keeps HOME): USER cannot even ask these.
pm2_boot_strays() {
    strays='' roots=''
    for pm2_boot_pid in /proc/[0-9]*; do
        pm2_boot_pid=${pm2_boot_pid#/proc/}
        pm2_of "$pm2_boot_home/.pm2" "$pm2_boot_pid" && [ "$pm2_boot_pid" != "$main" ] || continue
        pm2_boot_owner=$(stat -c %U "/proc/$pm2_boot_pid")
        if [ "$pm2_boot_owner" = "$user" ]; then strays="$strays $pm2_boot_pid"
        elif [ "$pm2_boot_owner" = root ]; then roots="$roots $pm2_boot_pid"; fi
    done
    [ -n "$strays$roots" ]
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
    # A unit that somebody's own `pm2 startup` has made is as good, if it starts the same pm2 (-ef: dash, bash and busybox have it).
    [ "$file" = enabled ] && [ "$start" -ef "$pm2_boot_program" ] && [ "$active" = active ] || return 1
    pm2_boot_daemon && [ "$daemon" = "$main" ] && ! pm2_boot_old && ! pm2_boot_elsewhere
}

apply_pm2_boot() {
    pm2_boot_words "$@"
    pm2_habitable "$user" "$pm2_boot_home"
    [ -d /run/systemd/system ] || fail "this machine does not run systemd, so pm2 cannot start at boot"
    pm2_boot_look || fail "systemctl show $unit failed"
    pm2_boot_unit
    pm2_boot_strays || :
    pm2_boot_units
    pm2_boot_roots
    # Without saved applications `pm2 resurrect` has nothing to read.
    as "$user" sh -c 'mkdir -p "$1" && { [ -s "$1/dump.pm2" ] || echo "[]" >"$1/dump.pm2"; }' sh "$pm2_boot_home/.pm2"
    [ "$file" = enabled ] || systemctl -q enable "$unit"
    pm2_boot_daemon || :
    if [ -n "$strays" ] || [ "${daemon:-$main}" != "$main" ]; then
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

# Other units that start a pm2 in USER's folder (`pm2 startup --service-name`, or with --hp for another user): at the next boot
# two would fight for one pid file.
pm2_boot_units() {
    for pm2_boot_pid in $strays $roots; do
        { read -r pm2_boot_group <"/proc/$pm2_boot_pid/cgroup"; } 2>/dev/null || continue
        pm2_boot_group=${pm2_boot_group##*/}
        case $pm2_boot_group in
        "$unit" | ssh.service | sshd.service | 'ssh@'*.service | 'user@'*.service | labctl*.service) ;;
        *.service)
            note "$pm2_boot_group starts a pm2 of $user, too: disabled"
            systemctl -q disable "$pm2_boot_group" ;;
        esac
    done
}

# What root has started or left in USER's folder becomes USER's: the list of applications, and then the files.
pm2_boot_roots() {
    if [ -n "$roots" ]; then
        note "pm2 in $pm2_boot_home/.pm2 ran as root (with sudo?): its applications are $user's from now on"
        as root "PM2_HOME=$pm2_boot_home/.pm2" timeout -k 5 60 pm2 -s save || :
        # shellcheck disable=SC2086 # a list: asked first, for then it ends its applications, too
        kill $roots 2>/dev/null || :
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            # shellcheck disable=SC2086
            kill -0 $roots 2>/dev/null || break
            sleep 0.3
        done
        # shellcheck disable=SC2086
        kill -KILL $roots 2>/dev/null || :
    fi
    [ -d "$pm2_boot_home/.pm2" ] && [ -n "$(find "$pm2_boot_home/.pm2" ! -user "$user" -print -quit)" ] || return 0
    [ -n "$roots" ] || note "$pm2_boot_home/.pm2 held files of somebody else (pm2 with sudo?): now they are $user's"
    give "$user" "$pm2_boot_home/.pm2" -R
}

# Where the unit does not do what it should: what `pm2 startup` would write, but with the link that survives a new version, and
# in a form that holds for every name. What somebody else has written there is kept beside it.
pm2_boot_unit() {
    case $user in
    [a-z_]*) pm2_boot_user=$user ;;
    *) pm2_boot_user=$(id -u -- "$user") ;; # systemd takes a name of digits for a number
    esac
    cat >"$work/$unit" <<EOT
[Unit]
Description=PM2 process manager for $user
Documentation=https://pm2.keymetrics.io/
After=network.target

[Service]
Type=forking
User=$pm2_boot_user
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
Environment=PATH=/usr/local/bin:/usr/bin:/bin
Environment=PM2_HOME=$pm2_boot_home/.pm2
PIDFile=$pm2_boot_home/.pm2/pm2.pid
Restart=on-failure
ExecStart=$pm2_boot_program resurrect
ExecReload=$pm2_boot_program reload all
ExecStop=$pm2_boot_program kill

[Install]
WantedBy=multi-user.target
EOT
    pm2_boot_file=/etc/systemd/system/$unit
    ! cmp -s "$work/$unit" "$pm2_boot_file" || return 0
    if [ -f "$pm2_boot_file" ] && ! grep -qsxF "Description=PM2 process manager for $user" "$pm2_boot_file"; then
        cp -p "$pm2_boot_file" "$pm2_boot_file.before-labctl"
        note "$pm2_boot_file was written by somebody else (pm2 startup?): it is now ${pm2_boot_file##*/}.before-labctl"
    fi
    chmod 644 "$work/$unit"
    mv -f "$work/$unit" "$pm2_boot_file.labctl"
    swap_in "$pm2_boot_file.labctl" "$pm2_boot_file"
    systemctl daemon-reload
    file=''
}
