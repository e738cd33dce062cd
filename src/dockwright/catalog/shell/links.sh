# shellcheck shell=bash
# Makes the LINKS (lines "path target"), where the target must exist and the path must be free or a link.
# Libraries are asked for by names that packages without development files do not have.
set -euo pipefail

while read -r path target; do
    directory=${path%/*}
    if [[ ! -e $directory/$target && ! -e $target ]]; then
        printf 'error: %s would lead nowhere: no %s\n' "$path" "$target" >&2
        exit 1
    fi
    if [[ -e $path && ! -L $path ]]; then
        continue
    fi
    ln -sfn "$target" "$path"
done <<<"$LINKS"
