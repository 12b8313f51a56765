# What the machine is, line by line, without what differs from run to run: times, process numbers, logs, caches, and what an
# apt that was ended leaves in /tmp until the next boot (apt.conf.*, apt.sig.*, apt.data.*, apt-dpkg-install-*). Nor what ldconfig
# makes of the libraries: of links that no program needs it has those that were there when a package last asked for it.
exec 2> /dev/null
cd /
look() {
    find /etc /home /opt /root /srv /usr/local /var/www /var/lib/labctl /run/labctl /tmp /var/tmp -xdev \
        \( -path '*/.npm' -o -path '*/.pm2/logs' -o -path '*/.pm2/pids' -o -path '*/.git/objects' -o -path '*/.git/logs' \
        -o -name 'systemd-private-*' -o -path '/tmp/.*-unix' -o -path '/tmp/apt[.-]*' -o -path /etc/ld.so.cache -o -path '/var/lib/labctl/*/previous' \
        -o -path '/etc/ssl/certs' -o -path '/var/lib/labctl/apt-*' \) -prune -o "$@"
}
look ! -path '*/.pm2/*' ! -path '/tmp' ! -path '/var/tmp' -printf '%M %u:%g %p %l\n'
look -type f ! -path '*/.pm2/*' ! -path '*/.git/*' ! -path '/run/labctl/*/holder' ! -name nginx-loaded \
    -print0 | xargs -0 sha256sum
dpkg-query -W -f 'package ${db:Status-Abbrev} ${Package} ${Version}\n'
dpkg --audit | sed 's/^/audit /'
ls /var/lib/dpkg/updates | sed 's/^/half-done /'
apt-mark showmanual | sed 's/^/manual /'
systemctl list-unit-files --state=enabled --no-legend --plain | awk '{ print "enabled", $1 }'
systemctl list-units --type=service --state=running --no-legend --plain |
    awk '$1 !~ /^(user@|session|apt-|systemd-(hostnamed|timedated|localed|tmpfiles))/ { print "running", $1 }'
systemctl --failed --no-legend --plain | awk '{ print "unit failed", $1 }'
# Who came in through the door of the test (session 0: from outside) is not of the machine.
ps -eo sid=,user:20=,args= | awk '$1 != 0' | sed -E 's/^ *[0-9]+ //; s/[0-9]+/N/g' |
    grep -vE 'sshd: |systemd --user|systemd-user-runtime-dir|\(sd-pam\)|systemd-(hostnamed|timedated|tmpfiles|userwork)|sftp-server|is shutting down' | sort | sed 's/^/process /'
grep -l -a 'LABCTL_TASK=[^[:cntrl:]]' /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
    echo "orphan of a task: $(tr '\0' ' ' < "/proc/$pid/cmdline")"
done
for lock in /run/labctl/*/lock; do [ ! -e "$lock" ] || flock -n "$lock" true || echo "lock held: $lock"; done
if command -v nginx > /dev/null; then
    nginx -t 2> /dev/null && echo "nginx accepts its files"
    nginx -T 2> /dev/null | sha256sum | sed 's/^/nginx -T: /'
    booted=$(awk '/^btime/ { print $2 }' /proc/stat)
    for worker in $(pgrep -f 'nginx: worker process$'); do
        born=$((booted + $(sed 's/.*) //' "/proc/$worker/stat" | cut -d' ' -f20) / 100))
        find /etc/nginx -type f -printf '%C@ %p\n' | while read -r changed file; do
            [ "${changed%.*}" -le "$((born + 1))" ] || echo "nginx has not loaded $file"
        done
    done
    for site in demo.lab.test app1.lab.test; do
        for _ in 1 2 3 4 5 6 7 8; do curl -s -m 10 -o /dev/null -D - -H "Host: $site" http://127.0.0.1/; done |
            grep -vi -e '^date:' -e '^etag' | tr -d '\r' | sort -u | sed "s/^/$site: /"
    done
fi
cd /home/student/demo && runuser -u student -- git status --porcelain=v2 --branch | sed 's/^/git /'
daemon=$(cat /home/student/.pm2/pm2.pid) && kill -0 "$daemon" && cd / &&
    runuser -u student -- env HOME=/home/student PATH=/usr/local/bin:/usr/bin:/bin pm2 -s jlist > /tmp/.jlist &&
    node -e '
        const fs = require("fs"), text = fs.readFileSync("/tmp/.jlist", "utf8");
        const show = (kind, p) => {
            const e = p.pm2_env || p;
            console.log(kind, JSON.stringify([p.name, e.status, e.pm_cwd, e.pm_exec_path, e.args, e.exec_mode, e.autorestart,
                e.username, e.LABCTL_SPEC, (e.env || e).PORT]));
        };
        JSON.parse(text.slice(text.search(/^\[(\{|\])/m))).forEach(p => show("pm2", p));
        JSON.parse(fs.readFileSync("/home/student/.pm2/dump.pm2", "utf8")).forEach(p => show("pm2 saved", p));'
rm -f /tmp/.jlist
