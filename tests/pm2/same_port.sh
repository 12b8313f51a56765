# shellcheck shell=sh disable=SC2154,SC2016
# Other entries of pm2, and other users' pm2, with the port or the name of the application.

app student /home/student/s1; config student demo /home/student/s1 3000
mkdir -p /home/student/s1/build; echo '<div id="root">built</div>' >/home/student/s1/build/index.html; chown -R student /home/student/s1

begin "pm2 serve build, in the folder"; me student sh -c 'cd ~/s1 && pm2 -s serve build 3000 --spa'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "static-page-server-3000" on port 3000: replaced by "demo"'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "pm2 serve FOLDER, from elsewhere"; me student sh -c 'cd ~ && pm2 -s serve s1/build 3000 --spa --name page'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "page" on port 3000'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "pm2 serve of another folder"; mkdir -p /home/student/other; me student sh -c 'cd ~/other && pm2 -s serve . 3000'; for _ in $(seq 50); do curl -s -o /dev/null http://127.0.0.1:3000 && break; sleep 0.1; done
runs apply student demo /home/student/s1 3000; ends BLOCKED; says "pm2 delete 'static-page-server-3000'"; has 'static-page-server-3000 online;'
me student pm2 -s delete all; gone 3000

begin "the same by hand, under a name with an underscore"; me student sh -c 'cd ~/s1 && PORT=3000 pm2 -s start npm --name dumbflix_frontend -- start'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'the same application as "dumbflix_frontend": replaced by "demo"'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "another script of the folder, on the port"; me student sh -c 'cd ~/s1/src && PORT=3000 pm2 -s start index.js'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "index" on port 3000'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "sudo pm2, with the same name"; (cd /home/student/s1 && HOME=/root PORT=3000 pm2 -s start npm --name demo -- start); serves 3000
runs apply student demo /home/student/s1 3000; ends BLOCKED; says '"demo" of the pm2 of root'; says "sudo pm2 delete 'demo' && sudo pm2 save --force"; holds 'page 3000'
begin "sudo pm2, typed as it says"; HOME=/root pm2 -s delete demo; HOME=/root pm2 -s save --force; gone 3000
runs apply student demo /home/student/s1 3000; ends CHANGED
begin "an idle pm2 of root with the same name"; (cd /home/student/s1 && HOME=/root pm2 -s start npm --name demo -- start; HOME=/root pm2 -s stop demo)
runs apply student demo /home/student/s1 3000; ends OK
me student pm2 -s delete all; gone 3000; runs apply student demo /home/student/s1 3000; ends CHANGED; has 'demo online;'
me student pm2 -s delete all; HOME=/root pm2 -s kill; gone 3000

begin "another user's pm2, with the same name"; app budi /home/budi/s1; me budi sh -c 'cd ~/s1 && PORT=3000 pm2 -s start npm --name demo_2 -- start'; serves 3000
runs apply student demo /home/student/s1 3000; ends BLOCKED; says "sudo -iu budi pm2 delete 'demo_2'"; holds 'page 3000'
me budi pm2 -s kill; gone 3000

# asked: what is in the way is ended, as somebody has asked for it.
asked() { TAKE_OVER=yes runs apply student demo /home/student/s1 3000; }
empty() { [ "$(HOME=/root pm2 -s jlist 2>/dev/null)" = '[]' ]; }

begin "the same repository in another folder"; app student /home/student/dumbways/s1; chown student /home/student/dumbways
me student sh -c 'cd ~/dumbways/s1 && git init -q && git remote add origin https://github.com/dumbwaysdev/s1.git && PORT=3000 pm2 -s start npm --name node-server -- start'; serves 3000
for mode in check apply; do runs $mode student demo /home/student/s1 3000; ends BLOCKED; says '"node-server" of the same pm2, which runs /home/student/dumbways/s1 ('; says "pm2 delete 'node-server' && pm2 save --force"; says 'into `app`: dir: ~/dumbways/s1'; says '--take-over'; done
begin "before pm2 is described anything"; mv /home/student/.labctl /home/student/.labctl.not; runs check student demo /home/student/s1 3000; ends BLOCKED; says '"node-server" of the same pm2'; mv /home/student/.labctl.not /home/student/.labctl
begin "with a pm2 that only its daemon finds"; mkdir /home/student/bin; mv /usr/local/bin/pm2 /home/student/bin/pm2; me student env PATH=/home/student/bin:/usr/local/bin:/usr/bin:/bin sh -c 'pm2 -s kill; cd ~/dumbways/s1; PORT=3000 pm2 -s start npm --name node-server -- start'; serves 3000
runs check student demo /home/student/s1 3000; ends BLOCKED; says '"node-server" of the same pm2'; mv /home/student/bin/pm2 /usr/local/bin/pm2
begin "the same, and asked to"; asked; ends CHANGED; says 'took "node-server" out of the pm2 of student'; says 'still in /home/student/dumbways/s1'; has 'demo online;'; asked; ends OK
me student pm2 -s delete all; gone 3000

begin "several processes in cluster mode, of the folder"; me student sh -c 'cd ~/s1 && PORT=3000 pm2 -s start src/index.js -i 2 --name dumb-flix'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "dumb-flix" on port 3000: replaced by "demo"'; has 'demo online;'
me student pm2 -s delete all; gone 3000
begin "several processes in cluster mode, of another folder"; me student sh -c 'cd ~/dumbways/s1 && PORT=3000 pm2 -s start src/index.js -i 2 --name dumb-flix'; serves 3000
runs check student demo /home/student/s1 3000; ends BLOCKED; says "pm2 delete 'dumb-flix'"; asked; ends CHANGED; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "what pm2 has just brought back has no port yet"; sed -i 's/^http.createServer.*/setTimeout(() => { & }, 4000);/' /home/student/s1/src/index.js
me student sh -c 'cd ~/s1/src && PORT=3000 pm2 -s start index.js'
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "index" on port 3000'; has 'demo online;'
me student pm2 -s delete all; gone 3000; app student /home/student/s1

begin "sudo pm2, and asked to"; (cd /home/student/s1 && HOME=/root PORT=3000 pm2 -s start npm --name demo -- start); serves 3000
asked; ends CHANGED; says 'took "demo" out of the pm2 of root'; has 'demo online;'; holds empty
HOME=/root pm2 -s kill; me student pm2 -s delete all; gone 3000

begin "a container"; cp "$(command -v node)" /usr/local/bin/docker-proxy; docker-proxy -e 'require("http").createServer((_, a) => a.end("x")).listen(3000)' & serves 3000
for mode in check apply; do runs $mode student demo /home/student/s1 3000; ends BLOCKED; says 'sudo docker stop $(sudo docker ps -q --filter publish=3000)'; silent --take-over; done
asked; ends BLOCKED; holds 'page 3000'; kill $!; gone 3000

me student pm2 -s kill
