# shellcheck shell=bash
# Gives USER_NAME the ids NEW_UID and NEW_GID of whoever calls, group 0 beside its own, and sudo without a
# password. RUSTUP_HOME: a tool chain that the user gets a copy of (empty: none). Needs: root, sudo.
set -euo pipefail

home=/home/$USER_NAME
# holder KIND ID: who has the id. 2 means that nobody has it; everything else is a failure.
holder() {
    local entry
    entry=$(getent "$1" "$2") || [[ $? -eq 2 ]] || return
    printf '%s' "${entry%%:*}"
}
# The system's own accounts give way (macOS counts people from 501 and has them in group 20): of two with
# one id, programs see the first.
other=$(holder passwd "$NEW_UID")
if [[ -n $other && $other != "$USER_NAME" ]]; then
    userdel "$other"
fi
other=$(holder group "$NEW_GID")
if [[ -n $other && $other != "$USER_NAME" && $NEW_GID != 0 ]]; then
    # The group that another account starts with (8) stays, under both names.
    groupdel "$other" || {
        status=$?
        [[ $status -eq 8 ]] || exit "$status"
        printf 'the id %s stays that of %s, too\n' "$NEW_GID" "$other"
    }
fi
if [[ $NEW_GID != 0 ]]; then
    groupadd --non-unique --gid "$NEW_GID" "$USER_NAME"
fi
usermod --uid "$NEW_UID" --gid "$NEW_GID" --append --groups 0 --shell /bin/bash "$USER_NAME"
printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$USER_NAME" >/etc/sudoers.d/dynamo
chmod 0440 /etc/sudoers.d/dynamo

# Not recursive: what the image has there is little, and group 0 may write it.
chown "$NEW_UID:0" "$home"
chmod 0775 "$home"
site=$(python3 -c 'import sys; print("lib/python%d.%d/site-packages" % sys.version_info[:2])')
install -d -o "$NEW_UID" -g 0 -m 0775 "$home/.cache" "$home/.cache/pre-commit" "$home/.cargo" \
    "$home/.commandhistory" "$home/.local" "$home/.local/lib" "$home/.local/${site%/*}" "$home/.local/$site"
if [[ -n $RUSTUP_HOME ]]; then
    cp -a "$RUSTUP_HOME" "$home/.rustup"
    # The files are new in this layer, so that this doubles nothing.
    chown -R "$NEW_UID:0" "$home/.rustup"
    chmod -R g=u "$home/.rustup"
fi
history=$home/.commandhistory/.bash_history
: >"$history"
chown "$NEW_UID:0" "$history"
chmod 0664 "$history"
cat >>"$home/.bashrc" <<BASHRC

# The history stays when the directory is mounted.
export PROMPT_COMMAND='history -a' HISTFILE=$history
umask 002
BASHRC
chown "$NEW_UID:$NEW_GID" "$home/.bashrc"
