# shellcheck shell=bash
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
