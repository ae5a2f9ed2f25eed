#!/bin/sh
# Usage: rootfs.sh PROGRAM DIRECTORY
#
# Makes DIRECTORY the root of a container: the program, the shared libraries that it is linked with, the root certificates, and the two or three
# files that the C library reads names from. It runs where the program was built, so that the libraries are the ones it was built for.
set -eu
program=$1
root=$2

mkdir -p "$root/etc/ssl/certs" "$root/state"
install -m 0755 "$program" "$root/order-documents-proxy"
# The loader and the libraries, below the paths under which they are looked for.
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp --dereference "$library" "$root$library"
done
cp --dereference /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
# Without it /etc/hosts, where orchestrators write, would be read after DNS.
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
echo 'proxy:x:65532:65532::/:/nonexistent' > "$root/etc/passwd"
echo 'proxy:x:65532:' > "$root/etc/group"
chown 65532:65532 "$root/state"
chmod 0700 "$root/state"
