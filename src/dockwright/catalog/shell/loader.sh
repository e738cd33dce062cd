# shellcheck shell=bash
# Tells the dynamic loader about the directories in LIBRARIES (words).
# LIBRARIES is a word list, made by the planner.
# shellcheck disable=SC2086
printf '%s\n' $LIBRARIES >/etc/ld.so.conf.d/dockwright.conf
ldconfig
rm -f /var/cache/ldconfig/aux-cache
