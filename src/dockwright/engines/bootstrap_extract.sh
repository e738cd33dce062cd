#!/bin/sh
# Run by mmdebstrap when the essential packages are unpacked and none is installed; $1 is the new root.
# Given as --dpkgopt, mmdebstrap would filter the unpacking itself, in Perl, which takes 15 seconds.
#
# The file stays in the image: what a later step installs leaves documentation and translations out as
# well (copyright notices are kept), and does not wait for fsync, which is useless for a tree that
# becomes a layer. Base and steps would otherwise treat the same package differently.
set -eu
cat >"$1/etc/dpkg/dpkg.cfg.d/dockwright" <<END
force-unsafe-io
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-include=/usr/share/locale/locale.alias
END
