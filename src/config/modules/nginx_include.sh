# shellcheck shell=sh disable=SC2154,SC2086
# Where nginx takes our files in, or should.
# Defines nginx_include, nginx_with_include.

# Says `loaded` when an include within http { } takes in our files; else where such a line belongs:
# `after LINE` (of the sites-enabled include) or `before LINE COLUMN` (of the brace that closes http), or nothing.
nginx_include() {
    set -- /etc/nginx/nginx.conf
    for file in /etc/nginx/conf.d/*.conf; do [ ! -f "$file" ] || set -- "$@" "$file"; done
    wanted="${files:-$folder/x.conf}" awk '
        BEGIN { n = split(ENVIRON["wanted"], file, " ") }
        FNR == 1 { main = NR == 1; depth = 0; http = !main; word = directive = quote = ""; words = 0 }
        function end_word() { if (word != "") { if (++words == 1) directive = word; last = word; word = "" } }
        function loads(glob,    i) {
            if (glob !~ /^\//) glob = "/etc/nginx/" glob
            gsub(/[.+(){}|^$]/, "\\\\&", glob); gsub(/\*/, "[^/]*", glob); gsub(/\?/, "[^/]", glob)
            for (i = 1; i <= n; i++) if (file[i] !~ "^" glob "$") return 0
            return 1
        }
        {
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                if (quote != "") { if (c == "\\") i++; else if (c == quote) quote = ""; else word = word c; continue }
                if (c == "#" && word == "") break
                if ((c == "\"" || c == "\047") && word == "") { quote = c; continue }
                if (c ~ /[ \t\r]/) { end_word(); continue }
                if (c == ";") {
                    end_word()
                    if (http && depth == main && directive == "include") {
                        if (loads(last)) { found = 1; exit }
                        if (main && last ~ /sites-enabled\//) after = FNR
                    }
                    words = 0
                } else if (c == "{") {
                    end_word()
                    if (main && depth == 0 && directive == "http") http = 1
                    depth++; words = 0
                } else if (c == "}") {
                    end_word(); depth--; words = 0
                    if (main && http && depth == 0) { http = 0; line = FNR; column = i }
                } else word = word c
            }
            end_word()
        }
        END { if (found) print "loaded"; else if (after) print "after", after; else if (line) print "before", line, column }
    ' "$@"
}

# nginx.conf with our include line at the place that nginx_include named: WHERE
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
