# shellcheck shell=sh disable=SC2154,SC2016
# Users, homes and checkouts that are not as they usually are.

begin "a user whose name is a number"; app 2110511001 /home/2110511001/d; config 2110511001 demo /home/2110511001/d 3000
runs apply 2110511001 demo /home/2110511001/d 3000; ends CHANGED
runs apply 2110511001 demo /home/2110511001/d 3000; ends OK
holds 'me 2110511001 pm2 -s kill'; gone 3000

begin "a home with a space"; app siti '/home/siti nur/d'; config siti demo '/home/siti nur/d' 3000
runs apply siti demo '/home/siti nur/d' 3000; ends 'FAILED 1'; says 'a home with a space or another special character in its path: /home/siti nur.'; says 'usermod -d /home/NEW -m siti'

app student /home/student/r; config student demo /home/student/r 3000
restart() { echo '//' >>/home/student/.labctl/demo.config.js; runs apply student demo /home/student/r 3000; }
begin "files of root's in the checkout"; mkdir /home/student/r/cache; touch /home/student/r/cache/x; sed -i '1i require("fs").writeFileSync("cache/y", "");' /home/student/r/src/index.js
restart; ends CHANGED; says '(something done with sudo?)'; holds '[ -z "$(find /home/student/r ! -user student)" ]'
begin "the folder itself is root's"; chown root /home/student/r; restart; ends CHANGED; holds '[ "$(stat -c %U /home/student/r)" = student ]'
begin "a file of root's with a link beside it"; touch /etc/witness; ln -s /etc/witness /home/student/r/link; touch /home/student/r/a; restart; ends CHANGED; holds '[ "$(stat -c %U /etc/witness)" = root ]'

begin "a mistake in the writing"; sed -i '2i const = 1;' /home/student/r/src/index.js; restart; ends 'FAILED 1'
says "Somebody's mistake in /home/student/r/src/index.js:2 (SyntaxError: "
begin "a mistake in another file"; sed -i 2d /home/student/r/src/index.js; echo 'module.exports = {' >/home/student/r/src/b.js; sed -i '1i require("./b");' /home/student/r/src/index.js; restart; ends 'FAILED 1'
says "Somebody's mistake in /home/student/r/src/b.js:2"
begin "a mistake in a module"; sed -i 1d /home/student/r/src/index.js; echo 'export const a = ;' >/home/student/r/src/c.mjs; sed -i '1i import("./c.mjs");' /home/student/r/src/index.js; restart; ends 'FAILED 1'
says "Somebody's mistake in /home/student/r/src/c.mjs:1"
begin "put right"; sed -i 1d /home/student/r/src/index.js; restart; ends CHANGED; silent mistake
me student pm2 -s kill
