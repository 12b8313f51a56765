# shellcheck shell=sh disable=SC2154,SC2016
# An application that somebody started in a terminal, in tmux or in screen: at most npm and its children are ended.

app student /home/student/t1; config student demo /home/student/t1 3000
alive() { kill -0 "$1" 2>/dev/null; }

begin "npm start, left behind"; me student sh -c 'cd ~/t1 && exec setsid npm start' >/dev/null 2>&1 & serves 3000
runs apply student demo /home/student/t1 3000; ends CHANGED; says 'note: ended what ran in /home/student/t1 outside pm2'
runs apply student demo /home/student/t1 3000; ends OK
me student pm2 -s kill; gone 3000

# The session stands in the folder of the application, has a name that reads like node's, and something else in it.
begin "npm start in a shell of tmux"; me student sh -c 'cd ~/t1 && tmux new-session -d -s node "sleep 4711" && tmux new-window -t node sh && tmux send-keys -t node:1 "PORT=3000 npm start" Enter'; serves 3000
runs apply student demo /home/student/t1 3000; ends CHANGED; says 'tmux session node'
holds 'me student tmux has-session -t node && pgrep -f "sleep 4711" >/dev/null && [ "$(me student tmux list-windows -t node | wc -l)" = 2 ]'
me student pm2 -s kill; me student tmux kill-server; gone 3000

begin "npm start as the only command of tmux"; me student sh -c 'cd ~/t1 && tmux new-session -d -s npm "sleep 4712" && PORT=3000 tmux new-window -t npm "PORT=3000 npm start"'; serves 3000
runs apply student demo /home/student/t1 3000; ends CHANGED
holds 'pgrep -f "sleep 4712" >/dev/null'
me student pm2 -s kill; me student tmux kill-server; gone 3000

# screen returns before its session can be found.
begin "npm start in screen"; me student sh -c 'cd ~/t1 && SCREENDIR=$HOME/.screen; export SCREENDIR; mkdir -pm 700 $SCREENDIR; PORT=3000 screen -dmS npm sh; for n in $(seq 100); do screen -S npm -X stuff "npm start^M" >/dev/null && break; sleep 0.1; done'; serves 3000
screen=$(pgrep -x screen)
runs apply student demo /home/student/t1 3000; ends CHANGED; says 'in screen'
holds 'alive "$screen"'
kill "$screen"; me student pm2 -s kill; gone 3000

begin "serve -s build"; mkdir -p /home/student/t1/build "$t/serve"; echo '<div id="root">built</div>' >/home/student/t1/build/index.html; chown -R student /home/student/t1/build
cat >/usr/local/bin/serve <<'J'
#!/usr/bin/env node
require("http").createServer((_, answer) => answer.end(require("fs").readFileSync("build/index.html"))).listen(3000);
J
chmod 755 /usr/local/bin/serve
me student sh -c 'cd ~/t1 && tmux new-session -d -s work "sleep 4713" && tmux new-window -t work "serve -s build"'; serves 3000
runs apply student demo /home/student/t1 3000; ends CHANGED; holds 'pgrep -f "sleep 4713" >/dev/null'
me student pm2 -s kill; me student tmux kill-server; gone 3000

begin "another folder's, in tmux"; app student /home/student/t2; me student sh -c 'cd ~/t2 && tmux new-session -d -s other "PORT=3000 npm start"'; serves 3000
runs apply student demo /home/student/t1 3000; ends BLOCKED; says 'open that with `tmux attach -t '\''other'\''` and press Ctrl-C'; holds 'page 3000'; says '--take-over'
begin "another folder's, and asked to"; TAKE_OVER=yes runs apply student demo /home/student/t1 3000; ends CHANGED; says 'ended what ran in /home/student/t2 outside pm2'
me student pm2 -s kill; me student tmux kill-server || :; gone 3000

begin "another user's, in tmux"; app budi /home/budi/t1; me budi sh -c 'cd ~/t1 && tmux new-session -d -s budi "PORT=3000 npm start"'; serves 3000
runs apply student demo /home/student/t1 3000; ends BLOCKED; says 'open that with `sudo -iu budi tmux attach -t '\''budi'\''` and press Ctrl-C'; holds 'page 3000'
me budi tmux kill-server; gone 3000

begin "root's in the same folder, in tmux"; (cd /home/student/t1 && HOME=/root tmux new-session -d -s up "PORT=3000 npm start"); serves 3000
runs apply student demo /home/student/t1 3000; ends BLOCKED; says '`sudo tmux attach -t '\''up'\''`'; holds 'page 3000'
tmux kill-server; gone 3000

begin "no program of Node.js"; me student sh -c 'cd ~/t1/build && exec setsid python3 -m http.server 3000' >/dev/null 2>&1 & serves 3000
runs apply student demo /home/student/t1 3000; ends BLOCKED; says 'python3 -m http.server 3000'; says 'end it with: sudo kill'; holds 'page 3000'
pkill -f 'http.server 3000'; gone 3000
