# shellcheck shell=sh
# A task: look, act only if needed, look again; and telling of it.
# Defines task, look, tell, tell_output, tell_diff, printed.

# task ID DEADLINE SILENCE HANDLER MODULE WORD…
task() {
    id=$1 deadline=$2 silence=$3 handler=$4 module=$5
    shift 5
    if [ "$phase" = survey ]; then
        ! command -v "ask_$module" > /dev/null || "ask_$module" "$@"
        return
    fi
    if [ -n "$broken$lost" ] || [ -e "$stop" ] || [ -e "$last" ]; then
        say "skipped $id"
        return
    fi
    say "start $id"
    phase=before
    [ ! -d "$work" ] || : > "$work/out"
    look "$@"
    tell "$id"
    if [ "$code" -eq 0 ]; then
        say "ok $id"
        return
    fi
    if [ "$code" -eq 8 ]; then
        [ "$mode" = check ] || broken=$id
        tell_output "$id"
        way=
        [ ! -e "$work/takes-over" ] || { way=' take-over'; rm -f "$work/takes-over"; }
        say "blocked $id$way"
        return
    fi
    if [ "$mode" = check ]; then
        if [ "$code" -eq 9 ]; then
            tell_output "$id"
            say "unknown $id"
            return
        fi
        tell_diff "$@"
        [ "$handler" = - ] || due="$due$handler "
        say "changed $id"
        return
    fi
    [ "$code" -eq 9 ] || tell_diff "$@"
    if [ "$handler" != - ]; then
        due="$due$handler "
        mkdir -p "$state/pending" && : > "$state/pending/$handler"
    fi
    : > "$work/out"
    rm -f "$work/why" "$work/ending" "$work/waited"
    # Whatever was known may be otherwise from now on.
    surveyed=''
    (
        acting=yes
        trap - PIPE
        # So that what a module cleans up at its end is cleaned up when it is ended, too.
        trap 'exit 143' TERM
        export LABCTL_TASK="$token.$id."
        set -e
        "apply_$module" "$@"
    ) > "$work/out" 2>&1 9>&- &
    running=$!
    watch "$id" "$running" "$deadline" "$silence" 9>&- &
    watcher=$!
    wait "$running"
    code=$?
    # Whoever ends a task is not done when its first process is gone: others may need more than a word.
    [ -e "$work/ending" ] || kill "$watcher" 2> /dev/null
    wait "$watcher" 2> /dev/null
    if too_loud; then
        make_room
        if [ -s "$work/why" ]; then :
        elif [ -e "$work/ending" ]; then echo "printed more than $loudness MB" > "$work/why"
        # A full folder ends a task before anybody looks at what it prints.
        elif [ "$code" -ne 0 ]; then echo "exit $code, having printed more than $loudness MB" > "$work/why"
        fi
    fi
    tell "$id"
    if [ -s "$work/why" ]; then reason=$(cat "$work/why")
    elif [ "$code" -ne 0 ]; then reason="exit $code"
    else
        phase=after reason=
        look "$@"
        [ "$code" -eq 0 ] || reason=unverified
        : > "$work/needs"
        tell "$id"
    fi
    tell_output "$id"
    if [ -n "$reason" ]; then
        broken=$id
        say "failed $id $reason"
    elif [ -e "$work/waited" ]; then
        say "ok $id"
    else
        say "changed $id"
    fi
}
look() {
    if [ -n "$surveyed" ] && command -v "known_$module" > /dev/null && "known_$module" "$@"; then
        code=0
        return
    fi
    workplace
    [ -n "$guardian" ] || {
        guard > /dev/null 2>&1 9>&- &
        guardian=$!
    }
    echo "$phase $id nobody" > "$work/looking"
    case $aheads in *" $id="*)
        process=${aheads##*" $id="}
        aheads="${aheads%%" $id="*} ${process#* }"
        wait "${process%% *}"
        ;;
    esac
    (
        export LABCTL_TASK="$token.$id."
        "check_$module" "$@"
    ) >> "$work/out" 2>&1 9>&- &
    # Known by its number, too: while no program of it runs, but a word of the shell that waits (for a pipe in place of a
    # file), nothing carries its mark.
    checking=$!
    echo "$phase $id $checking" > "$work/looking"
    wait "$checking"
    code=$?
    : > "$work/looking"
}
tell() {
    for kind in note need; do
        [ -s "$work/${kind}s" ] || continue
        while IFS= read -r line; do say "$kind $1 $line"; done < "$work/${kind}s"
        : > "$work/${kind}s"
    done
    [ -s "$work/facts" ] || return 0
    while IFS= read -r line; do say "fact $line"; done < "$work/facts"
    : > "$work/facts"
}
# The end of the output is what explains a failure; more than this much of it helps nobody.
tell_output() {
    [ -s "$work/out" ] || return 0
    say "out $1"
    tail -c 65536 "$work/out" | printed
    echo
}
tell_diff() {
    command -v "diff_$module" > /dev/null || return 0
    say "diff $id"
    ("diff_$module" "$@") 2>&1 | head -c 262144 | printed
    echo
}
# What programs print can never be a line of ours: not even a program that has found the token speaks for the engine.
printed() { tr -d '\036'; }
