# shellcheck shell=bash
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
