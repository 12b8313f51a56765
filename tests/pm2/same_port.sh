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
runs apply student demo /home/student/s1 3000; ends 'FAILED 1'; says "pm2 delete 'static-page-server-3000'"; has 'static-page-server-3000 online;'
me student pm2 -s delete all; gone 3000

begin "the same by hand, under a name with an underscore"; me student sh -c 'cd ~/s1 && PORT=3000 pm2 -s start npm --name dumbflix_frontend -- start'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'the same application as "dumbflix_frontend": replaced by "demo"'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "another script of the folder, on the port"; me student sh -c 'cd ~/s1/src && PORT=3000 pm2 -s start index.js'; serves 3000
runs apply student demo /home/student/s1 3000; ends CHANGED; says 'as "index" on port 3000'; has 'demo online;'
me student pm2 -s delete all; gone 3000

begin "sudo pm2, with the same name"; (cd /home/student/s1 && HOME=/root PORT=3000 pm2 -s start npm --name demo -- start); serves 3000
runs apply student demo /home/student/s1 3000; ends 'FAILED 1'; says '"demo" of the pm2 of root'; says "sudo pm2 delete 'demo' && sudo pm2 save --force"; holds 'page 3000'
begin "sudo pm2, typed as it says"; HOME=/root pm2 -s delete demo; HOME=/root pm2 -s save --force; gone 3000
runs apply student demo /home/student/s1 3000; ends CHANGED
begin "an idle pm2 of root with the same name"; (cd /home/student/s1 && HOME=/root pm2 -s start npm --name demo -- start; HOME=/root pm2 -s stop demo)
runs apply student demo /home/student/s1 3000; ends OK
me student pm2 -s delete all; gone 3000; runs apply student demo /home/student/s1 3000; ends CHANGED; has 'demo online;'
me student pm2 -s delete all; HOME=/root pm2 -s kill; gone 3000

begin "another user's pm2, with the same name"; app budi /home/budi/s1; me budi sh -c 'cd ~/s1 && PORT=3000 pm2 -s start npm --name demo_2 -- start'; serves 3000
runs apply student demo /home/student/s1 3000; ends 'FAILED 1'; says "sudo -iu budi pm2 delete 'demo_2'"; holds 'page 3000'
me budi pm2 -s kill; gone 3000

me student pm2 -s kill
