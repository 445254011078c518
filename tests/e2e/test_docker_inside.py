"""The docker command in a shell of a host, as on any machine, on hosts of the emulated engine."""

from __future__ import annotations

import json

import pytest

from vethlab.client import call
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("docker-published")
HOST = "node1"


def docker(lab: RunningLab, *words: str, status: int = 0) -> str:
    done = lab.run(HOST, "docker", *words, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return str(done.stdout + (done.stderr if status else ""))


def test_what_the_host_has(lab: RunningLab) -> None:
    own = {n for n, p in lab.state.places.items() if p.kind == "container" and p.node == HOST}
    shown = docker(lab, "ps")
    assert {line.split()[-1] for line in shown.splitlines()[1:]} == own
    some = min(own)
    assert json.loads(docker(lab, "inspect", some))[0]["Name"] == f"/{some}"


def test_commands_of_a_cheat_sheet(lab: RunningLab) -> None:
    docker(lab, "network", "create", "inside")
    docker(lab, "run", "-d", "--network", "inside", "--name", "echoing", "echo")
    assert docker(lab, "exec", "echoing", "hostname").strip()
    assert "echoing" in docker(lab, "run", "--rm", "--network", "inside", "busybox", "nslookup", "echoing")
    docker(lab, "exec", "echoing", "sh", "-c", "exit 7", status=7)
    docker(lab, "exec", "echoing", "nonesuch", status=127)
    for words, status in (["rm", "nobody"], 1), (["rm", "-f", "nobody"], 0), (["exec", "nobody", "ls"], 1):
        done = lab.run(HOST, "docker", *words, check=False)
        assert (done.returncode, done.stdout) == (status, ""), done
        assert "No such container: nobody" in done.stderr, done
    docker(lab, "rm", "-f", "echoing")
    docker(lab, "network", "rm", "inside")


def test_input_goes_in_and_an_end_comes(lab: RunningLab) -> None:
    docker(lab, "run", "-d", "--name", "quiet", "busybox", "sleep", "600")
    said = lab.run(HOST, "sh", "-c", "echo through | docker exec -i quiet cat").stdout
    assert said == "through\n"
    # Whoever asked goes away: so does what was asked for.
    lab.run(HOST, "sh", "-c", "timeout -s KILL 1 docker exec quiet sleep 987; true")
    seen = lab.run(HOST, "sh", "-c", "for i in $(seq 50); do pgrep -f '[s]leep 987' || exit 0; sleep 0.1; done; exit 1")
    assert seen.stdout.count("\n") < 50
    docker(lab, "rm", "-f", "quiet")


def test_a_container_is_no_way_out(lab: RunningLab) -> None:
    for words in (["run", "--rm", "busybox"], ["exec", "bound"]):
        if words[0] == "exec":
            docker(
                lab,
                "run",
                "-d",
                "--name",
                "bound",
                "busybox",
                "sh",
                "-c",
                "umount /run; ls /run/vethlab >/srv/seen; sleep 600",
            )
        told = lab.run(
            HOST, "docker", *words, "sh", "-c", "umount /run; ls /run/vethlab; mount -t tmpfs x /mnt", check=False
        )
        assert "control.sock" not in told.stdout
        assert told.returncode != 0
    assert docker(lab, "exec", "bound", "cat", "/srv/seen") == ""
    docker(lab, "rm", "-f", "bound")


def test_nobody_else_has_it(lab: RunningLab) -> None:
    for name in (n for n, p in lab.state.places.items() if p.kind == "container" and p.node == HOST):
        done = lab.run(name, "docker", "ps", check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Cannot connect to the Docker daemon")


def test_a_host_that_was_restarted_has_it_again(lab: RunningLab) -> None:
    call(lab.registered, "/recreate", {"name": HOST})
    assert "IMAGE" in docker(lab, "ps")


@pytest.mark.parametrize(
    "words",
    [
        ["ps", "-f", "name=["],
        ["logs", "-n", "few", "site"],
        ["inspect", "-f", "{{" + "(" * 3000 + ".Name" + ")" * 3000 + "}}", "site"],
        ["inspect", "-f", '{{printf "%99999999999s" .Name}}', "site"],
    ],
    ids=["a bad expression", "no number", "deeply nested", "too wide"],
)
def test_nonsense_is_refused_and_the_lab_goes_on(lab: RunningLab, words: list[str]) -> None:
    done = lab.run(HOST, "docker", *words, check=False)
    assert done.returncode != 0
    assert done.stderr.strip()
    assert "does not answer" not in done.stderr
    assert "site" in docker(lab, "ps")
