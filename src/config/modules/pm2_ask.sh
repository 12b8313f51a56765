# shellcheck shell=sh disable=SC2154
# pm2_ask WORD…: asks the pm2 of user. A client whose daemon ends meanwhile waits for its answer for ever; so it is ended
# after a minute, which is long for any answer, and asked once more. pm2_with: variables for what it starts.
pm2_ask() {
    for pm2_try in 'it is asked once more' 'it is given up'; do
        pm2_code=0
        # shellcheck disable=SC2086 # words
        as "$user" ${pm2_with:-} timeout -k 5 60 pm2 -s "$@" || pm2_code=$?
        [ "$pm2_code" = 124 ] || return "$pm2_code"
        echo "pm2 did not answer \`$1\` within a minute: $pm2_try" >&2
    done
    return 124
}
