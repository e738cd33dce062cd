# shellcheck shell=bash
# Removes the distribution's PACKAGES (words) and the Python DISTRIBUTIONS (words), where they are there:
# what they bring has no record of its files, so nothing could be installed over it.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
for package in $PACKAGES; do
    if dpkg-query --show "$package" >/dev/null 2>&1; then
        apt-get remove --yes "$package"
    fi
done
for distribution in $DISTRIBUTIONS; do
    if python3 -m pip show --quiet "$distribution" 2>/dev/null; then
        python3 -m pip uninstall --yes --break-system-packages "$distribution"
    fi
done
rm -rf /var/log/apt /var/log/dpkg.log /root/.cache
