# shellcheck shell=sh disable=SC2154
# What `labctl doctor` asks a machine about what somebody's hand has changed: settings of nginx, SSH, systemd and npm.
# Defines see_touched, see_refused, see_main, see_npmrc, see_crlf, see_changed.
# Uses diagnostics.sh.

# Files of settings that were changed within a day, the last one first, and are not as their package brought them: AGE FILE.
see_touched() {
    find -L /etc/nginx /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/systemd/system/nginx.service.d /etc/systemd/system/ssh.service.d \
        /etc/systemd/system/pm2-*.service.d /etc/security/access.conf /etc/hosts.deny -type f -cmin -1440 -exec stat -L -c '%Z %n' {} + 2> /dev/null |
        sort -rn | head -n 40 > "$work/see.young"
    [ -s "$work/see.young" ] || return 0
    cut -d' ' -f2- "$work/see.young" | tr '\n' '\0' | xargs -0 md5sum -- 2> /dev/null > "$work/see.sums"
    # dpkg knows what its packages brought: ` FILE MD5`.
    dpkg-query -W -f '${Conffiles}\n' nginx-common nginx openssh-server openssh-client libpam-modules 2> /dev/null |
        awk 'NF > 1 { print $2 "  " $1 }' > "$work/see.brought"
    awk -v now="$(date +%s)" -v lab="# labctl " '
        FILENAME ~ /brought$/ { brought[$0] = 1; next }
        FILENAME ~ /sums$/ { if ($0 in brought) own[substr($0, 35)] = 1; next }
        { file = $0; sub(/^[0-9]* /, "", file) }
        file in own { next }
        { first = ""; getline first < file; close(file) }
        index(first, lab) != 1 { print now - $1, file }
    ' "$work/see.brought" "$work/see.sums" "$work/see.young" | head -n 5 | see_lines touched
}

# What somebody has put beside units of the lab: UNIT, FILE. Units that systemd refuses: UNIT, STATE, the file that was changed last of
# those that make it, and what is wrong in it.
see_refused() {
    for see_each in nginx ssh "pm2-$user"; do
        see_show=$(systemctl show -p LoadState -p FragmentPath -p DropInPaths "$see_each" 2> /dev/null)
        printf '%s\n' "$see_show" | sed -n 's/^DropInPaths=//p' | tr ' ' '\n' | grep '^/etc/' | while read -r see_file; do
            printf '%s\t%s\n' "$see_each" "$see_file" >> "$work/see.dropins"
        done
        case $see_show in *LoadState=bad-setting* | *LoadState=error*) ;; *) continue ;; esac
        see_file=$(sed -n "s/^$see_each\t//p" "$work/see.dropins" 2> /dev/null | tr '\n' '\0' | xargs -0 -r stat -c '%Z %n' -- 2> /dev/null | sort -rn | head -n 1 | cut -d' ' -f2-)
        [ -n "$see_file" ] || see_file=$(printf '%s\n' "$see_show" | sed -n 's/^FragmentPath=//p')
        see_words=$(systemd-analyze verify "$see_each.service" 2>&1 | grep -F "${see_each}" | head -n 1)
        printf '%s\t%s\t%s\t%s\n' "$see_each" "$(printf '%s\n' "$see_show" | sed -n 's/^LoadState=//p')" "$see_file" "$see_words"
    done | see_lines unit.refused
    [ ! -s "$work/see.dropins" ] || see_lines dropin < "$work/see.dropins"
}

# nginx.conf beside what it was before labctl's last change; and what nginx reads that is younger than labctl's proof that all answers.
see_main() {
    if [ -f "$state/previous/nginx.conf" ]; then
        diff -u -L /etc/nginx/nginx.conf -L /etc/nginx/nginx.conf /etc/nginx/nginx.conf "$state/previous/nginx.conf" 2> /dev/null |
            sed 's/^[[:space:]]*$/ #/' | see_lines nginx.main
    fi
    if [ -f "$state/nginx-loaded" ]; then
        find -L /etc/nginx -type f -cnewer "$state/nginx-loaded" 2> /dev/null | sort | head -n 20 | see_lines nginx.since
    fi
}

# Settings of npm that change how it runs a script: FILE, line and text.
see_npmrc() {
    grep -nHsE '^[[:space:]]*(script-shell|node-options|prefix|ignore-scripts|shell|scripts-prepend-node-path|globalconfig|userconfig)[[:space:]]*=' \
        "$(home "$user")/.npmrc" "$dir/.npmrc" /etc/npmrc /usr/etc/npmrc /usr/local/etc/npmrc | tr '\r' ' ' | sed 's/:/\t/; s/:/\t/' | see_lines npmrc
}

# see_crlf FOLDER: prints FOLDER and each script in it whose lines end as on Windows.
see_crlf() {
    for see_script in "$1"/*.sh; do
        if [ -f "$see_script" ] && head -c 4096 "$see_script" | grep -q "$(printf '\r')\$"; then printf '%s\t%s\n' "$1" "$see_script"; fi
    done
}

# see_changed FOLDER: FOLDER and each file in it that is not as git has it; and of those that say how the application is started, FOLDER,
# FILE, `-` or `+`, and the line. What may be a secret is not shown.
see_changed() {
    [ -e "$1/.git" ] || return 0
    see_owner=$(stat -c %U "$1/.git")
    as "$see_owner" GIT_OPTIONAL_LOCKS=0 timeout 5 git -C "$1" diff --name-only HEAD 2> /dev/null < /dev/null | head -n 8 > "$work/see.names"
    [ -s "$work/see.names" ] || return 0
    while IFS= read -r see_file; do printf '%s\t%s\n' "$1" "$see_file"; done < "$work/see.names" >> "$work/see.changed"
    as "$see_owner" GIT_OPTIONAL_LOCKS=0 timeout 5 git -C "$1" diff --no-color --no-ext-diff --no-prefix -U0 HEAD -- \
        package.json '.env*' 'ecosystem.*' .npmrc .yarnrc .nvmrc .node-version .tool-versions 2> /dev/null < /dev/null |
        awk -v folder="$1" -v OFS="\t" '
            /^(---|\+\+\+) / { if (substr($0, 5) != "/dev/null") file = substr($0, 5); next }
            /^[-+]/ {
                text = substr($0, 2)
                if (file ~ /^\.env/ || tolower(text) ~ /token|secret|passw|_auth|key/) sub(/[=:].*/, "=…", text)
                print folder, file, substr($0, 1, 1), substr(text, 1, 160)
            }' | head -n 12 >> "$work/see.changed.line"
}
