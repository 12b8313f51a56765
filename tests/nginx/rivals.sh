# shellcheck shell=sh disable=SC2154,SC2034
# Other files that have a name of ours, or its upstream: found by the look, named with the winner, and put aside on demand.
own() { printf 'server { listen %s; server_name %s; return 204; }\n' "$1" "$2"; }
code() { got=$(curl -s -m 3 -o /dev/null -w '%{http_code}' -H "Host: $1" "http://$2/"); [ "$got" = "$3" ] || { echo "WRONG $case: $1 at $2 answers $got, wanted $3"; failed=1; }; }
# rival CASE FILE TEXT SAYS: it stands in the way of a check and a run, changes nothing, and is put aside when that is wished.
rival() {
    begin "$1"
    put_back
    mkdir -p "${2%/*}"
    printf '%s\n' "$3" >"$2"
    before=$(find /etc/nginx -printf '%p %C@\n' | sort)
    for mode in check apply; do sites $mode a.lab h1 ''; ends BLOCKED; says "$4"; says 'with --take-over'; done
    [ "$before" = "$(find /etc/nginx -printf '%p %C@\n' | sort)" ] || { echo "WRONG $case: touched"; failed=1; }
    TAKE_OVER=yes
    sites check a.lab h1 ''; ends WOULD-CHANGE; says "$2 would be put aside"
    sites apply a.lab h1 ''; ends CHANGED; says "/var/lib/labctl/lab/aside/${2#/etc/nginx/}"; announces a.lab h1
    [ ! -e "$2" ] || { echo "WRONG $case: still there"; failed=1; }
    [ "$(cat "/var/lib/labctl/lab/aside/${2#/etc/nginx/}")" = "$3" ] || { echo "WRONG $case: not kept"; failed=1; }
    sites apply a.lab h1 ''; ends OK
    TAKE_OVER=
}
ip addr add 10.1.2.3/32 dev lo
ip addr add 10.1.2.4/32 dev lo
nginx; sleep 0.3
folder=/etc/nginx/dumbways
rival "name in conf.d" /etc/nginx/conf.d/x.conf "$(own 80 a.lab)" "a.lab stands in two files: nginx reads /etc/nginx/conf.d/x.conf:1 first"
rival "name in sites-enabled, in capitals, beside another name" /etc/nginx/sites-enabled/lab "$(own '*:80' 'A.Lab')" "nginx reads /etc/nginx/sites-enabled/lab:1 first"
put_back; sed -i 's#sites-enabled/\*;#&\n    include dumbways/*;#' "$t/pristine/nginx.conf"
rival "own file in the folder, without .conf" $folder/Budi "$(own 80 a.lab)" "nginx reads $folder/Budi:1 first"
rival "exact address, with the name" $folder/zz "$(own 10.1.2.4:80 a.lab)" "$folder/zz:1 listens on 10.1.2.4:80"
rival "exact address, whatever name" /etc/nginx/conf.d/left.conf "$(own 10.1.2.3 other.lab)" "/etc/nginx/conf.d/left.conf:1 listens on 10.1.2.3:80"
begin "no rivals"; put_back
own 8080 a.lab >/etc/nginx/conf.d/x.conf; own 10.1.2.4:80 other.lab >/etc/nginx/conf.d/y.conf; own 127.0.0.1:80 status >/etc/nginx/conf.d/z.conf; own 80 '*.lab' >/etc/nginx/conf.d/w.conf; echo '# server_name a.lab;' >/etc/nginx/conf.d/v.conf; own 80 'x.a.lab' >/etc/nginx/conf.d/u.conf
own 80 a.lab >/etc/nginx/conf.d/x.conf.bak; own 80 a.lab >/etc/nginx/conf.d/x.disabled
stop_nginx; nginx; sites apply a.lab h1 ''; ends CHANGED; sites apply a.lab h1 ''; ends OK; code a.lab 10.1.2.3 502
begin "one that loses"; own 80 a.lab >$folder/zz; sites check a.lab h1 ''; ends WOULD-CHANGE; sites apply a.lab h1 ''; ends CHANGED; says "a.lab stands in two files: nginx reads $folder/a.lab.conf first, so $folder/zz:1 is never asked"; sites apply a.lab h1 ''; ends OK
begin "loaded by hand"; put_back; sites apply a.lab h1 ''; own 80 a.lab >$folder/Budi; nginx -s reload 2>/dev/null; sleep 0.5; sites check a.lab h1 ''; ends BLOCKED; rm $folder/Budi; own 10.1.2.3:80 a.lab >$folder/zz; stop_nginx; nginx; sleep 2.2; nginx -s reload 2>/dev/null; sleep 0.7; sites check a.lab h1 ''; ends BLOCKED; says "$folder/zz:1 listens on 10.1.2.3:80"
begin "a copy with the same upstream"; put_back; up='upstream demo { server 127.0.0.1:3999; }
'
UPSTREAM=$up; sites apply a.lab h1 ''; ends CHANGED; { printf %s "$up"; own 80 b.lab; } >$folder/copy; sites check a.lab h2 ''; ends BLOCKED; says "the upstream demo stands in two files, $folder/copy:1 and $folder/a.lab.conf"; says 'b.lab'; says "sudo nano +1 $folder/copy"
{ printf %s "$up"; own 80 a.lab; } >$folder/copy; TAKE_OVER=yes; sites apply a.lab h2 ''; ends CHANGED; announces a.lab h2; [ ! -e $folder/copy ]; TAKE_OVER=; UPSTREAM=
begin "a file with more than that"; put_back; { own 80 a.lab; own 80 b.lab; } >/etc/nginx/conf.d/x.conf; TAKE_OVER=yes; sites apply a.lab h1 ''; ends BLOCKED; says '/etc/nginx/conf.d/x.conf holds more than that (b.lab): take out what begins at line 1'; TAKE_OVER=; [ -e /etc/nginx/conf.d/x.conf ]
begin "in nginx.conf itself"; put_back; sed -i 's#^http {#&\n server { listen 80; server_name a.lab; }#' /etc/nginx/nginx.conf; TAKE_OVER=yes; sites apply a.lab h1 ''; ends BLOCKED; says 'sudo nano +'; TAKE_OVER=
begin "a link, and back when nginx refuses"; put_back; own 80 a.lab >/etc/nginx/sites-available/mine; ln -s ../sites-available/mine /etc/nginx/sites-enabled/mine; TAKE_OVER=yes
sites apply a.lab h1 '	root /x
'; ends 'FAILED 1'; [ "$(readlink /etc/nginx/sites-enabled/mine)" = ../sites-available/mine ] || { echo "WRONG $case: not back"; failed=1; }; [ -e /etc/nginx/sites-enabled/mine ] || failed=1
sites apply a.lab h1 ''; ends CHANGED; says 'put the link /etc/nginx/sites-enabled/mine aside; what it leads to stays: /etc/nginx/sites-available/mine'; [ ! -L /etc/nginx/sites-enabled/mine ] || { echo "WRONG $case: still there"; failed=1; }; [ -e /etc/nginx/sites-available/mine ] || failed=1; TAKE_OVER=
begin "a link as the class makes it"; put_back; own 80 a.lab >/etc/nginx/sites-available/mine; ln -s /etc/nginx/sites-available/mine /etc/nginx/sites-enabled/; TAKE_OVER=yes
sites apply a.lab h1 ''; ends CHANGED; says 'aside; what it leads to stays: /etc/nginx/sites-available/mine'; TAKE_OVER=
begin "put aside twice"; cp /etc/nginx/sites-available/mine /etc/nginx/sites-enabled/mine; TAKE_OVER=yes; sites apply a.lab h2 ''; ends CHANGED; says '/var/lib/labctl/lab/aside/sites-enabled/mine.2'; TAKE_OVER=
begin "a file that no shell should read"; put_back; cd "$t" || exit; odd='/etc/nginx/conf.d/$(touch ran) x.conf'
printf '# a "quote\nserver { listen 80; server_name "b.lab" \047c.lab\047; location ~ \\.php$ { } set $x "; } {"; set $y ${x}z; return 204; }\n' >"$odd"; own 80 a.lab >>"$odd"
sed -i 's#^http {#&\n include "/etc/nginx/$(touch ran)/*";#' /etc/nginx/nginx.conf; sites check a.lab h1 ''; ends BLOCKED; says 'x.conf:3 first'; says '(b.lab c.lab)'; says "sudo nano +3 '$odd'"; [ ! -e "$t/ran" ] || { echo "WRONG $case: ran"; failed=1; }; cd "$here" || exit
begin "files that include each other"; put_back; echo 'include conf.d/*.conf;' >/etc/nginx/conf.d/x.conf; sites check a.lab h1 ''; ends WOULD-CHANGE
begin "conf.d that is not included"; put_back; sed -i '/conf\.d/d; /dumbways/d' /etc/nginx/nginx.conf; own 80 a.lab >/etc/nginx/conf.d/x.conf; echo 'include dumbways/*.conf;' >/etc/nginx/conf.d/d.conf; sites apply a.lab h1 ''; ends CHANGED; announces a.lab h1; grep -q 'include /etc/nginx/dumbways' /etc/nginx/nginx.conf || { echo "WRONG $case: no include"; failed=1; }
