# The same checks as a converged `labctl up` makes, written by hand as tightly as POSIX sh allows: the floor that
# labctl measures itself against. It knows this one lab, decides nothing, and can repair nothing.
# It is preceded by the values of: role user home port sites config, and of asks: the sites that are asked for pages (all, if unset)
set -u
export LC_ALL=C.UTF-8
tell() { printf '%s %s\n' "$1" "$2"; }
fresh() {
    tell updated "$(find /var/lib/labctl/apt-upgrade /etc/apt/sources.list /etc/apt/sources.list.d \
        -path /var/lib/labctl/apt-upgrade -newermt '-86400 seconds' -printf young -o -newer /var/lib/labctl/apt-upgrade -printf newer)"
}
# 200 requests, four at a time: all were answered with 200, the page is the application's, and who answered them.
ask() {
    curl -q -sS -Z --no-progress-meter --parallel-max 4 -f --fail-early --noproxy '*' -H "Host: $1" -D - \
        -o "$2.page" http://127.0.0.1/ -o /dev/null 'http://127.0.0.1/#[2-200]' > "$2.heads" &&
        grep -qF 'id="root"' "$2.page" || return
    awk 'tolower($1) == "x-upstream:" { by[$2]++ } /^HTTP/ { status[$2]++ }
        END { for (each in by) printf "%s %s ", each, by[each]; print ""; exit status[200] != 200 }' "$2.heads"
}
case $role in
web)
    answers=$(mktemp -d)
    trap 'rm -r "$answers"' EXIT
    asked=
    for site in ${asks-$sites}; do
        ask "$site" "$answers/$site" > "$answers/$site.said" &
        asked="$asked $!"
    done
    fresh
    tell packages "$(dpkg-query -W -f '${db:Status-Abbrev}' nginx curl)"
    tell service "$(systemctl show -p ActiveState -p UnitFileState nginx)"
    tell files "$(cd "/etc/nginx/$config" && stat -c '%n %a %u' ./*.conf && sha256sum ./*.conf)"
    tell included "$(grep -c "include .*$config" /etc/nginx/nginx.conf)"
    read -r master < /run/nginx.pid
    tell changed "$(find -L /etc/nginx -newer "/proc/$master" -print)"
    # What nginx has loaded of each site is what stands in its file.
    set --
    for site in $sites; do
        set -- "$@" ${1:+--next} -s -o /dev/null -D - --noproxy '*' -X TRACE -H "Host: $site" http://127.0.0.1/
    done
    loaded=$(curl -q "$@")
    for file in "/etc/nginx/$config"/*.conf; do
        while read -r word name hash _; do
            [ "$word $name" != 'add_header X-Labctl-Config' ] || case $loaded in *"$name: $hash"*) ;; *) exit 1 ;; esac
        done < "$file"
    done
    for one in $asked; do wait "$one" || exit 1; done
    for site in ${asks-$sites}; do
        read -r said < "$answers/$site.said"
        tell "$site" "$said"
    done
    ;;
app)
    fresh
    tell packages "$(dpkg-query -W -f '${db:Status-Abbrev}${Version} ' ca-certificates curl git xz-utils nodejs npm)"
    tell links "$(readlink /usr/local/bin/pm2)"
    # No session, which `runuser` would open.
    as_user() { setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; }
    tell checkout "$(HOME=$home as_user git -C "$home/demo" status --porcelain=v2 --branch --untracked-files=no)"
    tell edits "$(HOME=$home as_user git -C "$home/demo" diff HEAD)"
    tell sums "$(cd "$home" && sha256sum demo/package-lock.json demo/package.json .labctl/demo.config.js)"
    read -r stamp < "$home/demo/node_modules/.labctl-stamp"
    tell stamp "$stamp"
    tell unit "$(systemctl show -p MainPID -p UnitFileState -p ActiveState -p ExecStart "pm2-$user")"
    for file in "$home/.pm2/pids/demo-"*.pid; do
        pid=''
        read -r pid < "$file" || :
        tell process "$(grep -a -o 'LABCTL_SPEC=[0-9a-f]*' "/proc/$pid/environ")"
    done
    tell saved "$(grep -c LABCTL_SPEC "$home/.pm2/dump.pm2")"
    tell page "$(curl -q -s --noproxy '*' -w '%{http_code}' "http://127.0.0.1:$port/" | grep -c 'id="root"')"
    ;;
esac
tell end .
