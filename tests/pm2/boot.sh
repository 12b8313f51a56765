# shellcheck shell=sh disable=SC2154,SC2016,SC2034,SC2046,SC2086
# Units that somebody has made. systemd is played: it reads the unit, starts what stands there as whom it names, and believes its
# pid file; so what is seen here is the module and pm2, and the labs show systemd.
mkdir -p /run/systemd/system /run/played
cat >/usr/local/bin/systemctl <<'J'
#!/bin/sh
while :; do case $1 in -q | --no-block) shift ;; *) break ;; esac; done
verb=$1; shift
for unit; do :; done
file=/etc/systemd/system/$unit
key() { sed -n "s/^$1=//p" "$file" 2>/dev/null; }
main=$(cat "/run/played/$unit" 2>/dev/null); kill -0 "${main:-x}" 2>/dev/null || main=0
home=$(key Environment | sed -n 's/^PM2_HOME=//p')
as() { user=$(key User); setpriv --reuid="$user" --regid="$user" --init-groups env -i HOME="${home%/.pm2}" PATH="$(key Environment | sed -n 's/^PATH=//p')" PM2_HOME="$home" "$@"; }
case $verb in
show)
    echo "FragmentPath=$([ ! -f "$file" ] || echo "$file")"; echo "MainPID=$main"
    echo "UnitFileState=$([ ! -e "/run/played/$unit.enabled" ] || echo enabled)"
    echo "ActiveState=$([ "$main" = 0 ] && echo inactive || echo active)"
    [ ! -f "$file" ] || echo "ExecStart={ path=$(key ExecStart | cut -d' ' -f1) ; argv[]=$(key ExecStart) }" ;;
enable) : >"/run/played/$unit.enabled" ;;
disable) rm -f "/run/played/$unit.enabled"; echo "$unit" >>/run/played/disabled ;;
stop) [ "$main" = 0 ] || { as $(key ExecStop) >/dev/null 2>&1; kill -9 "$main" 2>/dev/null; }; rm -f "/run/played/$unit" ;;
start) as $(key ExecStart) >/dev/null 2>&1 </dev/null; cat "$(key PIDFile)" >"/run/played/$unit" ;;
esac
:
J
chmod 755 /usr/local/bin/systemctl
boots() { # MODE USER
    rm -rf "$t/w" && mkdir "$t/w" && chmod 711 "$t/w"
    T=$t $shell "$t/engine" "$1" pm2_boot "$2" </dev/null >"$t/out" 2>&1 || :
}
unit=/etc/systemd/system/pm2-student.service
app student /home/student/b; me student sh -c 'cd ~/b && PORT=3000 pm2 -s start npm --name demo -- start && pm2 -s save' >/dev/null; serves 3000

begin "none"; boots apply student; ends CHANGED; says 'ran outside'; serves 3000; boots apply student; ends OK; has 'demo online;'
begin "typed by hand, with the same pm2"; sed -i 's/^Description=.*/Description=PM2 process manager/; s,/usr/local/bin/pm2,'"$(readlink -f /usr/local/bin/pm2)"',' $unit; cp $unit "$t/unit"; boots apply student; ends OK; holds 'cmp -s $unit "$t/unit"'

begin "another pm2"; cp -r "$t/pm2/node_modules" /usr/local/bin/other; sed -i 's,^\(Exec[A-Za-z]*=\)[^ ]*,\1/usr/local/bin/other/pm2/bin/pm2,' $unit
boots check student; ends WOULD-CHANGE; boots apply student; ends CHANGED; says 'written by somebody else (pm2 startup?)'
holds 'grep -qx "ExecStart=/usr/local/bin/pm2 resurrect" $unit && grep -q other/pm2 $unit.before-labctl'; boots apply student; ends OK; has 'demo online;'
begin "a pm2 that is gone"; sed -i 's,^\(Exec[A-Za-z]*=\)[^ ]*,\1/home/student/.nvm/versions/node/v14.21.3/bin/pm2,; s/^Description=.*/Description=PM2 process manager/' $unit; boots apply student; ends CHANGED; boots apply student; ends OK
begin "another home"; sed -i 's,/home/student/.pm2,/home/wrong/.pm2,; s/^Description=.*/Description=PM2 process manager/' $unit; me student pm2 -s kill; me student pm2 -s resurrect >/dev/null; boots apply student; ends CHANGED; boots apply student; ends OK; holds 'grep -qx "PIDFile=/home/student/.pm2/pm2.pid" $unit'

begin "root's daemon in the home of the student"; systemctl stop pm2-student.service; me student pm2 -s kill; HOME=/home/student pm2 -s resurrect >/dev/null; serves 3000
boots apply student; ends CHANGED; says "ran as root (with sudo?)"; serves 3000
holds '[ -z "$(find /home/student/.pm2 ! -user student)" ] && [ -z "$(pgrep -u root -f "^PM2 ")" ]'; boots apply student; ends OK; has 'demo online;'
begin "files of root's in ~/.pm2"; systemctl stop pm2-student.service; touch /home/student/.pm2/x; chown root /home/student/.pm2/dump.pm2; boots apply student; ends CHANGED; says 'pm2 with sudo?'; holds '[ -z "$(find /home/student/.pm2 ! -user student)" ]'

begin "a user whose name is a number"; boots apply 2110511001; ends CHANGED; holds 'grep -qx User=1702 /etc/systemd/system/pm2-2110511001.service'; boots apply 2110511001; ends OK
begin "a home with a space"; boots apply siti; ends 'FAILED 1'; says '/home/siti nur'
me student pm2 -s kill; me 2110511001 pm2 -s kill
