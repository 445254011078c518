#!/usr/bin/env bash
# Makes a Debian or Ubuntu machine one where labs run: /opt/vethlab with all it needs, `vethlab` on the PATH, the kernel
# modules, a login message. Run as root, by Vagrant or by hand; a second run changes nothing, and says so.
#
#   provision.sh [SOURCE]    SOURCE is the checkout, /vagrant unless given; without one /opt/vethlab stays as it is
#
# NODES ("node1=192.168.56.101 …"), CONTROLLER_KEY and CONTROLLER_PUBLIC_KEY come from the Vagrantfile.
set -euo pipefail
source=${1:-/vagrant}
target=/opt/vethlab
changes=0
umask 022

changed() { echo "changed: $*"; changes=$((changes + 1)); }

# put FILE MODE < CONTENT
put() {
  local wanted; wanted=$(cat; echo .)
  if [ "$(cat "$1" 2>/dev/null; echo .)" != "$wanted" ]; then
    mkdir -p "$(dirname "$1")"
    printf '%s' "${wanted%.}" >"$1"
    chmod "$2" "$1"
    changed "$1"
  fi
}

copy_sources() {
  [ -x "$source/vethlab" ] && [ "$source" != "$target" ] || return 0
  local fresh; fresh=$(mktemp -d)
  tar -C "$source" --exclude=./.git --exclude=./.venv --exclude=./.tox --exclude=./.vagrant --exclude=__pycache__ -c . | tar -x -C "$fresh"
  if ! diff -rq --exclude=.venv --exclude=.set-up.lock --exclude=__pycache__ --exclude='*.egg-info' "$fresh" "$target" >/dev/null 2>&1; then
    mkdir -p "$target"
    find "$target" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -r {} +
    cp -r "$fresh/." "$target/"
    chown -R root:root "$target"
    changed "$target"
  fi
  rm -r "$fresh"
}

set_up() {
  local before; before=$(cat "$target/.venv/.ready" 2>/dev/null || true)
  "$target/vethlab" --version >/dev/null
  [ "$(cat "$target/.venv/.ready")" = "$before" ] || changed "$target/.venv"
  put /usr/local/bin/vethlab 755 <<<"#!/bin/sh
exec $target/vethlab \"\$@\""
}

modules() {
  put /etc/modules-load.d/vethlab.conf 644 <"$target/vagrant/modules-load.conf"
  local module
  while read -r module; do
    case $module in ''|\#*) ;; *) modprobe "$module" 2>/dev/null || true ;; esac  # doctor tells what that means
  done <"$target/vagrant/modules-load.conf"
  # Ubuntu 24.04 forbids what every lab begins with (docs/decisions/0001-capsule.md).
  if [ -e /proc/sys/kernel/apparmor_restrict_unprivileged_userns ]; then
    put /etc/sysctl.d/90-vethlab.conf 644 <<<"kernel.apparmor_restrict_unprivileged_userns = 0"
    sysctl -q -p /etc/sysctl.d/90-vethlab.conf
  fi
}

# A node lets the controller in as root, which configures it.
node() {
  [ -n "${CONTROLLER_PUBLIC_KEY:-}" ] && [ -z "${CONTROLLER_KEY:-}" ] || return 0
  put /root/.ssh/authorized_keys 600 <<<"$CONTROLLER_PUBLIC_KEY"
}

# host_key ADDRESS: its line of known_hosts. Machines come up side by side, and the controller may be the first.
host_key() {
  local key end=$((SECONDS + 900))
  until key=$(ssh-keyscan -T 30 -t ed25519 "$1" 2>/dev/null) && [ -n "$key" ]; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "provision: $1 does not answer by SSH; is that machine up? vagrant up, then vagrant provision vethlab" >&2
      return 1
    fi
    sleep 1
  done
  printf '%s\n' "$key"
}

# The controller knows the nodes: an inventory, its topology, a key, and their host keys as it first saw them.
controller() {
  [ -n "${NODES:-}" ] || return 0
  local home=/home/vagrant each lines="" links=""
  put "$home/.ssh/vethlab_key" 600 <<<"$CONTROLLER_KEY"
  for each in $NODES; do
    grep -q "^${each#*=} " "$home/.ssh/known_hosts" 2>/dev/null || {
      host_key "${each#*=}" >>"$home/.ssh/known_hosts"
      changed "$home/.ssh/known_hosts: ${each%%=*}"
    }
    lines+="${each%%=*} ansible_host=${each#*=}"$'\n'
    links+="  ${each%%=*}: {links: [{switch: lan, addresses: [${each#*=}]}]}"$'\n'
  done
  put "$home/hosts.ini" 644 <<<"$lines
[all:vars]
ansible_user=root
ansible_ssh_private_key_file=$home/.ssh/vethlab_key
ansible_python_interpreter=$target/.venv/bin/python
vethlab_topology=machines.yml"
  put "$home/machines.yml" 644 <<<"# The machines of this Vagrantfile: a pod on each, a container with a published port.
name: machines

switches:
  lan: {subnets: [192.168.56.0/24]}

nodes:
$links
containers:
  web: {node: node1, publish: [\"8080:80\"]}

pods:
  pod: {per_node: 1}

expect:
  - {from: pods, to: pods, tcp: 7, outcome: reached, source: own}
  - {from: nodes, to: web, http: 8080, published: true, outcome: http, status: 200}"
  chown -R vagrant:vagrant "$home/.ssh" "$home/hosts.ini" "$home/machines.yml"
}

copy_sources
set_up
modules
put /etc/motd 644 <"$target/vagrant/motd"
node
controller
[ "$changes" != 0 ] || echo "nothing changed"
