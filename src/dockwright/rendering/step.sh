# shellcheck shell=bash disable=SC2329
# Runs one step on an engine that mixes the output of parallel steps and has no RUN --network.
# argv: $0 the script, $1 the stage, $2 the step's number, $3 "online" or "offline" (offline.sh).
# Each line gets the stage's name in front; the markers tell the reader when the step ran.

printf '%s| ::dockwright::start %s\n' "$1" "$2"
"$3" "$0" </dev/null 2>&1 | sed -u "s/^/$1| /"
status=${PIPESTATUS[0]}
printf '%s| ::dockwright::end %s %s\n' "$1" "$2" "$status"
exit "$status"
