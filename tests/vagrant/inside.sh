#!/usr/bin/env bash
# inside.sh CHECKOUT BOX OUT [NODES]: the life of a Vagrant machine. Runs in network, mount and PID namespaces of its own:
# libvirt's bridge, rules, directories and processes exist in there alone, and end with this script.
set -uo pipefail
checkout=$1 box=$2 out=$3 nodes=${4:-0}
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# libvirt looks at the interfaces there; without cgroups in view it does without.
umount --recursive --lazy /sys
mount -t sysfs sys /sys
# What is written below these is written to memory, and gone with this script.
mount -t tmpfs private /run
mkdir -p /run/out
mount --bind "$out" /run/out
for each in etc var; do
  mkdir -p "/run/layers/$each" "/run/new/$each"
  mount -t overlay -o "lowerdir=/$each,upperdir=/run/layers/$each,workdir=/run/new/$each" overlay "/$each"
done
mount --bind /run/out "$out"
mkdir -p /etc/libvirt/qemu/networks /run/libvirt /var/cache/libvirt /var/log/libvirt /var/lib/libvirt /run/lock
# The user it looks for comes with a package that would also start it as a service; QEMU runs as root, in here.
grep -q '^libvirt-qemu:' /etc/passwd || echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
grep -q '^libvirt-qemu:' /etc/group || echo 'libvirt-qemu:x:64055:' >>/etc/group
grep -q '^kvm:' /etc/group || echo 'kvm:x:64056:' >>/etc/group
printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'dynamic_ownership = 0' >/etc/libvirt/qemu.conf
printf '%s\n' 'unix_sock_group = "root"' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' >/etc/libvirt/libvirtd.conf
ip link set lo up
virtlogd >"$out/virtlogd.txt" 2>&1 &
libvirtd >"$out/libvirtd.txt" 2>&1 &
until virsh -c qemu:///system version >/dev/null 2>&1; do
  kill -0 $! 2>/dev/null || { cat "$out/libvirtd.txt"; exit 3; }
done

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
