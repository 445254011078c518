"""Containers that do not run, yet or any more, and the networks they are to be on.

Each leaves the host as it found it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from behaviour import Behaviour as B
from behaviour import docker, says
from changes import done, network, running
from lives import probe, state

from vethlab.running import RunningLab

__all__ = ["UNSTARTED"]

Question = Callable[[RunningLab], str]
NETWORKS = "{{range $name, $on := .NetworkSettings.Networks}}{{$name}} {{end}}"


@contextmanager
def container(lab: RunningLab, *options: str, stopped: bool = False) -> Iterator[None]:
    """`brief`, made and not started, or run and stopped."""
    done(lab, *(("run", "-d") if stopped else ("create",)), "--name", "brief", "--hostname", "brief", *options, "echo")
    try:
        if stopped:
            done(lab, "stop", "-t", "0", "brief")
        yield
    finally:
        docker(lab, "rm", "-f", "brief")


def made(*verbs: tuple[str, ...], then: Question, options: tuple[str, ...] = ("--network", "front")) -> Question:
    """The answer after docker commands while `brief` is created."""
    return _after(verbs, then, options, stopped=False)


def stopped(*verbs: tuple[str, ...], then: Question, options: tuple[str, ...] = ("--network", "front")) -> Question:
    """The same while `brief`, which ran, is stopped."""
    return _after(verbs, then, options, stopped=True)


def _after(verbs: tuple[tuple[str, ...], ...], then: Question, options: tuple[str, ...], *, stopped: bool) -> Question:
    def ask(lab: RunningLab) -> str:
        with container(lab, *options, stopped=stopped):
            for verb in verbs:
                done(lab, *verb)
            return then(lab)

    return ask


def attempt(*words: str) -> Question:
    """The exit status of a docker command and what it complains of, without ids and what 28 begins with."""

    def ask(lab: RunningLab) -> str:
        finished = docker(lab, *words)
        said = finished.stderr.strip().partition("Error response from daemon: ")[2]
        told = said.removeprefix("failed to set up container networking: ").splitlines()
        return f"{finished.returncode}: {re.sub('[0-9a-f]{64}', 'ID', told[0]) if told else ''}"

    return ask


def interfaces(lab: RunningLab) -> str:
    """The networks that `brief` has an interface on. Which is eth0, Docker leaves to chance when it starts one."""
    told = says("exec", "brief", "ip", "-o", "-4", "address")(lab).splitlines()
    found = [line.split()[1:4:2] for line in told]
    return " ".join(sorted(address.rpartition(".")[0] for name, address in found if name != "lo"))


def networks(lab: RunningLab) -> str:
    return says("inspect", "-f", NETWORKS, "brief")(lab)


CONNECT, DISCONNECT, START = ("network", "connect"), ("network", "disconnect"), ("start", "brief")
ONTO, OFF = (*CONNECT, "back", "brief"), (*DISCONNECT, "front", "brief")
NOWHERE = ("--network", "nope")


def made_before(lab: RunningLab) -> str:
    """Its network is created after it."""
    with container(lab, "--network", "new"), network(lab, "new", "--subnet", "172.30.0.0/16"):
        done(lab, "start", "brief")
        told = interfaces(lab)
        done(lab, "rm", "-f", "brief")
        return told


def full(then: Question) -> Question:
    """The answer while the network `tiny` has no address for one more, `brief`, which is made all the same."""

    def ask(lab: RunningLab) -> str:
        tiny = network(lab, "tiny", "--subnet", "172.30.0.0/30")
        with tiny, running(lab, "third", "--network", "tiny"), container(lab, "--network", "tiny"):
            return then(lab)

    return ask


def foreign(lab: RunningLab) -> str:
    """An address outside of the network's subnets: it is refused, sooner or later."""
    with container(lab, "--network", "front", "--ip", "172.99.0.9"):
        return attempt("start", "brief")(lab)


def not_run(lab: RunningLab) -> str:
    finished = docker(lab, "run", "-d", "--name", "brief", *NOWHERE, "echo")
    try:
        why = says("inspect", "-f", "{{.State.Error}}", "brief")(lab)
        return f"{finished.returncode}: {state(lab, 'brief')}, {'network nope not found' in why}"
    finally:
        docker(lab, "rm", "-f", "brief")


def alias(lab: RunningLab) -> str:
    with container(lab, "--network", "front"):
        done(lab, *CONNECT, "--alias", "later", "--ip", "172.21.9.9", "back", "brief")
        done(lab, "start", "brief")
        return probe(lab, "both", "resolver", dns="later")


def gone(then: Question) -> Question:
    """The answer once the network of `brief`, which is stopped, has been removed."""

    def ask(lab: RunningLab) -> str:
        done(lab, "network", "create", "new")
        try:
            with container(lab, "--network", "new", stopped=True):
                done(lab, "network", "rm", "new")
                return then(lab)
        finally:
            docker(lab, "network", "rm", "new")

    return ask


