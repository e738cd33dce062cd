# shellcheck shell=bash
# offline SCRIPT: run a script without a network, by what this host allows. Where namespaces are
# forbidden, steps that have the program offline.c mounted and a compiler use that. online SCRIPT: with it.

online() {
    /bin/bash -euo pipefail -c "$1"
}

# The ids of this user namespace onto themselves, for the namespace of the script: it must be able
# to give files away (useradd, chown), which a map of one id does not allow.
same_ids() {
    local inside outside count map=
    while read -r inside outside count; do
        map+="$inside $inside $count"$'\n'
    done <"/proc/self/$1"
    : "$outside"
    printf '%s' "$map"
}

offline_filter=/run/dockwright/sccache/offline.c
offline_by_filter() {
    local program=/tmp/dockwright-offline status=0
    "${CC:-cc}" -O1 -o "$program" "$offline_filter"
    "$program" /bin/bash -euo pipefail -c "$1" || status=$?
    rm -f "$program"
    return "$status"
}

offline() {
    # Allowed only where steps keep the capability: chroot isolation, which has no user namespaces.
    if unshare --net true 2>/dev/null; then
        unshare --net /bin/bash -euo pipefail -c "$1"
        return
    fi
    local reason
    if ! reason=$(unshare --user --net true 2>&1); then
        if [[ -e $offline_filter ]]; then
            offline_by_filter "$1"
            return
        fi
        printf 'error: this step must run without network, and this host forbids the namespaces for that: %s\n' \
            "$reason"
        printf 'hint: allow user namespaces here (sysctl user.max_user_namespaces), or set BUILDAH_ISOLATION=chroot\n'
        return 1
    fi
    if [[ $(id -u) != 0 ]]; then
        unshare --map-current-user --net /bin/bash -euo pipefail -c "$1"
        return
    fi
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --user --net /bin/bash -c '
        until [[ $(</proc/self/uid_map) && $(</proc/self/gid_map) ]]; do sleep 0.01; done
        exec /bin/bash -euo pipefail -c "$0"' "$1" &
    local child=$! here
    here=$(readlink /proc/self/ns/user)
    until [[ $(readlink "/proc/$child/ns/user") != "$here" ]]; do
        kill -0 "$child" || return 1
        sleep 0.01
    done
    same_ids uid_map >"/proc/$child/uid_map"
    same_ids gid_map >"/proc/$child/gid_map"
    wait "$child"
}
