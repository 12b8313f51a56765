# shellcheck shell=sh
# A machine of its own for src/config/modules/pm2*.sh with a real pm2: namespaces, users, homes, nothing of the computer changed.
# Needs root, unshare, curl, node, and pm2 installed (npm install --prefix) in the folder $PM2_ROOT. Sourced by try.sh.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${IN_ARENA:-}" != 1 ]; then
    T=$(mktemp -d -p /var/tmp) rc=0
    export T
    IN_ARENA=1 unshare -m -p -n -f --kill-child --mount-proc --propagation private sh "$0" "$@" || rc=$?
    rmdir "$T"
    exit $rc
fi
shell=${1:-dash}
t=$T
mount -t tmpfs -o mode=755 none "$t"
for d in etc usr/local/bin; do
    mkdir -p "$t/up/$d" "$t/work/$d"
    mount -t overlay none -o "lowerdir=/$d,upperdir=$t/up/$d,workdir=$t/work/$d" "/$d"
done
mkdir "$t/pm2" "$t/modules" "$t/w" "$t/script"
mount --bind "$PM2_ROOT" "$t/pm2"
# Whoever is not root reads it there, too.
cp "$here"/src/config/modules/pm2*.* "$here"/src/config/modules/port.sh "$here"/src/config/modules/process.sh "$t/modules"
cp "$here"/src/planning/script/*.sh "$t/script"
for d in home root tmp run; do mount -t tmpfs -o mode=755 none /$d; done
chmod 1777 /tmp
ln -sf "$t/pm2/node_modules/.bin/pm2" /usr/local/bin/pm2
rm -f /usr/local/bin/node
ip link set lo up
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
# Not in the host's name service cache, whose answers would be of the host.
sed -i 's/^passwd:.*/passwd: files/; s/^group:.*/group: files/' /etc/nsswitch.conf 2>/dev/null || :
account() { # NAME NUMBER HOME
    echo "$1:x:$2:$2::$3:/bin/sh" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
    mkdir -p "$3" && chown "$2:$2" "$3" && chmod 755 "$3"
}
account student 1700 /home/student
account budi 1701 /home/budi
account 2110511001 1702 /home/2110511001
account siti 1703 '/home/siti nur'

# What a task of the module does: look, act only if needed, look again; under the real files of the engine.
cat >"$t/engine" <<'S'
mode=$1 verb=$2; shift 2
token=k user=$1 state=$T/state run=$T/run
. "$T/script/prelude.sh"
. "$T/script/files.sh"
. "$T/script/proxies.sh"
. "$T/script/packages.sh"
for piece in "$T"/modules/*.sh; do . "$piece"; done
for piece in "$T"/modules/*.js; do each=${piece##*/}; eval "${each%.js}_js=\$(cat \"\$piece\")"; done
known='' work=$T/w facts=${FACTS:-} take_over=${TAKE_OVER:-}
home=$(home "$user") known=$user
rm -f "$work"/*
( "check_$verb" "$@" ); rc=$?
[ ! -s "$work/facts" ] || sed 's/^/fact: /' "$work/facts"
case $rc in 0) echo OK; exit 0 ;; 8) echo BLOCKED; exit 0 ;; 9) echo UNKNOWN; exit 0 ;; esac
[ "$mode" = apply ] || { echo WOULD-CHANGE; exit 0; }
( acting=yes; trap 'exit 143' TERM; set -e; "apply_$verb" "$@" ) & wait $!; rc=$?
[ ! -s "$work/notes" ] || sed 's/^/note: /' "$work/notes"
[ $rc = 0 ] || { echo "FAILED $rc"; exit 0; }
phase=after
if ( "check_$verb" "$@" ); then echo CHANGED; else echo UNVERIFIED; fi
S
failed=0 case=
begin() { case=$1; }
wrong() { echo "WRONG $case: $*"; sed 's/^/        /' "$t/out"; failed=1; }
ends() { if [ "$(tail -n 1 "$t/out")" = "$1" ]; then echo "ok    $case: $1"; else wrong "wanted $1"; fi; }
says() { grep -qF -- "$1" "$t/out" || wrong "does not say $1"; }
silent() { ! grep -qF -- "$1" "$t/out" || wrong "says $1"; }
holds() { eval "$1" || wrong "does not hold: $1"; }
home_of() { awk -F: -v name="$1" '$1 == name { print $6 }' /etc/passwd; }
# me USER COMMAND…: as somebody who has logged in.
me() {
    me=$1 me_home=$(home_of "$1")
    shift
    setpriv --reuid="$me" --regid="$me" --init-groups -- env -i HOME="$me_home" USER="$me" TERM=xterm PATH=/usr/local/bin:/usr/bin:/bin "$@"
}
# app USER FOLDER: an application as npm starts it.
app() {
    mkdir -p "$2/src"
    printf '{\n  "name": "demo",\n  "version": "1.0.0",\n  "scripts": {\n    "start": "node src/index.js"\n  }\n}\n' >"$2/package.json"
    cat >"$2/src/index.js" <<'J'
const http = require("http");
const port = Number(process.env.PORT) || 3000;
http.createServer((_, answer) => answer.end("<div id=\"root\">" + process.pid)).listen(port, process.env.HOST || "0.0.0.0");
J
    chown -R "$1:$1" "$2"
}
# config USER NAME FOLDER PORT: what the template writes.
config() {
    c=$(home_of "$1")/.labctl/$2.config.js
    mkdir -p "${c%/*}"
    cat >"$c" <<J
module.exports = { apps: [{ name: "$2", cwd: "$3", script: "npm", args: ["start"], interpreter: "none", vizion: false,
  exp_backoff_restart_delay: 500, env: { HOST: "0.0.0.0", PORT: "$4", BROWSER: "none", LABCTL_SPEC: process.env.LABCTL_SPEC } }] };
J
    chown -R "$1:$1" "${c%/*}"
}
# runs MODE USER NAME FOLDER PORT [WITHIN]: the task of the module pm2.
runs() {
    rm -rf "$t/w" && mkdir "$t/w" && chmod 711 "$t/w"
    T=$t $shell "$t/engine" "$1" pm2 "$2" "$3" "$(home_of "$2")/.labctl/$3.config.js" "$4" spec "$5" '' 'id="root"' "${6:-30}" </dev/null >"$t/out" 2>&1 || :
    [ -z "${SHOW:-}" ] || cat "$t/out"
}
page() { curl -q -s -m 3 -o /dev/null "http://127.0.0.1:$1/"; }
serves() { for _ in $(seq 100); do ! page "$1" || return 0; sleep 0.1; done; return 1; }
gone() { for _ in $(seq 100); do page "$1" || return 0; sleep 0.1; done; return 1; }
# The entries of somebody's pm2, as pm2 itself tells them: NAME STATUS, sorted.
entries() {
    me "$1" pm2 jlist 2>/dev/null | sed -n '/^\[/p' |
        node -e 'for (const p of JSON.parse(require("fs").readFileSync(0))) console.log(p.name, p.pm2_env.status)' | sort | tr '\n' ';'
}
# has LIST: what the pm2 of student has.
has() { got=$(entries student); [ "$got" = "$1" ] || wrong "pm2 has $got, not $1"; }
