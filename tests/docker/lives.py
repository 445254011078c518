"""How containers end and go on: what they run, what is left of those that run no more, and who may have their place.

Each leaves the host as it found it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from behaviour import Behaviour as B
from behaviour import asked, docker, docker_says, says
from changes import HOST, done, network, running

from vethlab.running import RunningLab

__all__ = ["LIVES"]

_PATIENCE = 10.0


def probe(lab: RunningLab, source: str, target: str, **question: object) -> str:
    return asked(source, target, **question)(lab)


def state(lab: RunningLab, name: str) -> str:
    return says("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)(lab)


def ended(lab: RunningLab, name: str) -> str:
    """The state of a container once it runs no more."""
    deadline = time.monotonic() + _PATIENCE
    while state(lab, name).startswith(("running", "restarting")):
        assert time.monotonic() < deadline, f"{name} goes on running"
        time.sleep(0.02)
    return state(lab, name)


def of(
    *command: str, options: tuple[str, ...] = (), then: Callable[[RunningLab], str] = lambda lab: ended(lab, "brief")
) -> Callable[[RunningLab], str]:
    """The answer once the container `brief` has run a command in the background."""

    def ask(lab: RunningLab) -> str:
        done(lab, "run", "-d", "--name", "brief", *options, "busybox", *command)
        try:
            ended(lab, "brief")
            return then(lab)
        finally:
            docker(lab, "rm", "-f", "brief")

    return ask


def in_front(*command: str, options: tuple[str, ...] = ()) -> Callable[[RunningLab], str]:
    """Exit status and output of a container in the foreground, and how many of it are left."""

    def ask(lab: RunningLab) -> str:
        try:
            finished = docker(lab, "run", "--name", "brief", *options, "busybox", *command)
            left = says("ps", "-a", "--filter", "name=^brief$", "--format", "{{.Names}}")(lab).split()
            return f"{finished.returncode}: {finished.stdout.strip()}, {len(left)} left"
        finally:
            docker(lab, "rm", "-f", "brief")

    return ask


def stopped(
    question: Callable[[RunningLab], str], *options: str, verbs: tuple[tuple[str, ...], ...] = (("stop", "-t", "0"),)
) -> Callable[[RunningLab], str]:
    """The answer while `third`, on front, is stopped, or after other verbs."""

    def ask(lab: RunningLab) -> str:
        with running(lab, "third", "--network", "front", *options):
            for verb in verbs:
                done(lab, *verb, "third")
            return question(lab)

    return ask


AGAIN = (("stop", "-t", "0"), ("start",))


def place_taken(lab: RunningLab) -> str:
    """Of an address that nobody asked for: the next container has it, and the one that had it gets another."""
    with running(lab, "third", "--network", "front"):
        first = says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAddress}}", "third")(lab)
        done(lab, "stop", "-t", "0", "third")
        with running(lab, "fourth", "--network", "front"):
            second = says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAddress}}", "fourth")(lab)
            done(lab, "start", "third")
            third = says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAddress}}", "third")(lab)
    return f"{first == second}, {first == third}"


def place_refused(lab: RunningLab) -> str:
    """Of an address that was asked for."""
    with running(lab, "third", "--network", "front", "--ip", "172.20.9.9"):
        done(lab, "stop", "-t", "0", "third")
        with running(lab, "fourth", "--network", "front", "--ip", "172.20.9.9"):
            finished = docker(lab, "start", "third")
            return f"{finished.returncode}: {'Address already in use' in finished.stderr}"


def network_gone(lab: RunningLab) -> str:
    """A network on which nobody runs can be removed; what was on it does not start again."""
    with network(lab, "new"):
        done(lab, "run", "-d", "--name", "third", "--network", "new", "echo")
        done(lab, "stop", "-t", "0", "third")
    finished = docker(lab, "start", "third")
    done(lab, "rm", "-f", "third")
    return f"{finished.returncode}: {bool(re.search('network .* not found', finished.stderr))}"


def lender_stopped(lab: RunningLab) -> str:
    """Who is in another's network does not start without it."""
    with running(lab, "third", "--network", "front"):
        done(lab, "run", "-d", "--name", "guest", "--network", "container:third", "busybox", "sleep", "600")
        try:
            done(lab, "stop", "-t", "0", "guest", "third")
            finished = docker(lab, "start", "guest")
            return f"{finished.returncode}: {'cannot join network of a non running container' in finished.stderr}"
        finally:
            docker(lab, "rm", "-f", "guest")


def entered(lab: RunningLab) -> str:
    """From its host, by the process id that docker inspect tells."""
    pid = says("inspect", "-f", "{{.State.Pid}}", "site")(lab)
    return lab.run("node1", "nsenter", "-t", pid, "-n", "ip", "-br", "-4", "address", "show", "eth0").stdout.split()[-1]


