# shellcheck shell=bash
# Installs PACKAGES (words), and the first of AWK (words) that the archive has. Needs: root, network, apt.
# Archives of CUDA packages are left out while it does: their mirrors are at times inconsistent, and
# nothing of them is a tool.
set -euo pipefail

# See apt.sh about the time.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
shopt -s nullglob
aside=$(mktemp -d)
for list in /etc/apt/sources.list.d/cuda*; do mv "$list" "$aside/"; done
for attempt in 1 2 3 4 5; do
    if apt-get -o Acquire::Retries=3 update; then break; fi
    if [[ $attempt == 5 ]]; then exit 1; fi
    sleep $((5 * attempt))
done
awk=
for candidate in $AWK; do
    if [[ -n $(apt-cache search --names-only "^$candidate\$") ]]; then
        awk=$candidate
        break
    fi
done
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES $awk
for list in "$aside"/*; do mv "$list" /etc/apt/sources.list.d/; done
rmdir "$aside"
# Debian calls it fdfind, because another fd exists.
[[ -e /usr/bin/fd || ! -e /usr/bin/fdfind ]] || ln -s fdfind /usr/bin/fd
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
