# shellcheck shell=sh disable=SC2154,SC2016
# What `labctl doctor` asks an application server: its tools, the checkouts, every user's pm2, and how each port of it answers.
# Defines see_app, see_hidden, see_checkouts, see_missing, see_foreign, see_nvm, see_pm2, see_unit, see_units, see_ports.
# Uses diagnostics.sh, diagnostics_changed.sh, diagnostics_kept.sh, diagnostics_saved.sh, process.sh, pm2_daemon.sh.

see_app() {
    see pm2.user "$user"
    # What a login of the user finds; nvm's are seen by a terminal only. Of several Node.js, the first is taken, even if it does not run.
    as "$user" sh -c 'for each in node npm pm2; do printf "%s %s\n" "$each" "$(command -v "$each")"; done
        # By its path: dash passes over a program that cannot be executed, and nobody else does.
        first=$(command -v node); echo "version $("${first:-node}" -v 2>&1 | head -n 1)"
        IFS=:; for each in $PATH; do [ ! -x "$each/node" ] || printf "at %s %s\n" "$each/node" "$("$each/node" -v 2>&1 | head -n 1)"; done' 2> /dev/null | see_lines tool
    for see_each in node npm pm2; do
        if grep -qE "^see\.tool#[0-9]+ $see_each \$" "$work/facts"; then see_hidden "$see_each"; fi
    done
    for see_each in "$(home "$user")"/.nvm/versions/node/*/bin/node /root/.nvm/versions/node/*/bin/node; do
        if [ -x "$see_each" ]; then see "nvm.${see_each%/bin/node}" yes; fi
    done
    see_nvm "$user" "$(home "$user")"
    if [ -d "$dir" ]; then
        see dir "$dir"
    else
        see dir.missing "$dir"
    fi
    see_checkouts
    see_npmrc
    for see_each in /root/.pm2 /home/*/.pm2; do
        [ -d "$see_each" ] || continue
        see_folder=$see_each
        see_pm2 "$see_folder"
        see_ways "$see_folder" "$see_owner"
    done
    see_units
    see_ports
}

# see_hidden TOOL: where root finds a program and the lab's user does not: the first part of its path that is shut to that user.
see_hidden() {
    see_rest=$(readlink -f "$(command -v "$1")") && [ -x "$see_rest" ] || return 0
    case $see_rest in /root/* | /home/*) return 0 ;; esac
    see_rest=${see_rest#/}/ see_walk=''
    while [ -n "$see_rest" ]; do
        see_walk=$see_walk/${see_rest%%/*} see_rest=${see_rest#*/}
        as "$user" sh -c '[ -r "$1" ] && [ -x "$1" ]' sh "$see_walk" || {
            [ ! -d "$see_walk" ] || see_walk=$see_walk/
            see "hidden.$1" "$see_walk"
            return
        }
    done
}

# Projects of Node.js: FOLDER, `m` (packages are there) and `d` (it needs some), OWNER, and what `npm start` does.
see_checkouts() {
    see_folders=$({ printf '%s\n' "$dir/package.json"; find /home /root /var/www /opt /srv -xdev -maxdepth 4 \( -name node_modules -o -name '.?*' -o -name lib \) -prune -o -name package.json -print 2> /dev/null | sort; } | awk '!seen[$0]++' | head -n 12)
    while IFS= read -r see_each; do
        [ -f "$see_each" ] || continue
        see_folder=${see_each%/package.json} see_flags=-
        # An empty folder, as an npm that failed leaves it, is none.
        if [ -n "$(find "$see_folder/node_modules/" -mindepth 1 -maxdepth 1 ! -name '.*' -print -quit 2> /dev/null)" ]; then
            see_flags=${see_flags}m
            see_missing "$see_folder" | head -n 5 >> "$work/see.missing"
        fi
        if grep -qs '"dependencies"' "$see_each"; then see_flags=${see_flags}d; fi
        printf '%s\t%s\t%s\t%s\n' "$see_folder" "$see_flags" "$(stat -c %U "$see_folder")" "$(sed -n 's/^[[:space:]]*"start"[[:space:]]*:[[:space:]]*"\(.*\)",\{0,1\}[[:space:]]*$/\1/p' "$see_each" | head -n 1)"
        see_foreign "$see_folder"
        see_changed "$see_folder"
        see_crlf "$see_folder" >> "$work/see.crlf"
    done > "$work/see.checkouts" << EOT
$see_folders
EOT
    see_lines checkout < "$work/see.checkouts"
    [ ! -s "$work/see.changed" ] || see_lines changed < "$work/see.changed"
    [ ! -s "$work/see.changed.line" ] || see_lines changed.line < "$work/see.changed.line"
    [ ! -s "$work/see.crlf" ] || see_lines crlf < "$work/see.crlf"
    [ ! -s "$work/see.missing" ] || see_lines modules.missing < "$work/see.missing"
    for see_each in "$state"/npm-*; do
        if [ -e "$see_each" ]; then see modules.unfinished yes; fi
    done
}

