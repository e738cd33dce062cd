# shellcheck shell=bash
# Installs PACKAGES (words), a GCC toolset, on AlmaLinux 8, and switches on the repositories that the
# components' own packages come from (powertools; EPEL is on in the manylinux image).
# nocontexts: some hosts make rpm fail on SELinux labels, which mean nothing in a container.
printf '%%_transaction_flags nocontexts\n' >/etc/rpm/macros.dockwright
dnf install --assumeyes almalinux-release-synergy
dnf config-manager --set-enabled powertools
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
