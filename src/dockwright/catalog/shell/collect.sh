# shellcheck shell=bash
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