def left_home(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front"):
        done(lab, *CONNECT, "back", "third")
        done(lab, *DISCONNECT, "front", "third")
        return says("inspect", "-f", "{{.HostConfig.NetworkMode}}", "third")(lab)


UNSTARTED = (
    B("idle-nowhere", "docker create on a network that is not there", made(options=NOWHERE, then=lambda lab: state(lab, "brief")), "created 0"),
    B("idle-nowhere-shown", "… docker inspect has its name", made(options=NOWHERE, then=networks), "nope"),
    B("idle-nowhere-start", "… docker start refuses", made(options=NOWHERE, then=attempt("start", "brief")), "1: network nope not found"),
    B("idle-nowhere-run", "docker run on such a network: the container stays", not_run, "125: created 128, True"),
    B("idle-made-later", "… and it starts once the network is there", made_before, "172.30.0"),
    B("idle-full", "A network has no address left: docker start says so", full(attempt("start", "brief")), "1: no available IPv4 addresses on this network's address pools: tiny (ID)"),
    B("idle-foreign", "An address outside of its network", foreign, "1: Invalid address 172.99.0.9: It does not belong to any of this network's subnets"),
    B("idle-address", "An address that was asked for: docker inspect tells it before there is one", made(options=("--network", "front", "--ip", "172.20.9.9"), then=says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAMConfig.IPv4Address}} {{.NetworkSettings.Networks.front.IPAddress}}", "brief")), "172.20.9.9"),
    B("idle-connect", "docker network connect of what does not run yet: two interfaces once it does", made(ONTO, START, then=interfaces), "172.20.0 172.21.0"),
    B("idle-connect-shown", "… docker inspect shows both before", made(ONTO, then=networks), "back front"),
    B("idle-connect-mode", "… and the first as its mode", made(ONTO, then=says("inspect", "-f", "{{.HostConfig.NetworkMode}}", "brief")), "front"),
    B("idle-connect-stopped", "… of what is stopped", stopped(ONTO, START, then=interfaces), "172.20.0 172.21.0"),
    B("idle-connect-nowhere", "… to a network that is not there", made(then=attempt(*CONNECT, "nope", "brief")), "0: "),
    B("idle-connect-twice", "… to one that it is on", made(then=attempt(*CONNECT, "front", "brief")), "0: "),
    B("idle-connect-none", "… with the mode none", made(options=("--network", "none"), then=attempt(*ONTO)), "1: container cannot be connected to multiple networks with one of the networks in private (none) mode"),
    B("idle-connect-host", "… with the mode host", made(options=("--network", "host"), then=attempt(*ONTO)), "1: container sharing network namespace with another container or host cannot be connected to any other network"),
    B("idle-connect-alias", "… with an alias and an address", alias, "answered NOERROR 172.21.9.9"),
    B("idle-connect-member", "… the network does not show it before it runs", made(ONTO, then=lambda lab: str("brief" in says("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", "back")(lab))), "False"),
    B("idle-disconnect", "docker network disconnect of what does not run yet", made(ONTO, OFF, START, then=interfaces), "172.21.0"),
    B("idle-disconnect-mode", "… its mode names the network all the same", made(ONTO, OFF, then=says("inspect", "-f", "{{.HostConfig.NetworkMode}}", "brief")), "front"),
    B("idle-disconnect-stopped", "… of what is stopped", stopped(ONTO, OFF, START, then=interfaces), "172.21.0"),
    B("idle-disconnect-last", "… from its only network: it is nowhere", made(OFF, then=networks), ""),
    B("idle-disconnect-last-start", "… and where is it once it runs?", made(OFF, START, then=interfaces), ""),
    B("idle-disconnect-other", "… from one that it is not on", made(then=attempt(*DISCONNECT, "back", "brief")), "1: container ID is not connected to the network back"),
    B("idle-disconnect-nowhere", "… from one that is not there", made(then=attempt(*DISCONNECT, "nope", "brief")), "1: container ID is not connected to the network nope"),
    B("idle-docker0", "On docker0, then on another as well", made(ONTO, START, options=(), then=interfaces), "172.17.0 172.21.0"),
    B("idle-network-gone", "A network that is gone: docker inspect still names it", gone(networks), "new"),
    B("connect-none", "docker network connect of what runs with the mode none", attempt(*CONNECT, "back", "alone"), "1: container cannot be connected to multiple networks with one of the networks in private (none) mode"),
    B("connect-host", "… with the mode host", attempt(*CONNECT, "back", "hostly"), "1: container sharing network namespace with another container or host cannot be connected to any other network"),
    B("disconnect-mode", "The mode of what runs names its first network after docker network disconnect, too", left_home, "front"),
    B("by-kind-run", "docker container run on an unknown network says docker: first", lambda lab: str(docker(lab, "container", "run", "--rm", *NOWHERE, "echo").stderr.startswith("docker: ")), "True"),
)  # fmt: skip
