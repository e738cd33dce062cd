# shellcheck shell=bash
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
