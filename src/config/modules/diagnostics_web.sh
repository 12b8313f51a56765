# shellcheck shell=sh disable=SC2154
# What `labctl doctor` asks the web server: nginx's files as nginx reads them, and how every site and backend answers.
# Defines see_web, see_answers, see_broken_line, see_conf, see_files, see_mentions, see_site.
# Uses diagnostics.sh, diagnostics_changed.sh.

see_web() {
    if ! command -v nginx > /dev/null; then see nginx.missing yes; return; fi
    see nginx.unit "$(systemctl show -p LoadState -p ActiveState -p UnitFileState --value nginx 2> /dev/null | tr '\n' ' ')"
    see nginx.pid "$(head -n 1 /run/nginx.pid 2> /dev/null)"
    see_code=0
    nginx -T > "$work/see.conf" 2> "$work/see.test" || see_code=$?
    see nginx.test "$see_code"
    grep -E '\[(emerg|alert|crit|error|warn)\]' "$work/see.test" | see_lines nginx.says
    see_bind=$(tail -n 100 /var/log/nginx/error.log 2> /dev/null | grep -E '\[emerg\].*bind\(\) to' | tail -n 1)
    # Only if nothing was changed since.
    if [ -n "$see_bind" ] && [ -z "$(find -L /etc/nginx -newermt "$(printf %.19s "$see_bind" | tr / -)" -print -quit 2> /dev/null)" ]; then
        printf '%s\n' "$see_bind" | see_lines nginx.log
    fi
    # nginx shows no files of which it refuses one.
    [ "$see_code" = 0 ] || see_files > "$work/see.conf"
    see_broken_line
    see_conf
    see_main
    see_mentions "$@"
    if command -v curl > /dev/null; then see_answers "$@"; fi
    # What nginx wrote down about the last requests, this look's among them.
    tail -n 200 /var/log/nginx/error.log 2> /dev/null | grep -E '\[(error|crit|alert)\]' | tail -n 12 | see_lines nginx.error
}

# The line that nginx stumbles over, and the two before it: a forgotten `;` is on one of those.
see_broken_line() {
    see_at=$(sed -n 's/.*\[emerg\].* in \(\/[^ ]*:[0-9][0-9]*\)$/\1/p' "$work/see.test" | head -n 1)
    [ -f "${see_at%:*}" ] || return 0
    awk -v last="${see_at##*:}" 'NR > last - 3 && NR <= last { print NR ": " $0 }' "${see_at%:*}" | see_lines nginx.broken
}

# Files below /etc/nginx, in the form of `nginx -T`, the main file first.
see_files() {
    { echo /etc/nginx/nginx.conf; find -L /etc/nginx -type f ! -path /etc/nginx/nginx.conf -size -100k 2> /dev/null | sort; } | head -n 60 | while IFS= read -r see_each; do
        printf '# configuration file %s:\n' "$see_each"
        cat -- "$see_each" 2> /dev/null
        echo
    done
}

# The configuration as nginx puts it together: FILE, line and text. Lists of file types are no news.
see_conf() {
    tr -d '\036\r\t' < "$work/see.conf" | awk -v work="$work" '
        /^# configuration file .*:$/ {
            file = substr($0, 22); sub(/:$/, "", file); n = 0
            print file > (work "/see.files")
            dull = file ~ /(mime\.types|fastcgi|scgi_params|uwsgi_params|koi-|win-utf|modules-enabled)/
            next
        }
        { n++; line = $0; sub(/^ +/, "", line) }
        !dull && line != "" && line !~ /^#/ && ++all <= 1500 { printf "see.nginx.conf#%05d %s\t%d\t%s\n", all, file, n, substr(line, 1, 2000) }
    ' >> "$work/facts"
    [ -s "$work/see.files" ] || return 0
    tr '\n' '\0' < "$work/see.files" | xargs -0 readlink -f -- | see_lines nginx.loaded
    # Which of two is the copy shows in when it was made.
    tr '\n' '\0' < "$work/see.files" | xargs -0 stat -L -c '%Z %n' -- 2> /dev/null | see_lines nginx.age
}

# Every line below /etc/nginx that names one of the domains, loaded or not.
see_mentions() {
    [ $# -gt 0 ] || return 0
    see_domains=$(while [ $# -gt 0 ]; do printf '%s\n' "$1"; shift 2; done)
    grep -rnHIsFw -e "$see_domains" /etc/nginx 2> /dev/null | grep -v -E '(~|\.bak|\.save|\.dpkg-[a-z]+|\.orig):[0-9]' | head -n 60 | see_lines nginx.names
}

# Asks every site as a visitor would, and every backend as nginx would: all at once, because what is dropped takes long.
see_answers() {
    at=127.0.0.1
    case " $(hostname -I 2> /dev/null)" in *" $address "*) at=$address ;; esac
    see_sockets=$(sed -n -E 's/^([^#]*[[:space:];{])?(server|proxy_pass)[[:space:]]+(https?:\/\/)?([A-Za-z0-9.-]+:[0-9]+).*/\4/p' "$work/see.conf" | head -n 60)
    see_n=0
    while [ $# -gt 0 ]; do
        see_n=$((see_n + 1))
        see_site "$1" "$see_n" "${2%% *}" &
        see_sockets="$see_sockets $2"
        shift 2
    done
    # shellcheck disable=SC2086 # words
    for see_socket in $(printf '%s\n' $see_sockets | sort -u); do
        see_n=$((see_n + 1))
        see_ask "reach.$see_socket" "$work/see.$see_n" "http://$see_socket/" &
        case ${see_socket%:*} in *[!0-9.]*)
            see "hosts.${see_socket%:*}" "$(grep -nswF -e "${see_socket%:*}" /etc/hosts | grep -m 1 -v '^[0-9]*:[[:space:]]*#')" &
            see "name.${see_socket%:*}" "$(getent ahostsv4 "${see_socket%:*}" 2> /dev/null | awk '{ print $1; exit }')" &
            ;;
        esac
    done
    wait
}

# see_site DOMAIN N SOCKET: the page, and then a file that it is made of: a site may have the one without the other.
see_site() {
    see_ask "ask.$1" "$work/see.$2" -H "Host: $1" "http://$at/"
    [ "$see_exit" = 0 ] || return 0
    see_part=$(grep -o -E '(src|href)="?/[A-Za-z0-9._/-]+' "$work/see.$2" 2> /dev/null | sed 's/^[^/]*//' | grep -m 1 -E '\.(js|css|png|ico|svg|json)$')
    see_part=${see_part:-/static/js/bundle.js}
    see_by=${see_up##*, }
    see_ask "part.$1" "$work/see.$2.part" -H "Host: $1" "http://$at$see_part"
    see "path.$1" "$see_part"
    case $see_by in *:*) ;; *) see_by=$3 ;; esac
    [ -z "$see_by" ] || see_ask "direct.$1" "$work/see.$2.direct" "http://$see_by$see_part"
}
