# shellcheck shell=sh disable=SC2154
# A compiler by one word, as configure scripts and meson want it: compiling (-c) goes through
# sccache, linking and questions go straight to the real compiler.
real=${REAL_VARIABLE:-REAL_DEFAULT}
for word; do
    if [ "$word" = -c ]; then
        exec "$(dirname -- "$0")/sccache" "$real" "$@"
    fi
done
exec "$real" "$@"
