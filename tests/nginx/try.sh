#!/bin/sh
# Tries src/config/modules/nginx*.sh with a real nginx, in namespaces of its own: nothing of the machine is changed.
# Needs root, unshare, curl, ss and Debian's nginx and nginx-common unpacked (dpkg -x) in the folder $NGINX_ROOT.
#   NGINX_ROOT=/tmp/nginx sh tests/nginx/try.sh [SHELL]     (SHELL: dash, bash or "busybox ash")
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${IN_ARENA:-}" != 1 ]; then
    T=$(mktemp -d) rc=0
    export T
    IN_ARENA=1 unshare -m -p -n -f --mount-proc --propagation private sh "$0" "$@" || rc=$?
    rmdir "$T"
    exit $rc
fi
shell=${1:-dash}
t=$T
mount -t tmpfs none "$t"
for d in etc usr/sbin usr/share; do
    mkdir -p "$t/up/$d" "$t/work/$d"
    mount -t overlay none -o "lowerdir=$NGINX_ROOT/$d:/$d,upperdir=$t/up/$d,workdir=$t/work/$d" "/$d"
done
mkdir "$t/lib" "$t/bin" "$t/w"
mount -t tmpfs none /run && mount -t tmpfs none /var/log && mount --bind "$t/lib" /var/lib
mkdir -p /var/log/nginx /var/lib/nginx /var/lib/labctl /etc/nginx/sites-enabled /etc/nginx/conf.d /usr/share/nginx/html
echo welcome >/usr/share/nginx/html/index.html
ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default
ip link set lo up
cp -a /etc/nginx "$t/pristine"

cat >"$t/bin/systemctl" <<'S'
#!/bin/sh
echo "systemctl $*" >>"$CALLS"
alive() { [ -e /run/nginx.pid ] && [ "$(cat "/proc/$(cat /run/nginx.pid)/comm" 2>/dev/null)" = nginx ]; }
case "$1" in
is-active) alive ;;
reset-failed) ;;
start) alive || { nginx -t -q && nginx; } ;;
reload-or-restart) [ ! -e "${HANG:-/none}" ] || { rm "$HANG"; sleep 60; }; [ -z "${CRASH:-}" ] || kill -9 "-$CRASH_GROUP"; if alive; then nginx -s reload; else nginx -t -q && nginx; fi ;;
*) exit 64 ;;
esac
S
chmod +x "$t/bin/systemctl"
export TAKE_OVER='' CALLS="$t/calls" PATH="$t/bin:/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C.UTF-8 MODULES="$here/src/config/modules" OWNER_SH="$here/src/planning/script/files.sh" W="$t/w"