def exposed(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "-P"):
        return " ".join(sorted(re.sub(r" -> 0.0.0.0:3\d{4}$", "", p) for p in says("port", "third")(lab).splitlines()))


def created(
    *options: str, verbs: tuple[tuple[str, ...], ...] = (), then: Callable[[RunningLab], str]
) -> Callable[[RunningLab], str]:
    """The answer once the container `brief` has been created, and after more verbs."""

    def ask(lab: RunningLab) -> str:
        done(lab, "create", "--name", "brief", *options, "echo")
        try:
            for verb in verbs:
                done(lab, *verb, "brief")
            return then(lab)
        finally:
            docker(lab, "rm", "-f", "brief")

    return ask


def not_started(
    *options: str, then: Callable[[RunningLab], str], image: tuple[str, ...] = ("echo",)
) -> Callable[[RunningLab], str]:
    """The answer once the container `brief` could not be started: exit status of docker run, and what follows."""

    def ask(lab: RunningLab) -> str:
        with running(lab, "third", "--network", "front", "-p", "8600:80"):
            finished = docker(lab, "run", "-d", "--name", "brief", *options, *image)
            told = "an id" if re.fullmatch("[0-9a-f]{64}", finished.stdout.strip()) else finished.stdout.strip()
            try:
                return f"{finished.returncode}, {told}, {then(lab)}"
            finally:
                docker(lab, "rm", "-f", "brief")

    return ask


def once_free(lab: RunningLab) -> str:
    done(lab, "stop", "-t", "0", "third")
    done(lab, "start", "brief")
    return probe(lab, "web", HOST, http=8600)


def picked_again(lab: RunningLab) -> str:
    """A port that the host picked is another's after a stop; the next start picks one more."""
    with running(lab, "third", "--network", "front", "-p", "80"):
        first = says("port", "third", "80/tcp")(lab)
        done(lab, "stop", "-t", "0", "third")
        with running(lab, "fourth", "--network", "front", "-p", first.rpartition(":")[2] + ":80"):
            done(lab, "start", "third")
            return str(first != says("port", "third", "80/tcp")(lab))


def again(policy: str, command: str, then: Callable[[RunningLab], str]) -> Callable[[RunningLab], str]:
    """The answer of a container that starts again by itself, whose command ends."""
    return lambda lab: of("sh", "-c", command, options=("--restart", policy), then=then)(lab)


def restarts(lab: RunningLab) -> str:
    return says("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}", "brief")(lab)


def begun_again(lab: RunningLab) -> str:
    """A program somebody kills from the host runs again, at the address it was told to have."""
    with running(
        lab, "third", "--network", "front", "--ip", "172.20.9.9", "--hostname", "third", "--restart", "always"
    ):
        first = says("inspect", "-f", "{{.State.Pid}}", "third")(lab)
        lab.run("node1", "kill", "-9", first)
        deadline = time.monotonic() + _PATIENCE
        while (pid := says("inspect", "-f", "{{.State.Pid}}", "third")(lab)) in (first, "0"):
            assert time.monotonic() < deadline, f"process {pid}"
            time.sleep(0.02)
        return probe(lab, "peer", "172.20.9.9", tcp=7)


def several(lab: RunningLab) -> str:
    """One runs, one never did, one is not there."""
    done(lab, "run", "-d", "--name", "third", "--network", "front", "echo")
    done(lab, "create", "--name", "fourth", "--network", "front", "echo")
    finished = docker(lab, "rm", "-f", "third", "nope", "fourth")
    left = says("ps", "-aq", "-f", "name=^third$", "-f", "name=^fourth$")(lab).split()
    words = finished.stderr.strip().rpartition("daemon: ")[2].removeprefix("Error: ")
    return f"{finished.returncode}: {' '.join(finished.stdout.split())}; {words}; {len(left)} left"


TAKEN = ("--network", "front", "-p", "8600:80", "--hostname", "brief")


def pruned(lab: RunningLab) -> str:
    """Every network of the lab's own has somebody on it."""
    done(lab, "network", "create", "unused")
    before = set(says("network", "ls", "--format", "{{.Name}}")(lab).split())
    told = says("network", "prune", "-f")(lab)
    return f"{told.split()}, {before - set(says('network', 'ls', '--format', '{{.Name}}')(lab).split())}"


