# shellcheck shell=bash
# A compiler cache for this step, when the optional mounts say so: sccache, with a server of the step's own
# on a Unix socket, which a script without network reaches all the same. Whether it is on and where it
# keeps what it has is read here and now, so none of it is in a cache key. BUILD_KIND: what drives the
# compilers. Nothing of it stays: programs in front of the compilers have the compilers' names.
cache_tool=/run/dockwright/sccache/sccache
cache_here=/tmp/dockwright-cache
cache_pid='' cache_backend='' cache_required='' cache_prefix=''

# The compiler by its name: a path that bypasses PATH would bypass the cache, too. Always, since
# some projects write the name into what they build.
if [ "$(command -v gcc)" = "${CC:-}" ]; then export CC=gcc; fi
if [ "$(command -v g++)" = "${CXX:-}" ]; then export CXX=g++; fi

# cache_say STATE REASON: a line for dockwright.
cache_say() {
    printf '::dockwright::cache {"backend":"%s","state":"%s","reason":"%s"}\n' \
        "$cache_backend" "$1" "$(printf '%s' "$2" | tr '\n\t\\"' '    ' | cut -c -400)"
}

# cache_serve: become the server. Its secrets are in no other process.
cache_serve() {
    local pair file
    if [ -s /run/dockwright/ca.crt ]; then export SSL_CERT_FILE=/run/dockwright/ca.crt; fi
    # shellcheck disable=SC1091
    if [ -s /run/dockwright/network.sh ]; then . /run/dockwright/network.sh; fi
    for pair in aws-key-id=AWS_ACCESS_KEY_ID aws-secret-id=AWS_SECRET_ACCESS_KEY \
        aws-session-token=AWS_SESSION_TOKEN aws-role-arn=AWS_ROLE_ARN \
        sccache-redis-password=SCCACHE_REDIS_PASSWORD sccache-webdav-password=SCCACHE_WEBDAV_PASSWORD \
        sccache-webdav-token=SCCACHE_WEBDAV_TOKEN actions-runtime-token=ACTIONS_RUNTIME_TOKEN; do
        file=/run/dockwright/cache/${pair%%=*}
        if [ -s "$file" ]; then export "${pair#*=}=$(cat "$file")"; fi
    done
    file=/run/dockwright/cache/aws-web-identity-token
    if [ -s "$file" ]; then export AWS_WEB_IDENTITY_TOKEN_FILE=$file; fi
    file=/run/dockwright/cache/aws-profile
    if [ -s "$file" ]; then export AWS_SHARED_CREDENTIALS_FILE=$file; fi
    export SCCACHE_START_SERVER=1 SCCACHE_NO_DAEMON=1
    exec "$cache_tool"
}

# cache_front NAME: a program of that name in front of the real one. Compiling goes through the
# cache; linking, and what configure scripts try out, does not.
cache_front() {
    local real
    real=$(command -v "$1") || return 0
    printf '%s\n' '#!/bin/sh' 'case " $* " in' \
        "*conftest.*|*ffconf.*|*meson-private*) exec '$real' \"\$@\" ;;" \
        "*' -c '*) exec '$cache_tool' '$real' \"\$@\" ;;" \
        'esac' "exec '$real' \"\$@\"" >"$cache_here/bin/$1"
    chmod 0755 "$cache_here/bin/$1"
}

# cache_wire: what this kind of build listens to.
cache_wire() {
    local name
    case $BUILD_KIND in
        cmake)
            export CMAKE_C_COMPILER_LAUNCHER=$cache_tool CMAKE_CXX_COMPILER_LAUNCHER=$cache_tool
            export CMAKE_CUDA_COMPILER_LAUNCHER=$cache_tool
            return
            ;;
        cargo) export RUSTC_WRAPPER=$cache_tool CARGO_INCREMENTAL=0 ;;
    esac
    for name in cc c++ gcc g++ clang clang++ nvcc "$(uname -m)-linux-gnu-gcc" "$(uname -m)-linux-gnu-g++"; do
        cache_front "$name"
    done
    if [ -e "$cache_here/bin/nvcc" ]; then export NVCC=$cache_here/bin/nvcc; fi
    export PATH=$cache_here/bin:$PATH
}

# cache_begin: start the server and wire the compilers, or say why not and go on without.
cache_begin() {
    local tries
    mkdir -p "$cache_here/bin"
    export SCCACHE_SERVER_UDS=$cache_here/socket SCCACHE_IDLE_TIMEOUT=0
    if [ -n "$cache_prefix" ]; then
        export SCCACHE_S3_KEY_PREFIX=$cache_prefix SCCACHE_REDIS_KEY_PREFIX=$cache_prefix
        export SCCACHE_WEBDAV_KEY_PREFIX=/$cache_prefix
    fi
    # A lost server must not fail the compile, unless it was said that it must.
    if [ -z "$cache_required" ]; then export SCCACHE_IGNORE_SERVER_IO_ERROR=1; fi
    (cache_serve) >"$cache_here/log" 2>&1 &
    cache_pid=$!
    for ((tries = 0; tries < 100; tries++)); do
        if [ -S "$cache_here/socket" ]; then
            cache_wire
            return
        fi
        kill -0 "$cache_pid" 2>/dev/null || break
        sleep 0.1
    done
    tries=$(sed -n 's/^ *sccache: error: //p; /error\|caused by/p' "$cache_here/log" | head -n 3)
    cache_say failed "${tries:-the server did not start within 10 s}"
    if kill -0 "$cache_pid" 2>/dev/null; then kill "$cache_pid"; fi
    cache_pid=
    if [ -n "$cache_required" ]; then
        printf 'error: the compiler cache (%s) is required and does not work: %s\n' "$cache_backend" "$tries"
        printf 'hint: "dockwright sccache check" says what is wrong; or leave --cache-required out\n'
        exit 1
    fi
    unset SCCACHE_SERVER_UDS
}

# cache_end: say what the cache did, stop the server, leave nothing.
cache_end() {
    local said
    if [ -n "$cache_pid" ]; then
        # Without a server the client would start one; then there is nothing to be asked.
        if kill -0 "$cache_pid" 2>/dev/null && said=$("$cache_tool" --show-stats --stats-format json); then
            printf '::dockwright::cache {"backend":"%s","state":"used","kind":"%s","stats":%s}\n' \
                "$cache_backend" "$BUILD_KIND" "$said"
            "$cache_tool" --stop-server >"$cache_here/log" 2>&1 || cat "$cache_here/log"
        else
            cache_say lost "the server ended before the step: $(tail -n 1 "$cache_here/log")"
        fi
    fi
    rm -rf "$cache_here"
}

# shellcheck disable=SC1091
if [ -s /run/dockwright/cache.sh ]; then . /run/dockwright/cache.sh; fi
if [ -n "$cache_backend" ]; then cache_begin; fi
