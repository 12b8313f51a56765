# shellcheck shell=sh
# What many checks ask alike is asked at once, and what takes long is begun ahead.
# Defines survey, survey_files, ask, ask_packages, known_stat, known_sum, known_package, ahead.

# survey: asks at once what many checks ask alike; the tasks say what, by `ask_MODULE`. A task that `known_MODULE` then knows to
# be as it should starts no program of its own. What is known is forgotten as soon as a task changes something.
survey() {
    phase=survey files='' wanted=$newline packages='' stats=$newline sums=$newline installed=$newline useless=' '
    tasks
    phase=before id=''
    survey_files
    # shellcheck disable=SC2086 # words
    [ -z "$packages" ] ||
        installed=$newline$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' -- $packages 2> /dev/null)$newline
    # shellcheck disable=SC2086 # words
    [ -z "$packages" ] || { apt_lost $packages && useless=" $found "; }
    surveyed=yes
}
survey_files() {
    [ -n "$files" ] || return 0
    # One word for each line.
    set -f
    IFS=$newline
    # shellcheck disable=SC2086
    set -- $files
    found=$(stat -c '%s %a %U %n' -- "$@" 2> /dev/null)
    set --
    for line in $found; do
        size=${line%% *} line=${line#* }
        # A file that somebody has made huge has a look of its own, which may take its time.
        case $wanted in *"$newline$line$newline"*) stats=$stats$line$newline ;; *) continue ;; esac
        line=${line#* } line=${line#* }
        [ "$size" -gt 1048576 ] || [ ! -f "$line" ] || set -- "$@" "$line"
    done
    set +f
    unset IFS
    [ "$#" -eq 0 ] || sums=$newline$(sha256sum -- "$@" 2> /dev/null)$newline
}
# ask PATH MODE OWNER: the survey looks at this path.
ask() {
    case $1 in *"$newline"*) return ;; esac
    files=$files$1$newline wanted=$wanted$2\ $3\ $1$newline
}
# ask_packages NAME…: the survey asks for these packages.
ask_packages() { packages="$packages $*"; }
# The survey found this mode and owner; this content.
known_stat() { case $stats in *"$newline$2 $3 $1$newline"*) ;; *) return 1 ;; esac; }
known_sum() { case $sums in *"$newline$2  $1$newline"*) ;; *) return 1 ;; esac; }
# The survey found this package installed. By name: one that is there for two architectures has two lines, and which one is
# asked for by `NAME:ARCHITECTURE` has to be seen by a look of its own.
known_package() {
    case $1 in *:*) return 1 ;; esac
    case $useless in *" $1 "*) return 1 ;; esac
    case $installed in *"$newline"?i?" $1 "*) ;; *) return 1 ;; esac
}
# ahead COMMAND…: begun by the survey on behalf of a task; its check comes when the command has ended.
ahead() {
    workplace
    (
        export LABCTL_TASK="$token.$id."
        "$@"
    ) > /dev/null 2>&1 9>&- &
    aheads="$aheads$id=$! "
}
