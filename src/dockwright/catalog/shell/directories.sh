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

# Some engines leave the empty places of a step's mounts behind: MOUNT_POINTS (words).
for path in $MOUNT_POINTS; do
    while [[ -d $path && -z $(ls -A -- "$path") ]]; do
        rmdir -- "$path"
        path=${path%/*}
        case $path in
            /root | /opt/dynamo) break ;;
        esac
    done
done
