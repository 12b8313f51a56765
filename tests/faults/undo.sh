# Takes away most of what `up` makes: a little of each step. `lab` and `thorough` stand before this.
exec 2> /dev/null
state=/var/lib/labctl/$lab
[ -z "$thorough" ] || { rm -f /var/lib/labctl/apt-*; touch -d '3 days ago' /var/lib/apt/lists/partial; }
if [ "$(hostname)" = web ]; then
    systemctl -q disable --now nginx
    rm -rf /etc/nginx/dumbways "$state"
    sed -i /dumbways/d /etc/nginx/nginx.conf
    dpkg -r --force-depends curl > /dev/null
    [ -z "$thorough" ] || dpkg --purge --force-all nginx nginx-common > /dev/null
else
    systemctl -q disable --now pm2-student
    pkill -KILL -u student
    rm -rf /etc/systemd/system/pm2-student.service* /home/student/demo /home/student/.labctl /home/student/.pm2 "$state"
    systemctl daemon-reload
    rm -f /usr/local/bin/pm2*
    [ -z "$thorough" ] || rm -rf /opt/pm2-*
    dpkg -r --force-depends xz-utils > /dev/null
fi
exit 0
