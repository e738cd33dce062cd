# shellcheck shell=bash
# A compiler cache for this step, when the optional mounts say so: sccache, with a server of the step's own
# on a Unix socket, which a script without network reaches all the same. Whether it is on and where it
# keeps what it has is read here and now, so none of it is in a cache key. BUILD_KIND: what drives the
# compilers. Sourced before the script of the step; cache_end comes after it. Nothing of it stays.
# shellcheck disable=SC1091
. /run/dockwright/sccache/offline.sh

cache_mounts=/run/dockwright
# Always the same place: some builds write down where their compilers are.
cache_here=/tmp/dockwright-cache
cache_server='' cache_watch='' cache_problem=''
# Set by cache.sh of the host: the backend's name, "true" if the step must fail without it, the address to
# look at now and then (HOST/PORT), the seconds that a start may take, the scheduler of sccache-dist; and
# the function cache_settings, for the server.
cache_backend='' cache_required='' cache_probe='' cache_wait=5 cache_scheduler=''

# The compiler by its name, since a path would go past what stands in front of it. Always, so that
# what is built is the same with and without a cache.
if [ "$(command -v gcc)" = "${CC:-}" ]; then export CC=gcc; fi
if [ "$(command -v g++)" = "${CXX:-}" ]; then export CXX=g++; fi

# cache_serve: become the server. Settings and credentials are in no other process.
cache_serve() {
    local pair file
    if [ -s "$cache_mounts/ca.crt" ]; then export SSL_CERT_FILE=$cache_mounts/ca.crt; fi
    # shellcheck disable=SC1091
    if [ -s "$cache_mounts/network.sh" ]; then . "$cache_mounts/network.sh"; fi
    cache_settings
    for pair in aws-key-id=AWS_ACCESS_KEY_ID aws-secret-id=AWS_SECRET_ACCESS_KEY \
        aws-session-token=AWS_SESSION_TOKEN aws-role-arn=AWS_ROLE_ARN \
        sccache-redis-password=SCCACHE_REDIS_PASSWORD sccache-webdav-password=SCCACHE_WEBDAV_PASSWORD \
        sccache-webdav-token=SCCACHE_WEBDAV_TOKEN actions-runtime-token=ACTIONS_RUNTIME_TOKEN; do
        file=$cache_mounts/cache/${pair%%=*}
        if [ -s "$file" ]; then export "${pair#*=}=$(<"$file")"; fi
    done
    file=$cache_mounts/cache/aws-web-identity-token
    if [ -s "$file" ]; then export AWS_WEB_IDENTITY_TOKEN_FILE=$file; fi
    file=$cache_mounts/cache/aws-profile
    if [ -s "$file" ]; then export AWS_SHARED_CREDENTIALS_FILE=$file; fi
    # A configuration of the image is none of ours.
    export SCCACHE_CONF=$cache_here/server HOME=$cache_here
    if [ -n "$cache_scheduler" ]; then
        printf '[dist]\nscheduler_url = "%s"\ncache_dir = "%s/dist"\n[dist.auth]\ntype = "token"\ntoken = "%s"\n' \
            "$cache_scheduler" "$cache_here" "$(cat "$cache_mounts/cache/sccache-dist-token")"
    fi >"$SCCACHE_CONF"
    export SCCACHE_SERVER_UDS=$cache_here/socket SCCACHE_IDLE_TIMEOUT=0 SCCACHE_LOG=warn
    export SCCACHE_START_SERVER=1 SCCACHE_NO_DAEMON=1
    exec "/run/dockwright/sccache/sccache" </dev/null >"$cache_here/log" 2>&1
}

# cache_guard: end the server when its backend is gone; waiting for it could take minutes.
cache_guard() {
    local missed=0
    while sleep $((missed ? 1 : 2)) && kill -0 "$cache_server"; do
        if timeout 2 /bin/bash -c ": </dev/tcp/$cache_probe"; then
            missed=0
        elif ((++missed == 2)); then
            printf 'the place of the cache, %s, does not answer any more\n' "$cache_probe" >"$cache_here/lost"
            kill -KILL "$cache_server"
        fi
    done
}

