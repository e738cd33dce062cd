# shellcheck shell=bash
# The S3 part of the AWS SDK for C++ from its sources in ./tree: CMake. PREFIX.
# BUNDLE: libraries of the builder (words) that no image has, here OpenSSL 1.1 of AlmaLinux 8; copied
# with their links.
set -euo pipefail

cmake -S tree -B build -DCMAKE_BUILD_TYPE=Release -DBUILD_ONLY=s3 -DENABLE_TESTING=OFF \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_INSTALL_PREFIX="$PREFIX" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_INSTALL_RPATH="\$ORIGIN"
cmake --build build --parallel "$JOBS"
cmake --install build
for library in $BUNDLE; do
    cp -a "/usr/lib64/$library".so.* "$PREFIX/lib/"
done
