# shellcheck shell=sh disable=SC2154,SC2034,SC2086
# nginx's files, read as nginx reads them: every include in its place, and our own files as they are to be.
# Defines nginx_read (sets where, rivals, bucket_at, bucket_size, daemon_at).

# Sets `where` to `loaded` when an include within http { } takes in our files; else to where such a line belongs:
# `after LINE` (of the sites-enabled include) or `before LINE COLUMN` (of the brace that closes http), or to nothing.
# Sets `rivals` to what is at odds with our files, a line for each, with tabs between its words:
#   KIND NAME FILE LINE OURS OTHERS
# KIND is `first` (it has the name, too, and is read before ours), `later` (after it), `address` (it listens on the very
# address NAME, which nginx prefers to ours) or `upstream`; OTHERS are names that only that file has.
# Sets bucket_at and bucket_size to where somebody else has written server_names_hash_bucket_size, and its value; and
# daemon_at to where `daemon off;` stands.
nginx_read() {
    drafts=''
    while [ $# -gt 0 ]; do
        draft=$work/nginx.draft.${2##*/}
        printf %s "$4" >"$draft"
        drafts="$drafts$2 $draft "
        shift 4
    done
    [ -n "$drafts" ] || drafts="$folder/x.conf /dev/null "
    nginx_stale
    read=$(address="$address" drafts="$drafts" gone="$stale" awk '
        function walk(name, from, level,    line, row, i, c, word, quote, n, w, at) {
            if (level > 8 || reading[from]) return
            reading[from] = 1
            while ((getline line < from) > 0) {
                row++
                for (i = 1; i <= length(line); i++) {
                    c = substr(line, i, 1)
                    if (quote != "") {
                        if (c == quote) { quote = ""; w[++n] = word; word = ""; continue }
                        if (c == "\\") c = substr(line, ++i, 1)
                        word = word c
                        continue
                    }
                    if (c == "#" && word == "") break
                    if (c ~ /[ \t\r]/) { if (word != "") w[++n] = word; word = ""; continue }
                    if (word == "" && n == 0) at = row
                    if ((c == "\"" || c == "\047") && word == "") { quote = c; continue }
                    if (c == ";" || (c == "}" && word == "") || (c == "{" && word !~ /\$$/)) {
                        if (word != "") w[++n] = word
                        if (c == ";") directive(name, at, row, n, w, level)
                        else if (c == "{") opens(name, at, n, w)
                        else closes(name, row, i)
                        word = ""; n = 0
                        continue
                    }
                    if (c == "\\") { word = word c; c = substr(line, ++i, 1) }
                    word = word c
                }
                if (quote == "" && word != "") { w[++n] = word; word = "" }
            }
            close(from)
            reading[from] = 0
        }
        function opens(name, at, n, w) {
            block[++depth] = n > 0 ? w[1] : ""
            if (depth != 2 || block[1] != "http") return
            if (block[2] == "server") { server++; file[server] = name; line_of[server] = at; place[server] = rank }
            if (block[2] == "upstream") { upstream++; up_name[upstream] = w[2]; up_file[upstream] = name; up_line[upstream] = at }
        }
        function closes(name, row, column) {
            if (depth == 1 && block[1] == "http" && name == main) { before = row " " column; rank++; if (!after) slot = rank }
            if (depth > 0) depth--
        }
        function directive(name, at, row, n, w, level,    i) {
            if (w[1] == "include") { include(name, row, w[2], level); return }
            if (w[1] == "server_names_hash_bucket_size" && depth == 1 && block[1] == "http" && !(name in draft)) {
                bucket_at = name ":" at; bucket_size = w[2]
            }
            if (w[1] == "daemon" && w[2] == "off" && depth == 0) daemon_at = name ":" at
            if (depth != 2 || block[1] != "http" || block[2] != "server") return
            if (w[1] == "server_name") for (i = 2; i <= n; i++) names[server] = names[server] tolower(w[i]) " "
            if (w[1] == "listen") listens[server] = listens[server] socket(w[2]) " "
        }
        # One spelling for each address and port.
        function socket(text) {
            if (text ~ /^[0-9]+$/) return "*:" text
            sub(/^0\.0\.0\.0/, "*", text)
            if (text !~ /:[0-9]+$/ || text ~ /^\[[^]]*\]$/) text = text ":80"
            return text
        }
        function matches(path, glob) {
            gsub(/[.+(){}|^$]/, "\\\\&", glob); gsub(/\*/, "[^/]*", glob); gsub(/\?/, "[^/]", glob)
            return path ~ ("^" glob "$")
        }
        # What the shell makes of a pattern is what nginx makes of it: both leave out hidden files, and sort by bytes.
        function include(name, row, pattern, level,    in_http, word, each, found, n, i, j, k) {
            in_http = depth == 1 && block[1] == "http"
            if (pattern !~ /^\//) pattern = "/etc/nginx/" pattern
            word = pattern
            gsub(/[^]A-Za-z0-9_\/.,*?[-]/, "\\\\&", word)
            word = "for each in " word "; do [ ! -f \"$each\" ] || printf \"%s\\n\" \"$each\"; done"
            while ((word | getline each) > 0) found[++n] = each
            close(word)
            for (i = 1; i <= sites && in_http; i++) {
                if (!matches(site[i], pattern)) continue
                covered[i] = 1
                for (j = 1; j <= n && found[j] < site[i]; j++) { }
                if (j <= n && found[j] == site[i]) continue
                for (k = n++; k >= j; k--) found[k + 1] = found[k]
                found[j] = site[i]
            }
            for (i = 1; i <= n; i++) {
                if (found[i] in left) continue
                rank++
                walk(found[i], found[i] in draft ? draft[found[i]] : found[i], level + 1)
            }
            rank++
            if (in_http && name == main && pattern ~ /sites-enabled\//) { after = row; slot = rank }
        }
        function shares(r, n, name,    i) {
            for (i = 1; i <= n; i++) if (index(" " names[r], " " name[i] " ")) return 1
            return 0
        }
        function others(theirs,    s, text, n, name, i) {
            for (s = 1; s <= server; s++) {
                if (file[s] != theirs || (s in rival)) continue
                n = split(names[s], name, " ")
                for (i = 1; i <= n; i++) if (name[i] != "_" && name[i] != "localhost") text = text " " name[i]
            }
            return theirs == main ? " http" text : text
        }
        BEGIN {
            main = "/etc/nginx/nginx.conf"
            n = split(ENVIRON["drafts"], word, " ")
            for (i = 1; i < n; i += 2) { site[++sites] = word[i]; draft[word[i]] = word[i + 1] }
            n = split(ENVIRON["gone"], word, " ")
            for (i = 1; i <= n; i++) left[word[i]] = 1
            walk(main, main, 0)
            print bucket_size + 0, bucket_at
            print daemon_at
            loaded = sites > 0
            for (i = 1; i <= sites; i++) if (!covered[i]) loaded = 0
            if (loaded) print "loaded"; else if (after) print "after", after; else if (before) print "before", before; else print ""
            if (!loaded) for (i = 1; i <= sites; i++) if (!covered[i]) {
                depth = 1; block[1] = "http"; rank = slot
                walk(site[i], draft[site[i]], 1)
            }
            for (o = 1; o <= server; o++) {
                if (!(file[o] in draft)) continue
                if (listens[o] == "") listens[o] = "*:80 "
                n = split(names[o], name, " ")
                for (r = 1; r <= server; r++) {
                    if (file[r] in draft) continue
                    if (listens[r] == "") listens[r] = "*:80 "
                    m = split(listens[r], listen, " ")
                    for (i = 1; i <= n; i++) if (index(" " names[r], " " name[i] " ")) {
                        for (k = 1; k <= m; k++) if (index(" " listens[o], " " listen[k] " ")) {
                            kind[r] = place[r] < place[o] ? "first" : "later"; rival[r] = name[i]; ours[r] = file[o]
                        }
                    }
                    for (k = 1; k <= m; k++) {
                        if (listen[k] !~ /^[0-9.]+:80$/ || listen[k] ~ /^127\./ || index(" " listens[o], " " listen[k] " ")) continue
                        # One of its other addresses is nothing that visitors of the lab come by.
                        if (!(r in rival) && !shares(r, n, name) && listen[k] != ENVIRON["address"] ":80") continue
                        if (!(r in rival) || kind[r] == "later") { kind[r] = "address"; rival[r] = listen[k]; ours[r] = file[o] }
                    }
                }
            }
            for (r = 1; r <= server; r++) if (r in rival)
                print kind[r] "\t" rival[r] "\t" file[r] "\t" line_of[r] "\t" ours[r] "\t" others(file[r])
            for (o = 1; o <= upstream; o++) if (up_file[o] in draft)
                for (r = 1; r <= upstream; r++) if (!(up_file[r] in draft) && up_name[r] == up_name[o])
                    print "upstream\t" up_name[o] "\t" up_file[r] "\t" up_line[r] "\t" up_file[o] "\t" others(up_file[r])
        }')
    bucket_size=${read%% *} bucket_at=${read#* }
    bucket_at=${bucket_at%%"$newline"*} read=${read#*"$newline"}
    daemon_at=${read%%"$newline"*} read=${read#*"$newline"}
    where=${read%%"$newline"*} rivals=''
    case $read in *"$newline"*) rivals=${read#*"$newline"} ;; esac
}
