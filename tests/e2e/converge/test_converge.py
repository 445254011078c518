"""The playbooks on a three-node world: they work, they are idempotent, and their failures say where."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fleet import REPOSITORY, Fleet, FleetError, world_of

from vethlab.converge import Convergence, Progress, Standby, converge
from vethlab.errors import ConvergeError

#: The fleet is made once, in one worker.
pytestmark = pytest.mark.xdist_group("fleet")


def shell(script: str) -> Callable[[], str]:
    return lambda: subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout


STATE = shell(
    """ip -o addr | grep -v 'scope link'; ip route; ip -6 route show proto static; bridge fdb show dev flannel.1 || true
    ip neigh show nud permanent; cat /etc/resolv.conf; cat /etc/vethlab-dnsmasq.conf || true; cat /etc/sysctl.d/*
    cat /etc/systemd/system/*; iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'
    pgrep -a dnsmasq | cut -d' ' -f2-"""
)
DRIFT = shell(
    """set -e
    iptables -t nat -F FLANNEL-POSTRTG; iptables -P FORWARD ACCEPT; ip addr del 172.17.0.1/16 dev docker0
    echo nameserver 9.9.9.9 > /etc/resolv.conf; sysctl -q net.ipv4.ip_forward=0; ip link set cni0 mtu 1400"""
)


def again(fleet: Fleet, work: Path, **options: object) -> Convergence:
    return fleet.run(lambda: converge(fleet.world, fleet.pids, work=work, **options))  # type: ignore[arg-type]


def test_a_fresh_converge_changes_every_machine(fleet: Fleet) -> None:
    assert {name for name, node in fleet.first.nodes.items() if node.changed} == set(fleet.world.machines)
    assert not any(node.failed for node in fleet.first.nodes.values())


def test_the_second_changes_nothing(fleet: Fleet, tmp_path: Path) -> None:
    second = again(fleet, tmp_path)
    assert second.changed == 0
    assert [c for node in second.nodes.values() for c in node.changes] == []
    assert all(node.ok for node in second.nodes.values())


def test_progress_names_every_task(fleet: Fleet, tmp_path: Path) -> None:
    def collect() -> list[Progress]:
        seen: list[Progress] = []
        converge(fleet.world, fleet.pids, work=tmp_path, tags=["name_service"], on_progress=seen.append)
        return seen

    seen = fleet.run(collect)
    assert Progress("node1", "resolver", "/etc/resolv.conf", "ok") in seen
    assert {p.node for p in seen} == {"node1", "node2", "node3", "web", "ns", "client", "resolver"}


def test_check_and_diff_tell_of_drift_and_change_nothing(fleet: Fleet, tmp_path: Path) -> None:
    good = fleet.run(STATE, at="node2")
    fleet.run(DRIFT, at="node2")
    drifted = fleet.run(STATE, at="node2")
    told = again(fleet, tmp_path, check=True, diff=True)
    assert fleet.run(STATE, at="node2") == drifted != good
    assert {name for name, node in told.nodes.items() if node.changed} == {"node2"}
    diffs = {c.role: c.diff for c in told.nodes["node2"].changes}
    assert set(diffs) == {"base", "docker", "pod_bridge", "flannel", "resolver"}
    assert "-net.ipv4.ip_forward = 0" in diffs["base"]
    assert "+mtu: 1450" in diffs["pod_bridge"]
    assert "MASQUERADE --random-fully" in diffs["flannel"]
    assert "-nameserver 9.9.9.9" in diffs["resolver"]
    repaired = again(fleet, tmp_path)
    assert repaired.nodes["node2"].changed == told.nodes["node2"].changed
    assert repaired.changed == repaired.nodes["node2"].changed
    assert fleet.run(STATE, at="node2") == good


def test_stale_peers_and_publications_go_and_docker_user_stays(fleet: Fleet, tmp_path: Path) -> None:
    good = fleet.run(STATE, at="node1")
    fleet.run(
        shell("""set -e
        bridge fdb append 0e:00:00:00:04:09 dev flannel.1 dst 192.168.1.109
        ip neigh add 10.244.9.0 lladdr 0e:00:00:00:04:09 dev flannel.1 nud permanent
        ip route add 10.244.9.0/24 via 10.244.9.0 dev flannel.1 onlink
        iptables -t nat -A DOCKER -p tcp -m tcp --dport 9999 -j DNAT --to-destination 172.17.0.9:99
        iptables -t nat -A POSTROUTING -s 172.17.0.9/32 -d 172.17.0.9/32 -p tcp -m tcp --dport 99 -j MASQUERADE
        iptables -t raw -A PREROUTING -d 172.17.0.9/32 ! -i docker0 -j DROP
        iptables -t nat -A POSTROUTING -s 10.99.0.0/16 -j RETURN
        iptables -A DOCKER-USER -s 10.98.0.0/16 -j DROP
        iptables -I FORWARD -s 10.97.0.0/16 -j DROP"""),
        at="node1",
    )
    changed = again(fleet, tmp_path).nodes["node1"]
    assert [c.role for c in changed.changes] == ["docker", "overlay"]
    now = fleet.run(STATE, at="node1").splitlines()
    assert sorted(set(now) - set(good.splitlines())) == [
        "-A DOCKER-USER -s 10.98.0.0/16 -j DROP",
        "-A FORWARD -s 10.97.0.0/16 -j DROP",
        "-A POSTROUTING -s 10.99.0.0/16 -j RETURN",
    ]
    forward = [line for line in now if line.startswith("-A FORWARD")]
    assert forward[:2] == ["-A FORWARD -j DOCKER-USER", "-A FORWARD -j DOCKER-FORWARD"]
    assert again(fleet, tmp_path).changed == 0
    fleet.run(shell("iptables -F DOCKER-USER; iptables -t nat -D POSTROUTING -s 10.99.0.0/16 -j RETURN"), at="node1")
    fleet.run(shell("iptables -D FORWARD -s 10.97.0.0/16 -j DROP"), at="node1")


def test_what_the_kernel_has_learnt_of_a_path_is_no_change(fleet: Fleet, tmp_path: Path) -> None:
    """A path MTU stands in a dump beside the routes that were set, looks like one, and cannot be deleted."""
    smaller, before = (shell(f"ip link set cni0 mtu {mtu}") for mtu in (1300, 1450))
    fleet.run(smaller, at="node2")
    fleet.run(shell("ping -q -c1 -W1 -M do -s 1400 10.244.2.77 || true"), at="node1")
    fleet.run(before, at="node2")
    assert "mtu 1300" in fleet.run(shell("ip route get 10.244.2.77"), at="node1")
    told = again(fleet, tmp_path, diff=True)
    assert [c for node in told.nodes.values() for c in node.changes] == []


def test_a_killed_name_server_is_started_again(fleet: Fleet, tmp_path: Path) -> None:
    fleet.run(shell("kill -9 $(cat /run/dnsmasq.pid)"), at="ns")
    assert [c.task for c in again(fleet, tmp_path).nodes["ns"].changes] == ["The name server"]


def playbooks(tmp_path: Path) -> Path:
    """A copy of the shipped playbooks, to break."""
    return Path(shutil.copytree(REPOSITORY / "playbooks", tmp_path / "playbooks"))


def failure(
    fleet: Fleet, tmp_path: Path, where: Path | None = None, pids: dict[str, int] | None = None
) -> ConvergeError:
    def attempt() -> dict[str, str]:
        try:
            converge(fleet.world, pids or fleet.pids, work=tmp_path / "work", playbooks=where)
        except ConvergeError as error:
            return {"message": str(error), "node": error.node, "role": error.role, "task": error.task}
        raise AssertionError("it did not fail")

    told = fleet.run(attempt)
    return ConvergeError(told["message"], node=told["node"], role=told["role"], task=told["task"])


def test_a_broken_task_names_node_role_and_task(fleet: Fleet, tmp_path: Path) -> None:
    where = playbooks(tmp_path)
    rules = where / "roles/router/templates/rules.j2"
    rules.write_text(rules.read_text().replace("-j RETURN", "-j NOWHERE"))
    error = failure(fleet, tmp_path, where)
    assert (error.node, error.role, error.task) == ("router", "router", "No private sources outside")
    assert "NOWHERE" in str(error)


def test_an_argument_that_does_not_exist(fleet: Fleet, tmp_path: Path) -> None:
    where = playbooks(tmp_path)
    tasks = where / "roles/pod_bridge/tasks/main.yml"
    tasks.write_text(tasks.read_text().replace("mtu:", "mtoo:"))
    error = failure(fleet, tmp_path, where)
    assert (error.role, error.task) == ("pod_bridge", "The pod bridge")
    assert "mtoo" in str(error)


def test_a_syntax_error_says_where(fleet: Fleet, tmp_path: Path) -> None:
    where = playbooks(tmp_path)
    (where / "roles/base/tasks/main.yml").write_text("- name: broken\n  vethlab.net.sysctl: {values: [\n")
    error = failure(fleet, tmp_path, where)
    assert "roles/base/tasks/main.yml" in str(error)


def test_a_machine_that_is_gone(fleet: Fleet, tmp_path: Path) -> None:
    error = failure(fleet, tmp_path, pids=fleet.pids | {"node3": 99999})
    assert (error.node, error.role) == ("node3", "base")
    assert "99999" in str(error)
    assert "gone" in str(error)


def test_ansible_killed_under_way(fleet: Fleet, tmp_path: Path) -> None:
    where = playbooks(tmp_path)
    tasks = where / "roles/base/tasks/main.yml"
    kill = "{{ lookup('pipe', 'kill -9 $(pgrep -o -f ansible.cli.playbook)') }}"
    tasks.write_text(f'- name: Kill\n  vethlab.net.file: {{files: [{{path: /tmp/x, content: "{kill}"}}]}}\n')
    error = failure(fleet, tmp_path, where)
    assert "Ansible ended without a word" in str(error)
    assert "TASK [base : Kill]" in str(error)


def test_the_environment_of_the_user_does_not_reach_ansible(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nremote_user = nonsense\nstrategy = nonsense\n")

    def attempt() -> int:
        os.environ |= {"ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"), "ANSIBLE_STRATEGY": "nonsense"}
        os.environ |= {"ANSIBLE_VAULT_PASSWORD_FILE": "/nonsense", "HOME": "/nonsense"}
        return converge(fleet.world, fleet.pids, work=tmp_path / "work").changed

    assert fleet.run(attempt) == 0


def test_ansible_may_start_before_the_machines_are_there_and_serve_many_runs(fleet: Fleet, tmp_path: Path) -> None:
    def twice() -> list[int]:
        standby = Standby(tmp_path / "standby")
        runs = [converge(fleet.world, fleet.pids, work=tmp_path / "work", standby=standby) for _ in range(2)]
        standby.end()
        return [run.changed for run in runs]

    fleet.run(lambda: os.kill(int(shell("cat /run/dnsmasq.pid")()), signal.SIGKILL), at="ns")
    assert fleet.run(twice) == [1, 0]


def test_a_fleet_cannot_change_what_is_the_machines(fleet: Fleet) -> None:
    value = Path("/proc/sys/kernel/panic").read_text()
    for machine in ("", "node1"):
        with pytest.raises(FleetError, match=r"Read-only|Permission"):
            fleet.run(lambda: Path("/proc/sys/kernel/panic").write_text(value), at=machine)


TWO = """
name: two
switches: {lan: {subnets: [192.168.1.0/24, 'fd00:1::/64']}}
nodes: {node: {count: 2, links: [lan]}}
docker: {subnets: [172.17.0.0/16, 'fd00:172::/64']}
pod_network: {cidrs: [10.244.0.0/16, 'fd00:244::/48']}
dns: {}
containers: {site: {node: node1, publish: ["8080:80", "127.0.0.1:5353:53/udp", "192.168.1.101:81:81"]}}
"""


def test_the_fast_and_the_ordinary_path_agree(tmp_path: Path) -> None:
    """One fleet is entered; on the other Ansible connects to the machine itself and starts an interpreter a task."""
    world = world_of(TWO)
    where = playbooks(tmp_path)
    (where / "group_vars").mkdir()
    (where / "group_vars/all.yml").write_text(
        f"ansible_connection: local\nansible_python_interpreter: {sys.executable}\n"
        "name_service_user: root\nname_service_group: ''\n"
        "name_service_log: /var/log/journal/dnsmasq.service.log\n"
    )
    entered, ordinary = Fleet(world), Fleet(world)
    try:
        fast = entered.run(lambda: converge(world, entered.pids, work=tmp_path / "a", limit=["node1"], diff=True))

        def there(work: str) -> Convergence:
            return ordinary.run(
                lambda: converge(world, None, work=tmp_path / work, playbooks=where, limit=["node1"], diff=True),
                at="node1",
            )

        slow = there("b")
        assert fast.nodes["node1"].changed == slow.nodes["node1"].changed > 8
        assert fast.nodes["node1"].changes == slow.nodes["node1"].changes
        assert entered.run(STATE, at="node1").splitlines() == ordinary.run(STATE, at="node1").splitlines()
        entering = ordinary.run(lambda: converge(world, ordinary.pids, work=tmp_path / "d", limit=["node1"]))
        assert entering.changed == 0
    finally:
        entered.close()
        ordinary.close()
