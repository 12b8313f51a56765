# shellcheck shell=sh disable=SC2154
# Runs the program that stands in `text`, with the words that were set. There is no file of it until the fault is made, and
# that is in a folder of root's alone: a drill that is cut off leaves nothing where others write.
(eval "$text") 2>&1 </dev/null
exit
