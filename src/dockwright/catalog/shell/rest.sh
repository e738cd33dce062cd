# shellcheck shell=bash
# Copies the tree SOURCE to TARGET without the paths WITHOUT (lines, relative to SOURCE).
set -euo pipefail

mkdir -p "$TARGET"
excluded=$(mktemp)
while IFS= read -r path; do
    if [[ ! -e $SOURCE/$path ]]; then
        printf 'error: %s is not in %s, so it cannot be a layer of its own\n' "$path" "$SOURCE" >&2
        exit 1
    fi
    printf './%s\n' "$path"
done <<<"$WITHOUT" >"$excluded"
tar --create --directory "$SOURCE" --exclude-from "$excluded" --anchored --no-wildcards . |
    tar --extract --directory "$TARGET" --preserve-permissions --same-owner
rm -f "$excluded"