# see_missing FOLDER: prints FOLDER and each package that its package.json names and node_modules has not: an npm that was ended
# leaves such a folder.
see_missing() {
    awk '/"dependencies"[ \t]*:/ { inside = 1; next } inside && /}/ { exit } inside { split($0, word, "\""); if (word[2] != "") print word[2] }' \
        "$1/package.json" 2> /dev/null | while read -r see_package; do
        [ -e "$1/node_modules/$see_package/package.json" ] || printf '%s\t%s\n' "$1" "$see_package"
    done
}

# see_foreign FOLDER: what in it belongs to another user than the one in whose home it is: PATH, whose it is, whose it should be.
see_foreign() {
    case $1 in /home/*/*) see_whose=$(stat -c %U "$(printf %s "$1" | cut -d/ -f1-3)") ;; *) return 0 ;; esac
    see_found=$(find "$1" -xdev -maxdepth 3 ! -user "$see_whose" -print -quit 2> /dev/null)
    [ -z "$see_found" ] || printf '%s\t%s\t%s\t%s\n' "$1" "$see_found" "$(stat -c %U "$see_found")" "$see_whose" >> "$work/see.foreign"
}

# see_nvm USER HOME: the folder of tools that a terminal of theirs has, when nvm brings it.
see_nvm() {
    [ -d "$2/.nvm/versions/node" ] || return 0
    see_alias=''
    [ ! -f "$2/.nvm/alias/default" ] || read -r see_alias < "$2/.nvm/alias/default" || :
    case $see_alias in v*) ;; [0-9]*) see_alias=v$see_alias ;; *) see_alias=v ;; esac
    see_bin=$(find "$2/.nvm/versions/node" -mindepth 1 -maxdepth 1 -name "$see_alias*" 2> /dev/null | sort -V | tail -n 1)
    [ ! -x "$see_bin/bin/node" ] || see "terminal.$1" "$see_bin/bin"
}

# see_pm2 FOLDER: one user's pm2.
see_pm2() {
    see_owner=$(stat -c %U "${1%/.pm2}")
    see_foreign "$1"
    see "pm2.home.$see_owner" "$1"
    see "pm2.boot.$see_owner" "$(systemctl is-enabled "pm2-$see_owner" 2> /dev/null) $(systemctl is-active "pm2-$see_owner" 2> /dev/null)"
    see_unit "pm2-$see_owner" "$see_owner"
    if systemctl -q is-failed "pm2-$see_owner" 2> /dev/null; then
        journalctl -q -u "pm2-$see_owner" -n 30 -o cat 2> /dev/null | grep -E 'rror|denied|annot|not found|ENO|EAC|EROFS' | grep -v -E '^pm2-|^Failed to start' | awk '!seen[$0]++' | tail -n 2 | see_lines "pm2.says.$see_owner"
    fi
    if grep -qs '@reboot.*pm2.*resurrect' "/var/spool/cron/crontabs/$see_owner"; then see "pm2.cron.$see_owner" yes; fi
    [ "$see_owner" = "$user" ] || see_nvm "$see_owner" "${1%/.pm2}"
    see_saved "$1/dump.pm2" "$see_owner"
    pm2_daemon "$1" || return 0
    see "pm2.daemon.$see_owner" "$daemon"
    # A daemon that lives has its Node.js and its pm2, wherever they are.
    see_exe=$(readlink "/proc/$daemon/exe")
    see "pm2.node.$see_owner" "$see_exe"
    see_library=''
    for see_each in "${see_exe%/bin/node}/lib/node_modules/pm2/bin/pm2" "$(readlink -f "$(command -v pm2)")" "${1%/.pm2}"/.nvm/versions/node/*/lib/node_modules/pm2/bin/pm2 /usr/lib/node_modules/pm2/bin/pm2 /usr/local/lib/node_modules/pm2/bin/pm2; do
        if [ -e "$see_each" ]; then see_library=${see_each%/bin/*}; break; fi
    done
    [ -n "$see_library" ] || return 0
    # As its owner, and with the very program that the daemon runs: whatever `node` is now, the daemon's is right.
    as "$see_owner" "/proc/$daemon/exe" -e "$pm2_monitor_js$pm2_entries_js" "$see_library" "$1" "pm2.app.$see_owner" 2> /dev/null | tr -d '\036' >> "$work/facts"
}

# see_unit UNIT USER: whether the unit of somebody's pm2 finds its pm2, and a Node.js for it.
see_unit() {
    see_show=$(systemctl show -p LoadState -p ExecStart -p Environment "$1" 2> /dev/null) || return 0
    case $see_show in *LoadState=loaded*) ;; *) return 0 ;; esac
    see_start=$(printf '%s\n' "$see_show" | sed -n 's/^ExecStart={ path=\([^ ]*\) .*/\1/p' | head -n 1)
    see_path=$(printf '%s\n' "$see_show" | sed -n 's/^Environment=.*PATH=\([^ "]*\).*/\1/p')
    see_node=none
    see_rest=${see_path:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:
    while [ -n "$see_rest" ] && [ "$see_node" = none ]; do
        if [ -x "${see_rest%%:*}/node" ]; then see_node=${see_rest%%:*}/node; fi
        see_rest=${see_rest#*:}
    done
    if [ -x "$see_start" ]; then see "pm2.unit.$2" "$see_start $see_node"; else see "pm2.unit.$2" "none $see_node"; fi
}

# Units that somebody has written beside pm2's: NAME, ACTIVE, STATE, STATUS, USER, FOLDER, FILE, COMMAND; and what those that do not
# run said last.
see_units() {
    for see_each in /etc/systemd/system/*.service; do
        if [ ! -f "$see_each" ] || [ -L "$see_each" ]; then continue; fi
        see_name=${see_each##*/}
        case $see_name in pm2-*) continue ;; esac
        systemctl show -p ActiveState -p UnitFileState -p ExecMainStatus -p User -p WorkingDirectory -p ExecStart "$see_name" 2> /dev/null |
            awk -v name="$see_name" -v file="$see_each" -v OFS="\t" '
                { key = $0; sub(/=.*/, "", key); value = $0; sub(/^[^=]*=/, "", value); of[key] = value }
                END {
                    sub(/^!/, "", of["WorkingDirectory"]); sub(/^.*argv\[\]=/, "", of["ExecStart"]); sub(/ ; .*/, "", of["ExecStart"])
                    print name, of["ActiveState"], of["UnitFileState"], of["ExecMainStatus"], of["User"], of["WorkingDirectory"], file, of["ExecStart"]
                }' >> "$work/see.units"
        systemctl -q is-active "$see_name" ||
            journalctl -q -u "$see_name" -n 30 -o cat 2> /dev/null | grep -E 'rror|denied|annot|not found|No such|EADDR' | awk '!seen[$0]++' | tail -n 2 | see_lines "unit.says.$see_name"
    done
    [ ! -s "$work/see.units" ] || head -n 12 "$work/see.units" | see_lines units
}

# Every port that a program of the lab may have is asked, all at once; whose they are is told, too: their unit of systemd.
see_ports() {
    command -v curl > /dev/null || return 0
    see_sockets=$(awk '$1 ~ /^see\.listen#/ { n = $5; sub(/.*:/, "", n); print n, $7 }' "$work/facts" | grep -v -E '"(sshd|systemd|systemd-.*|mysqld|mariadbd|postgres|redis-server|mongod|dnsmasq|cupsd|rpcbind|nginx)"' | awk -v port="$port" '$1 >= 1024 || $1 == port { print $1 }' | sort -un | head -n 40)
    for see_each in $see_sockets; do see_ask "local.$see_each" "$work/see.$see_each" "http://127.0.0.1:$see_each/" & done
    awk '$1 ~ /^see\.listen#/' "$work/facts" | sed -n 's/.*pid=\([0-9]*\),.*/\1/p' | sort -u | while read -r see_each; do
        see_group=$(tail -n 1 "/proc/$see_each/cgroup" 2> /dev/null)
        see_group=${see_group##*/}
        case $see_group in pm2-* | user@* | ssh.service | systemd-* | nginx.service | init.scope | '') ;;
        *.service) see "unit.$see_each" "$see_group $(systemctl is-enabled "$see_group" 2> /dev/null)" ;;
        esac
    done
    wait
}
