#!/bin/sh
# Run by mmdebstrap before it reads the archive; $1 is the new root.
# Mirrors are used during the bootstrap only: bootstrap_finish.sh puts the original list back, so a
# mirror, and what it may carry in its URL, never gets into the image.
set -eu
list="$1/etc/apt/sources.list"
if [ -n "${DOCKWRIGHT_MIRROR:-}${DOCKWRIGHT_SECURITY_MIRROR:-}" ]; then
    mv "$list" "$list.dockwright"
    (
        umask 022
        while read -r kind first rest; do
            options=
            case "$first" in
                '['*) options="${first} " first="${rest%% *}" rest="${rest#* }" ;;
            esac
            case "$rest" in
                *-security*) first="${DOCKWRIGHT_SECURITY_MIRROR:-$first}" ;;
                *) first="${DOCKWRIGHT_MIRROR:-$first}" ;;
            esac
            [ -z "$kind" ] || printf '%s %s%s %s\n' "$kind" "$options" "$first" "$rest"
        done <"$list.dockwright" >"$list"
    )
fi

# Debian 12: init-system-helpers wants `usrmerge | usr-is-merged`, and apt takes the first, which brings
# 50 MB of perl only to move directories. With the links made here nothing has to be moved. Later
# suites ship the links in base-files: delete this together with bookworm.
if [ "$DOCKWRIGHT_SUITE" = bookworm ]; then
    links="bin sbin lib"
    [ "$DOCKWRIGHT_ARCHITECTURE" != amd64 ] || links="$links lib32 lib64 libx32"
    for name in $links; do
        mkdir -p "$1/usr/$name"
        ln -s "usr/$name" "$1/$name"
    done
    printf '%s' "$DOCKWRIGHT_PIN" >"$1/etc/apt/preferences.d/dockwright"
fi
