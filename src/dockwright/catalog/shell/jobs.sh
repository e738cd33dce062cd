# shellcheck shell=bash
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