cat >"$t/engine" <<'S'
set -u
mode=$1; shift
state=/var/lib/labctl/lab work=$W take_over=$TAKE_OVER tab=$(printf '\t') newline='
'
fail() { echo "$*"; exit 1; }
note() { echo "note: $*"; }
cannot_tell() { echo "cannot tell: $*"; exit 9; }
in_the_way() { echo "$*"; exit 8; }
. "$OWNER_SH"
module=nginx
if [ "$mode" = rotate ]; then module=rotation mode=apply; fi
for piece in "$MODULES"/nginx*.sh "$MODULES/$module.sh"; do . "$piece"; done
diff_rotation() { :; }
ipv6=${NO_IPV6:-$ipv6}
phase=before
( "check_$module" "$@" ); rc=$?
case $rc in 0) echo OK; exit 0 ;; 8) echo BLOCKED; exit 0 ;; 9) echo UNKNOWN; exit 0 ;; esac
( "diff_$module" "$@" ) | sed 's/^/  | /'
[ "$mode" = apply ] || { echo WOULD-CHANGE; exit 0; }
( trap 'exit 143' TERM; set -e; "apply_$module" "$@" ) & echo $! >"$W/pid"
wait $!; rc=$?
[ $rc = 0 ] || { echo "FAILED $rc"; exit 0; }
phase=after
if ( "check_$module" "$@" ); then echo CHANGED; else echo UNVERIFIED; fi
S
site() { # DOMAIN HASH [REST]
    printf '# labctl lab: %s\n'"${UPSTREAM:-}"'server {\n\tlisten 80;\n\tlisten [::]:80;\n\tserver_name %s;\n\tadd_header X-Labctl-Config %s always;\n\tlocation / { proxy_pass http://127.0.0.1:3999; }\n%s}\n.' "$1" "$1" "$2" "${3:-}"
}
f=/etc/nginx/dumbways
# sites MODE (DOMAIN HASH REST)...
sites() {
    m=$1; shift; n=$#
    while [ "$n" -gt 0 ]; do
        c=$(site "$1" "$2" "$3"); d=$1 h=$2; shift 3; n=$((n - 3))
        set -- "$@" "$d" "$f/$d.conf" "$h" "${c%.}"
    done
    $shell "$t/engine" "$m" $f lab 10.1.2.3 "${SERVERS:-}" "$@" </dev/null >"$t/out" 2>&1 || :
    [ -z "${SHOW:-}" ] || cat "$t/out"
}
failed=0 case=
begin() { case=$1; : >"$CALLS"; }
ends() { if [ "$(tail -n 1 "$t/out")" = "$1" ]; then echo "ok    $case: $1"; else echo "WRONG $case: wanted $1"; sed 's/^/        /' "$t/out"; failed=1; fi; }
says() { grep -qF -- "$1" "$t/out" || { echo "WRONG $case: does not say $1"; sed 's/^/        /' "$t/out"; failed=1; }; }
calls() { c=$(grep -cE 'start' "$CALLS" || :); [ "$c" = "$1" ] || { echo "WRONG $case: $c calls, wanted $1"; failed=1; }; }
announces() { got=$(curl -q -s -m 3 -o /dev/null -D - -X TRACE -H "Host: $1" http://127.0.0.1/ | tr -d '\r' | sed -n 's/^X-Labctl-Config: //p'); [ "$got" = "$2" ] || { echo "WRONG $case: $1 announces '$got', wanted $2"; failed=1; }; }
put_back() { find /etc/nginx -mindepth 1 -delete; cp -a "$t/pristine/." /etc/nginx; rm -rf /var/lib/labctl/lab; nginx -s reload 2>/dev/null || :; sleep 0.3; }
picture() { find /etc/nginx /run/nginx.pid -printf '%p %C@ %T@ %i\n' | sort; cat /proc/[0-9]*/stat 2>/dev/null | awk '/\(nginx\)/ { print $1, $22 }'; }
stop_nginx() { nginx -s stop 2>/dev/null || :; sleep 0.3; }

# Cases of another file, such as rivals.sh.
# shellcheck source=/dev/null
if [ -n "${CASES:-}" ]; then . "$CASES"; stop_nginx; exit $failed; fi

begin "nginx missing"; mv /usr/sbin/nginx "$t/nginx"; sites check a.lab h1 ''; ends UNKNOWN; mv "$t/nginx" /usr/sbin/nginx
nginx; sleep 0.5
begin "fresh, check"; before=$(picture); sites check a.lab h1 '' b.lab h2 ''; ends WOULD-CHANGE; says '+    include /etc/nginx/dumbways/*.conf;'; says '+# labctl lab: a.lab'; [ "$before" = "$(picture)" ] || echo "WRONG $case: touched"; [ ! -e /var/lib/labctl/lab ] || echo "WRONG state made"
begin fresh; sites apply a.lab h1 '' b.lab h2 ''; ends CHANGED; calls 1; announces a.lab h1; announces b.lab h2
begin again; before=$(picture); sites apply a.lab h1 '' b.lab h2 ''; ends OK; calls 0; [ "$before" = "$(picture)" ] || { echo "WRONG touched"; failed=1; }
begin "no proof, clock rule"; sleep 1.1; touch /etc/nginx/mime.types; sleep 2.2; nginx -s reload 2>/dev/null; sleep 0.7; mv /var/lib/labctl/lab/nginx-loaded "$t/proof"; sites apply a.lab h1 '' b.lab h2 ''; ends OK; calls 0; rm "$t/proof"; sites apply a.lab h1 '' b.lab h2 ''; ends OK
begin "hand edit"; sed -i s/3999/3998/ $f/a.lab.conf; sites apply a.lab h1 '' b.lab h2 ''; ends CHANGED; says '-	location / { proxy_pass http://127.0.0.1:3998; }'; calls 1
begin "mode changed"; chmod 600 $f/a.lab.conf; sites apply a.lab h1 '' b.lab h2 ''; ends CHANGED
begin "foreign file not loaded"; sleep 0.1; echo 'server { listen 80; server_name z.lab; return 204; }' >/etc/nginx/conf.d/x.conf; sites check a.lab h1 '' b.lab h2 ''; ends WOULD-CHANGE; says 'the running nginx has not loaded the configuration on disk'; sites apply a.lab h1 '' b.lab h2 ''; ends CHANGED; [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: z.lab' http://127.0.0.1/)" = 204 ] || echo "WRONG not loaded"
begin "foreign file loaded by hand"; rm /etc/nginx/conf.d/x.conf; sleep 2.2; nginx -s reload 2>/dev/null; sleep 0.7; sites apply a.lab h1 '' b.lab h2 ''; ends OK; calls 0
begin "touched, same bytes"; sites apply a.lab h3 '' b.lab h2 ''; sleep 0.1; touch /etc/nginx/mime.types; sites apply a.lab h3 '' b.lab h2 ''; ends OK
begin "touched, nobody's proof"; rm /var/lib/labctl/lab/nginx-loaded; touch /etc/nginx/mime.types; sites apply a.lab h3 '' b.lab h2 ''; ends CHANGED

begin "broken site"; : >"$t/codes"; cp -a $f "$t/f1"
( while [ ! -e "$t/enough" ]; do curl -s -o /dev/null -w '%{http_code}\n' -X TRACE -H 'Host: a.lab' http://127.0.0.1/ >>"$t/codes" || echo dead >>"$t/codes"; done ) & loop=$!
sites apply a.lab h9 '	root /x
' b.lab h2 ''; ends 'FAILED 1'; says 'note: the old configuration is back and loaded'; says '[emerg]'; says 'in /etc/nginx/dumbways/a.lab.conf:9'; says 'FAILED 1'; announces a.lab h3; diff -r "$t/f1" $f
begin "broken, then put right"; sites apply a.lab h4 '' b.lab h2 ''; ends CHANGED; announces a.lab h4
touch "$t/enough"; wait $loop || :; rm "$t/enough"; echo "      $(sort "$t/codes" | uniq -c | tr '\n' ' ') answers in the loop (all should be 405)"

begin "stale site"; sites apply a.lab h4 ''; ends CHANGED; says '+++ /dev/null'; [ ! -e $f/b.lab.conf ]
begin "foreign file in the folder stays"; echo 'server { listen 80; server_name own.lab; return 204; }' >$f/own.conf; sites apply a.lab h4 ''; ends CHANGED; [ -e $f/own.conf ]; rm $f/own.conf
begin "copies of a site stay"; for n in mine.conf a.lab.conf.bak 'a copy.conf' 'x*.conf'; do cp $f/a.lab.conf "$f/$n"; sed -i 's/server_name a.lab/server_name mine.lab/' "$f/$n"; done; head -n 1 $f/mine.conf >"$f/a copy.conf"; echo '# labctl lab: x* by hand' >"$f/x*.conf"; echo keep >$f/a; echo '# keep' >$f/xy.conf; sites apply a.lab h4 ''; ends CHANGED; for n in mine.conf a.lab.conf.bak 'a copy.conf' 'x*.conf' a xy.conf; do [ -e "$f/$n" ] || { echo "WRONG $case: $n is gone"; failed=1; }; done; announces mine.lab h4; sites apply a.lab h4 ''; ends OK
begin "copy with the same name"; cp $f/a.lab.conf $f/mine.conf; sites apply a.lab h4 ''; ends CHANGED; says "nginx reads $f/a.lab.conf first, so $f/mine.conf:2 is never asked"; [ -e $f/mine.conf ] || { echo "WRONG $case: it is gone"; failed=1; }; rm -f "$f/mine.conf" "$f/a.lab.conf.bak" "$f/a copy.conf" "$f/x*.conf" $f/a $f/xy.conf; sites apply a.lab h4 ''; ends CHANGED
begin "folder of a user"; chown -R nobody /etc/nginx; ln -s /etc/shadow "$f/.labctl-new"; sites check a.lab h4 ''; ends WOULD-CHANGE; sites apply a.lab h4 ''; ends CHANGED; says "note: nobody had /etc/nginx (drwxr-xr-x): only root writes there now"; says "note: nobody had $f ("; [ "$(stat -c %U /etc/nginx $f $f/a.lab.conf | sort -u)" = root ] || { echo "WRONG $case: it still is nobody's"; failed=1; }; chown -R root:root /etc/nginx; chmod 777 $f; sites apply a.lab h5 ''; ends CHANGED; says '(drwxrwxrwx)'; [ "$(stat -c %a $f)" = 755 ] || { echo "WRONG $case: still open"; failed=1; }; sites apply a.lab h4 ''; ends CHANGED
begin "folder that is a link"; mkdir /etc/elsewhere; mv $f /etc/elsewhere/real; ln -s /etc/elsewhere/real $f; sites apply a.lab h9 '	root /x
'; ends 'FAILED 1'; says 'note: the old configuration is back and loaded'; grep -q h4 $f/a.lab.conf || { echo "WRONG $case: not back"; failed=1; }; announces a.lab h4
begin "link into a user's folder"; chown nobody /etc/elsewhere; cp $f/a.lab.conf "$t/a"; sites apply a.lab h9 ''; ends 'FAILED 1'; says '*.conf should belong to root, but its folder /etc/elsewhere does not'; cmp "$t/a" $f/a.lab.conf || failed=1; rm $f; mv /etc/elsewhere/real $f; rm -r /etc/elsewhere; sites apply a.lab h4 ''
begin "site that is a link, change refused"; mv $f/a.lab.conf /etc/nginx/a.available; ln -s ../a.available $f/a.lab.conf; sites apply a.lab h9 '	root /x
'; ends 'FAILED 1'; [ "$(readlink $f/a.lab.conf)" = ../a.available ] || { echo "WRONG $case: not back"; failed=1; }; announces a.lab h4; rm -f /etc/nginx/a.available $f/a.lab.conf; sites apply a.lab h4 ''; ends CHANGED
begin "folder in the place of a site"; rm $f/a.lab.conf; mkdir $f/a.lab.conf; sites apply a.lab h4 ''; ends 'FAILED 1'; rmdir $f/a.lab.conf || { failed=1; rm -r $f/a.lab.conf; }; sites apply a.lab h4 ''; ends CHANGED
many() { n=100; set -- "$1" "$2"; m=$1 h=$2; shift 2; while [ $n -gt 0 ]; do set -- "$@" "s$n.lab" "$h" ''; n=$((n - 1)); done; sites "$m" "$@"; }
begin "stopped in the middle"; many apply h1; ends CHANGED; : >"$t/hang"; cp -a $f "$t/f2"
( while [ -e "$t/hang" ]; do sleep 0.1; done; read -r pid <"$W/pid"; while kill -TERM "$pid" 2>/dev/null; do pkill -TERM -P "$pid" || :; sleep 0.1; done ) & stopper=$!
HANG="$t/hang"; export HANG; many apply h2; unset HANG; wait $stopper || :; ends 'FAILED 143'; says 'note: the old configuration is back'; diff -r "$t/f2" $f >"$t/diff" || { echo "WRONG $case: not all is back"; grep -c ^diff "$t/diff"; failed=1; }; [ ! -e /var/lib/labctl/lab/saved ] || { echo "WRONG $case: not done"; failed=1; }; many apply h1; sites apply a.lab h4 ''; ends CHANGED
begin "include /*; by hand"; sed -i 's#dumbways/\*.conf#dumbways/*#' /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends CHANGED; [ "$(grep -c dumbways /etc/nginx/nginx.conf)" = 1 ]; grep -qF 'dumbways/*;' /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends OK
begin "include in the wrong folder"; sed -i 's#dumbways/\*#dumbway/*#' /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends CHANGED; grep -c dumbway /etc/nginx/nginx.conf >/dev/null
begin "include commented out"; sed -i 's/include .*dumbway.*;/# &/' /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends CHANGED; announces a.lab h4
begin "include through conf.d"; sed -i '/dumbway/d' /etc/nginx/nginx.conf; echo 'include dumbways/a*.conf;' >/etc/nginx/conf.d/d.conf; sites apply a.lab h4 ''; ends CHANGED; ! grep -q dumbways /etc/nginx/nginx.conf; rm /etc/nginx/conf.d/d.conf
begin "no sites-enabled line, brace on one line"; cp -p /etc/nginx/nginx.conf "$t/nginx.conf"; printf 'user www-data; pid /run/nginx.pid; events { }\nhttp { log_format x "{;}"; include /etc/nginx/conf.d/*.conf; # }\n  default_type text/plain; }\n' >/etc/nginx/nginx.conf; chmod 640 /etc/nginx/nginx.conf; chown 0:33 /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends CHANGED; announces a.lab h4; [ "$(stat -c '%a %g' /etc/nginx/nginx.conf)" = '640 33' ]; cp -p "$t/nginx.conf" /etc/nginx/nginx.conf; sites apply a.lab h4 ''; ends CHANGED
begin stopped; stop_nginx; sites check a.lab h4 ''; says 'nginx is not running'; sites apply a.lab h4 ''; ends CHANGED; announces a.lab h4; grep -q 'systemctl start nginx' "$CALLS"
begin "crash between swap and reload"
c=$(site a.lab h6 ''); (setsid sh -c 'CRASH_GROUP=$$ CRASH=1; export CRASH CRASH_GROUP; "$@"; :' - $shell "$t/engine" apply $f lab 10.1.2.3 '' a.lab $f/a.lab.conf h6 "${c%.}" </dev/null >"$t/out" 2>&1 & wait) 2>/dev/null || :
sleep 0.5; announces a.lab h4; grep -q h6 $f/a.lab.conf; sites check a.lab h6 ''; says 'has not loaded'; sites apply a.lab h6 ''; ends CHANGED; announces a.lab h6
begin "crash, then broken"; c=$(site a.lab h7 ''); (setsid sh -c 'CRASH_GROUP=$$ CRASH=1; export CRASH CRASH_GROUP; "$@"; :' - $shell "$t/engine" apply $f lab 10.1.2.3 '' a.lab $f/a.lab.conf h7 "${c%.}" </dev/null >"$t/out" 2>&1 & wait) 2>/dev/null || :
sleep 0.5; echo 'garbage' >>$f/a.lab.conf; sites apply a.lab h8 '	oops
'; says 'FAILED 1'; announces a.lab h6; grep -q h6 $f/a.lab.conf; sites apply a.lab h8 ''; ends CHANGED; announces a.lab h8
begin "clock set back"; mkdir "$t/bin2"; printf '#!/bin/sh\necho 1000000000.0\n' >"$t/bin2/date"; chmod +x "$t/bin2/date"; old=$PATH; PATH="$t/bin2:$PATH"; sites apply a.lab h8 ''; ends OK; rm /var/lib/labctl/lab/nginx-loaded; sites apply a.lab h8 ''; ends CHANGED; sites apply a.lab h8 ''; ends OK; PATH=$old
begin "taken port, nginx stopped"; stop_nginx; python3 -m http.server 80 >/dev/null 2>&1 & holder=$!; sleep 1; sites apply a.lab h9 ''; says 'FAILED 1'; says 'port 80 is taken'; says 'bind() to'; grep -q h8 $f/a.lab.conf; kill $holder; wait $holder 2>/dev/null || :; echo "ok    $case"; sites apply a.lab h9 ''; ends CHANGED
begin "taken port, nginx on another port"; stop_nginx; rm /etc/nginx/sites-enabled/default; mv $f "$t/away"; echo 'server { listen 81; return 204; }' >/etc/nginx/conf.d/x.conf; nginx; python3 -m http.server 80 >/dev/null 2>&1 & holder=$!; sleep 1; sites apply a.lab h9 ''; says 'FAILED 1'; says 'port 80 is taken'; says 'could not bind'; [ ! -d $f ]; kill $holder; wait $holder 2>/dev/null || :; echo "ok    $case"; sites apply a.lab h9 ''; ends CHANGED; announces a.lab h9
begin "no site left"; sites apply; ends CHANGED; [ ! -e $f/a.lab.conf ]; sites apply; ends OK
begin "a server leaves its turns"
mkdir "$t/page"; echo 'id="root"' >"$t/page/index.html"; (cd "$t/page" && exec python3 -m http.server 3998 >/dev/null 2>&1) & holder=$!
(cd "$t/page" && exec python3 -m http.server 3997 >/dev/null 2>&1) & holders="$holder $!"
mkdir -p $f; grep -q dumbways /etc/nginx/nginx.conf || sed -i 's#include /etc/nginx/sites-enabled.*#&\n\tinclude /etc/nginx/dumbways/*.conf;#' /etc/nginx/nginx.conf
printf 'upstream two {\n    server 127.0.0.1:3997 weight=3 max_fails=1 fail_timeout=10s; # app1\n    server 127.0.0.1:3998; # app2; the other one\n    server 127.0.0.1:39980 down;\n}\nserver {\n    listen 80;\n    server_name two.lab;\n    add_header X-Upstream $upstream_addr always;\n    location / { proxy_pass http://two; }\n}' >$f/two.lab.conf
cp -p $f/two.lab.conf "$t/two"; nginx -s reload 2>/dev/null || nginx; sleep 1
rotate() { $shell "$t/engine" rotate "$@" </dev/null >"$t/out" 2>&1 || :; }
asked() { for n in 1 2 3 4 5 6 7 8; do curl -s -o /dev/null -D - -H "Host: ${1:-two}.lab" http://127.0.0.1/ | tr -d '\r' | sed -n 's/^X-Upstream: //p'; done | sort -u | tr '\n' ' '; }
rotate out 127.0.0.1:3997 'id="root"' 5 $f/two.lab.conf; ends CHANGED; calls 1; [ "$(asked)" = '127.0.0.1:3998 ' ] || { echo "WRONG $case: $(asked)"; failed=1; }
rotate out 127.0.0.1:3997 'id="root"' 5 $f/two.lab.conf; ends OK; calls 1
begin "the last one stays"; rotate out 127.0.0.1:3998 'id="root"' 5 $f/two.lab.conf; ends OK; calls 0
begin "it has its turns again, to the byte"; rotate in 127.0.0.1:3997 'id="root"' 5 $f/two.lab.conf; ends CHANGED; calls 1; cmp "$t/two" $f/two.lab.conf || failed=1; case "$(asked)" in *3997*3998*) ;; *) echo "WRONG $case: $(asked)"; failed=1 ;; esac
rotate in 127.0.0.1:3997 'id="root"' 5 $f/two.lab.conf; ends OK; calls 1
begin "instances of one machine go and come together"; rotate out '127.0.0.1:3997 127.0.0.1:3998' 'id="root"' 5 $f/two.lab.conf; ends OK; calls 0
(cd "$t/page" && exec python3 -m http.server 3996 >/dev/null 2>&1) & holders="$holders $!"
sed 's/two/three/g; s/39980 down/3996/' $f/two.lab.conf >$f/three.lab.conf; cp -p $f/three.lab.conf "$t/three"; nginx -s reload; sleep 1
rotate out '127.0.0.1:3997 127.0.0.1:3998' 'id="root"' 5 $f/three.lab.conf; ends CHANGED; calls 1; [ "$(asked three)" = '127.0.0.1:3996 ' ] || { echo "WRONG $case: $(asked three)"; failed=1; }
rotate in '127.0.0.1:3997 127.0.0.1:3998' 'id="root"' 5 $f/three.lab.conf; ends CHANGED; calls 2; cmp "$t/three" $f/three.lab.conf || failed=1; case "$(asked three)" in *3996*3997*3998*) ;; *) echo "WRONG $case: $(asked three)"; failed=1 ;; esac
rm $f/three.lab.conf; nginx -s reload; sleep 1
begin "another page is no page, and it has its turns again"; rotate out 127.0.0.1:3998 'id="root"' 1 $f/two.lab.conf; ends CHANGED; rotate in 127.0.0.1:3998 other 1 $f/two.lab.conf; says 'FAILED 1'; says 'does not get the page: http://127.0.0.1:3998/: 200, but the page does not contain: other'; cmp "$t/two" $f/two.lab.conf || failed=1
begin "refused"; kill $holders; wait $holders 2>/dev/null || :; rotate in 127.0.0.1:3998 'id="root"' 1 $f/two.lab.conf; says 'does not get the page: http://127.0.0.1:3998/: curl: (7)'; calls 0
begin "configuration that nginx refuses"; echo 'oops' >$f/z.conf; cp -p $f/two.lab.conf "$t/two"; rotate out 127.0.0.1:3997 x 1 $f/two.lab.conf; says 'does not accept its configuration'; cmp "$t/two" $f/two.lab.conf || failed=1; rm $f/z.conf
begin "site that is not there yet, nginx stopped"; rotate out 127.0.0.1:3997 x 1 $f/none.conf; ends OK; stop_nginx; rotate out 127.0.0.1:3997 x 1 $f/two.lab.conf; ends OK
[ -n "${TIMES:-}" ] && { sites apply a.lab h1 '' b.lab h2 ''; c=$(site a.lab h1 ''); c2=$(site b.lab h2 ''); time $shell "$t/engine" check $f lab 10.1.2.3 '' a.lab $f/a.lab.conf h1 "${c%.}" b.lab $f/b.lab.conf h2 "${c2%.}"; strace -f -qq -e trace=clone,clone3,vfork,fork,execve -o "$t/strace" $shell "$t/engine" check $f lab 10.1.2.3 '' a.lab $f/a.lab.conf h1 "${c%.}" b.lab $f/b.lab.conf h2 "${c2%.}"; grep -cE 'v?fork|clone' "$t/strace"; grep -c 'execve.*= 0' "$t/strace"; } || :
stop_nginx
exit $failed
