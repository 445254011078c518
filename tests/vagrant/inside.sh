#!/usr/bin/env bash
# inside.sh CHECKOUT BOX OUT [NODES]: the life of a Vagrant machine. Runs in network, mount and PID namespaces of its own:
# libvirt's bridge, rules, directories and processes exist in there alone, and end with this script.
set -uo pipefail
checkout=$1 box=$2 out=$3 nodes=${4:-0}

mount -t sysfs sys /sys  # libvirt looks at the interfaces there
for each in /run /var/lib/libvirt /var/log /etc/libvirt /var/cache; do mkdir -p "$each"; mount -t tmpfs private "$each"; done
mkdir -p /etc/libvirt/qemu/networks /run/libvirt /var/cache/libvirt /var/log/libvirt
printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'dynamic_ownership = 0' >/etc/libvirt/qemu.conf
printf '%s\n' 'unix_sock_group = "root"' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' >/etc/libvirt/libvirtd.conf
ip link set lo up
virtlogd -d -p /run/virtlogd.pid
libvirtd -d -p /run/libvirtd.pid

export VAGRANT_HOME=$out/home VAGRANT_CHECKPOINT_DISABLE=1 VAGRANT_BOX_UPDATE_CHECK_DISABLE=1 VAGRANT_DEFAULT_PROVIDER=libvirt
export VAGRANT_DOTFILE_PATH=$out/machines HOME=$out VETHLAB_BOX=local/vethlab VETHLAB_BOX_IS_READY=1 VETHLAB_DRIVER=qemu VETHLAB_NODES=$nodes
cd "$checkout" || exit 3

step() {
  local name=$1 start status; shift
  start=$(cut -d' ' -f1 /proc/uptime)
  echo "vagrant: $name: $*"
  "$@" >"$out/$name.out" 2>&1 </dev/null
  status=$?
  echo "$name $status $start $(cut -d' ' -f1 /proc/uptime)" >>"$out/steps.txt"
  return $status
}

step box-add vagrant box add --name local/vethlab "$box" || exit 1
if step up vagrant up; then
  # shellcheck source=/dev/null
  . "$out/steps.sh"
fi
step destroy vagrant destroy -f
