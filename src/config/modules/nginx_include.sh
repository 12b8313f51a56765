# shellcheck shell=sh disable=SC2154,SC2086
# The line that takes our files in.
# Defines nginx_with_include.

# nginx.conf with our include line at the place that nginx_read named: WHERE
nginx_with_include() {
    where=$1 line="    include $folder/*.conf;" awk '
        BEGIN { split(ENVIRON["where"], at, " "); new = ENVIRON["line"] }
        at[1] == "before" && NR == at[2] {
            head = substr($0, 1, at[3] - 1)
            if (head ~ /[^ \t]/) { print head; $0 = substr($0, at[3]) }
            print new
        }
        { print }
        at[1] == "after" && NR == at[2] { print new }
    ' /etc/nginx/nginx.conf
}
