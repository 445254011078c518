"""`lab verify` on a few labs: that it says yes to a good one, and no to every way in which one can be bad."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vethlab import capsule
from vethlab.cli.main import main
from vethlab.exercise import find_lab

CHEAP = "till-no-exit"


def verify(*arguments: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "vethlab", "lab", "verify", *arguments, "--json", "--sustain", "0.2"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ok"] == (done.returncode == 0)
    return document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find_lab(CHEAP), tmp_path / CHEAP))


def wrong(document: dict[str, Any]) -> dict[str, str]:
    return {s["name"]: s["why"] for lab in document["labs"] for s in lab["states"] if not s["ok"]}


def test_good_labs_are_good_for_other_seeds_too() -> None:
    document = verify(CHEAP, "audit-apart", "--seeds", "2")
    assert wrong(document) == {}
    assert {(lab["lab"], lab["seed"]) for lab in document["labs"]} == {
        (name, seed) for name in (CHEAP, "audit-apart") for seed in (1, 2)
    }
    for lab in document["labs"]:
        assert lab["baseline"]
        assert lab["broken"]
        assert lab["reset"]
        assert lab["solutions"]
        assert lab["hacks"]
        assert all({**lab["solutions"], **lab["hacks"]}.values())


def test_what_a_docker_command_starts_is_known_by_its_name() -> None:
    assert wrong(verify("shop-indoors")) == {}


def test_a_killed_verification_leaves_no_lab() -> None:
    argv = [sys.executable, "-m", "vethlab", "lab", "verify", CHEAP, "--sustain", "600"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as verifying:
        _wait_for(lambda: bool(children(verifying.pid)))
        workers = [(pid, os.pidfd_open(pid)) for pid in children(verifying.pid)]
        _wait_for(lambda: any(f"verify-{pid}-" in running() for pid, _ in workers))
        verifying.terminate()
    for _, descriptor in workers:
        assert select.select([descriptor], [], [], 20)[0]
        os.close(descriptor)
    _wait_for(lambda: not any(f"verify-{pid}-" in running() for pid, _ in workers))


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running() -> str:
    return "\n".join(lab.name for lab in capsule.running())


def _wait_for(state: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_proven_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("vethlab.cli.lab.making.missing_features", set)
    assert main(["lab", "verify", "tools-same-roof", "--json"]) == 3
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[0])["ok"] is False
    assert "nothing is proven" in said.err


def test_what_must_last_lasts_in_the_healthy_lab(folder: Path) -> None:
    text = (folder / "lab.yml").read_text()
    lasting = "  - {id: kept, group: persistence, says: it is lost, from: desk, to: node1, tcp: 9, converge: true}\n"
    (folder / "lab.yml").write_text(text.replace("breaks:", f"{lasting}breaks:"))
    said = wrong(verify(str(folder)))
    assert "kept fails" in said["baseline"]


def test_what_is_promised_to_fail_at_the_end_is_seen_to(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(find_lab("orders-full-house"), tmp_path / "orders-full-house"))
    text = (folder / "lab.yml").read_text()
    (folder / "lab.yml").write_text(text.replace("second, third]", "second, third, orders-restarts]"))
    assert wrong(verify(str(folder)))["broken"] == "orders-restarts was to fail"


def test_a_bad_lab_is_told_everything(folder: Path) -> None:
    """A solution that mends nothing, a hack that mends it, and one that changes nothing."""
    good = (folder / "solutions/default-route.sh").read_text()
    (folder / "solutions/default-route.sh").write_text("true\n")
    (folder / "solutions/route-to-the-lan.sh").write_text("on nobody true\n")
    (folder / "hacks/through-a-neighbour.sh").write_text(good)
    said = wrong(verify(str(folder)))
    assert "victim-to-desk fails" in said["solution default-route"]
    assert "there is no nobody" in said["solution route-to-the-lan"]
    assert said["hack through-a-neighbour"] == "it passes every check"


@pytest.mark.parametrize(
    ("old", "new", "state", "why"),
    [
        ("breaks: [victim-to-desk, bulk]", "breaks: [victim-to-desk, pods]", "broken", "pods was to fail"),
        ("breaks: [victim-to-desk, bulk]", "breaks: [victim-to-desk]", "broken", "bulk was not to fail"),
        ("to: desk, tcp: 7, flows", "to: desk, tcp: 9, flows", "baseline", "the connection is refused"),
        ('source: "{{ node1.address }}"}\nbreaks', 'source: "10.0.0.1"}\nbreaks', "baseline", "instead of 10.0.0.1"),
    ],
)
def test_a_bad_check_is_told(folder: Path, old: str, new: str, state: str, why: str) -> None:
    text = (folder / "lab.yml").read_text()
    assert old in text
    (folder / "lab.yml").write_text(text.replace(old, new))
    said = wrong(verify(str(folder)))
    assert why in said[state]


def test_a_fault_that_does_not_take_is_told(folder: Path) -> None:
    text = (folder / "lab.yml").read_text()
    fault = '  - {on: "{{ victim }}", do: "true", there: "! ip route show default | grep -q ."}\n'
    before, _, after = text.partition("faults:\n")
    (folder / "lab.yml").write_text(before + "faults:\n" + fault + after.partition("\n")[2])
    assert "it was done, and is not there" in wrong(verify(str(folder)))["injected"]