LIVES = (
    B("life-end", "A command that ends: its container has ended, with its exit status", of("sh", "-c", "exit 3"), "exited 3"),
    B("life-end-well", "… with 0", of("true"), "exited 0"),
    B("life-ps", "docker ps has it no more", of("true", then=says("ps", "-f", "name=^brief$", "--format", "{{.Names}}")), ""),
    B("life-ps-all", "… docker ps -a does", of("true", then=says("ps", "-a", "-f", "name=^brief$", "--format", "{{.Names}} {{.State}}")), "brief exited"),
    B("life-logs", "docker logs of what has ended", of("echo", "I", "was", "here", then=says("logs", "brief")), "I was here"),
    B("life-exec", "docker exec in it", of("true", then=lambda lab: re.sub("[Cc]ontainer [0-9a-f]{64}", "container ID", docker_says("exec", "brief", "true")(lab))), "1: Error response from daemon: container ID is not running"),
    B("life-conflict", "Its name is taken all the same", of("true", then=lambda lab: str("Conflict." in docker(lab, "run", "-d", "--name", "brief", "busybox").stderr)), "True"),
    B("life-rm", "docker rm wants no force then", of("true", then=says("rm", "brief")), "brief"),
    B("life-rm-several", "docker rm -f of several: who is there goes, and is named; of the others it complains", several, "0: third fourth; No such container: nope; 0 left"),
    B("life-env", "docker run -e", of("sh", "-c", "echo $COLOUR", options=("-e", "COLOUR=green"), then=says("logs", "brief")), "green"),
    B("life-foreground", "In the foreground: its output, and its exit status", in_front("sh", "-c", "echo here; exit 5"), "5: here, 1 left"),
    B("life-foreground-rm", "… with --rm nothing is left", in_front("sh", "-c", "echo here; exit 5", options=("--rm",)), "5: here, 0 left"),
    B("life-nobody", "There is no such program", lambda lab: re.sub(r" , \d left", "", in_front("no-such-program")(lab)), "127:"),
    B("life-stop", "docker stop, without patience", stopped(lambda lab: state(lab, "third")), "exited 137"),
    B("life-kill", "docker kill", stopped(lambda lab: ended(lab, "third"), verbs=(("kill",),)), "exited 137"),
    B("life-stop-address", "Who is stopped has no address", stopped(says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAddress}}", "third")), ""),
    B("life-stop-pid", "… and no process", stopped(says("inspect", "-f", "{{.State.Pid}}", "third")), "0"),
    B("life-stop-name", "… no name", stopped(lambda lab: probe(lab, "peer", "resolver", dns="third")), "answered REFUSED"),
    B("life-stop-port", "… and no published port", stopped(lambda lab: probe(lab, "web", HOST, http=8600), "-p", "8600:80"), "refused"),
    B("life-start-name", "docker start: it is known again", stopped(lambda lab: probe(lab, "peer", "resolver", dns="third"), "--ip", "172.20.9.9", verbs=AGAIN), "answered NOERROR 172.20.9.9"),
    B("life-start-port", "… and published again", stopped(lambda lab: probe(lab, "web", HOST, http=8600), "-p", "8600:80", "--hostname", "third", verbs=AGAIN), "http 200 third saw 203.0.113.80"),
    B("life-restart", "docker restart", stopped(lambda lab: probe(lab, "peer", "172.20.9.9", tcp=7), "--ip", "172.20.9.9", "--hostname", "third", verbs=(("restart", "-t", "0"),)), "reached third saw 172.20.0.3"),
    B("life-start-twice", "docker start of what runs does nothing", says("start", "peer"), "peer"),
    B("life-place", "An address nobody asked for is whoever's comes next", place_taken, "True, False"),
    B("life-place-fixed", "One that was asked for is refused while another has it", place_refused, "1: True"),
    B("life-network-gone", "A network where nobody runs can go; and then who was on it cannot come back", network_gone, "1: True"),
    B("life-lender", "Who shares another's network does not start without it", lender_stopped, "1: True"),
    B("life-pid", "nsenter by State.Pid", entered, "172.20.0.2/16"),
    B("life-exposed", "docker run -P publishes what the image exposes", exposed, "7/tcp 7/udp 80/tcp"),
    B("life-exec-env", "docker exec -e", says("exec", "-e", "COLOUR=red", "peer", "sh", "-c", "echo $COLOUR"), "red"),
    B("life-exec-directory", "docker exec -w", says("exec", "-w", "/etc", "peer", "pwd"), "/etc"),
    B("life-exec-status", "docker exec: the command's exit status", lambda lab: str(docker(lab, "exec", "peer", "sh", "-c", "exit 7").returncode), "7"),
    B("list-filter", "docker ps --filter name --format", says("ps", "--filter", "name=vault", "--format", "{{.Names}} {{.Networks}}"), "vault back"),
    B("list-filter-network", "… --filter network", lambda lab: " ".join(sorted(says("ps", "-f", "network=back", "--format", "{{.Names}}")(lab).split())), "both safe vault"),
    B("list-table", "… a table of one's own", says("ps", "-f", "name=vault", "--format", "table {{.Names}}\\t{{.Networks}}"), "NAMES     NETWORKS\nvault     back"),
    B("list-networks", "docker network ls --filter --format", says("network", "ls", "-f", "name=^back$", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"), "back bridge local"),
    B("list-builtin", "… the networks that every host has", lambda lab: " ".join(sorted(says("network", "ls", "-f", "type=builtin", "--format", "{{.Name}}")(lab).split())), "bridge host none"),
    B("list-bad-filter", "A filter that is none", lambda lab: docker_says("ps", "-f", "frob=1")(lab).replace("Invalid", "invalid"), "1: Error response from daemon: invalid filter 'frob'"),
    B("template-index", "The port of a port, as Docker's pages have it", says("inspect", "-f", '{{(index (index .NetworkSettings.Ports "7/udp") 0).HostPort}}', "site"), "7007"),
    B("template-range", "Networks by name", says("inspect", "-f", "{{range $name, $on := .NetworkSettings.Networks}}{{$name}}={{$on.IPAddress}} {{end}}", "both"), "back=172.21.0.2 front=172.20.0.4"),
    B("template-if", "{{if}}", says("inspect", "-f", "{{if .State.Running}}up{{else}}down{{end}}", "peer"), "up"),
    B("template-len", "{{len}}", says("inspect", "-f", "{{len .NetworkSettings.Networks}}", "both"), "2"),
    B("life-create", "docker create: it does not run yet", created("--network", "front", then=lambda lab: state(lab, "brief")), "created 0"),
    B("life-create-ps", "… docker ps -a says so", created("--network", "front", then=says("ps", "-a", "-f", "name=^brief$", "--format", "{{.Status}}")), "Created"),
    B("life-create-place", "… and it has no place yet", created("--network", "front", then=says("inspect", "-f", "{{.NetworkSettings.Networks.front.IPAddress}}", "brief")), ""),
    B("life-create-start", "… docker start: now it runs", created("--network", "front", "--hostname", "brief", "-p", "8600:80", verbs=(("start",),), then=lambda lab: probe(lab, "web", HOST, http=8600)), "http 200 brief saw 203.0.113.80"),
    B("life-create-again", "… and a second start changes nothing", created("--network", "front", verbs=(("start",), ("start",)), then=lambda lab: state(lab, "brief")), "running 0"),
    B("life-taken-stays", "What could not be started, its port being taken, stays all the same", not_started(*TAKEN, then=lambda lab: state(lab, "brief")), "125, an id, created 128"),
    B("life-taken-name", "… so that its name is taken", not_started(*TAKEN, then=lambda lab: str("Conflict." in docker(lab, "run", "-d", "--name", "brief", "busybox").stderr)), "125, an id, True"),
    B("life-taken-why", "… docker inspect tells why", not_started(*TAKEN, then=lambda lab: str("port is already allocated" in says("inspect", "-f", "{{.State.Error}}", "brief")(lab))), "125, an id, True"),
    B("life-taken-later", "… and docker start starts it once the port is free", not_started(*TAKEN, then=once_free), "125, an id, http 200 brief saw 203.0.113.80"),
    B("life-taken-rm", "… with --rm it goes", not_started("--rm", *TAKEN, then=says("ps", "-aq", "-f", "name=^brief$")), "125, an id, "),
    B("life-nobody-stays", "Without such a program it stays as well", not_started("--network", "front", image=("busybox", "no-such-program"), then=lambda lab: state(lab, "brief")), "127, an id, created 127"),
    B("life-picked", "A port that the host picked may be another one after docker start", picked_again, "True"),
    B("life-again", "docker run --restart on-failure:2 of what fails: it is tried twice more", again("on-failure:2", "exit 3", restarts), "exited 3 2"),
    B("life-again-well", "… of what does not fail", again("on-failure:2", "exit 0", restarts), "exited 0 0"),
    B("life-again-policy", "… docker inspect tells the policy", again("on-failure:2", "exit 0", says("inspect", "-f", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}", "brief")), "on-failure 2"),
    B("life-again-killed", "--restart always: killed from its host it is there again", begun_again, "reached third saw 172.20.0.3"),
    B("life-again-rm", "--restart and --rm", lambda lab: str(docker(lab, "run", "-d", "--rm", "--restart", "always", "busybox").returncode), "125"),
    B("life-again-unknown", "A policy that is none", lambda lab: str(docker(lab, "run", "-d", "--restart", "frob", "busybox").returncode), "125"),
    B("prune", "docker network prune", pruned, "['Deleted', 'Networks:', 'unused'], {'unused'}"),
    B("by-kind", "docker container ls", lambda lab: str(says("container", "ls", "-q")(lab) == says("ps", "-q")(lab)), "True"),
)  # fmt: skip