# cache_wire: stand in front of the compilers. cmake and cargo have words of their own for that.
cache_wire() {
    local name front=/run/dockwright/sccache/cache-front.sh bin=$cache_here/bin
    for name in launch rustc-wrapper cc c++ gcc g++ clang clang++ nvcc \
        "$(uname -m)-linux-gnu-gcc" "$(uname -m)-linux-gnu-g++"; do
        case $name in
            launch | rustc-wrapper) ;;
            *) command -v "$name" >/dev/null || continue ;;
        esac
        # With a first line, which the catalog leaves out: shells run a file without one, but Meson (Python)
        # and cargo do not ("Exec format error").
        { printf '#!/bin/sh\n' && cat "$front"; } >"$bin/$name"
        chmod 0755 "$bin/$name"
    done
    printf '%s\n' "$cache_server" >"$bin/server"
    if [ "$BUILD_KIND" = cmake ]; then
        export CMAKE_C_COMPILER_LAUNCHER=$bin/launch CMAKE_CXX_COMPILER_LAUNCHER=$bin/launch
        export CMAKE_CUDA_COMPILER_LAUNCHER=$bin/launch
    else
        export PATH="$bin:$PATH" RUSTC_WRAPPER=$bin/rustc-wrapper CARGO_INCREMENTAL=0
        if [ -e "$bin/nvcc" ]; then export NVCC=$bin/nvcc; fi
    fi
    # A client that finds no server starts one, without network and settings, with a cache in the
    # image. It must fail, and at once.
    printf 'server_startup_timeout_ms = 500\n' >"$cache_here/client"
    export SCCACHE_SERVER_UDS=$cache_here/socket SCCACHE_CONF=$cache_here/client SCCACHE_DIR=/dev/null/none
    export SCCACHE_IGNORE_SERVER_IO_ERROR=1
}

# cache_begin: start the server and wire the compilers, or note why not and go on without.
cache_begin() {
    local end=$((SECONDS + cache_wait))
    mkdir -m 0700 "$cache_here"
    mkdir "$cache_here/bin"
    cache_serve &
    cache_server=$!
    disown # else bash reports its end in the middle of the output
    until [ -S "$cache_here/socket" ]; do
        if ! kill -0 "$cache_server" 2>/dev/null; then
            cache_problem=$(grep -v '^ *[0-9]*: \|^ *at \|^$' "$cache_here/log" | head -n 14)
        elif ((SECONDS >= end)); then
            kill -KILL "$cache_server"
            cache_problem="the place of the cache did not answer within $cache_wait seconds"
        else
            sleep 0.05
            continue
        fi
        cache_server=
        if [ -n "$cache_required" ]; then
            cache_say failed "${cache_problem:-the server ended at once}" null
            printf 'error: the compiler cache (%s) is required and does not work: %s\n' \
                "$cache_backend" "$(head -n 1 <<<"$cache_problem")"
            printf 'hint: "dockwright sccache check" says what is wrong; or leave --cache-required out\n'
            exit 1
        fi
        return
    done
    cache_wire
    if [ -n "$cache_probe" ]; then
        cache_guard 2>/dev/null &
        cache_watch=$!
        disown
    fi
}

# cache_say STATE REASON STATS: one line for dockwright; STATS is JSON.
cache_say() {
    local reason
    reason=$(printf '%s' "$2" | tr -s '[:space:]' ' ' | tr -cd '[:print:]' | tr '\\"' "/'" | cut -c -1000)
    printf '::dockwright::cache {"state":"%s","backend":"%s","reason":"%s","stats":%s}\n' \
        "$1" "$cache_backend" "$reason" "$3"
}

# cache_end: say what the cache did, stop the server, leave nothing.
cache_end() {
    local stats state=lost
    if [ -z "$cache_backend" ]; then return; fi
    if [ -n "$cache_watch" ] && kill -0 "$cache_watch" 2>/dev/null; then kill "$cache_watch"; fi
    if [ -z "$cache_server" ]; then
        cache_say failed "${cache_problem:-the server ended at once}" null
    elif [ -s "$cache_here/lost" ]; then
        cache_say lost "$(<"$cache_here/lost")" null
    elif kill -0 "$cache_server" 2>/dev/null &&
        stats=$(timeout 5 "/run/dockwright/sccache/sccache" --show-stats --stats-format json); then
        state=used
        cache_say used '' "$stats"
        kill "$cache_server"
    else
        cache_say lost 'the server ended before the step' null
    fi
    if [ -n "$cache_required" ] && [ "$status" = 0 ] && [ "$state" = lost ]; then
        printf 'error: the compiler cache (%s) is required and was lost\n' "$cache_backend"
        status=1
    fi
    rm -rf "$cache_here"
}

# shellcheck disable=SC1091
if [ -s "$cache_mounts/cache.sh" ]; then . "$cache_mounts/cache.sh"; fi
if [ -n "$cache_backend" ]; then cache_begin; fi
