#!/bin/sh
# Runs inside the virtual machine, as root. OUT is a directory of the machine outside; all else is gone with the guest.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
prefix=$("$PYTHON" -c 'import sys; print(sys.prefix)')
export PYTHONPATH="$here/src" PYTHONDONTWRITEBYTECODE=1 VETHLAB_PACKAGES="$PACKAGES" HOME=/root
export PATH="$prefix/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What is only read comes through the cached mount.
modprobe 9pnet_virtio
mkdir -p /run/fast
mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,ro,msize=512000 fast /run/fast || exit 3
for each in "$prefix" "$here" /usr/share /usr/bin /usr/sbin /usr/lib/python3* /usr/lib/x86_64-linux-gnu; do
  mount --bind "/run/fast$each" "$each"
done
mount --bind "$OUT" "$OUT" 2>/dev/null

while read -r module; do
  case $module in ''|\#*) ;; *) modprobe "$module" || echo "no module $module" >>"$OUT/modules.txt";; esac
done <"$here/vagrant/modules-load.conf"
[ -c /dev/net/tun ] && chmod 666 /dev/net/tun

cd "$here" || exit 3
step() {
  name=$1; shift
  echo "vm: $name: $*"
  start=$(cut -d' ' -f1 /proc/uptime)
  "$@" >"$OUT/$name.out" 2>"$OUT/$name.err"
  echo "$name $? $start $(cut -d' ' -f1 /proc/uptime)" >>"$OUT/steps.txt"
}
uname -a >"$OUT/uname.txt"
. "$OUT/steps.sh"
