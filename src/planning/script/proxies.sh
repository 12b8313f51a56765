# shellcheck shell=sh
# The way to the internet, as somebody has written it down on this machine.
# Defines proxies (sets ways), proxies_of_pam (sets ways), proxies_of_shell (sets ways), is_proxy. Uses newline, home, acting, online.

# proxies: sets ways to lines NAME=VALUE, the strongest first. What a login shell reads counts only where somebody is about to
# talk to the internet (online=yes): programs that are started for good get what the whole machine has.
proxies() {
    ways=''
    proxies_of_pam /etc/environment
    [ -n "${online:-}" ] || return 0
    set -- /etc/profile.d/*[Pp][Rr][Oo][Xx][Yy]* "$home/.profile" "$home/.bash_profile"
    # A long file, which the shell reads byte by byte: not in a look.
    [ -z "$acting" ] || set -- /etc/profile "$@" "$home/.bashrc"
    for proxies_file; do proxies_of_shell "$proxies_file"; done
}
is_proxy() {
    case $1 in
    '' | *[!A-Za-z_]*) return 1 ;;
    *_[Pp][Rr][Oo][Xx][Yy] | NODE_EXTRA_CA_CERTS) ;;
    *) return 1 ;;
    esac
}
# proxies_of_pam FILE: NAME=VALUE, the whole line: `no_proxy=localhost, 10.0.0.1` is one value. Quotes are no part of it.
proxies_of_pam() {
    [ -s "$1" ] || return 0
    while IFS= read -r proxies_line || [ -n "$proxies_line" ]; do
        # Without a `=`, env would take the word for the program that it is to run.
        case $proxies_line in *=*) ;; *) continue ;; esac
        is_proxy "${proxies_line%%=*}" || continue
        while :; do
            case $proxies_line in
            *[[:space:]]) proxies_line=${proxies_line%?} ;;
            *[\'\"]*) proxies_line=${proxies_line%%[\'\"]*}${proxies_line#*[\'\"]} ;;
            *) break ;;
            esac
        done
        ways=$proxies_line$newline$ways
    done < "$1"
}
# proxies_of_shell FILE: lines of shell such as `export http_proxy=http://proxy:8080 https_proxy=$http_proxy`. Nothing of it is run.
proxies_of_shell() {
    [ -f "$1" ] && [ -r "$1" ] || return 0
    while IFS= read -r proxies_line || [ -n "$proxies_line" ]; do
        case $proxies_line in *_[Pp][Rr][Oo][Xx][Yy]=* | *NODE_EXTRA_CA_CERTS=*) ;; *) continue ;; esac
        while :; do
            proxies_line=${proxies_line#"${proxies_line%%[![:space:];]*}"}
            case $proxies_line in export[[:space:]]*) proxies_line=${proxies_line#export?}; continue ;; *=*) ;; *) break ;; esac
            proxies_name=${proxies_line%%=*} proxies_line=${proxies_line#*=}
            case $proxies_name in *[!A-Za-z0-9_]*) break ;; esac
            case $proxies_line in
            \"*) proxies_line=${proxies_line#?} proxies_value=${proxies_line%%\"*} ;;
            \'*) proxies_line=${proxies_line#?} proxies_value=${proxies_line%%\'*} ;;
            *) proxies_value=${proxies_line%%[[:space:];]*} ;;
            esac
            proxies_line=${proxies_line#"$proxies_value"} proxies_line=${proxies_line#[\"\']}
            is_proxy "$proxies_name" || continue
            case $proxies_value in
            '') continue ;;
            # Another one of them; what else a shell could make of it is not known here.
            *[\$\`]*)
                proxies_other=${proxies_value#\$} proxies_other=${proxies_other#\{} proxies_other=${proxies_other%\}}
                proxies_value=$newline$ways
                case $proxies_value in *"$newline$proxies_other="*) ;; *) continue ;; esac
                proxies_value=${proxies_value#*"$newline$proxies_other="} proxies_value=${proxies_value%%"$newline"*}
                ;;
            esac
            ways=$proxies_name=$proxies_value$newline$ways
        done
    done < "$1"
}
