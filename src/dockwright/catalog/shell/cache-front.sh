#!/bin/sh
# Stands on PATH in front of the compilers, under each one's name. A call that compiles one file goes
# through sccache; every other one (links, probes) goes straight to the compiler. Without a living server
# it is as if it were not there. As `launch` (cmake) and `rustc-wrapper` (cargo) the compiler is its first
# argument; cargo's helpers take a wrapper named sccache for themselves, hence that name.
# Made by cache.sh, with the server's process in the file `server` beside it.
here=${0%/*}
server=$(cat "$here/server")

# The real compiler is further down the PATH, and what it starts must not come back here. By its path:
# gcc looks for its own parts where it is called.
case $PATH in
    "$here":*) PATH=${PATH#"$here":} ;;
    *:"$here":*) PATH=${PATH%%:"$here":*}:${PATH#*:"$here":} ;;
esac
compiles=false
case ${0##*/} in
    launch | rustc-wrapper) compiles=true ;;
    *)
        for word; do
            case $word in
                -c | -dc | --compile | --device-c) compiles=true ;;
                # What configure scripts try out is new each time; -E and -M only look.
                -E | -M | -MM | *conftest.* | */ffconf.* | */meson-private/*) compiles=false && break ;;
            esac
        done
        set -- "$(command -v "${0##*/}")" "$@"
        ;;
esac

if $compiles && kill -0 "$server" 2>/dev/null; then
    /run/dockwright/sccache/sccache "$@" && exit 0
    status=$?
    # Did the compiler fail, or did the server die under it? 2 is sccache's own failure.
    if [ "$status" != 2 ] && kill -0 "$server" 2>/dev/null; then exit "$status"; fi
fi
exec "$@"
