# shellcheck shell=sh disable=SC2154,SC2034
# What a machine makes of the same site: long domains, and a kernel without IPv6.
export NO_IPV6=
nginx; sleep 0.3
# long LENGTH: sets domain; no label of it has more than 51 letters.
long() { domain=$(printf "%0$1d" 0 | sed 's/.\{50\}/&./g' | cut -c "1-$1" | sed 's/..$/ab/' | tr 0 a); }
for letters in 46 47 50 63 110 111 150 230; do
    long $letters
    begin "a domain of $letters letters"; put_back
    sites check "$domain" h1 ''; ends WOULD-CHANGE
    sites apply "$domain" h1 ''; ends CHANGED; announces "$domain" h1
    sites apply "$domain" h1 ''; ends OK
    if [ $letters -gt 46 ]; then
        grep -q '^server_names_hash_bucket_size' $f/labctl-names.conf || { echo "WRONG $case: no size"; failed=1; }
    else [ ! -e $f/labctl-names.conf ] || { echo "WRONG $case: a size"; failed=1; }
    fi
done
long 50
begin "set elsewhere already"; put_back; sed -i 's/# server_names_hash_bucket_size 64;/server_names_hash_bucket_size 128;/' /etc/nginx/nginx.conf; grep -q '	server_names_hash_bucket_size 128' /etc/nginx/nginx.conf || failed=1
sites apply "$domain" h1 ''; ends CHANGED; sites apply "$domain" h1 ''; ends OK; [ ! -e $f/labctl-names.conf ] || { echo "WRONG $case: doubled"; failed=1; }
begin "set elsewhere later"; put_back; sites apply "$domain" h1 ''; ends CHANGED; echo 'server_names_hash_bucket_size 256;' >/etc/nginx/conf.d/long.conf; sites apply "$domain" h1 ''; ends CHANGED; [ ! -e $f/labctl-names.conf ] || { echo "WRONG $case: doubled"; failed=1; }; announces "$domain" h1
begin "no longer set elsewhere"; rm /etc/nginx/conf.d/long.conf; sites apply "$domain" h1 ''; ends CHANGED; [ -e $f/labctl-names.conf ] || { echo "WRONG $case: not set"; failed=1; }
begin "set elsewhere, too small"; put_back; echo 'server_names_hash_bucket_size 64;' >/etc/nginx/conf.d/long.conf; sites check "$domain" h1 ''; ends BLOCKED; says "/etc/nginx/conf.d/long.conf:1 says 64"; eval "$(sed -n 's/.*: sudo \(sed .*\)/\1/p' "$t/out")"; sites apply "$domain" h1 ''; ends CHANGED; announces "$domain" h1
begin "a shorter domain again"; put_back; sites apply "$domain" h1 ''; sites apply a.lab h1 ''; ends CHANGED; [ ! -e $f/labctl-names.conf ] || { echo "WRONG $case: left"; failed=1; }; sites apply a.lab h1 ''; ends OK
begin "a long name beside short ones"; put_back; sites apply a.lab h1 '' "$domain" h2 '' b.lab h3 ''; ends CHANGED; announces a.lab h1; announces "$domain" h2; announces b.lab h3

begin "no IPv6 in the kernel"; put_back; NO_IPV6=/none; sites check a.lab h1 ''; ends WOULD-CHANGE; sites apply a.lab h1 ''; ends CHANGED; announces a.lab h1
! grep -q '\[::\]' $f/a.lab.conf || { echo "WRONG $case: it listens there"; failed=1; }; grep -q 'listen 80;' $f/a.lab.conf || { echo "WRONG $case: nor at IPv4"; failed=1; }
sites apply a.lab h1 ''; ends OK
NO_IPV6=; begin "and IPv6 again"; sites apply a.lab h1 ''; ends CHANGED; says '+	listen [::]:80;'; sites apply a.lab h1 ''; ends OK
begin "the package's own site, without IPv6"; put_back; NO_IPV6=/none; sites apply a.lab h1 ''; ends CHANGED; says 'note: the kernel has no IPv6: /etc/nginx/sites-available/default does not listen there any more'; grep -q '^	# no IPv6 on this machine: 	listen \[::\]:80' /etc/nginx/sites-available/default || { echo "WRONG $case: it does"; failed=1; }; nginx -t -q || failed=1; sites apply a.lab h1 ''; ends OK; NO_IPV6=
begin "daemon off"; put_back; stop_nginx; sed -i '1s/^/daemon off; /' /etc/nginx/nginx.conf; sites check a.lab h1 ''; ends BLOCKED; says '/etc/nginx/nginx.conf:1 says `daemon off;`'; eval "$(sed -n 's/.*: sudo \(sed .*\)/\1/p' "$t/out")"; sites apply a.lab h1 ''; ends CHANGED; announces a.lab h1; stop_nginx
begin "nginx's package, without IPv6"; put_back
(
    set -e
    note() { echo "note: $*"; }
    apt_lists() { :; }
    apt_get() { echo "apt-get $*"; ! grep -q '^[[:space:]]*listen \[' /etc/nginx/sites-available/default; }
    . "$MODULES/nginx_default.sh"; . "$MODULES/apt.sh"
    ipv6=/none
    apply_apt nginx curl
    apply_apt git
) >"$t/out" 2>&1 || { echo "WRONG $case"; cat "$t/out"; failed=1; }
ends 'apt-get install --no-install-recommends git'; says 'note: the kernel has no IPv6'; [ "$(grep -c apt-get "$t/out")" = 3 ] || { echo "WRONG $case: calls"; cat "$t/out"; failed=1; }
begin "a package that fails for another reason"; ( set -e; apt_lists() { :; }; apt_get() { echo no; return 100; }; . "$MODULES/nginx_default.sh"; . "$MODULES/apt.sh"; ipv6=/none; apply_apt nginx ) >"$t/out" 2>&1 && { echo "WRONG $case"; failed=1; }; ends no

begin "a folder and a file that nobody else may read"; put_back; sites apply a.lab h1 ''; ends CHANGED; chown -R 4711 $f; chmod 700 $f; chmod 000 $f/a.lab.conf
sites check a.lab h1 ''; ends WOULD-CHANGE; says "$f/a.lab.conf should be a plain file of root with mode 644"
sites apply a.lab h1 ''; ends CHANGED; says "had $f (drwx------): only root writes there now"; announces a.lab h1; sites apply a.lab h1 ''; ends OK
