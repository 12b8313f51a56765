# shellcheck shell=sh
# The site that nginx's own package brings along.
# Defines nginx_default_site. Sets ipv6.

# A kernel without IPv6 refuses to make such a socket, and nginx then refuses all that it was told.
ipv6=/proc/net/if_inet6
# nginx_default_site: where there is no IPv6, the package's own site does not listen there; fails where it did not.
nginx_default_site() {
    [ ! -e "$ipv6" ] || return 1
    nginx_site=/etc/nginx/sites-available/default
    grep -q '^[[:space:]]*listen[[:space:]]*\[' "$nginx_site" 2>/dev/null || return 1
    sed -i 's/^\([[:space:]]*\)listen[[:space:]]*\[/\1# no IPv6 on this machine: &/' "$nginx_site"
    note "the kernel has no IPv6: $nginx_site does not listen there any more"
}
