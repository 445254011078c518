#!/usr/bin/env bash
# box.sh CHECKOUT CACHE: prints the path of a Vagrant box (libvirt, Debian 12) with vethlab and all it needs inside, so
# that it works without internet. Run as root, in mount and PID namespaces of its own (tests/vagrant does).
#
#   base-HASH.tar   debootstrap, every package, vethlab's virtual environment; HASH is of what decides them
#   box-HASH.box    the same with the sources of today, as a bootable disk
set -euo pipefail
checkout=$1 cache=$2
say() { echo "box: $*" >&2; }

# As this machine has it; where it has none (it is an Ubuntu), debootstrap knows one.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' | sed -n 's/ bookworm$//p' | head -n 1)
kernel=linux-image-cloud-amd64
packages=systemd-sysv,udev,dbus,kmod,openssh-server,sudo,python3,python3-venv,ca-certificates,less,$kernel
sources() { (cd "$checkout" && { git ls-files --cached --others --exclude-standard 2>/dev/null || find . -type f; } | sort); }
hash() { sha256sum | cut -c1-16; }
base_hash=$(sed '/^disk()/,$d' "$0" | cat - "$checkout"/vethlab "$checkout"/pyproject.toml "$checkout"/src/vethlab/*-packages.txt | hash)
box_hash=$( (echo "$base_hash"; cd "$checkout"; sources | tr '\n' '\0' | xargs -0 cat 2>/dev/null) | hash)
base=$cache/base-$base_hash.tar box=$cache/box-$box_hash.box
[ ! -e "$box" ] || { echo "$box"; exit 0; }
mkdir -p "$cache"
root=$(mktemp -d "$cache/root.XXXX")
trap 'umount -R "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf "$root" "$root".*' EXIT

copy_checkout() {
  mkdir -p "$root/opt/vethlab"
  sources | tar -C "$checkout" --no-recursion --files-from=- --ignore-failed-read -c 2>/dev/null | tar -x -C "$root/opt/vethlab"
  chown -R root:root "$root/opt/vethlab"
  chmod -R go+rX "$root/opt/vethlab"
}

make_base() {
  say "debootstrap, packages and the virtual environment, once: $base"
  debootstrap --variant=minbase --include="$packages" bookworm "$root" ${mirror:+"$mirror"} >"$cache/debootstrap.log" 2>&1
  copy_checkout
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  # While it is made it sees the network as this machine does; nothing of that stays in it.
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir -p "$root/run/certificates"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/run/certificates/"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  local settings; settings=$(env | grep '^PIP_' | grep -v '^PIP_\(CERT\|FIND_LINKS\)=' || true)
  # shellcheck disable=SC2086
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 $settings \
    PIP_CERT=/run/certificates/ca-certificates.crt PIP_NO_CACHE_DIR=1 /opt/vethlab/vethlab --version >&2
  rm -r "$root/run/certificates" "$root/usr/sbin/policy-rc.d" "$root/var/cache/apt/archives/"*.deb "$root/opt/vethlab/.set-up.lock" || true
  umount -R "$root/proc" "$root/dev"
  configure
  tar -C "$root" --one-file-system -cf "$base.new" .
  mv "$base.new" "$base"
}

# What makes it a Vagrant machine: its user and key, a network card by DHCP, no boot menu.
configure() {
  local ssh=$root/home/vagrant
  ssh+=/.ssh
  chroot "$root" useradd --create-home --shell /bin/bash --groups sudo vagrant
  echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
  mkdir -m 700 "$ssh"
  cp /usr/share/rubygems-integration/all/gems/vagrant-*/keys/vagrant.pub "$ssh/authorized_keys"
  chroot "$root" chown -R vagrant:vagrant "${ssh#"$root"}"
  echo vethlab >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 vethlab\n::1 localhost\n' >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n' >"$root/etc/systemd/network/eth0.network"
  chroot "$root" systemctl -q enable systemd-networkd ssh
  own_identity
  echo 'LABEL=root / ext4 defaults 0 1' >"$root/etc/fstab"
  echo 'UseDNS no' >"$root/etc/ssh/sshd_config.d/vagrant.conf"
  sed -i 's/^MODULES=.*/MODULES=list/' "$root/etc/initramfs-tools/initramfs.conf"
  printf '%s\n' virtio_pci virtio_blk virtio_net ext4 >>"$root/etc/initramfs-tools/modules"
  mount -t proc proc "$root/proc"
  chroot "$root" update-initramfs -u >/dev/null
  umount "$root/proc"
}

# Machines of one box are not one machine: by its id each asks for an address (RFC 4361), by its keys it is known.
own_identity() {
  : >"$root/etc/machine-id"  # empty: made at the first boot, machine-id(5)
  rm -f "$root/var/lib/dbus/machine-id" "$root/etc/ssh/ssh_host_"*
  mkdir -p "$root/etc/systemd/system/ssh.service.d"
  printf '%s\n' '[Service]' 'ExecStartPre=' 'ExecStartPre=/usr/bin/ssh-keygen -A' 'ExecStartPre=/usr/sbin/sshd -t' \
    >"$root/etc/systemd/system/ssh.service.d/keys.conf"
}

disk() {
  local image=$root.img mounted=$root.mnt
  truncate -s 6G "$image"
  echo 'start=2048, type=83, bootable' | sfdisk --quiet "$image"
  mke2fs -q -t ext4 -L root -d "$root" -O '^64bit,^metadata_csum,^metadata_csum_seed' -E offset=1048576 "$image" $(((6 * 1024 - 1) * 256))
  mkdir "$mounted"
  mount -o loop,offset=1048576 "$image" "$mounted"
  mkdir "$mounted/boot/extlinux"
  printf '%s\n' 'default linux' 'label linux' 'kernel /vmlinuz' 'initrd /initrd.img' \
    'append root=LABEL=root ro net.ifnames=0 console=ttyS0 quiet mitigations=off' >"$mounted/boot/extlinux/extlinux.conf"
  extlinux --install "$mounted/boot/extlinux" 2>/dev/null
  umount "$mounted"
  dd if=/usr/lib/EXTLINUX/mbr.bin of="$image" bs=440 count=1 conv=notrunc status=none 2>/dev/null ||
    dd if=/usr/lib/syslinux/mbr/mbr.bin of="$image" bs=440 count=1 conv=notrunc status=none
  mkdir "$root.box"
  qemu-img convert -c -O qcow2 -o compression_type=zstd "$image" "$root.box/box.img"
  echo '{"provider": "libvirt", "format": "qcow2", "virtual_size": 6}' >"$root.box/metadata.json"
  tar -C "$root.box" -cf "$box.new" metadata.json box.img
  mv "$box.new" "$box"
}

if [ -e "$base" ]; then tar -C "$root" -xf "$base"; else make_base; fi
copy_checkout
mount -t proc proc "$root/proc"
# The same provisioning as everywhere; here nothing is left to download.
chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_NO_INDEX=1 bash /opt/vethlab/vagrant/provision.sh /opt/vethlab >&2
umount "$root/proc"
say "a disk of it"
disk
# What a week of other sources left behind; each is a gigabyte.
find "$cache" -maxdepth 1 \( -name 'base-*.tar' -o -name 'box-*.box' \) ! -path "$base" ! -path "$box" -mtime +7 -delete
echo "$box"
