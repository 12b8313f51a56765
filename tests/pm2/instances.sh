# shellcheck shell=sh disable=SC2154,SC2016
# Several instances of an application on one machine: a name and a port for each.

# declares NAME:PORT…: the file of demo, as the template writes it for so many instances.
declares() {
    c=/home/student/.labctl/demo.config.js
    mkdir -p "${c%/*}"
    {
        echo 'module.exports = { apps: ['
        for each; do
            echo "{ name: \"${each%:*}\", cwd: \"/home/student/i\", script: \"npm\", args: [\"start\"], interpreter: \"none\", vizion: false,"
            echo "  exp_backoff_restart_delay: 500, env: { HOST: \"0.0.0.0\", PORT: \"${each#*:}\", BROWSER: \"none\", LABCTL_SPEC: process.env.LABCTL_SPEC } },"
        done
        echo '] };'
    } >"$c"
    chown -R student:student "${c%/*}"
}
# run MODE NAMES PORTS
run() {
    rm -rf "$t/w" && mkdir "$t/w" && chmod 711 "$t/w"
    T=$t $shell "$t/engine" "$1" pm2 student "$2" /home/student/.labctl/demo.config.js /home/student/i spec "$3" '' 'id="root"' 20 </dev/null >"$t/out" 2>&1 || :
    [ -z "${SHOW:-}" ] || cat "$t/out"
}
pid_of() { curl -q -s -m 3 "http://127.0.0.1:$1/" | grep -o '[0-9]*$'; }

app student /home/student/i

begin "one, as ever"; declares demo:3000
run apply demo 3000; ends CHANGED; has 'demo online;'

begin "two in its place, looked at before they are described"
run check 'demo-3000 demo-3001' '3000 3001'; ends WOULD-CHANGE
begin "two in its place"; declares demo-3000:3000 demo-3001:3001
run check 'demo-3000 demo-3001' '3000 3001'; ends WOULD-CHANGE
run apply 'demo-3000 demo-3001' '3000 3001'; ends CHANGED; says 'ran the same application as "demo": replaced by "demo-3000"'
has 'demo-3000 online;demo-3001 online;'
first=$(pid_of 3000) second=$(pid_of 3001)
holds '[ -n "$first" ] && [ -n "$second" ] && [ "$first" != "$second" ]'

begin "a second run changes nothing"
run apply 'demo-3000 demo-3001' '3000 3001'; ends OK
FACTS=yes run check 'demo-3000 demo-3001' '3000 3001'; ends OK; says 'app.demo-3000 ok'; says 'app.demo-3001 ok'

begin "one that stopped is started, and the other goes on"; me student pm2 -s stop demo-3001; gone 3001
FACTS=yes run check 'demo-3000 demo-3001' '3000 3001'; ends WOULD-CHANGE; says 'app.demo-3000 ok'; says 'app.demo-3001 failed no process'
run apply 'demo-3000 demo-3001' '3000 3001'; ends CHANGED; has 'demo-3000 online;demo-3001 online;'
holds '[ "$(pid_of 3000)" = "$first" ]'; holds 'page 3001'

begin "the first of them, too"; me student pm2 -s delete demo-3000; gone 3000; second=$(pid_of 3001)
run check 'demo-3000 demo-3001' '3000 3001'; ends WOULD-CHANGE
run apply 'demo-3000 demo-3001' '3000 3001'; ends CHANGED
holds '[ "$(pid_of 3001)" = "$second" ]'; holds 'page 3000'

begin "somebody else has the port of one"; me student pm2 -s delete demo-3001; gone 3001
mkdir -p /home/student/other; echo 'require("http").createServer((_, a) => a.end("x")).listen(3001, "0.0.0.0")' >/home/student/other/x.js
me student sh -c 'cd ~/other && pm2 -s start x.js --name stranger'; serves 3001
run apply 'demo-3000 demo-3001' '3000 3001'; ends BLOCKED; says "port 3001 is taken by \"stranger\""; holds 'page 3000'
me student pm2 -s delete stranger; gone 3001

begin "fewer of them: the rest is gone"; declares demo-3000:3000 demo-3001:3001 demo-3002:3002
run apply 'demo-3000 demo-3001 demo-3002' '3000 3001 3002'; ends CHANGED; has 'demo-3000 online;demo-3001 online;demo-3002 online;'
declares demo-3000:3000 demo-3001:3001
run apply 'demo-3000 demo-3001' '3000 3001'; ends CHANGED; says 'ran the same application as "demo-3002"'; has 'demo-3000 online;demo-3001 online;'
declares demo:3000
run apply demo 3000; ends CHANGED; has 'demo online;'

begin "one that cannot start is named, and the one before it serves"; declares demo-3000:3000 demo-3001:3001
echo 'if (process.env.PORT === "3001") { console.error("oops of 3001"); process.exit(1); }' | cat - /home/student/i/src/index.js >/home/student/i/new.js
mv /home/student/i/new.js /home/student/i/src/index.js; chown student /home/student/i/src/index.js
run apply 'demo-3000 demo-3001' '3000 3001'; ends 'FAILED 1'; says 'oops of 3001'; holds 'page 3000'

me student pm2 -s kill
