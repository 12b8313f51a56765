# The same checks as a converged `labctl up` makes, written by hand as tightly as POSIX sh allows: the floor that
# labctl measures itself against. It knows this one lab, decides nothing, and can repair nothing.
# It is preceded by the values of: role lab user home port sites (domain=socket,socket …) config sums
set -u
export LC_ALL=C.UTF-8
tell() { printf '%s %s\n' "$1" "$2"; }
fresh() {
    tell updated "$(find /var/lib/labctl/apt-upgrade /etc/apt/sources.list /etc/apt/sources.list.d \
        -path /var/lib/labctl/apt-upgrade -newermt '-86400 seconds' -printf young -o -newer /var/lib/labctl/apt-upgrade -printf newer)"
}
case $role in
web)
    fresh
    tell packages "$(dpkg-query -W -f '${db:Status-Abbrev}' nginx curl)"
    tell service "$(systemctl show -p ActiveState -p UnitFileState nginx)"
    tell files "$(cd "/etc/nginx/$config" && stat -c '%n %a %u' ./*.conf && sha256sum ./*.conf)"
    tell included "$(grep -c "include .*$config" /etc/nginx/nginx.conf)"
    read -r master < /run/nginx.pid
    tell changed "$(find -L /etc/nginx -newer "/proc/$master" -print)"
    for site in $sites; do
        # 200 requests over one connection each, and who answered them.
        tell "${site%=*}" "$(curl -s --noproxy '*' -H "Host: ${site%=*}" -D - -o /dev/null 'http://127.0.0.1/?[1-200]' |
            tr -d '\r' | grep -i '^x-upstream:\|^http/\|^x-labctl' | sort | uniq -c)"
    done
    ;;
app)
    fresh
    tell packages "$(dpkg-query -W -f '${db:Status-Abbrev}${Version} ' ca-certificates curl git xz-utils nodejs npm)"
    tell links "$(readlink /usr/local/bin/pm2)"
    tell checkout "$(runuser -u "$user" -- git -C "$home/demo" status --porcelain=v2 --branch --untracked-files=no)"
    tell edits "$(runuser -u "$user" -- git -C "$home/demo" diff HEAD)"
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
    tell page "$(curl -s --noproxy '*' -w '%{http_code}' "http://127.0.0.1:$port/" | grep -c 'id="root"')"
    ;;
esac
tell end .
