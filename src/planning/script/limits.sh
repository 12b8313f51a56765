# shellcheck shell=sh
# Limits: what takes too long, is silent too long, prints too much or was told to stop is ended with all its processes.
# Defines too_loud, guard, watch, make_room, end_task, task_processes.

# too_loud: what is printed lies in memory, of which a small machine has little; and only its end is ever shown.
too_loud() { [ "$(wc -c < "$work/out")" -gt "$((loudness * 1048576))" ]; }
# guard: ends a check that takes longer than a minute, or prints without end. There is one guard for all checks of a script.
guard() {
    seconds=0 before=''
    while sleep 1 && kill -0 "$$"; do
        read -r now < "$work/looking" || now=''
        if [ -n "$now" ] && [ "$now" = "$before" ]; then seconds=$((seconds + 1)); else seconds=0; fi
        before=$now
        if [ "$seconds" -ge "$patience" ]; then why="took longer than $patience s"
        elif [ -n "$now" ] && too_loud; then why="printed more than $loudness MB"
        else continue; fi
        ! too_loud || make_room
        # Before it is ended: whoever waits for it then looks for remarks at once.
        echo "a check $why, and was ended" >> "$work/notes"
        id=${now#* } running=${now##* }
        id=${id% *}
        : > "$work/guarding"
        end_task
        rm -f "$work/guarding"
    done
}
# watch ID PID DEADLINE SILENCE: shows the last line now and then, and ends a task that takes or is silent too long.
watch() {
    waited=0 quiet=0 size=0
    while sleep 1 > /dev/null 2>&1; do
        waited=$((waited + 1)) quiet=$((quiet + 1))
        now=$(wc -c < "$work/out")
        if [ "$now" -ne "$size" ]; then
            size=$now quiet=0
            say "live $1 $(tail -n 1 "$work/out" | tail -c 200)"
        fi
        if [ -e "$stop" ]; then echo "stopped by the user" > "$work/why"
        elif ! kill -0 "$$" 2> /dev/null; then echo "the engine was killed" > "$work/why"
        elif [ "$waited" -ge "$3" ]; then echo "took longer than $3 s" > "$work/why"
        elif [ "$quiet" -ge "$4" ]; then echo "said nothing for $4 s" > "$work/why"
        elif [ "$size" -gt "$((loudness * 1048576))" ]; then : # said by the task, when there is room for it
        else continue; fi
        id=$1 running=$2
        : > "$work/ending"
        end_task
        return
    done
}
# make_room: keeps the end of what was printed. Where the rest has filled the folder, not a word more can be written.
make_room() {
    kept=$(tail -c 65536 "$work/out" | tr -d '\000')
    printf '%s\n' "$kept" > "$work/out"
}
# Every process of the task carries its mark in the environment, also those that left its session. One that is just
# being started has it not yet: only when three looks in a row find nobody, nobody is left.
end_task() {
    signal=TERM tries=100 quiet=0
    while [ "$tries" -gt 0 ] && [ "$quiet" -lt 3 ]; do
        victims=$(task_processes)
        ! kill -0 "$running" 2> /dev/null || victims="$victims $running"
        quiet=$((quiet + 1)) tries=$((tries - 1))
        [ "$tries" -gt 50 ] || signal=KILL
        if [ -n "$victims" ]; then
            quiet=0
            # shellcheck disable=SC2086  # process numbers
            kill -s "$signal" $victims 2> /dev/null
        fi
        sleep 0.1
    done
}
task_processes() {
    grep -l -a -F -e "LABCTL_TASK=$token.${id:+$id.}" /proc/[0-9]*/environ 2> /dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
}
