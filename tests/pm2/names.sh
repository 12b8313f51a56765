# shellcheck shell=sh disable=SC2154,SC2016
# Names that pm2 writes otherwise in the names of its files.

begin "underscore"; app student /home/student/one; config student dumbflix_frontend /home/student/one 3001
runs check student dumbflix_frontend /home/student/one 3001; ends WOULD-CHANGE
runs apply student dumbflix_frontend /home/student/one 3001; ends CHANGED
runs apply student dumbflix_frontend /home/student/one 3001; ends OK

begin "a number at its end"; app student /home/student/two; config student demo-2 /home/student/two 3002
runs apply student demo-2 /home/student/two 3002; ends CHANGED
runs apply student demo-2 /home/student/two 3002; ends OK

begin "beside one whose name is its beginning"; app student /home/student/three; config student demo /home/student/three 3003
runs apply student demo /home/student/three 3003; ends CHANGED
runs apply student demo /home/student/three 3003; ends OK
runs apply student demo-2 /home/student/two 3002; ends OK
has "demo online;demo-2 online;dumbflix_frontend online;"

begin "a name that is a number is no number of pm2's"; app student /home/student/four; config student 0 /home/student/four 3004
runs apply student 0 /home/student/four 3004; ends CHANGED
echo '// changed' >>/home/student/.labctl/0.config.js
runs apply student 0 /home/student/four 3004; ends CHANGED
has "0 online;demo online;demo-2 online;dumbflix_frontend online;"

begin "two of the same name"; me student sh -c 'cd ~/three && PORT=3009 pm2 -s start npm --name demo -f -- start'; serves 3009
FACTS=yes runs check student demo /home/student/three 3003; ends WOULD-CHANGE; says '2 processes under pm2'
runs apply student demo /home/student/three 3003; ends CHANGED
has "0 online;demo online;demo-2 online;dumbflix_frontend online;"

begin "what it said is quoted from its own log"; echo 'console.error("oops of two"); process.exit(1)' >/home/student/two/src/index.js; echo '//' >>/home/student/.labctl/demo-2.config.js
runs apply student demo-2 /home/student/two 3002; ends 'FAILED 1'; says 'oops of two'; silent 'oops of one'

me student pm2 -s kill
