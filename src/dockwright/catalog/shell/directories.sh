# shellcheck shell=bash
# The DIRECTORIES (words) belong to USER_ID and group 0, and group 0 may write in them: an arbitrary
# user of that group must be able to (OpenShift, dev containers). Copying a tree into an image gives
# owner and mode to its content only, hence once more at the end; not recursive, which would double
# the layers.
# DIRECTORIES is a word list, made by the planner.
# shellcheck disable=SC2086
chown "$USER_ID:0" $DIRECTORIES
# shellcheck disable=SC2086
chmod 0775 $DIRECTORIES

# Some engines leave the empty places of a step's mounts behind, or only what is above: MOUNT_POINTS (words).
for path in $MOUNT_POINTS; do
    while [[ -n $path && $path != /root && $path != /opt/dynamo ]]; do
        if [[ -e $path ]]; then
            [[ -d $path && -z $(ls -A -- "$path") ]] || break
            rmdir -- "$path"
        fi
        path=${path%/*}
    done
done
