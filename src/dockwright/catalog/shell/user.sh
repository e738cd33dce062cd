# shellcheck shell=bash
# The user "dynamo" (uid 1000, primary group 0) and the directories that an arbitrary user of group 0 may
# write (OpenShift runs such users; dev containers have other uids than 1000).
# Needs: root, shadow's useradd and userdel. USER_NAME (dynamo), USER_ID (1000).
set -euo pipefail

# Ubuntu's base images come with the user "ubuntu", who has uid 1000.
if getent passwd ubuntu >/dev/null; then
    userdel --remove ubuntu
fi
# The day of the last change of its password, which it does not have: not the day of the build.
export SOURCE_DATE_EPOCH=315532800
useradd --create-home --home-dir "/home/$USER_NAME" --shell /bin/bash \
    --uid "$USER_ID" --gid 0 "$USER_NAME"
[[ $(id -u "$USER_NAME"):$(id -g "$USER_NAME") == "$USER_ID:0" ]]

# Not recursive on purpose: that costs minutes and doubles layers. The trees get their owner when copied.
install -d -o "$USER_NAME" -g 0 -m 0775 \
    "/home/$USER_NAME" "/home/$USER_NAME/.cache" /opt/dynamo /workspace

# An environment variable cannot set it: only login shells read this.
printf '# Files stay writable for group 0, see the image user.\numask 002\n' >/etc/profile.d/00-umask.sh
chmod 0644 /etc/profile.d/00-umask.sh
