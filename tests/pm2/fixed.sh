# shellcheck shell=sh disable=SC2154,SC2016,SC2164
# Start scripts and code that take a port of their own: named after 15 s, with the place, and what to write there.

app student /home/student/f; config student demo /home/student/f 3000
# fixed EDIT PLACE FROM TO: such an edit is found at that place.
fixed() {
    app student /home/student/f; (cd /home/student/f; eval "$1"); chown -R student /home/student/f
    echo "// $1" | tr -d '\n' >>/home/student/.labctl/demo.config.js; echo >>/home/student/.labctl/demo.config.js
    began=$(date +%s)
    runs apply student demo /home/student/f 3000 150; ends 'FAILED 1'
    says "because /home/student/f/$2 says so"; says "write $4 there instead of $3"
    took=$(($(date +%s) - began)); [ "$took" -lt 25 ] || wrong "took $took s"
    # What it says to type puts it right.
    sed -i "${2##*:}s/$3/$4/" "/home/student/f/${2%:*}"
    runs apply student demo /home/student/f 3000 150; ends CHANGED
    me student pm2 -s delete demo; gone 3000
}
begin "PORT in the start script"; fixed 'sed -i "s/\"start\": \"/&PORT=4000 /" package.json' package.json:5 PORT=4000 PORT=3000
begin "a number in the code"; fixed 'sed -i "s/Number(process.env.PORT) || 3000/4002/" src/index.js; echo "// 4002 is my port, see http://localhost:4002" >src/a.js; echo "const api = \"http://localhost:4002/\";" >src/b.js' src/index.js:2 4002 3000

begin "in a script that the start script calls"; fixed 'printf "%s\n" "{ \"name\": \"d\", \"scripts\": {" "\"other\": \"PORT=4001 x\"," "\"start\": \"npm run dev\"," "\"dev\": \"PORT=4001 node src/index.js\" } }" >package.json' package.json:4 PORT=4001 PORT=3000
begin "a number in listen"; fixed 'sed -i "s/listen(port/listen(4003/" src/index.js' src/index.js:3 4003 3000
begin "another order of port and environment"; fixed 'sed -i "s/Number(process.env.PORT) || 3000/4004 || process.env.PORT/" src/index.js' src/index.js:2 4004 3000

begin "an application that only takes its time"; app student /home/student/f; sed -i '1i setTimeout(() => {}, 1); require("http").createServer(() => {}).listen(9229);' /home/student/f/src/index.js; sed -i 's/^http.createServer.*/setTimeout(() => { & }, 17000);/' /home/student/f/src/index.js; sed -i 's/listen(9229)/listen(Number("92" + "29"))/' /home/student/f/src/index.js
echo '// slow' >>/home/student/.labctl/demo.config.js
runs apply student demo /home/student/f 3000 60; ends CHANGED
me student pm2 -s kill
